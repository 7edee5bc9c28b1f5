"""Chapter 3: 职业技能等级标准, 考核站点建设标准. Both look alike: a list, a record with its file, a form, three verbs."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase

from skillcert.kit.errors import Missing
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    ChainedChoice,
    ChainedChoices,
    Choice,
    Col,
    DateRange,
    Day,
    DetailPage,
    Dialog,
    Exact,
    FormPage,
    Go,
    Group,
    KitForm,
    ListPage,
    NumberText,
    Open,
    Page,
    Search,
    State,
    StateTabs,
    TextField,
    UploadField,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.list import Tab
from skillcert.kit.pages.screen import ActView, Card, ColumnView, Fact, Note, RowView, Section, Table
from skillcert.orgs.models import AwardingBody, Kind
from skillcert.qualifications.models import Grade, Qualification

from . import rules
from .imports import CenterStandardImport, SkillStandardImport
from .models import CenterStandard, SkillStandard, Standard
from .states import CENTER, SKILL, StandardState

SKILLS, CENTERS = "standards.SkillStandards", "standards.CenterStandards"


# --- what both kinds share -----------------------------------------------------------------------------
def own_qualifications(page: Any) -> QuerySet[Qualification]:
    return Qualification.objects.filter(awarding_body=page.actor.organization_id).order_by("name", "grade")


def bodies(page: Any) -> QuerySet[AwardingBody]:
    return AwardingBody.objects.filter(pk__in=page.visible.order_by().values("awarding_body")).order_by("name")


class FileField(UploadField):
    def __init__(self, label: str) -> None:
        accept = ",".join(rules.SUFFIXES)
        super().__init__(label, most=rules.MOST_BYTES, accept=accept, required=False, help_text="PDF 或 DOCX，20 MB 以内；不选则不变")


class FileOfStandard(Page):
    """The file of a standard that one may see, as an attachment."""

    label, icon = "下载文件", "download"
    model: ClassVar[type[Standard]]

    def get(self) -> HttpResponseBase:
        row = row_of(self, self.model, ("file",))
        if row.file is None:
            raise Missing("这个标准没有上传文件。")
        return row.file.response()


class StandardDetail(DetailPage):
    related = ("awarding_body", "file")
    file_page: ClassVar[str]

    def subtitle_of(self, row: Standard) -> str:
        return row.awarding_body.name  # type: ignore[attr-defined]

    def file_card(self, row: Standard) -> Card:
        if row.file is None:
            return Card("文件", (Fact("文件", "未上传"),), side=True)
        size = f"{max(1, round(row.file.size / 1024)):,} KB"
        facts = (Fact("文件名", row.file.name), Fact("大小", size), Fact("上传时间", plain_text(row.file.created_at)))
        link = ActView("file", "下载文件", url_of(self.file_page, pk=row.pk), "download")
        return Card("文件", facts, acts=(link,), side=True)

    def events(self, row: Standard) -> list[Any]:
        return super().events(row) if self.actor.organization_id == row.awarding_body_id else []  # type: ignore[attr-defined]


class AwardingBodyOnly(Page):
    """Only an awarding body has standards of its own."""

    kinds = (Kind.AWARDING_BODY,)


class StandardForm(AwardingBodyOnly, FormPage):
    """A new one; with a row of the address, that one edited."""

    columns = 2

    def make_form(self, data: Any = None) -> KitForm:
        self._form = super().make_form(data)
        return self._form

    def after(self, row: Standard) -> str:
        return url_of(self.page_of_row, pk=row.pk)

    page_of_row: ClassVar[str]

    def notes(self, row: Standard | None) -> list[Note]:
        return [] if own_qualifications(self).exists() else [Note("还没有证书，请先在“证书信息管理”中新增证书。", "wait")]


class StandardVerb(AwardingBodyOnly, Dialog):
    """A verb on standards."""

    unit = "个标准"


class EnableStandard(StandardVerb):
    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.enable_standards(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]

    def warning(self) -> Note | None:
        keys = rules.in_force(self.one) if self.one is not None else []
        if not keys:
            return Note("启用后，申报过对应证书的院校即可看到。", "run")
        names = "、".join(str(row) for row in self.model._default_manager.filter(pk__in=keys))
        return Note(f"正在启用的“{names}”将随之停用。", "wait")


class DisableStandard(StandardVerb):
    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.disable_standards(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]

    def warning(self) -> Note:
        return Note("停用后院校仍能看到，状态显示为已停用。", "wait")


class DeleteStandard(StandardVerb):
    final = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_standards(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]


class StandardList(ListPage):
    order = ("-start_date",)

    @cached_property
    def _tabs(self) -> list[Tab | None]:
        """Who drafts none has no tab for drafts."""
        drafts = self.actor.organization_kind == Kind.AWARDING_BODY
        return [tab for tab in super()._tabs if drafts or tab is None or tab.key != StandardState.DRAFT]

    def notes(self) -> list[Note]:
        if self.actor.organization_kind != Kind.INSTITUTION or self.visible.exists():
            return []
        return [Note("这里列出贵校申报过试点的证书的标准；提交“证书试点申报”后即可看到。", "run")]


# --- 3.1 职业技能等级标准 ------------------------------------------------------------------------------
class SkillForm(KitForm):
    code = NumberText(label="标准编码", max_length=30)
    name = TextField(label="标准名称", max_length=80)
    edition = TextField(label="版本", max_length=20, help_text="如 2026 年版、1.0")
    start_date = Day(label="启用日期", required=False)
    qualifications = ChainedChoices("对应证书", options=own_qualifications)
    description = TextField(label="说明", required=False, max_length=500, widget=forms.Textarea({"rows": 3}))
    file = FileField("标准文件")

    def split(self) -> tuple[dict[str, Any], list[Qualification]]:
        """The row's own columns, and the qualifications."""
        names = ("code", "name", "edition", "start_date", "description")
        chosen = self.cleaned_data["qualifications"]
        return {name: self.cleaned_data[name] for name in names}, list(Qualification.objects.filter(pk__in=chosen))


