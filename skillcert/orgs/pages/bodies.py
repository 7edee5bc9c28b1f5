"""2.1 培训评价组织管理."""

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
    page_named,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Badge, Card, Fact, Note, Section

from .. import rules
from ..cards import AWARDING_BODY_CARDS
from ..imports import AwardingBodyImport
from ..models import AwardingBody, Kind
from ..seals import MARKS
from .running import ACTIVE_TABS, OpenOrganization, ResumeOrganizations, StopOrganizations, notes_of
from .sealing import SealField, read, seal_card

LIST, DETAIL = "orgs.AwardingBodies", "orgs.AwardingBodyDetail"
CONTACT = ("contact", "phone", "head", "bank", "account")
IDENTITY = ("name", "credit_code", "nature", "batch")
BATCHES = [("", "未分批"), *((n, f"第 {n} 批") for n in range(1, 5))]


class ContactForm(KitForm):
    contact = TextField(label="联系人", max_length=40)
    phone = NumberText(label="联系电话", max_length=20)
    head = TextField(label="负责人", max_length=40, required=False)
    bank = TextField(label="开户行", max_length=60, required=False)
    account = NumberText(label="收款账号", max_length=40, required=False)


class AwardingBodyForm(ContactForm):
    """What the body edits itself."""

    seal = SealField("公章")
    signature_stamp = SealField("签名章")


class IdentityForm(ContactForm):
    """What the platform opens and edits: with name and codes."""

    name = TextField(label="名称", max_length=80)
    credit_code = NumberText(label="统一社会信用代码", max_length=18, help_text="18 位；第 9 至 17 位即组织机构代码")
    nature = forms.ChoiceField(label="性质", choices=AwardingBody.Nature.choices)
    batch = forms.TypedChoiceField(label="批次", choices=BATCHES, coerce=int, empty_value=None, required=False)


class FullForm(IdentityForm, AwardingBodyForm):
    """Everything, for the platform."""


class OpenAwardingBody(OpenOrganization):
    """The platform opens a 培训评价组织"""

    manual, url, permission, title = "2.1", "awarding-bodies/new/", "orgs.manage", "开通培训评价组织"
    model, form, back, page_of_row = AwardingBody, IdentityForm, LIST, DETAIL

    def sections(self, form: KitForm) -> list[Section]:
        return [
            Section("单位信息", fields=tuple(form[n] for n in IDENTITY)),
            Section("联系与收款", fields=tuple(form[n] for n in CONTACT)),
        ]

    def save(self, row: Any, data: dict[str, Any]) -> AwardingBody:
        return rules.open_awarding_body(actor=self.actor, now=self.now, values=data)


class EditAwardingBody(FormPage):
    """2.1 编辑: contact, account, 公章 and 签名章 (R34); the platform name and codes as well"""

    manual, url, permission, title = "2.1", "awarding-bodies/<int:pk>/edit/", "orgs.edit", "编辑培训评价组织"
    label, icon = "编辑", "pencil"
    model, form, back = AwardingBody, AwardingBodyForm, LIST
    guards = (rules.own_record,)

    def make_form(self, data: Any = None) -> KitForm:
        self.form = FullForm if self.actor.may("orgs.manage") else AwardingBodyForm  # type: ignore[misc]
        return super().make_form(data)

    def initial(self, row: AwardingBody) -> dict[str, Any]:
        names = (*IDENTITY, *CONTACT) if self.actor.may("orgs.manage") else CONTACT
        return {name: getattr(row, name) for name in names}

    def sections(self, form: KitForm) -> list[Section]:
        identity = [Section("单位信息", fields=tuple(form[n] for n in IDENTITY))] if "name" in form.fields else []
        return [
            *identity, Section("联系与收款", fields=tuple(form[n] for n in CONTACT)),
            Section("签章", "盖在证书上：电子证书盖公章和签名章，纸质证书只盖签名章", tuple(form[name] for name in MARKS)),
        ]  # fmt: skip

    def facts(self, row: AwardingBody) -> list[Fact]:
        return [Fact("名称", row.name), Fact("统一社会信用代码", row.credit_code), Fact("组织机构代码", row.org_code)]

    def save(self, row: AwardingBody, data: dict[str, Any]) -> AwardingBody:
        images = read(data, *MARKS)
        return rules.edit_awarding_body(
            actor=self.actor, now=self.now, awarding_body=row, values=data, version=self.version, **images
        )

    def after(self, row: AwardingBody) -> str:
        return url_of(AwardingBodyDetail, pk=row.pk)


