"""工作台 and what surrounds every page: messages, files, tasks, search, the audit trail, help."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from django.utils.html import conditional_escape, format_html

from skillcert.kit.actions import ACTIONS
from skillcert.kit.audit import AuditEntry
from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.errors import Missing
from skillcert.kit.files import StoredFile
from skillcert.kit.jobs import Job, JobState
from skillcert.kit.notices import Notice, NoticeRead
from skillcert.kit.pages import (
    LOGIN,
    PAGES,
    PUBLIC,
    Act,
    Choice,
    Col,
    DateRange,
    DetailPage,
    Exact,
    Figure,
    Go,
    ListPage,
    Open,
    Page,
    Tab,
    When,
    url_of,
)
from skillcert.kit.pages import Search as Beginning
from skillcert.kit.pages.columns import badge_of
from skillcert.kit.pages.screen import ActView, Badge, Card, ColumnView, Fact, Head, RowView, Table
from skillcert.kit.states import ICONS

from . import desks, manual, rules, search

SHELVES = ("export", "paper", "errors", "certificate")


class Front(Page):
    """The bare address: the public home, or the desk of the signed-in. A GET that only leads on."""

    manual, why = None, "The address itself; the manual begins at the login page"
    url, permission, title = "", PUBLIC, "首页"

    def get(self) -> HttpResponseBase:
        if self.actor.kind == "user":
            return self.redirect(url_of(Desk))
        return self.redirect(url_of("portal.PublicHome" if "portal.PublicHome" in PAGES else "accounts.Login"))


class Desk(Page):
    """工作台: what is to be done today comes first."""

    manual, why = None, "The manual begins behind it; screens.md asks for it"
    url, permission, title = "desk/", LOGIN, "工作台"
    template = "home/desk.html"

    def get(self) -> HttpResponseBase:
        weekday = "一二三四五六日"[self.now.weekday()]
        subtitle = f"{self.now:%Y-%m-%d} 星期{weekday} ・ 第 {self.now.isocalendar().week} 周"
        parts = desks.parts_of(self.actor, self.now)
        return self.render(
            page=Head(self.title, subtitle), kind=self.actor.organization_kind,
            figures=[figure for part in parts for figure in part.figures], cards=[card for part in parts for card in part.cards],
        )  # fmt: skip


# --- 消息 ----------------------------------------------------------------------------------------------
class MarkNoticesRead(Page):
    """全部标为已读"""

    manual, why = None, "The manual only says 请通知 (R26)"
    url, permission, title, opens = "notices/read/", LOGIN, "全部标为已读", "post"

    def post(self) -> HttpResponseBase:
        count = rules.mark_notices_read(actor=self.actor)
        messages.success(self.request, f"已将 {count:,} 条消息标为已读。" if count else "没有未读消息。")
        return self.redirect(url_of(Notices))


class Notices(ListPage):
    """消息: what another party has told this organization"""

    manual, why = None, "The manual only says 请通知 (R26)"
    url, permission, title = "notices/", LOGIN, "消息"
    model = Notice
    columns = [
        Col("text", "内容", value=lambda row: format_html('<a href="{}">{}</a>', row.url, row.text) if row.url else row.text),
        Col("is_read", "状态", value=lambda row: badge_of(READ if row.is_read else UNREAD)),
        When("at", "时间"),
    ]  # fmt: skip
    tabs = [Tab("未读", Q(is_read=False), "unread"), Tab("已读", Q(is_read=True), "read")]
    header = [Go(MarkNoticesRead, icon="checks")]
    links = [Go("home.Downloads", icon="download"), Go("home.Jobs", icon="progress")]
    order = ("-id",)
    empty = "没有消息"

    def rows(self) -> QuerySet:
        mine = NoticeRead.objects.filter(notice=OuterRef("pk"), user_id=self.actor.id)
        return Notice.objects.annotate(is_read=Exists(mine))


READ, UNREAD = Badge("已读", "end", "mail-opened"), Badge("未读", "run", "mail")


# --- 下载中心 and tasks --------------------------------------------------------------------------------
class Downloads(ListPage):
    """下载中心: files that long tasks made for this person, until they expire"""

    manual, why = None, "screens.md: exports wait in 下载中心"
    url, permission, title = "downloads/", LOGIN, "下载中心"
    model = StoredFile
    columns = [
        Col("name", "文件", fixed=True), Figure("size", "大小（字节）"),
        When("created_at", "生成时间", sort=True), When("expires_at", "保留至"),
    ]  # fmt: skip
    filters = [DateRange("生成时间", "created_at")]
    row = [Act("kit.FileDownload", "下载")]
    order = ("-created_at",)
    empty = "没有可下载的文件。数据较多的导出、打印完成后会放在这里"

    def rows(self) -> QuerySet:
        return StoredFile.objects.filter(shelf__in=SHELVES, expires_at__gt=self.now, user_id=self.actor.id)

    def row_label(self, row: StoredFile) -> str:
        return str(row.name)


class Jobs(ListPage):
    """任务: one's own long tasks"""

    manual, why = None, "Long tasks are ours; the manual's ones end within a request"
    url, permission, title = "jobs/", LOGIN, "任务"
    model = Job
    columns = [
        Col("label", "任务", fixed=True), Col("state", "状态", value=lambda row: badge_of(job_badge(row))),
        Figure("done", "已处理"), Figure("total", "总数"), Col("error", "失败原因"), When("created_at", "提交时间", sort=True),
        When("finished_at", "结束时间"),
    ]  # fmt: skip
    row = [Open("kit.JobPage")]
    order = ("-created_at",)
    empty = "没有任务"

    def row_label(self, row: Job) -> str:
        return row.label


