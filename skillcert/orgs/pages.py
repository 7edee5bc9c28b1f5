"""Chapter 2: 培训评价组织管理, 试点院校管理."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponseBase

from skillcert.kit.errors import Missing
from skillcert.kit.files import StoredFile
from skillcert.kit.pages import (
    Act,
    Active,
    Choice,
    Col,
    DetailPage,
    FormPage,
    KitForm,
    ListPage,
    NumberText,
    Open,
    Page,
    Search,
    Tab,
    TextField,
    active_badge,
    url_of,
)
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import ActView, Badge, Card, Fact, Section

from . import rules
from .cards import AWARDING_BODY_CARDS, INSTITUTION_CARDS
from .models import AwardingBody, Institution, Kind

ACTIVE_TABS = [Tab("启用", Q(active=True), "active"), Tab("停用", Q(active=False), "stopped")]


class SealField(forms.FileField):
    """The picture of a seal."""

    def __init__(self, label: str) -> None:
        widget = forms.FileInput({"accept": "image/png"})
        super().__init__(label=label, required=False, widget=widget, help_text="PNG，透明底，2 MB 以内；不选则不变")


def seal_card(row: Institution | AwardingBody, labels: dict[str, str], title: str) -> Card:
    """Which seals are there, with a link to look at each."""
    facts, acts = [], []
    for name, label in labels.items():
        file: StoredFile | None = getattr(row, name)
        facts.append(Fact(label, f"已上传 {plain_text(file.created_at)}" if file else "未上传"))
        if file:
            acts.append(ActView(name, f"查看{label}", url_of(SealPicture, pk=row.pk, mark=name), "eye"))
    return Card(title, tuple(facts), acts=tuple(acts), side=True)


def read(data: dict[str, Any], *names: str) -> dict[str, bytes | None]:
    """Take the uploaded pictures out of a form's data; no more is read than one byte past the limit."""
    return {name: file.read(rules.MOST_BYTES + 1) if (file := data.pop(name)) else None for name in names}


class SealPicture(Page):
    """The uploaded picture of a seal, for its own organization and the platform."""

    manual, url, permission, title = "2.2", "orgs/<int:pk>/seal/<str:mark>/", "orgs.edit", "签章图片"

    def get(self) -> HttpResponseBase:
        pk, mark = self.where["pk"], self.where["mark"]
        own = self.actor.organization_kind == Kind.PLATFORM or self.actor.organization_id == pk
        row = (Institution.objects.filter(pk=pk).first() or AwardingBody.objects.filter(pk=pk).first()) if own else None
        file = getattr(row, mark, None) if mark in rules.MARKS else None
        if not isinstance(file, StoredFile):
            raise Missing()
        return file.response(inline=True)


# --- 2.1 培训评价组织管理 ------------------------------------------------------------------------------
class AwardingBodyForm(KitForm):
    contact = TextField(label="联系人", max_length=40)
    phone = NumberText(label="联系电话", max_length=20)
    head = TextField(label="负责人", max_length=40, required=False)
    bank = TextField(label="开户行", max_length=60, required=False)
    account = NumberText(label="收款账号", max_length=40, required=False)
    seal = SealField("公章")
    signature_stamp = SealField("签名章")


class EditAwardingBody(FormPage):
    """2.1 编辑: contact, account, 公章 and 签名章 (R34)"""

    manual, url, permission, title = "2.1", "awarding-bodies/<int:pk>/edit/", "orgs.edit", "编辑培训评价组织"
    label, icon = "编辑", "pencil"
    model, form, back = AwardingBody, AwardingBodyForm, "orgs.AwardingBodies"
    guards = (rules.own_record,)

    def initial(self, row: AwardingBody) -> dict[str, Any]:
        return {name: getattr(row, name) for name in ("contact", "phone", "head", "bank", "account")}

    def sections(self, form: KitForm) -> list[Section]:
        seals = tuple(form[name] for name in rules.MARKS)
        return [
            Section("联系与收款", fields=tuple(form[n] for n in ("contact", "phone", "head", "bank", "account"))),
            Section("签章", "盖在证书上：电子证书盖公章和签名章，纸质证书只盖签名章", seals),
        ]

    def facts(self, row: AwardingBody) -> list[Fact]:
        return [Fact("名称", row.name), Fact("统一社会信用代码", row.credit_code), Fact("组织机构代码", row.org_code)]

    def save(self, row: AwardingBody, data: dict[str, Any]) -> AwardingBody:
        images = read(data, *rules.MARKS)
        return rules.edit_awarding_body(
            actor=self.actor, now=self.now, awarding_body=row, values=data, version=self.version, **images
        )

    def after(self, row: AwardingBody) -> str:
        return url_of(AwardingBodyDetail, pk=row.pk)


class AwardingBodyDetail(DetailPage):
    """2.1 查看 (R3)"""

    manual, url, permission, title = "2.1", "awarding-bodies/<int:pk>/", "orgs.view", "培训评价组织详情"
    model, related = AwardingBody, ("seal", "signature_stamp")
    acts = [Act(EditAwardingBody, primary=True)]
    back = "orgs.AwardingBodies"

    def badge(self, row: AwardingBody) -> Badge:
        return active_badge(row.active)

    def cards(self, row: AwardingBody) -> list[Card]:
        facts = (
            Fact("名称", row.name), Fact("性质", row.get_nature_display()), Fact("统一社会信用代码", row.credit_code),
            Fact("组织机构代码", row.org_code), Fact("批次", f"第 {row.batch} 批" if row.batch else "–"),
            Fact("联系人", row.contact), Fact("联系电话", row.phone), Fact("负责人", row.head),
            Fact("开户行", row.bank), Fact("收款账号", row.account),
        )  # fmt: skip
        cards = [Card("培训评价组织信息", facts), *(card(row) for card in AWARDING_BODY_CARDS)]
        if EditAwardingBody.admits(self.actor) and self.act_views(row):
            cards.append(seal_card(row, rules.MARKS, "签章"))
        return cards

    def events(self, row: AwardingBody) -> list[Any]:
        return super().events(row) if self.actor.organization_id == row.pk else []


