"""4.1 证书修订: a published entry is revised by its awarding body and stays in force until the platform has passed it."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse

from skillcert.kit.errors import Missing
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    Choice,
    Col,
    DetailPage,
    Dialog,
    FormPage,
    Go,
    KitForm,
    ListPage,
    Open,
    ReasonField,
    Search,
    State,
    StateTabs,
    TextField,
    When,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.screen import ActView, Card, Fact, Note, Section
from skillcert.orgs.models import AwardingBody

from .. import rules
from ..models import Qualification, Revision
from ..states import REVISION, RevisionState, open_revision, own, own_revision, published, unrevised
from .editor import FEE, ReasonForm
from .majors import AddMajors, MappedMajors, RemoveMajors
from .shared import SeenForm, table_of

LIST, DETAIL = "qualifications.Revisions", "qualifications.RevisionDetail"
EDITORS, READERS = ("awarding_body",), ("awarding_body", "platform")


class RevisionForm(KitForm):
    reason = ReasonField("修订说明", help_text="平台审核时看，如：依 2025 年增补专业目录增加对应专业")
    fee = forms.DecimalField(**FEE)
    description = TextField(label="简介", required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    audience = TextField(label="适用人群", required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    requirements = TextField(label="取证要求", required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    statement = TextField(label="证书评语", required=False, max_length=200, widget=forms.Textarea({"rows": 2}))

    def clean_fee(self) -> int:
        """In fen, as it is kept."""
        return int((self.cleaned_data["fee"] or 0) * 100)


class ReviseQualification(FormPage):
    """4.1 修订, of a published entry"""

    manual, url, permission, title = "4.1", "qualifications/<int:pk>/revise/", "qualifications.edit", "修订证书"
    label, icon, model, form, back, kinds = "修订", "copy", Qualification, RevisionForm, LIST, EDITORS
    guards = (own, published, unrevised)

    def initial(self, row: Any) -> dict[str, Any]:
        return super().initial(row) | {"fee": Decimal(row.fee) / 100 if row.fee else None}

    def sections(self, form: KitForm) -> list[Section]:
        texts = tuple(form[name] for name in ("description", "audience", "requirements", "statement"))
        return [Section("修订", fields=(form["reason"], form["fee"])), Section("说明", fields=texts, columns=1)]

    def notes(self, row: Any) -> list[Note]:
        return [Note("名称、等级、编码和通过规则不能修订：要改这些，请新增证书。修订生效前，院校看到和使用的仍是现行内容。")]

    def save(self, row: Any, data: dict[str, Any]) -> Revision:
        return rules.start_revision(actor=self.actor, now=self.now, qualification=row, values=data, version=self.version)

    def done(self, row: Any) -> str:
        return "已保存修订。对应专业有增减的，请在“修订后的专业”中办理；核对后提交。"

    def after(self, row: Any) -> str:
        return url_of(DETAIL, pk=row.pk)


class EditRevision(ReviseQualification):
    """4.1 编辑, of a revision that is not submitted"""

    url, title, label, icon, model = "qualifications/revisions/<int:pk>/edit/", "编辑修订", "编辑", "pencil", Revision
    guards, related = (own_revision, open_revision), ("qualification",)

    def save(self, row: Any, data: dict[str, Any]) -> Revision:
        return rules.edit_revision(actor=self.actor, now=self.now, revision=row, values=data, version=self.version)


# --- the moves -----------------------------------------------------------------------------------------
class RevisionVerb(Dialog):
    manual, model, back, unit, single, size = "4.1", Revision, LIST, "个修订", True, 640

    def facts(self, row: Revision) -> list[Fact]:
        """All that is to change: who passes it has seen it."""
        changes = rules.changes_of(row)
        terms = [Fact(label, f"{old or '没有填'} → {new or '没有填'}") for label, old, new in changes["terms"]]
        majors = [Fact(how, "、".join(changes[key])) for key, how in (("added", "增加专业"), ("removed", "减少专业")) if changes[key]]
        same = [] if terms or majors else [Fact("修订内容", "与现行的一致")]
        return [Fact("证书", str(row.qualification)), Fact("修订说明", row.reason), *terms, *majors, *same]

    def act_on(self, row: Revision, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        row = rows.select_related("qualification__awarding_body").get()
        self.act_on(row, data)
        return Outcome(done=[row.pk])


class SubmitRevision(RevisionVerb):
    url, move, kinds = "qualifications/revisions/submit/", REVISION["submit"], EDITORS
    title, label, icon = "提交修订", "提交审核", "send"

    def warning(self) -> Note:
        return Note("提交后由平台“目录与机构”岗位审核，审核期间不能修改；通过前，现行内容照常有效。", "wait")

    def act_on(self, row: Revision, data: dict[str, Any]) -> Any:
        return rules.submit_revision(actor=self.actor, now=self.now, revision=row)


class ReturnRevision(RevisionVerb):
    url, move, form = "qualifications/revisions/return/", REVISION["return"], ReasonForm
    title, label, icon = "退回修订", "退回", "corner-up-left"

    def warning(self) -> Note:
        return Note("培训评价组织会看到理由，修改后可再次提交；现行内容照常有效。", "wait")

    def act_on(self, row: Revision, data: dict[str, Any]) -> Any:
        return rules.return_revision(actor=self.actor, now=self.now, revision=row, reason=data["reason"])


class AdoptRevision(RevisionVerb):
    """The platform's review: 通过 puts it in force, 退回 stands on the left."""

    url, move, form = "qualifications/revisions/adopt/", REVISION["adopt"], SeenForm
    title, label, icon = "审核修订", "通过并生效", "circle-check"
    refuse = [Batch(ReturnRevision, "退回")]

    def warning(self) -> Note:
        return Note("通过后立即生效、重新存证，并告诉正在试点的院校。已报考的考生和已发的证书不受影响。", "wait")

    def act_on(self, row: Revision, data: dict[str, Any]) -> Any:
        return rules.adopt_revision(actor=self.actor, now=self.now, revision=row, version=data["version"])