def job_badge(job: Job) -> Badge:
    looks: dict[str, Any] = {
        JobState.WAITING: "idle", JobState.RUNNING: "run", JobState.DONE: "ok", JobState.FAILED: "bad", JobState.CANCELLED: "end",
    }  # fmt: skip
    return Badge(job.get_state_display(), looks[job.state], ICONS[looks[job.state]])


# --- search --------------------------------------------------------------------------------------------
class Search(Page):
    """Ctrl+K: people and records; the menu is searched in the browser"""

    manual, why = None, "screens.md: any page in one search"
    url, permission, title = "search/", LOGIN, "搜索"
    template = "home/search.html"

    def get(self) -> HttpResponseBase:
        text = self.query.get("q", "")[:80]
        groups = search.search(text, self.actor)
        if self.in_dialog:
            return self.render("kit/palette_results.html", groups=groups)
        return self.render(page=Head(self.title), groups=groups, q=text)


# --- 审计记录 ------------------------------------------------------------------------------------------
MASKS = {"id_number": mask_id, "phone": mask_phone, "account": mask_id}


class AuditEntryDetail(DetailPage):
    """One entry: before and after, and the block that seals it"""

    manual, why = None, "trust.md 42: who did what; the manual has no such page"
    url, permission, title = "audit/<int:pk>/", "audit.view", "审计记录详情"
    model, related, back = AuditEntry, ("detail", "leaf__block"), "home.AuditTrail"

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
        facts = (
            Fact("谁", row.actor_label), Fact("时间", f"{self._at(row)}"), Fact("从哪里", row.ip or "–"),
            Fact("动作", row.sentence), Fact("对象", object_words(row) if not self.personal_too else row.object_label),
            Fact("理由", (values.get("reason") if self.personal_too else "") or "–"),
        )  # fmt: skip
        return [Card("记录", facts), Card("改前与改后", table=self._changes(row, values)), self._seal(row)]

    def events(self, row: AuditEntry) -> list[Any]:
        return []

    @staticmethod
    def _at(row: AuditEntry) -> str:
        return timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S")

    def _changes(self, row: AuditEntry, values: dict[str, Any]) -> Table:
        before, after = values.get("before") or {}, values.get("after") or {}
        names = list(before | after)
        columns = (ColumnView("field", "项目"), ColumnView("before", "改前"), ColumnView("after", "改后"))
        rows = tuple(
            RowView(name, name, tuple(conditional_escape(cell) for cell in (name, *self._pair(name, before, after))))
            for name in names
        )
        return Table(
            columns,
            rows,
            "这个动作没有改动字段"
            if "to" not in row.summary
            else f"{row.summary.get('from', '')} → {row.summary['to']}",
        )

    def _pair(self, name: str, before: dict[str, str], after: dict[str, str]) -> tuple[str, str]:
        if not self.personal_too:
            return "（不显示）", "（不显示）"
        mask = MASKS.get(name, str)
        return tuple(mask(str(one[name])) if one.get(name) else "–" for one in (before, after))  # type: ignore[return-value]

    def _seal(self, row: AuditEntry) -> Card:
        block = row.leaf.block if hasattr(row, "leaf") else None
        badge = Badge("已封存", "ok", ICONS["ok"]) if block else Badge("待封存", "wait", ICONS["wait"])
        facts = [Fact("本条摘要", format_html("<code>{}</code>", row.digest[:32]))]
        if block:
            facts += [
                Fact("所在区块", f"{block.height:,}"),
                Fact("块哈希", format_html("<code>{}</code>", block.block_hash[:32])),
            ]
        return Card("封存", tuple(facts), badge=badge, side=True)