class AwardingBodies(ListPage):
    """2.1 培训评价组织管理 (R2)"""

    manual, url, permission, title = "2.1", "awarding-bodies/", "orgs.view", "培训评价组织管理"
    model = AwardingBody
    columns = [
        Col("name", "名称", sort=True, fixed=True), Col("org_code", "组织机构代码"), Col("nature", "性质"),
        Col("batch", "批次"), Col("contact", "联系人"), Col("phone", "联系电话"), Active(),
        Col("credit_code", "统一社会信用代码", shown=False),
    ]  # fmt: skip
    filters = [Search("名称", "name"), Choice("性质", "nature")]
    tabs = ACTIVE_TABS
    row = [Open(AwardingBodyDetail), Act(EditAwardingBody)]
    order = ("name",)
    empty = "还没有培训评价组织。试点申报审核通过后，对应的培训评价组织会列在这里"


# --- 2.2 试点院校管理 ----------------------------------------------------------------------------------
class InstitutionForm(KitForm):
    contact = TextField(label="联系人", max_length=40)
    phone = NumberText(label="联系电话", max_length=20)
    address = TextField(label="地址", max_length=120, required=False)
    email = forms.EmailField(label="邮箱", required=False)
    seal = SealField("电子签章")


class EditInstitution(FormPage):
    """2.2 编辑 (R4, R6)"""

    manual, url, permission, title = "2.2", "institutions/<int:pk>/edit/", "orgs.edit", "编辑院校信息"
    label, icon = "编辑", "pencil"
    model, form, back = Institution, InstitutionForm, "orgs.Institutions"
    guards = (rules.own_record,)

    def initial(self, row: Institution) -> dict[str, Any]:
        return {name: getattr(row, name) for name in ("contact", "phone", "address", "email")}

    def facts(self, row: Institution) -> list[Fact]:
        return [
            Fact("院校名称", row.name),
            Fact("学校标识码", row.school_code),
            Fact("办学类型", row.get_school_kind_display()),
        ]

    def save(self, row: Institution, data: dict[str, Any]) -> Institution:
        image = read(data, "seal")["seal"]
        return rules.edit_institution(
            actor=self.actor, now=self.now, institution=row, values=data, seal=image, version=self.version
        )

    def after(self, row: Institution) -> str:
        return url_of(InstitutionDetail, pk=row.pk)


class InstitutionDetail(DetailPage):
    """2.2 查看 (R5)"""

    manual, url, permission, title = "2.2", "institutions/<int:pk>/", "orgs.view", "院校详情"
    model, related = Institution, ("province", "seal")
    acts = [Act(EditInstitution, primary=True)]
    back = "orgs.Institutions"

    def badge(self, row: Institution) -> Badge:
        return active_badge(row.active)

    def cards(self, row: Institution) -> list[Card]:
        contact = (Fact("院校名称", row.name), Fact("联系人", row.contact), Fact("联系电话", row.phone))
        if self.actor.organization_kind == Kind.AWARDING_BODY:  # domain 1.3: name and contact
            return [Card("院校信息", contact)]
        facts = (
            *contact, Fact("学校标识码", row.school_code), Fact("办学类型", row.get_school_kind_display()),
            Fact("省份", row.province.name), Fact("所在地", row.region), Fact("地址", row.address), Fact("邮箱", row.email),
        )  # fmt: skip
        cards = [Card("院校信息", facts), *(card(row) for card in INSTITUTION_CARDS)]
        if EditInstitution.admits(self.actor) and self.act_views(row):
            cards.append(seal_card(row, rules.ESEAL, "电子签章"))
        return cards

    def events(self, row: Institution) -> list[Any]:
        return super().events(row) if self.actor.organization_id == row.pk else []


class Institutions(ListPage):
    """2.2 试点院校管理: a school's own record (R4), the province's schools, an awarding body's partners"""

    manual, url, permission, title = "2.2", "institutions/", "orgs.view", "试点院校管理"
    model, related = Institution, ("province",)
    columns = [
        Col("name", "院校名称", sort=True, fixed=True), Col("school_code", "学校标识码", sort=True),
        Col("school_kind", "办学类型"), Col("province__name", "省份"), Col("contact", "联系人"),
        Col("phone", "联系电话"), Active(), Col("address", "地址", shown=False),
    ]  # fmt: skip
    filters = [Search("院校名称", "name"), Choice("办学类型", "school_kind")]
    tabs = ACTIVE_TABS
    row = [Open(InstitutionDetail), Act(EditInstitution)]
    order = ("name",)

    @cached_property
    def ordered_columns(self) -> list[Col]:
        """To an awarding body name and contact only (domain 1.3)."""
        shown = {"name", "contact", "phone"}
        partner = self.actor.organization_kind == Kind.AWARDING_BODY
        return [column for column in super().ordered_columns if not partner or column.key in shown]