class NewSkillStandard(StandardForm):
    """3.1 新增"""

    manual, url, permission, title = "3.1", "standards/skill/new/", "standards.edit", "新增职业技能等级标准"
    label, icon = "新增标准", "plus"
    model, form, back, page_of_row = SkillStandard, SkillForm, SKILLS, "standards.SkillStandardDetail"

    def sections(self, form: KitForm) -> list[Section]:
        return [
            Section("标准信息", fields=tuple(form[name] for name in ("code", "name", "edition", "start_date"))),
            Section("对应证书", "同一标准通常对应证书的各个等级", (form["qualifications"],)),
            Section("文件与说明", fields=(form["file"], form["description"])),
        ]

    def save(self, row: Any, data: dict[str, Any]) -> SkillStandard:
        values, qualifications = self._form.split()  # type: ignore[attr-defined]
        return rules.create_skill_standard(
            actor=self.actor, now=self.now, values=values, qualifications=qualifications, file=data["file"]
        )

    def done(self, row: SkillStandard) -> str:
        return f"已保存标准“{row}”，状态为未启用；核对后点“启用”。"


class NewSkillEdition(NewSkillStandard):
    """The next edition of a standard, begun with what the last one says."""

    url, title, label, icon = "standards/skill/<int:pk>/edition/", "新建版本", "新建版本", "copy"
    guards = (rules.own,)

    def initial(self, row: SkillStandard) -> dict[str, Any]:
        found = super().initial(row) | {"edition": "", "start_date": None, "file": None}
        return found | {"qualifications": list(row.qualifications.values_list("pk", flat=True))}


class EditSkillStandard(NewSkillStandard):
    """3.1 编辑, while it is not enabled"""

    url, title, label, icon = "standards/skill/<int:pk>/edit/", "编辑职业技能等级标准", "编辑", "pencil"
    guards = (rules.own, rules.not_enabled)

    def initial(self, row: SkillStandard) -> dict[str, Any]:
        found = super().initial(row) | {"file": None}
        return found | {"qualifications": list(row.qualifications.values_list("pk", flat=True))}

    def save(self, row: Any, data: dict[str, Any]) -> SkillStandard:
        values, qualifications = self._form.split()  # type: ignore[attr-defined]
        return rules.edit_skill_standard(
            actor=self.actor, now=self.now, standard=row, values=values, qualifications=qualifications, file=data["file"],
            version=self.version,
        )

    def done(self, row: SkillStandard) -> str:
        return f"已保存标准“{row}”。"