def object_words(row: AuditEntry) -> str:
    """The kind of object and its number, without a name."""
    try:
        kind = str(apps.get_model(row.object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        kind = row.object_type
    return f"{kind} {row.object_id}"


class AuditTrail(ListPage):
    """审计记录: who did what, in this organization"""

    manual, why = None, "trust.md 42: who did what; the manual has no such page"
    url, permission, title = "audit/", "audit.view", "审计记录"
    subtitle = "只增不改，连管理员也不能删除"
    model, related = AuditEntry, ("leaf",)
    columns = [
        When("at", "时间"), Col("actor_label", "谁"), Col("action", "做了什么", value=lambda row: row.sentence),
        Col("object_label", "对象"), Col("object", "对象编号", value=object_words, shown=False),
        Col("sealed", "封存", value=lambda row: badge_of(SEALED if hasattr(row, "leaf") else UNSEALED)), Col("ip", "地址", shown=False),
    ]  # fmt: skip
    filters = [
        Beginning("谁", "actor_label"),
        Choice("做了什么", "action", options=lambda page: sorted(ACTIONS.items(), key=lambda one: one[1])),
        Beginning("对象", "object_label"),
        Exact("对象编号", "object_id"),
        DateRange("时间", "at"),
    ]
    row = [Open(AuditEntryDetail)]
    order = ("-id",)
    empty = "没有符合条件的记录"

    @cached_property
    def ordered_columns(self) -> list[Col]:
        """The platform's auditors see the kind and number of an object, not its name (domain 1.3)."""
        named = self.actor.organization_kind != "platform"
        return [column for column in super().ordered_columns if column.key != ("object" if named else "object_label")]

    @cached_property
    def shown_columns(self) -> list[Col]:
        named = self.actor.organization_kind != "platform"
        return [c for c in self.ordered_columns if not self._hidden(c) or (c.key == "object" and not named)]

    def row_label(self, row: AuditEntry) -> str:
        return f"第 {row.pk} 条"


SEALED, UNSEALED = Badge("已封存", "ok", ICONS["ok"]), Badge("待封存", "wait", ICONS["wait"])


# --- help ----------------------------------------------------------------------------------------------
class Help(Page):
    """?: the chapter of the page that one came from"""

    manual, why = None, "It shows the manual; the manual does not describe it"
    url, permission, title = "help/", PUBLIC, "操作手册"
    template = "home/help.html"

    def get(self) -> HttpResponseBase:
        path = manual.chapter_file(self.query.get("chapter", ""))
        lines = [ActView(key, label, f"{url_of(Help)}?chapter={key}") for key, label in manual.chapters()]
        shell = {} if self.actor.kind == "user" else {"shell": None}
        return self.render(page=Head(self.title), text=manual.html_of(path), chapters=lines, here=path.stem, **shell)


class ManualPicture(Page):
    """A picture in a chapter, taken by the journey along the demo."""

    manual, why = None, "It belongs to the manual's own pages"
    url, permission, title = "help/pictures/<str:picture>.png", PUBLIC, "操作手册插图"

    def get(self) -> HttpResponseBase:
        path = manual.picture(self.where["picture"])
        if path is None:
            raise Missing()
        response = FileResponse(path.open("rb"), content_type="image/png")
        response["Cache-Control"] = "public, max-age=3600"
        return response
