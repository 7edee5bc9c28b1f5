"""省厅管理, by the platform alone."""

from __future__ import annotations

from typing import Any

from django import forms

from skillcert.kit.exports import Export
from skillcert.kit.pages import (
    Act,
    Active,
    Choice,
    Col,
    DetailPage,
    FormPage,
    Go,
    Group,
    KitForm,
    ListPage,
    NumberText,
    Open,
    Search,
    TextField,
    active_badge,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Badge, Card, Fact, Note

from .. import rules
from ..imports import ProvinceImport
from ..models import Institution, Province
from .running import ACTIVE_TABS, OpenOrganization, ResumeOrganizations, StopOrganizations, notes_of

LIST, DETAIL = "orgs.Provinces", "orgs.ProvinceDetail"
WHY = "The manual describes the institution's side; the platform opens provinces (domain 1.2, step 2)"
LEVELS = [(1, "一级：初审"), (2, "两级：初审、终审")]


class ProvinceForm(KitForm):
    name = TextField(label="名称", max_length=80)
    province_code = NumberText(label="省码", max_length=2, help_text="GB/T 2260 的前两位，如 33")
    contact = TextField(label="联系人", max_length=40, required=False)
    phone = NumberText(label="联系电话", max_length=20, required=False)
    review_levels = forms.TypedChoiceField(label="申报审核级数", choices=LEVELS, coerce=int, initial=2)
    report_cycle = forms.ChoiceField(
        label="周报周期", choices=Province.Cycle.choices, help_text="开通时的；以后由省厅在“周报设置”中更改"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["report_cycle"].disabled = self.row is not None  # reports have been made by it


class OpenProvince(OpenOrganization):
    manual, why, url, permission, title = None, WHY, "provinces/new/", "orgs.manage", "开通省厅"
    model, form, back, page_of_row = Province, ProvinceForm, LIST, DETAIL

    def save(self, row: Any, data: dict[str, Any]) -> Province:
        return rules.open_province(actor=self.actor, now=self.now, values=data)


class EditProvince(FormPage):
    manual, why, url, permission, title = None, WHY, "provinces/<int:pk>/edit/", "orgs.manage", "编辑省厅"
    label, icon, model, form, back = "编辑", "pencil", Province, ProvinceForm, LIST

    def save(self, row: Province, data: dict[str, Any]) -> Province:
        return rules.edit_province(actor=self.actor, now=self.now, province=row, values=data, version=self.version)

    def after(self, row: Province) -> str:
        return url_of(ProvinceDetail, pk=row.pk)


class StopProvinces(StopOrganizations):
    manual, why, url, permission, back = None, WHY, "provinces/stop/", "orgs.manage", LIST
    title, label, model = "停用省厅", "停用", Province


class ResumeProvinces(ResumeOrganizations):
    manual, why, url, permission, back = None, WHY, "provinces/resume/", "orgs.manage", LIST
    title, label, model = "启用省厅", "启用", Province


class ImportProvinces(ImportPage):
    """Many at once, by the platform"""

    manual, why, url, title, label = None, WHY, "provinces/import/", "批量开通省厅", "导入"
    spec, back, records = ProvinceImport, LIST, "orgs.ProvinceImports"


class ProvinceImports(ImportRecordList):
    manual, why, url, permission, title, label = None, WHY, "provinces/imports/", "orgs.manage", "省厅导入记录", "导入记录"
    pages = [ImportProvinces]


class ProvinceDetail(DetailPage):
    manual, why, url, permission, title = None, WHY, "provinces/<int:pk>/", "orgs.manage", "省厅详情"
    model, back = Province, LIST
    acts = [Act(StopProvinces), Act(ResumeProvinces), Act(EditProvince, primary=True)]

    def badge(self, row: Province) -> Badge:
        return active_badge(row.active)

    def notes(self, row: Province) -> list[Note]:
        return notes_of(row, self.actor)

    def cards(self, row: Province) -> list[Card]:
        schools = Institution.objects.filter(province=row).count()
        return [Card("省厅信息", (
            Fact("名称", row.name), Fact("省码", row.province_code), Fact("联系人", row.contact), Fact("联系电话", row.phone),
            Fact("申报审核级数", row.get_review_levels_display()), Fact("周报周期", row.get_report_cycle_display()),
            Fact("试点院校", f"{schools:,} 所"),
        ))]  # fmt: skip


class Provinces(ListPage):
    """省厅管理"""

    manual, why, url, permission, title = None, WHY, "provinces/", "orgs.manage", "省厅管理"
    model, order = Province, ("province_code",)
    columns = [
        Col("name", "名称", sort=True, fixed=True), Col("province_code", "省码", sort=True), Col("contact", "联系人"),
        Col("phone", "联系电话"), Col("review_levels", "申报审核级数"), Col("report_cycle", "周报周期"), Active(),
    ]  # fmt: skip
    filters = [Search("名称", "name"), Choice("周报周期", "report_cycle")]
    tabs = ACTIVE_TABS
    row = [Open(ProvinceDetail), Act(EditProvince), Act(StopProvinces), Act(ResumeProvinces)]
    header = [
        Go(OpenProvince, primary=True), Group("批量开通", [Go(ImportProvinces), Go(ProvinceImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    nothing_yet = "还没有开通省厅"