class EnableSkillStandard(EnableStandard):
    manual, url, move, back = "3.1", "standards/skill/enable/", SKILL["enable"], SKILLS
    title, label, model, guards, icon = "启用职业技能等级标准", "启用", SkillStandard, (rules.own,), "player-play"


class DisableSkillStandard(DisableStandard):
    manual, url, move, back = "3.1", "standards/skill/disable/", SKILL["disable"], SKILLS
    title, label, model, guards, icon = "停用职业技能等级标准", "停用", SkillStandard, (rules.own,), "player-stop"


class DeleteSkillStandard(DeleteStandard):
    manual, url, permission, back = "3.1", "standards/skill/delete/", "standards.edit", SKILLS
    title, label, model, guards, icon = "删除职业技能等级标准", "删除", SkillStandard, (rules.own, rules.draft), "trash"


class ImportSkillStandards(AwardingBodyOnly, ImportPage):
    manual, url, title, label = "3.1", "standards/skill/import/", "批量新增职业技能等级标准", "导入"
    spec, back, records = SkillStandardImport, SKILLS, "standards.SkillStandardImports"


class SkillStandardImports(AwardingBodyOnly, ImportRecordList):
    manual, url, permission, title = "3.1", "standards/skill/imports/", "standards.edit", "职业技能等级标准导入记录"
    label, pages = "导入记录", [ImportSkillStandards]


class SkillStandardFile(FileOfStandard):
    manual, url, permission, title = "3.1", "standards/skill/<int:pk>/file/", "standards.view", "标准文件"
    model = SkillStandard


class SkillStandardDetail(StandardDetail):
    """3.1 查看 (R9)"""

    manual, url, permission, title = "3.1", "standards/skill/<int:pk>/", "standards.view", "职业技能等级标准"
    model, machine, back, file_page = SkillStandard, SKILL, SKILLS, "standards.SkillStandardFile"
    acts = [
        Act(NewSkillEdition), Act(DeleteSkillStandard, danger=True), Act(DisableSkillStandard), Act(EditSkillStandard),
        Act(EnableSkillStandard, primary=True),
    ]  # fmt: skip

    def cards(self, row: SkillStandard) -> list[Card]:
        facts = (
            Fact("标准名称", row.name), Fact("标准编码", row.code), Fact("版本", row.edition),
            Fact("颁证机构", row.awarding_body.name), Fact("启用日期", str(row.start_date or "–")),
            Fact("说明", row.description, wide=True),
        )  # fmt: skip
        found = Qualification.visible_to(self.actor).filter(skill_standards=row).order_by("name", "grade")
        rows = tuple(
            RowView(str(q.pk), str(q), (q.name, q.get_grade_display(), q.code), url=url_of("qualifications.QualificationDetail", pk=q.pk))
            for q in found
        )  # fmt: skip
        columns = (ColumnView("name", "证书名称"), ColumnView("grade", "证书等级"), ColumnView("code", "证书编码"))
        return [Card("标准信息", facts), Card("对应证书", table=Table(columns, rows, "没有对应证书")), self.file_card(row)]


