"""3.1 职业技能等级标准"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from skillcert.kit.exports import Export
from skillcert.kit.pages import (
    Act,
    ChainedChoices,
    Choice,
    Col,
    DateRange,
    Day,
    Exact,
    Go,
    Group,
    KitForm,
    NumberText,
    Open,
    Search,
    State,
    StateTabs,
    TextField,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Card, ColumnView, Fact, RowView, Section, Table
from skillcert.qualifications.models import Qualification

from .. import rules
from ..imports import SkillStandardImport
from ..models import SkillStandard
from ..states import SKILL
from .shared import (
    DRAFTERS,
    DeleteStandard,
    DisableStandard,
    EnableStandard,
    FileField,
    FileOfStandard,
    StandardDetail,
    StandardForm,
    StandardList,
    bodies,
    own_qualifications,
)  # fmt: skip

LIST = "standards.SkillStandards"


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
    model, form, back, page_of_row = SkillStandard, SkillForm, LIST, "standards.SkillStandardDetail"

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
    manual, url, move, back = "3.1", "standards/skill/enable/", SKILL["enable"], LIST
    title, label, model, guards, icon = "启用职业技能等级标准", "启用", SkillStandard, (rules.own,), "player-play"


class DisableSkillStandard(DisableStandard):
    manual, url, move, back = "3.1", "standards/skill/disable/", SKILL["disable"], LIST
    title, label, model, guards, icon = "停用职业技能等级标准", "停用", SkillStandard, (rules.own,), "player-stop"


class DeleteSkillStandard(DeleteStandard):
    manual, url, permission, back = "3.1", "standards/skill/delete/", "standards.edit", LIST
    title, label, model, guards, icon = "删除职业技能等级标准", "删除", SkillStandard, (rules.own, rules.draft), "trash"


class ImportSkillStandards(ImportPage):
    manual, url, title, label = "3.1", "standards/skill/import/", "批量新增职业技能等级标准", "导入"
    spec, back, records = SkillStandardImport, LIST, "standards.SkillStandardImports"
    kinds = DRAFTERS


class SkillStandardImports(ImportRecordList):
    manual, url, permission, title = "3.1", "standards/skill/imports/", "standards.edit", "职业技能等级标准导入记录"
    label, pages, kinds = "导入记录", [ImportSkillStandards], DRAFTERS


class SkillStandardFile(FileOfStandard):
    manual, url, permission, title = "3.1", "standards/skill/<int:pk>/file/", "standards.view", "标准文件"
    model = SkillStandard


class SkillStandardDetail(StandardDetail):
    """3.1 查看 (R9)"""

    manual, url, permission, title = "3.1", "standards/skill/<int:pk>/", "standards.view", "职业技能等级标准"
    model, machine, back, file_page = SkillStandard, SKILL, LIST, "standards.SkillStandardFile"
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
    nothing_yet = "还没有职业技能等级标准"

    def rows(self) -> QuerySet:
        return SkillStandard.objects.prefetch_related("qualifications")
