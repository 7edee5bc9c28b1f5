"""2.2 试点院校管理."""

from __future__ import annotations

from functools import cached_property
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
from skillcert.kit.pages.screen import Badge, Card, Fact, Note, Section

from .. import rules
from ..cards import INSTITUTION_CARDS
from ..codes import region_name
from ..imports import InstitutionImport
from ..models import Institution, Kind
from ..seals import ESEAL
from .running import ACTIVE_TABS, OpenOrganization, ResumeOrganizations, StopOrganizations, notes_of
from .sealing import SealField, read, seal_card

LIST, DETAIL = "orgs.Institutions", "orgs.InstitutionDetail"
CONTACT = ("contact", "phone", "address", "email")
IDENTITY = ("name", "school_kind", "school_code", "region")


class ContactForm(KitForm):
    contact = TextField(label="联系人", max_length=40)
    phone = NumberText(label="联系电话", max_length=20)
    address = TextField(label="地址", max_length=120, required=False)
    email = forms.EmailField(label="邮箱", required=False)


class InstitutionForm(ContactForm):
    """What the school edits itself."""

    seal = SealField("电子签章")


class IdentityForm(ContactForm):
    """What the platform opens: with name and codes."""

    name = TextField(label="院校名称", max_length=80)
    school_kind = forms.ChoiceField(label="办学类型", choices=Institution.SchoolKind.choices)
    school_code = NumberText(label="学校标识码", max_length=20, help_text="10 位：类别 2 位、省码 2 位、序号 6 位")
    region = NumberText(label="所在地", max_length=12, help_text="行政区划代码 6 位（GB/T 2260），如 330106 浙江省杭州市西湖区")


class FullForm(IdentityForm, InstitutionForm):
    """Everything, for the platform."""


class OpenInstitution(OpenOrganization):
    """The platform opens a 试点院校"""

    manual, url, permission, title = "2.2", "institutions/new/", "orgs.manage", "开通试点院校"
    model, form, back, page_of_row = Institution, IdentityForm, LIST, DETAIL

    def sections(self, form: KitForm) -> list[Section]:
        return [
            Section("院校信息", "省份按所在地自动确定", tuple(form[n] for n in IDENTITY)),
            Section("联系方式", fields=tuple(form[n] for n in CONTACT)),
        ]

    def save(self, row: Any, data: dict[str, Any]) -> Institution:
        return rules.open_institution(actor=self.actor, now=self.now, values=data)


class EditInstitution(FormPage):
    """2.2 编辑 (R4, R6); the platform name and codes as well"""

    manual, url, permission, title = "2.2", "institutions/<int:pk>/edit/", "orgs.edit", "编辑院校信息"
    label, icon = "编辑", "pencil"
    model, form, back = Institution, InstitutionForm, LIST
    guards = (rules.own_record,)

    def make_form(self, data: Any = None) -> KitForm:
        self.form = FullForm if self.actor.may("orgs.manage") else InstitutionForm  # type: ignore[misc]
        return super().make_form(data)

    def initial(self, row: Institution) -> dict[str, Any]:
        names = (*IDENTITY, *CONTACT) if self.actor.may("orgs.manage") else CONTACT
        return {name: getattr(row, name) for name in names}

    def sections(self, form: KitForm) -> list[Section]:
        identity = [Section("院校信息", "省份按所在地自动确定", tuple(form[n] for n in IDENTITY))] if "name" in form.fields else []
        contact, seal = tuple(form[n] for n in CONTACT), (form["seal"],)
        return [*identity, Section("联系方式", fields=contact), Section("电子签章", "盖在证书上是可选项", seal)]

    def facts(self, row: Institution) -> list[Fact]:
        return [
            Fact("院校名称", row.name), Fact("学校标识码", row.school_code), Fact("办学类型", row.get_school_kind_display()),
            Fact("所在地", region_name(row.region)),
        ]  # fmt: skip

    def save(self, row: Institution, data: dict[str, Any]) -> Institution:
        image = read(data, "seal")["seal"]
        return rules.edit_institution(
            actor=self.actor, now=self.now, institution=row, values=data, seal=image, version=self.version
        )

    def after(self, row: Institution) -> str:
        return url_of(InstitutionDetail, pk=row.pk)