class SkillStandards(StandardList):
    """3.1 职业技能等级标准 (R7, R8)"""

    manual, url, permission, title = "3.1", "standards/skill/", "standards.view", "职业技能等级标准"
    model, related = SkillStandard, ("awarding_body",)
    columns = [
        Col("name", "标准名称", sort=True, fixed=True), Col("code", "标准编码", sort=True), Col("edition", "版本"),
        Col("awarding_body__name", "颁证机构"), Col("start_date", "启用日期", sort=True),
        Col("qualifications", "对应证书", value=lambda row: "、".join(str(one) for one in row.qualifications.all()), shown=False),
        State(SKILL),
    ]  # fmt: skip
    filters = [
        Search("标准名称", "name"), Exact("标准编码", "code"), Choice("颁证机构", "awarding_body", options=bodies),
        Search("版本", "edition"), DateRange("启用日期", "start_date", date_only=True),
    ]  # fmt: skip
    tabs = StateTabs(SKILL)
    row = [Open(SkillStandardDetail), Act(EnableSkillStandard), Act(EditSkillStandard), Act(DisableSkillStandard),
           Act(NewSkillEdition), Act(DeleteSkillStandard, danger=True)]  # fmt: skip
    header = [
        Go(NewSkillStandard, primary=True), Group("批量新增", [Go(ImportSkillStandards), Go(SkillStandardImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    empty = "还没有职业技能等级标准"

    def rows(self) -> QuerySet:
        return SkillStandard.objects.prefetch_related("qualifications")


# --- 3.2 考核站点建设标准 ------------------------------------------------------------------------------
class CenterForm(KitForm):
    qualification = ChainedChoice("证书", options=own_qualifications)
    name = TextField(label="标准名称", max_length=80)
    edition = TextField(label="版本", max_length=20, help_text="如 2026 年版、1.0")
    start_date = Day(label="启用日期", required=False)
    venue = TextField(label="场地要求", max_length=2000, widget=forms.Textarea({"rows": 4}))
    equipment = TextField(label="设备要求", max_length=2000, widget=forms.Textarea({"rows": 4}))
    staff = TextField(label="人员要求", max_length=2000, widget=forms.Textarea({"rows": 4}))
    file = FileField("附件")

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        for name in ("file", "once", "version"):
            data.pop(name, None)
        return data | {"qualification": Qualification.objects.get(pk=data["qualification"])}


class NewCenterStandard(StandardForm):
    """3.2 新增"""

    manual, url, permission, title = "3.2", "standards/center/new/", "standards.edit", "新增考核站点建设标准"
    label, icon = "新增标准", "plus"
    model, form, back, page_of_row = CenterStandard, CenterForm, CENTERS, "standards.CenterStandardDetail"

    def sections(self, form: KitForm) -> list[Section]:
        return [
            Section("标准信息", fields=tuple(form[name] for name in ("qualification", "name", "edition", "start_date"))),
            Section("建设要求", fields=tuple(form[name] for name in ("venue", "equipment", "staff")), columns=1),
            Section("附件", fields=(form["file"],)),
        ]

    def save(self, row: Any, data: dict[str, Any]) -> CenterStandard:
        values = self._form.values()  # type: ignore[attr-defined]
        return rules.create_center_standard(actor=self.actor, now=self.now, values=values, file=data["file"])

    def done(self, row: CenterStandard) -> str:
        return f"已保存标准“{row}”，状态为未启用；核对后点“启用”。"


class NewCenterEdition(NewCenterStandard):
    """The next edition, begun with what the last one says."""

    url, title, label, icon = "standards/center/<int:pk>/edition/", "新建版本", "新建版本", "copy"
    guards = (rules.own,)

    def initial(self, row: CenterStandard) -> dict[str, Any]:
        found = super().initial(row) | {"edition": "", "start_date": None, "file": None}
        return found | {"qualification": row.qualification_id}


class EditCenterStandard(NewCenterStandard):
    """3.2 编辑, while it is not enabled"""

    url, title, label, icon = "standards/center/<int:pk>/edit/", "编辑考核站点建设标准", "编辑", "pencil"
    guards = (rules.own, rules.not_enabled)

    def initial(self, row: CenterStandard) -> dict[str, Any]:
        return super().initial(row) | {"file": None, "qualification": row.qualification_id}

    def save(self, row: Any, data: dict[str, Any]) -> CenterStandard:
        values = self._form.values()  # type: ignore[attr-defined]
        return rules.edit_center_standard(
            actor=self.actor, now=self.now, standard=row, values=values, file=data["file"], version=self.version
        )

    def done(self, row: CenterStandard) -> str:
        return f"已保存标准“{row}”。"


class EnableCenterStandard(EnableStandard):
    manual, url, move, back = "3.2", "standards/center/enable/", CENTER["enable"], CENTERS
    title, label, model, guards, icon = "启用考核站点建设标准", "启用", CenterStandard, (rules.own,), "player-play"


class DisableCenterStandard(DisableStandard):
    manual, url, move, back = "3.2", "standards/center/disable/", CENTER["disable"], CENTERS
    title, label, model, guards, icon = "停用考核站点建设标准", "停用", CenterStandard, (rules.own,), "player-stop"


class DeleteCenterStandard(DeleteStandard):
    manual, url, permission, back = "3.2", "standards/center/delete/", "standards.edit", CENTERS
    title, label, model, guards, icon = "删除考核站点建设标准", "删除", CenterStandard, (rules.own, rules.draft), "trash"


class ImportCenterStandards(AwardingBodyOnly, ImportPage):
    manual, url, title, label = "3.2", "standards/center/import/", "批量新增考核站点建设标准", "导入"
    spec, back, records = CenterStandardImport, CENTERS, "standards.CenterStandardImports"


class CenterStandardImports(AwardingBodyOnly, ImportRecordList):
    manual, url, permission, title = "3.2", "standards/center/imports/", "standards.edit", "考核站点建设标准导入记录"
    label, pages = "导入记录", [ImportCenterStandards]


class CenterStandardFile(FileOfStandard):
    manual, url, permission, title = "3.2", "standards/center/<int:pk>/file/", "standards.view", "标准附件"
    model = CenterStandard


class CenterStandardDetail(StandardDetail):
    """3.2 查看 (R12)"""

    manual, url, permission, title = "3.2", "standards/center/<int:pk>/", "standards.view", "考核站点建设标准"
    model, machine, back, file_page = CenterStandard, CENTER, CENTERS, "standards.CenterStandardFile"
    related = ("awarding_body", "file", "qualification")
    acts = [
        Act(NewCenterEdition), Act(DeleteCenterStandard, danger=True), Act(DisableCenterStandard), Act(EditCenterStandard),
        Act(EnableCenterStandard, primary=True),
    ]  # fmt: skip

    def cards(self, row: CenterStandard) -> list[Card]:
        facts = (
            Fact("标准名称", row.name), Fact("版本", row.edition), Fact("证书", str(row.qualification)),
            Fact("颁证机构", row.awarding_body.name), Fact("启用日期", str(row.start_date or "–")),
        )  # fmt: skip
        wishes = (
            Fact("场地要求", row.venue, wide=True), Fact("设备要求", row.equipment, wide=True), Fact("人员要求", row.staff, wide=True),
        )  # fmt: skip
        return [Card("标准信息", facts), Card("建设要求", wishes), self.file_card(row)]


class CenterStandards(StandardList):
    """3.2 考核站点建设标准 (R10, R11): 包含已启用、已停用"""

    manual, url, permission, title = "3.2", "standards/center/", "standards.view", "考核站点建设标准"
    model, related = CenterStandard, ("awarding_body", "qualification")
    columns = [
        Col("name", "标准名称", sort=True, fixed=True), Col("qualification__name", "证书名称"),
        Col("grade", "证书等级", value=lambda row: row.qualification.get_grade_display()), Col("edition", "版本"),
        Col("awarding_body__name", "颁证机构"), Col("start_date", "启用日期", sort=True), State(CENTER),
    ]  # fmt: skip
    filters = [
        Search("标准名称", "name"), Search("证书名称", "qualification__name"),
        Choice("证书等级", "qualification__grade", options=lambda page: Grade.choices),
        Choice("颁证机构", "awarding_body", options=bodies), DateRange("启用日期", "start_date", date_only=True),
    ]  # fmt: skip
    tabs = StateTabs(CENTER)
    row = [Open(CenterStandardDetail), Act(EnableCenterStandard), Act(EditCenterStandard), Act(DisableCenterStandard),
           Act(NewCenterEdition), Act(DeleteCenterStandard, danger=True)]  # fmt: skip
    header = [
        Go(NewCenterStandard, primary=True), Group("批量新增", [Go(ImportCenterStandards), Go(CenterStandardImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    empty = "还没有考核站点建设标准"
