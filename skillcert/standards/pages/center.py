"""3.2 考核站点建设标准"""

from __future__ import annotations

from typing import Any

from django import forms

from skillcert.kit.exports import Export
from skillcert.kit.pages import (
    Act,
    ChainedChoice,
    Choice,
    Col,
    DateRange,
    Day,
    Go,
    Group,
    KitForm,
    Open,
    Search,
    State,
    StateTabs,
    TextField,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Card, Fact, Section
from skillcert.qualifications.models import Grade, Qualification

from .. import rules
from ..imports import CenterStandardImport
from ..models import CenterStandard
from ..states import CENTER
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

LIST = "standards.CenterStandards"


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
    model, form, back, page_of_row = CenterStandard, CenterForm, LIST, "standards.CenterStandardDetail"

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
    manual, url, move, back = "3.2", "standards/center/enable/", CENTER["enable"], LIST
    title, label, model, guards, icon = "启用考核站点建设标准", "启用", CenterStandard, (rules.own,), "player-play"


class DisableCenterStandard(DisableStandard):
    manual, url, move, back = "3.2", "standards/center/disable/", CENTER["disable"], LIST
    title, label, model, guards, icon = "停用考核站点建设标准", "停用", CenterStandard, (rules.own,), "player-stop"


class DeleteCenterStandard(DeleteStandard):
    manual, url, permission, back = "3.2", "standards/center/delete/", "standards.edit", LIST
    title, label, model, guards, icon = "删除考核站点建设标准", "删除", CenterStandard, (rules.own, rules.draft), "trash"


class ImportCenterStandards(ImportPage):
    manual, url, title, label = "3.2", "standards/center/import/", "批量新增考核站点建设标准", "导入"
    spec, back, records = CenterStandardImport, LIST, "standards.CenterStandardImports"
    kinds = DRAFTERS


class CenterStandardImports(ImportRecordList):
    manual, url, permission, title = "3.2", "standards/center/imports/", "standards.edit", "考核站点建设标准导入记录"
    label, pages, kinds = "导入记录", [ImportCenterStandards], DRAFTERS


class CenterStandardFile(FileOfStandard):
    manual, url, permission, title = "3.2", "standards/center/<int:pk>/file/", "standards.view", "标准附件"
    model = CenterStandard


class CenterStandardDetail(StandardDetail):
    """3.2 查看 (R12)"""

    manual, url, permission, title = "3.2", "standards/center/<int:pk>/", "standards.view", "考核站点建设标准"
    model, machine, back, file_page = CenterStandard, CENTER, LIST, "standards.CenterStandardFile"
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
    nothing_yet = "还没有考核站点建设标准"