class DeleteRevision(RevisionVerb):
    url, permission, kinds, guards, final = (
        "qualifications/revisions/delete/", "qualifications.edit", EDITORS, (own_revision, open_revision), True,
    )  # fmt: skip
    title, label, icon = "删除修订", "删除", "trash"

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_revisions(actor=self.actor, now=self.now, revisions=rows)


# --- the majors, the record, the list --------------------------------------------------------------------
class RevisedMajors(MappedMajors):
    """修订后的专业 of the open revision of an entry"""

    url, permission, title = "qualifications/<int:qualification>/revision/majors/", "qualifications.edit", "修订后的专业"
    kinds, batch = EDITORS, [Batch(RemoveMajors, danger=True)]
    header = [Go(AddMajors, primary=True), Export("导出")]

    @cached_property
    def revision(self) -> Revision:
        found = rules.working(self.entry)
        if not isinstance(found, Revision) or self.entry.awarding_body_id != self.actor.organization_id:
            raise Missing()
        return found

    def post(self) -> HttpResponse:
        _ = self.revision  # Missing to everybody else, whatever is asked
        return super().post()

    def rows(self) -> QuerySet:
        return self.revision.majors.all()

    def notes(self) -> list[Note]:
        return [Note("这是修订后的对应专业，审核通过后生效。", "run", url_of(DETAIL, pk=self.revision.pk), "回到修订")]


class RevisionDetail(DetailPage):
    """4.1 修订内容: as it is, and as it is to be"""

    manual, url, permission, title = "4.1", "qualifications/revisions/<int:pk>/", "qualifications.view", "证书修订"
    model, machine, back, kinds = Revision, REVISION, LIST, READERS
    related = ("qualification__awarding_body", "receipt__block")
    acts = [
        Act(DeleteRevision, danger=True), Act(EditRevision), Act(SubmitRevision, primary=True), Act(AdoptRevision, "审核", primary=True),
    ]  # fmt: skip

    def subtitle_of(self, row: Revision) -> str:
        return row.qualification.awarding_body.name

    def notes(self, row: Revision) -> list[Note]:
        if row.state != RevisionState.RETURNED:
            return []
        reason = next((event.reason for event in self.events(row) if event.reason and event.look == "hand"), "")
        return [Note(f"平台退回：{reason}", "wait")]

    def cards(self, row: Revision) -> list[Card]:
        changes = rules.changes_of(row)
        entry = url_of("qualifications.QualificationDetail", pk=row.qualification_id)
        facts = (Fact("证书", str(row.qualification)), Fact("修订说明", row.reason, wide=True))
        terms = [{"label": label, "old": old, "new": new} for label, old, new in changes["terms"]]
        majors = [("", [word, major]) for word, key in (("增加", "added"), ("减少", "removed")) for major in changes[key]]
        acts = (ActView("majors", "修订后的专业", url_of(RevisedMajors, qualification=row.qualification_id), "list"),)
        editable = row.state in REVISION["submit"].sources and self.actor.may("qualifications.edit")
        return [
            Card("修订", facts, acts=(ActView("entry", "查看证书", entry, "eye"),)),
            *([Card("修订内容", template="kit/changes.html", context={"changes": terms})] if terms else []),
            Card(
                "对应专业", table=table_of([("how", "增减"), ("major", "专业")], majors, "对应专业没有增减"),
                acts=acts if editable and RevisedMajors.admits(self.actor) else (),
            ),
        ]  # fmt: skip


class Revisions(ListPage):
    """4.1 证书修订: the awarding body's own; all, for the platform's review"""

    manual, url, permission, title = "4.1", "qualifications/revisions/", "qualifications.view", "证书修订"
    model, related, kinds, icon = Revision, ("qualification__awarding_body",), READERS, "copy"
    columns = [
        Col("qualification__name", "证书名称", sort=True, fixed=True),
        Col("grade", "证书等级", value=lambda row: row.qualification.get_grade_display()),
        Col("qualification__awarding_body__name", "颁证机构"), Col("reason", "修订说明"), When("updated_at", "更新时间", sort=True),
        State(REVISION),
    ]  # fmt: skip
    filters = [
        Search("证书名称", "qualification__name"),
        Choice(
            "颁证机构", "qualification__awarding_body",
            options=lambda page: AwardingBody.visible_to(page.actor).order_by("name")[:500],
        ),
    ]  # fmt: skip
    tabs = StateTabs(REVISION)
    row = [
        Open(RevisionDetail), Act(AdoptRevision, "审核"), Act(SubmitRevision), Act(EditRevision), Act(DeleteRevision, danger=True),
    ]  # fmt: skip
    header = [Export("导出")]
    order = ("-updated_at",)
    nothing_yet = "还没有修订；培训评价组织在已发布的证书上点“修订”开始"
