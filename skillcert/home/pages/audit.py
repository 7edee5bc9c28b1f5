"""审计记录: who did what, before and after, and whether the log is whole."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from skillcert.kit.actions import ACTIONS
from skillcert.kit.audit import AuditEntry
from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.errors import Refused
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.jobs import enqueue
from skillcert.kit.pages import (
    PAGES,
    Act,
    Choice,
    Col,
    DateRange,
    DetailPage,
    Dialog,
    Exact,
    Go,
    KitForm,
    ListPage,
    Open,
    Page,
    ReasonField,
    When,
    url_of,
)
from skillcert.kit.pages import Search as Beginning
from skillcert.kit.pages.base import names_in
from skillcert.kit.pages.columns import badge_of
from skillcert.kit.pages.own import job_view
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Fact, Head, Note, RowView, Table
from skillcert.kit.states import ICONS, Guard

from .. import log_state, rules

WHY = "trust.md 42: who did what; the manual has no such page"
MASKS = {"id_number": mask_id, "phone": mask_phone, "account": mask_id}
SEALED, UNSEALED = Badge("已封存", "ok", ICONS["ok"]), Badge("待封存", "wait", ICONS["wait"])
HIDDEN = "（不显示）"


# --- words ---------------------------------------------------------------------------------------------
def model_of(entry: AuditEntry) -> Any:
    try:
        return apps.get_model(entry.object_type)
    except (LookupError, ValueError):
        return None


# What a person calls the objects of the entries.
NOUNS = {
    "accounts.policy": "安全策略", "accounts.role": "角色", "accounts.user": "账号", "candidates.candidate": "考生",
    "candidates.consent": "知情同意",
    "centers.centerallocation": "站点分配", "centers.examcenter": "考核站点", "centers.examroom": "考场",
    "fees.paymentrequest": "缴费申请单", "issuing.certificate": "发证记录", "issuing.signingsession": "签字",
    "kit.clockshift": "演示时钟", "kit.download": "下载", "kit.importrecord": "导入记录", "kit.storedfile": "文件",
    "orgs.awardingbody": "培训评价组织", "orgs.institution": "试点院校", "orgs.organization": "机构", "orgs.province": "省厅",
    "pilots.pilotapplication": "试点申报", "pilots.pilotmajor": "拟申报专业", "pilots.pilotround": "申报计划",
    "plans.examplan": "考试计划", "plans.plansubject": "考试场次", "plans.subject": "考试科目",
    "privacy.personalrequest": "个人信息申请",
    "qualifications.major": "专业", "qualifications.qualification": "证书", "qualifications.revision": "证书修订",
    "registrations.registration": "报考",
    "results.result": "考证结果", "results.score": "科目成绩", "seating.roomarrangement": "考场编排", "seating.seat": "座位",
    "standards.centerstandard": "考核站点建设标准", "standards.skillstandard": "职业技能等级标准",
    "weekly.cyclesetting": "周报周期", "weekly.reminder": "周报提醒", "weekly.weeklyreport": "周报",
}  # fmt: skip


def object_words(row: AuditEntry) -> str:
    """The kind of object and its number, without a name."""
    return f"{NOUNS.get(row.object_type, '其他')} {row.object_id}".strip()


def field_words(model: Any, name: str) -> str:
    """What a person calls the column."""
    try:
        return str(model._meta.get_field(name).verbose_name)
    except (AttributeError, FieldDoesNotExist):
        return name


def state_words(model: Any, code: str) -> str:
    """What a person calls the state."""
    field = next((f for f in model._meta.concrete_fields if f.name == "state"), None) if model else None
    return str(dict(field.flatchoices).get(code, code)) if field else code


def object_url(entry: AuditEntry, actor: Any) -> str:
    """The object's own page, where the actor may open it and it is still there."""
    for page in PAGES.values():
        if not issubclass(page, DetailPage) or names_in(page.url) != {"pk"} or not page.admits(actor):
            continue
        if page.model._meta.label_lower != entry.object_type:
            continue
        try:
            there = page.model.visible_to(actor).filter(pk=entry.object_id).exists()  # type: ignore[attr-defined]
        except (ValueError, ValidationError):
            return ""
        return url_of(page, pk=entry.object_id) if there else ""
    return ""


# --- one entry -----------------------------------------------------------------------------------------
class EraseForm(KitForm):
    reason = ReasonField("清除理由", help_text="例如：本人依据个人信息保护法第四十七条申请删除，受理单号 2026-017。")