class StopAwardingBodies(StopOrganizations):
    manual, url, permission, back = "2.1", "awarding-bodies/stop/", "orgs.manage", LIST
    title, label, model = "停用培训评价组织", "停用", AwardingBody


class ResumeAwardingBodies(ResumeOrganizations):
    manual, url, permission, back = "2.1", "awarding-bodies/resume/", "orgs.manage", LIST
    title, label, model = "启用培训评价组织", "启用", AwardingBody


class ImportAwardingBodies(ImportPage):
    """Many at once, by the platform"""

    manual, url, title, label = "2.1", "awarding-bodies/import/", "批量开通培训评价组织", "导入"
    spec, back, records = AwardingBodyImport, LIST, "orgs.AwardingBodyImports"


class AwardingBodyImports(ImportRecordList):
    manual, url, permission, title, label = "2.1", "awarding-bodies/imports/", "orgs.manage", "培训评价组织导入记录", "导入记录"
    pages = [ImportAwardingBodies]


class AwardingBodyDetail(DetailPage):
    """2.1 查看 (R3)"""

    manual, url, permission, title = "2.1", "awarding-bodies/<int:pk>/", "orgs.view", "培训评价组织详情"
    model, related = AwardingBody, ("seal", "signature_stamp")
    acts = [Act(StopAwardingBodies), Act(ResumeAwardingBodies), Act(EditAwardingBody, primary=True)]
    back = LIST

    def badge(self, row: AwardingBody) -> Badge:
        return active_badge(row.active)

    def notes(self, row: AwardingBody) -> list[Note]:
        return notes_of(row, self.actor)

    def cards(self, row: AwardingBody) -> list[Card]:
        facts = (
            Fact("名称", row.name), Fact("性质", row.get_nature_display()), Fact("统一社会信用代码", row.credit_code),
            Fact("组织机构代码", row.org_code), Fact("编号", f"{row.number:04d}"), Fact("批次", f"第 {row.batch} 批" if row.batch else "–"),
            Fact("联系人", row.contact), Fact("联系电话", row.phone), Fact("负责人", row.head),
            Fact("开户行", row.bank), Fact("收款账号", row.account),
        )  # fmt: skip
        cards = [Card("培训评价组织信息", facts), *(card(row, self.actor) for card in AWARDING_BODY_CARDS)]
        if self._keeps(row):
            sample = Act("issuing.SampleCertificate", "查看样张")
            more = (sample.view(pk=row.pk),) if page_named("issuing.SampleCertificate").admits(self.actor) else ()
            cards.append(seal_card(row, MARKS, "签章", more))
        return cards

    def _keeps(self, row: AwardingBody) -> bool:
        own = self.actor.organization_kind == Kind.PLATFORM or self.actor.organization_id == row.pk
        return own and EditAwardingBody.admits(self.actor)

    def events(self, row: AwardingBody) -> list[Any]:
        own = self.actor.organization_kind == Kind.PLATFORM or self.actor.organization_id == row.pk
        return super().events(row) if own else []


class AwardingBodies(ListPage):
    """2.1 培训评价组织管理 (R2)"""

    manual, url, permission, title = "2.1", "awarding-bodies/", "orgs.view", "培训评价组织管理"
    model = AwardingBody
    columns = [
        Col("name", "名称", sort=True, fixed=True), Col("org_code", "组织机构代码"), Col("nature", "性质"),
        Col("batch", "批次"), Col("contact", "联系人"), Col("phone", "联系电话"), Active(),
        Col("credit_code", "统一社会信用代码", shown=False),
    ]  # fmt: skip
    filters = [
        Search("名称", "name"), Choice("性质", "nature"), Choice("批次", "batch", options=lambda page: BATCHES[1:]),
        Search("信用代码", "credit_code"),
    ]  # fmt: skip
    tabs = ACTIVE_TABS
    row = [Open(AwardingBodyDetail), Act(EditAwardingBody), Act(StopAwardingBodies), Act(ResumeAwardingBodies)]
    header = [
        Go(OpenAwardingBody, primary=True), Group("批量开通", [Go(ImportAwardingBodies), Go(AwardingBodyImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    order = ("name",)
    nothing_yet = "还没有培训评价组织。试点申报审核通过后，对应的培训评价组织会列在这里"