class StopInstitutions(StopOrganizations):
    manual, url, permission, back = "2.2", "institutions/stop/", "orgs.manage", LIST
    title, label, model = "停用试点院校", "停用", Institution


class ResumeInstitutions(ResumeOrganizations):
    manual, url, permission, back = "2.2", "institutions/resume/", "orgs.manage", LIST
    title, label, model = "启用试点院校", "启用", Institution


class ImportInstitutions(ImportPage):
    """Many institutions at once, by the platform"""

    manual, url, title, label = "2.2", "institutions/import/", "批量开通试点院校", "导入"
    spec, back, records = InstitutionImport, LIST, "orgs.InstitutionImports"


class InstitutionImports(ImportRecordList):
    manual, url, permission, title, label = "2.2", "institutions/imports/", "orgs.manage", "院校导入记录", "导入记录"
    pages = [ImportInstitutions]


class InstitutionDetail(DetailPage):
    """2.2 查看 (R5)"""

    manual, url, permission, title = "2.2", "institutions/<int:pk>/", "orgs.view", "院校详情"
    model, related = Institution, ("province", "seal")
    acts = [Act(StopInstitutions), Act(ResumeInstitutions), Act(EditInstitution, primary=True)]
    back = LIST

    def badge(self, row: Institution) -> Badge:
        return active_badge(row.active)

    def notes(self, row: Institution) -> list[Note]:
        return notes_of(row, self.actor)

    def cards(self, row: Institution) -> list[Card]:
        contact = (Fact("院校名称", row.name), Fact("联系人", row.contact), Fact("联系电话", row.phone))
        if self.actor.organization_kind == Kind.AWARDING_BODY:  # domain 1.3: name and contact
            return [Card("院校信息", contact)]
        facts = (
            *contact, Fact("学校标识码", row.school_code), Fact("办学类型", row.get_school_kind_display()),
            Fact("省份", row.province.name), Fact("所在地", f"{region_name(row.region)}（{row.region}）"), Fact("地址", row.address),
            Fact("邮箱", row.email),
        )  # fmt: skip
        cards = [Card("院校信息", facts), *(card(row) for card in INSTITUTION_CARDS)]
        if EditInstitution.admits(self.actor) and self.act_views(row):
            cards.append(seal_card(row, ESEAL, "电子签章"))
        return cards

    def events(self, row: Institution) -> list[Any]:
        own = self.actor.organization_kind == Kind.PLATFORM or self.actor.organization_id == row.pk
        return super().events(row) if own else []


def cities(page: Any) -> list[tuple[str, str]]:
    """The cities that the listed institutions stand in, by name."""
    found = sorted({code[:4] for code in page.visible.order_by().values_list("region", flat=True).distinct()})
    return [(code, region_name(f"{code}00")) for code in found]


class Institutions(ListPage):
    """2.2 试点院校管理: a school's own record (R4), the province's schools, an awarding body's partners"""

    manual, url, permission, title = "2.2", "institutions/", "orgs.view", "试点院校管理"
    model, related = Institution, ("province",)
    columns = [
        Col("name", "院校名称", sort=True, fixed=True), Col("school_code", "学校标识码", sort=True),
        Col("school_kind", "办学类型"), Col("province__name", "省份", shown=False),
        Col("region", "所在地", value=lambda row: region_name(row.region)), Col("contact", "联系人"),
        Col("phone", "联系电话"), Active(), Col("address", "地址", shown=False), Col("email", "邮箱", shown=False),
    ]  # fmt: skip
    filters = [
        Search("院校名称", "name"), Search("学校标识码", "school_code"), Choice("办学类型", "school_kind"),
        Choice("所在地", "region__startswith", options=cities, param="city"),
    ]  # fmt: skip
    tabs = ACTIVE_TABS
    row = [Open(InstitutionDetail), Act(EditInstitution), Act(StopInstitutions), Act(ResumeInstitutions)]
    header = [
        Go(OpenInstitution, primary=True), Group("批量开通", [Go(ImportInstitutions), Go(InstitutionImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    order = ("name",)

    @cached_property
    def ordered_columns(self) -> list[Col]:
        """To an awarding body name and contact only (domain 1.3)."""
        shown = {"name", "contact", "phone"}
        partner = self.actor.organization_kind == Kind.AWARDING_BODY
        return [column for column in super().ordered_columns if not partner or column.key in shown]