class EraseDetail(Dialog):
    """trust 44: the values before and after of one object's entries are blanked; entries and proofs stay."""

    manual, why = None, "trust.md 44: a request for deletion; the manual has no such page"
    url, permission, title, label, unit = "audit/erase/", "audit.erase", "清除个人信息", "清除", "条"
    model, form, back, final, confirm_text = AuditEntry, EraseForm, "home.AuditTrail", True, "清除"
    guards = (Guard(Q(detail__isnull=False), "这条记录没有改前改后的内容，无需清除"),)

    def warning(self) -> Note:
        text = "将清除这个对象全部审计记录中的改前、改后与理由，不能恢复。谁、何时、做了什么仍然保留，封存证明仍可校验。"
        return Note(text, "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        done = [entry.pk for entry in rows if rules.erase_details(actor=self.actor, entry=entry, reason=data["reason"]) >= 0]
        return Outcome(done=done)


class AuditEntryDetail(DetailPage):
    """One entry: before and after, and the block that seals it"""

    manual, why = None, WHY
    url, permission, title, help = "audit/<int:pk>/", "audit.view", "审计记录详情", "0.6"
    model, related, back = AuditEntry, ("detail", "leaf__block"), "home.AuditTrail"
    acts = (Act(EraseDetail, danger=True),)

    @property
    def personal_too(self) -> bool:
        """The platform's auditors see all, without personal data (domain 1.3)."""
        return self.actor.organization_kind != "platform"

    def heading(self, row: AuditEntry) -> str:
        return row.sentence

    def subtitle_of(self, row: AuditEntry) -> str:
        return f"第 {row.pk:,} 条"

    def cards(self, row: AuditEntry) -> list[Card]:
        values = row.detail.read() if hasattr(row, "detail") else {}
        words, url = object_words(row) if not self.personal_too else row.object_label, object_url(row, self.actor)
        facts = (
            Fact("谁", row.actor_label), Fact("时间", timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S")),
            Fact("从哪里", row.ip or "–"), Fact("动作", row.sentence),
            Fact("对象", format_html('<a href="{}">{}</a>', url, words) if url else words),
            Fact("理由", (values.get("reason") or "–") if self.personal_too or not values.get("reason") else HIDDEN),
        )  # fmt: skip
        return [Card("记录", facts), Card("改前与改后", table=self._changes(row, values)), self._seal(row)]

    def events(self, row: AuditEntry) -> list[Any]:
        return []

    def _changes(self, row: AuditEntry, values: dict[str, Any]) -> Table:
        model, summary = model_of(row), row.summary
        before, after = values.get("before") or {}, values.get("after") or {}
        pairs = [(field_words(model, name), *self._pair(name, before, after)) for name in before | after]
        if "to" in summary:
            pairs.insert(0, ("状态", state_words(model, summary.get("from", "")), state_words(model, summary["to"])))
        columns = (ColumnView("field", "项目"), ColumnView("before", "改前"), ColumnView("after", "改后"))
        rows = tuple(RowView(name, name, (conditional_escape(name), _was(old), _is(new))) for name, old, new in pairs)
        erased = hasattr(row, "detail") and not row.detail.values
        return Table(columns, rows, "改前改后已依申请清除，摘要仍可校验" if erased else "这个动作没有改动字段")

    def _pair(self, name: str, before: dict[str, str], after: dict[str, str]) -> tuple[str, str]:
        if not self.personal_too:
            return HIDDEN, HIDDEN
        mask = MASKS.get(name, str)
        return tuple(mask(str(one[name])) if one.get(name) else "" for one in (before, after))  # type: ignore[return-value]

    def _seal(self, row: AuditEntry) -> Card:
        block = row.leaf.block if hasattr(row, "leaf") else None
        facts = [Fact("本条摘要", format_html("<code>{}</code>", row.digest[:32]))]
        if block:
            facts += [
                Fact("所在区块", f"第 {block.height:,} 块，第 {row.leaf.index + 1:,} 条"),
                Fact("块哈希", format_html("<code>{}</code>", block.block_hash[:32])),
                Fact("封存时间", timezone.localtime(block.at).strftime("%Y-%m-%d %H:%M:%S")),
            ]
        return Card("封存", tuple(facts), badge=SEALED if block else UNSEALED, side=True)


def _was(text: str) -> SafeString:
    """Struck where there was something; the column's head says 改前, so that colour is not alone."""
    return format_html('<del class="was">{}</del>', text) if text not in ("", HIDDEN) else conditional_escape(text or "（空）")


def _is(text: str) -> SafeString:
    return format_html('<ins class="now">{}</ins>', text) if text not in ("", HIDDEN) else conditional_escape(text or "（空）")


# --- the list ------------------------------------------------------------------------------------------
class What(Col):
    """An act is grey words; only a failure wears a badge."""

    def cell(self, row: AuditEntry) -> SafeString:
        failed = row.action.endswith("_failed")
        return badge_of(Badge(row.sentence, "bad", ICONS["bad"])) if failed else conditional_escape(row.sentence)

    def exports(self, row: AuditEntry, *, full: bool = False) -> str:
        return row.sentence


class Seal(Col):
    """Whether a block holds the entry."""

    def cell(self, row: AuditEntry) -> SafeString:
        return badge_of(SEALED if hasattr(row, "leaf") else UNSEALED)

    def exports(self, row: AuditEntry, *, full: bool = False) -> str:
        return f"第 {row.leaf.block_id} 块" if hasattr(row, "leaf") else UNSEALED.label


class SealedOrNot(Choice):
    def __init__(self) -> None:
        super().__init__("封存", "sealed", options=lambda page: [("yes", "已封存"), ("no", "待封存")])

    def q(self, value: str) -> Q:
        return Q(leaf__isnull=value == "no")


class Deed(Choice):
    """Acts of one name are one: 退回 of a report, of an application, of a center."""

    def __init__(self) -> None:
        super().__init__("做了什么", "action", options=self.named)

    def named(self, page: ListPage) -> list[tuple[str, str]]:
        one_of_each = {words: code for code, words in ACTIONS.items()}
        return [(code, words) for words, code in sorted(one_of_each.items())]

    def q(self, value: str) -> Q:
        return Q(action__in=[code for code, words in ACTIONS.items() if words == ACTIONS[value]])


class CheckLog(Page):
    """重新校验: starts the job, unless one runs"""

    manual, why = None, "trust.md 38: a rewritten, dropped or re-ordered entry is found by one command"
    url, permission, title, opens, icon = "audit/check/start/", "audit.view", "重新校验", "post", "refresh"

    def post(self) -> HttpResponseBase:
        if log_state.latest().running:
            raise Refused("日志正在校验中，请等它结束后再看结论。", url=url_of("home.AuditCheck"), link="查看进度")
        enqueue(log_state.CHECK, actor=self.actor)
        return self.redirect(url_of("home.AuditCheck"))


class AuditCheck(Page):
    """校验: every digest, every block, every signature recomputed; a sentence first"""

    manual, why = None, "trust.md 38: a rewritten, dropped or re-ordered entry is found by one command"
    url, permission, title, label, icon = "audit/check/", "audit.view", "日志校验", "日志校验", "shield-check"
    template, help = "home/audit_check.html", "0.6"

    def get(self) -> HttpResponseBase:
        state = log_state.latest()
        job = job_view(state.running) if state.running else None
        start = [] if job else [Act(CheckLog, primary=True).view()]
        head = Head(self.title, "重新计算每一条、每一块的摘要与签名", url_of("home.AuditTrail"))
        return self.render(page=head, head_acts=start, state=state, job=job, problems=state.problems)


class AuditTrail(ListPage):
    """审计记录: who did what, in this organization"""

    manual, why = None, WHY
    url, permission, title, help = "audit/", "audit.view", "审计记录", "0.6"
    subtitle = "只增不改，连管理员也不能删除"
    model, related = AuditEntry, ("leaf",)
    columns = [
        When("at", "时间"), Col("actor_label", "谁"), What("action", "做了什么"), Col("object_label", "对象"),
        Col("object", "对象编号", value=object_words, shown=False), Seal("sealed", "封存"), Col("ip", "地址", shown=False),
    ]  # fmt: skip
    filters = [
        Beginning("谁", "actor_label"), Deed(), DateRange("时间", "at"),
        Beginning("对象", "object_label"), Exact("对象编号", "object_id"), SealedOrNot(),
    ]  # fmt: skip
    row = [Open(AuditEntryDetail)]
    header = [Export()]
    links = [Go(AuditCheck)]
    order = ("-id",)
    empty = "没有符合条件的记录"

    def __init__(self, *given: Any, **more: Any) -> None:
        """Without names for the platform's auditors (domain 1.3): a filter by name would answer by its count."""
        super().__init__(*given, **more)
        if self.actor.organization_kind == "platform":
            self.filters = [entry for entry in self.filters if entry.param != "object_label"]

    def notes(self) -> list[Note]:
        state = log_state.latest()
        look = "run" if state.checked is None else "ok" if state.whole else "bad"
        return [Note(format_html("<b>{}</b> {}", state.sentence, state.more), look, url_of(AuditCheck), "日志校验")]  # type: ignore[arg-type]

    @cached_property
    def ordered_columns(self) -> list[Col]:
        """The platform's auditors see the kind and number of an object, not its name (domain 1.3)."""
        named = self.actor.organization_kind != "platform"
        return [column for column in super().ordered_columns if column.key != ("object" if named else "object_label")]

    def _hidden(self, column: Col) -> bool:
        """Who gets the number in place of the name sees it from the start."""
        return super()._hidden(column) and not (column.key == "object" and "hidden" not in self.settings)

    def row_label(self, row: AuditEntry) -> str:
        return f"第 {row.pk} 条"
