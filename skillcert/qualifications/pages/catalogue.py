"""Chapter 4.1: 证书信息管理, the list and the record with its receipt."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponseBase

from skillcert.accounts.models import User
from skillcert.kit.access import Actor
from skillcert.kit.blocks import check_receipt
from skillcert.kit.exports import Export
from skillcert.kit.gate import refusals
from skillcert.kit.ledger import ChainReceipt, canonical
from skillcert.kit.merkle import leaf_hash
from skillcert.kit.pages import (
    PAGES,
    Act,
    Choice,
    Col,
    DetailPage,
    Filter,
    Go,
    Group,
    ListPage,
    Open,
    Page,
    Search,
    State,
    StateTabs,
    Tab,
    url_of,
)
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.list import ListPage as AnyList
from skillcert.kit.pages.screen import ActView, Card, Fact, Head, Note
from skillcert.orgs.cards import AWARDING_BODY_CARDS, INSTITUTION_CARDS, ORGANIZATION_NOTES
from skillcert.orgs.models import AwardingBody, Institution, Organization

from ..models import Participation, Qualification, QualificationOwner, Revision, pass_rule_words
from ..rules import payload_of, words_of
from ..states import QUALIFICATION, QualificationState, RevisionState, has_majors, weighed
from .editor import (
    DeleteQualifications,
    EditQualification,
    ImportQualifications,
    NewQualification,
    PublishQualification,
    QualificationImports,
    ResumeQualification,
    StopQualification,
    SubmitQualification,
)
from .majors import ImportMapping, MappedMajors, MappingImports
from .revisions import ReviseQualification, RevisionDetail, Revisions
from .shared import table_of

LISTED = 200


def chain_context(receipt: ChainReceipt | None) -> dict[str, Any]:
    """What issuing/chain_card.html draws of a receipt."""
    if receipt is None or receipt.block is None:
        waiting = "已交平台存证，通常不超过 1 分钟；请稍后刷新。" if receipt else "证书发布后由平台写入存证日志。"
        return {"waiting": waiting}
    block = receipt.block
    return {
        "height": block.height, "block_hash": block.block_hash, "transaction_hash": receipt.leaf,
        "anchored_at": block.at,
    }  # fmt: skip


def recheck(row: Qualification) -> Note | None:
    """What recomputing says: the entry as it stands against what was anchored, the block against its leaves."""
    receipt = row.receipt
    if receipt is None:
        return None
    if leaf_hash(canonical(payload_of(row))).hex() != receipt.leaf:
        return Note("核对不符：证书现有内容与存证时不一致。请联系平台“目录与机构”岗位查明。", "bad")
    if wrong := check_receipt(receipt):
        return Note(f"核对不符：{wrong}。请联系平台“目录与机构”岗位查明。", "bad")
    if receipt.block is None:
        return Note("内容与存证一致，正等待写入区块。", "wait")
    return Note("刚刚重新计算并核对：证书内容、交易哈希、所在区块三者一致（单节点存证日志）。", "ok")


class ChainInformation(Page):
    """4.1 上链信息 (R16)"""

    manual, url, permission, title = "4.1", "qualifications/<int:pk>/chain/", "qualifications.view", "上链信息"
    opens, template = "dialog", "kit/dialog.html"

    def get(self) -> HttpResponseBase:
        row = row_of(self, Qualification, ("receipt__block", "awarding_body"))
        facts = [Fact("证书", str(row)), Fact("颁证机构", row.awarding_body.name)]
        title = f"上链信息：{row}"
        return self.render(
            page=Head(title), title=title, facts=facts, body="qualifications/chain.html", c=chain_context(row.receipt),
            notes=[note] if (note := recheck(row)) else [], no_submit=True,
            cancel_label="关闭", cancel_url=url_of("qualifications.Qualifications"), size=640,
        )  # fmt: skip


class QualificationDetail(DetailPage):
    """4.1 查看 (R15)"""

    manual, url, permission, title = "4.1", "qualifications/<int:pk>/", "qualifications.view", "证书详情"
    model, related, machine = Qualification, ("awarding_body", "receipt__block"), QUALIFICATION
    acts = [
        Act(ChainInformation), Act(DeleteQualifications, danger=True), Act(StopQualification), Act(EditQualification),
        Act(ReviseQualification), Act(ResumeQualification), Act(SubmitQualification, primary=True),
        Act(PublishQualification, "审核", primary=True),
    ]  # fmt: skip
    back = "qualifications.Qualifications"

    def subtitle_of(self, row: Qualification) -> str:
        return row.awarding_body.name

    def notes(self, row: Qualification) -> list[Note]:
        """To its own body: that it is being revised; why it came back, and what a submission still lacks."""
        opened = Revision.visible_to(self.actor).filter(qualification=row).exclude(state=RevisionState.ADOPTED).first()
        if opened:
            there = url_of(RevisionDetail, pk=opened.pk)
            return [Note(f"正在修订（{opened.get_state_display()}），通过前这里的内容照常有效。", "run", there, "查看修订")]
        if self.actor.organization_id != row.awarding_body_id or row.state not in QUALIFICATION["submit"].sources:
            return []
        reason = next((event.reason for event in self.events(row) if event.reason and event.look == "hand"), "")
        back = [Note(f"平台退回：{reason}", "wait")] if row.state == QualificationState.RETURNED and reason else []
        found = refusals(Qualification, [row.pk], [has_majors], actor=self.actor, now=self.now)
        found |= {0: f"{weighed.sentence}现为 {row.weights}。"} if row.weights != 100 else {}
        return [*back, *(Note(sentence, "wait") for sentence in found.values())]

    def cards(self, row: Qualification) -> list[Card]:
        facts = (
            Fact("证书名称", row.name), Fact("证书等级", row.get_grade_display()), Fact("证书编码", row.code),
            Fact("颁证机构", row.awarding_body.name), Fact("启用日期", str(row.start_date or "–")),
            Fact("参考费用", row.in_words("fee", row.fee) or "–"), Fact("通过规则", pass_rule_words(row.pass_rule)),
            Fact("简介", row.description, wide=True), Fact("适用人群", row.audience, wide=True),
            Fact("取证要求", row.requirements, wide=True), Fact("证书评语", row.statement, wide=True),
        )  # fmt: skip
        majors = [
            ("", [m.name, m.code, m.version, m.get_level_display()])
            for m in row.majors.order_by("code", "version")[:LISTED]
        ]
        columns = [("name", "专业名称"), ("code", "专业代码"), ("version", "专业版本"), ("level", "层次")]
        return [
            Card("证书基本信息", facts),
            Card(
                "证书对应专业", table=table_of(columns, majors, "没有对应专业"), hint=f"共 {row.majors.count():,} 个",
                acts=(ActView("majors", "全部对应专业", url_of(MappedMajors, qualification=row.pk), "list"),),
            ),
            *revisions_cards(row),
            Card("上链信息", template="issuing/chain_card.html", context=chain_context(row.receipt), side=True),
        ]

    def events(self, row: Qualification) -> list[Any]:
        own = self.actor.organization_id == row.awarding_body_id or self.actor.organization_kind == "platform"
        return super().events(row) if own else []


def revisions_cards(row: Qualification) -> list[Card]:
    """历次修订, where there are any: what each changed, and the anchor that it replaced."""
    found = row.revisions.filter(state=RevisionState.ADOPTED).select_related("receipt").order_by("-updated_at")[:LISTED]
    rows = [("", [plain_text(one.updated_at), words_of(one.changes), one.receipt.leaf if one.receipt else ""]) for one in found]
    columns = [("at", "生效时间"), ("what", "修订内容"), ("leaf", "此前的交易哈希")]
    return [Card("历次修订", table=table_of(columns, rows, ""))] if rows else []


class Scope(Filter):
    """证书范围: the qualifications that the institution takes part in, or all of the catalogue (R13, R14); an awarding body's
    own, or all. Province and platform look at all.
    """

    OWN = {"institution": "已参与试点", "awarding_body": "本单位"}

    def form_field(self, page: AnyList) -> forms.Field:
        own = self.OWN.get(page.actor.organization_kind)
        if own is None:
            return forms.CharField(required=False, widget=forms.HiddenInput)
        return forms.ChoiceField(label=self.label, required=False, choices=[("", own), ("all", "全部")])

    def q(self, value: str) -> Q:
        return Q()  # the list narrows itself when nothing is chosen


class Qualifications(ListPage):
    """4.1 证书信息管理 (R13, R14)"""

    manual, url, permission, title = "4.1", "qualifications/", "qualifications.view", "证书信息管理"
    model, related = Qualification, ("awarding_body",)
    columns = [
        Col("name", "证书名称", sort=True, fixed=True), Col("grade", "证书等级", sort=True), Col("code", "证书编码", sort=True),
        Col("awarding_body__name", "颁证机构"), Col("start_date", "启用日期", sort=True), State(QUALIFICATION),
    ]  # fmt: skip
    filters = [
        Search("证书名称", "name"),
        Scope("证书范围", "scope"),
        Choice("证书等级", "grade"),
        Choice(
            "颁证机构", "awarding_body", options=lambda page: AwardingBody.visible_to(page.actor).order_by("name")[:500]
        ),
    ]
    tabs = StateTabs(QUALIFICATION)
    row = [
        Open(QualificationDetail), Act(PublishQualification, "审核"), Act(SubmitQualification), Act(ChainInformation),
        Act(EditQualification), Act(ReviseQualification), Act(StopQualification), Act(ResumeQualification),
        Act(DeleteQualifications, danger=True),
    ]  # fmt: skip
    header = [
        Go(NewQualification, primary=True), Group("批量新增", [Go(ImportQualifications), Go(QualificationImports)], "file-import"),
        Group("导入对应专业", [Go(ImportMapping, "导入"), Go(MappingImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    links = [Act(Revisions)]
    order = ("name",)
    empty = "没有符合条件的证书；“证书范围”选“全部”可看目录中的所有证书"

    @cached_property
    def _tabs(self) -> list[Tab | None]:
        """Institution and province see what was published: no tabs for what comes before."""
        early = {QualificationState.DRAFT, QualificationState.IN_REVIEW, QualificationState.RETURNED}
        drafts = self.actor.organization_kind in ("awarding_body", "platform")
        return [tab for tab in super()._tabs if drafts or tab is None or tab.key not in early]

    def rows(self) -> Any:
        rows = Qualification.objects.all()
        if self.query.get("scope") == "all" or self.actor.organization_kind not in Scope.OWN:
            return rows
        if self.actor.organization_kind == "awarding_body":
            return rows.filter(awarding_body=self.actor.organization_id)
        taken = Participation.objects.filter(institution=self.actor.organization_id, approved=True)
        return rows.filter(pk__in=taken.values("qualification"))


# --- what the pages of organizations say of the catalogue (R3, R5) -------------------------------------
def piloted_card(body: AwardingBody, actor: Actor) -> Card:
    """已试点的证书 (R3): to an institution those that it pilots itself, to others all that the body has published."""
    published = Q(state__in=[QualificationState.PUBLISHED, QualificationState.STOPPED])
    if actor.organization_kind == "institution":
        taken = Participation.objects.filter(institution=actor.organization_id, approved=True)
        published &= Q(pk__in=taken.values("qualification"))
    found = Qualification.objects.filter(published, awarding_body=body).order_by("name", "grade")[:LISTED]
    rows = [(url_of(QualificationDetail, pk=q.pk), [q.name, q.get_grade_display(), q.code]) for q in found]
    columns = [("name", "证书名称"), ("grade", "证书等级"), ("code", "证书编码")]
    title = "已试点的证书" if actor.organization_kind == "institution" else "已发布的证书"
    return Card(title, table=table_of(columns, rows, "还没有证书"))


def owners_card(institution: Institution) -> Card:
    """试点证书负责人: who answers for which qualification."""
    found = (
        QualificationOwner.objects.filter(user__organization=institution.pk, user__is_active=True)
        .select_related("user", "qualification")
        .order_by("user__name", "qualification__name")[:LISTED]
    )
    rows = [("", [owner.user.name, str(owner.qualification)]) for owner in found]
    columns = [("name", "证书负责人"), ("qualification", "负责的证书")]
    return Card("试点证书负责人", table=table_of(columns, rows, "还没有指定证书负责人，可在“用户管理”中指定"))


def nobody_yet(organization: Organization, actor: Actor) -> Note | None:
    """The platform is told when nobody can log in for an organization yet, and where that is mended."""
    if not actor.may("orgs.manage") or User.objects.filter(organization=organization.pk, is_active=True).exists():
        return None
    text = "这个机构还没有可用的账号。请在“各单位账号”中开通它的第一个管理员：临时密码只显示一次，首次登录须修改。"
    page = PAGES.get("accounts.OpenAdministrator")
    able = page is not None and page.admits(actor)
    return Note(text, "wait", url_of(page) if page and able else "", "开通单位管理员" if able else "")


ORGANIZATION_NOTES.append(nobody_yet)
AWARDING_BODY_CARDS.append(piloted_card)
INSTITUTION_CARDS.append(owners_card)
