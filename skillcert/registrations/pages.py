"""Chapter 5.2.6: 报考管理."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.forms import ValidationError
from django.utils.timezone import localtime

from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    ByClock,
    ChainedChoice,
    Choice,
    Col,
    DetailPage,
    Dialog,
    FormPage,
    Go,
    Group,
    IdNumber,
    KitForm,
    ListPage,
    Masked,
    NumberText,
    Open,
    ReasonField,
    Search,
    Tab,
    TextField,
    When,
    clock_badge,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Fact, Note, RowView, Table
from skillcert.kit.sheets.clean import Unclean
from skillcert.kit.sheets.clean import phone as clean_phone
from skillcert.orgs.models import Institution
from skillcert.plans.models import ExamPlan, PlanQualification
from skillcert.qualifications.models import Qualification

from . import rules
from .imports import CertificateRegistrations, SubjectRegistrations
from .models import Registration
from .states import DELETABLE, REGISTRATION_LOOK, TO_ACCEPT, RegistrationState, identity_stands

LIST = "registrations.Registrations"


class AcceptForm(KitForm):
    reason = ReasonField("认可说明", help_text="写明如何核对，例如“院校来函附身份证复印件，报考时姓名录错”。将记入审核记录。")


class AcceptIdentity(Dialog):
    """domain 4.0: a certificate goes to the person as verified; where the snapshot differs the awarding body says so."""

    manual, url, permission, title = "5.2.6", "registrations/accept/", "registrations.correct", "认可认证信息"
    label, model, guards, form, icon, size = "认可认证信息", Registration, TO_ACCEPT, AcceptForm, "user-check", 640
    back = LIST
    single = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        rules.accept_identity(actor=self.actor, now=self.now, registration=self.one, reason=data["reason"])
        return Outcome(done=[self.one.pk])

    def done(self, count: int) -> str:
        return f"已认可，{self.one.candidate.name}在本计划的证书按认证信息签发。"

    def facts(self, row: Registration) -> list[Fact]:
        return [
            Fact("报考姓名", row.name), Fact("认证姓名", row.candidate.name),
            Fact("报考证件号", mask_id(row.id_number)), Fact("认证证件号", mask_id(row.verified_id_number)),
            Fact("院校", row.institution.name), Fact("考试计划", str(row.plan)),
        ]  # fmt: skip

    def notes(self) -> list[Note]:
        detail = url_of(RegistrationDetail, pk=self.where["pk"])
        return [Note("完整的身份证号在报考详情中查看，每次查看都记入审计。", "run", detail, "去查看")]

    def warning(self) -> Note:
        return Note("请确认是同一个人：证书将写认证后的姓名和身份证号。", "wait")


class RegistrationDetail(DetailPage):
    """One registration with its subjects and the snapshot of the candidate."""

    manual, url, permission, title = "5.2.6", "registrations/<int:pk>/", "registrations.view", "报考详情"
    model, related, back = Registration, ("plan", "qualification", "institution", "candidate"), LIST
    acts = [Act(AcceptIdentity, primary=True)]
    reveals = {"id_number": "身份证号", "phone": "手机号", "verified_id_number": "身份证号"}

    def subtitle_of(self, row: Registration) -> str:
        return f"{row.plan} · {row.qualification}"

    def badge(self, row: Registration) -> Badge:
        return clock_badge(row.state(self.now), REGISTRATION_LOOK)

    def cards(self, row: Registration) -> list[Card]:
        verified = [] if row.as_registered else [Card("认证信息", facts=self._verified(row))]
        return [Card("报考信息", facts=self._facts(row)), *verified, Card("科目", table=self._subjects(row))]

    def notes(self, row: Registration) -> list[Note]:
        if row.identity_stands:
            return []
        return [Note("考生认证后的姓名或身份证号与报考时不同，培训评价组织核对并认可后才能发证。", "wait")]

    def _verified(self, row: Registration) -> tuple[Fact, ...]:
        person = row.candidate
        return (
            Fact("姓名", person.name), Fact("身份证号", self.personal(row, "verified_id_number", mask_id)),
            Fact("认证状态", person.get_state_display()), Fact("培训评价组织", "已认可" if row.identity_stands else "尚未认可"),
        )

    def _facts(self, row: Registration) -> tuple[Fact, ...]:
        return (
            Fact("考生编号", row.candidate_number), Fact("姓名", row.name), Fact("姓名拼音", row.pinyin),
            Fact("身份证号", self.personal(row, "id_number", mask_id)), Fact("手机号", self.personal(row, "phone", mask_phone)),
            Fact("学生类型", row.get_kind_display()),
            Fact("院校", row.institution.name), Fact("专业", f"{row.major_name} {row.major_code}（{row.major_version}）"),
            Fact("报考方式", row.get_mode_display()), Fact("参考对象", row.get_target_display() or "所有考生"),
            Fact("准考证号", row.ticket_number or "排考后生成"), Fact("缴费", "已缴费" if row.paid else "未缴费"),
        )

    def _subjects(self, row: Registration) -> Table:
        entries = row.subjects.select_related("session__subject").order_by("session__start")
        columns = tuple(ColumnView(key, label) for key, label in (("s", "科目"), ("t", "考试时间"), ("a", "排考")))
        return Table(columns, tuple(
            RowView(str(entry.pk), str(entry.session), (
                str(entry.session), f"{localtime(entry.session.start):%Y-%m-%d %H:%M} 至 {localtime(entry.session.end):%H:%M}",
                "已排考" if entry.seated else "未排考",
            ))  # type: ignore[arg-type]
            for entry in entries
        ))  # fmt: skip


class DeleteRegistration(Dialog):
    """R164, R165: 只能删除未排考且未缴费的."""

    manual, url, permission, title = "5.2.6", "registrations/delete/", "registrations.edit", "删除报考数据"
    label, unit, model, guards, back = "删除", "条", Registration, DELETABLE, LIST

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_registrations(actor=self.actor, now=self.now, registrations=rows)


class CorrectForm(KitForm):
    pinyin = TextField(label="姓名拼音", max_length=120)
    phone = NumberText(label="手机号", max_length=20)

    def clean_phone(self) -> str:
        try:
            return clean_phone(self.cleaned_data["phone"])
        except Unclean as problem:
            raise ValidationError(f"手机号{problem.sentence}") from problem


class CorrectSnapshot(FormPage):
    """R107: the awarding body alone, and only pinyin and phone of this plan's copy."""

    manual, url, permission, title = "5.2.3", "registrations/<int:pk>/correct/", "registrations.correct", "更正计划内考生信息"
    label, opens, model, form, back = "更正", "dialog", Registration, CorrectForm, LIST

    def save(self, row: Registration, data: dict[str, Any]) -> Registration:
        return rules.correct_snapshot(
            actor=self.actor, now=self.now, registration=row, version=self.version, **data
        )


class PlanForm(KitForm):
    """R156: the plan first; only what R157 allows is offered."""

    plan = ChainedChoice("考试计划", options=lambda page: rules.open_plans(actor=page.actor, now=page.now))

    def clean_plan(self) -> int:
        return int(self.cleaned_data["plan"])


class PlanAndQualificationForm(PlanForm):
    """R159: the plan, then the certificate."""

    qualification = ChainedChoice(
        "考核证书", after=["plan"],
        options=lambda page, plan: [
            (offer.qualification_id, str(offer.qualification))
            for offer in PlanQualification.objects.filter(plan=plan).select_related("qualification")
        ],
    )

    def clean_qualification(self) -> int:
        return int(self.cleaned_data["qualification"])


class ImportByCertificate(ImportPage):
    manual, url, title, label = "5.2.6", "registrations/import/certificate/", "批量导入报考-按证书导入", "按证书导入"
    spec, back, records, params_form = CertificateRegistrations, LIST, "registrations.RegistrationImports", PlanForm

    def params_label(self, params: dict[str, Any]) -> str:
        return str(ExamPlan.objects.get(pk=params["plan"]))


class ImportBySubject(ImportPage):
    manual, url, title, label = "5.2.6", "registrations/import/subject/", "批量导入报考-按科目导入", "按科目导入"
    spec, back, records = SubjectRegistrations, LIST, "registrations.RegistrationImports"
    params_form = PlanAndQualificationForm

    def params_label(self, params: dict[str, Any]) -> str:
        offer = PlanQualification.objects.select_related("plan", "qualification").get(
            plan=params["plan"], qualification=params["qualification"]
        )
        return f"{offer.plan}，{offer.qualification}"


class RegistrationImports(ImportRecordList):
    """R162: who imported what, when, with how many in and out."""

    manual, url, permission, title = "5.2.6", "registrations/imports/", "registrations.view", "报考导入记录"
    label = "导入记录"
    pages = [ImportByCertificate, ImportBySubject]


def plans_of(page: ListPage) -> QuerySet[ExamPlan]:
    """The plans that the list's rows belong to: what can be chosen in its query bar."""
    return ExamPlan.objects.filter(pk__in=page.visible.order_by().values("plan")).order_by("-year", "-pk")


def qualifications_of(page: ListPage) -> list[Any]:
    """The qualifications that the list's rows belong to."""
    return list(Qualification.objects.filter(pk__in=page.visible.order_by().values("qualification")).order_by("name", "grade"))


def institutions_of(page: ListPage) -> QuerySet[Institution]:
    """The institutions that the list's rows belong to."""
    return Institution.objects.filter(pk__in=page.visible.order_by().values("institution")).order_by("name")


class Identity(Choice):
    """Those whom the awarding body has to look at before a certificate can be issued."""

    def q(self, value: str) -> Q:
        return ~identity_stands()


class Registrations(ListPage):
    """5.2.6 报考管理: an institution's own; an awarding body's of its plans, with the same columns."""

    manual, url, permission, title = "5.2.6", "registrations/", "registrations.view", "报考管理"
    model = Registration
    related = ("plan", "qualification", "institution")
    columns = [
        Col("candidate_number", "考生编号", shown=False), Col("name", "姓名", sort="pinyin_key", fixed=True),
        Masked("id_number", "身份证号"), Col("kind", "学生类型", shown=False), Col("institution__name", "院校", shown=False),
        Col("major_name", "专业", value=lambda row: f"{row.major_name} {row.major_code}".strip()),
        Col("plan__name", "考试计划"), Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("mode", "报考方式", shown=False),
        Col("subjects", "科目", value=lambda row: "、".join(str(one.session) for one in row.subjects.all())),
        Col("target", "参考对象", shown=False), Col("ticket_number", "准考证号", shown=False),
        Col("paid", "缴费", value=lambda row: "已缴费" if row.paid else "未缴费"),
        ByClock(lambda row, now: row.state(now), REGISTRATION_LOOK), When("registered_at", "报考时间", shown=False),
    ]  # fmt: skip
    filters = [
        Search("姓名", "name", "pinyin_key"), IdNumber("身份证号"),
        Choice("考试计划", "plan", options=lambda page: plans_of(page)),
        Choice("证书", "qualification", options=lambda page: qualifications_of(page)),
        Choice("缴费", "paid", options=lambda page: [("True", "已缴费"), ("False", "未缴费")]),
        Choice("排考", "seated", options=lambda page: [("True", "已排考"), ("False", "未排考")]),
        Choice("院校", "institution", options=lambda page: institutions_of(page)),
        Identity("认证信息", "accepted_name", options=lambda page: [("differs", "与报考不一致")], param="identity"),
    ]  # fmt: skip
    tabs = [
        Tab(str(state.label), lambda now, state=state: Registration.in_state(state, now), state.value)
        for state in RegistrationState
    ]
    row = [Open(RegistrationDetail), Act(CorrectSnapshot), Act(AcceptIdentity), Act(DeleteRegistration, danger=True)]
    batch = [Batch(DeleteRegistration, "批量删除报考数据", danger=True)]
    header = [
        Group("批量导入报考", [Go(ImportByCertificate), Go(ImportBySubject), Go(RegistrationImports)], "file-import", primary=True),
        Export("批量导出报考数据"), Batch(DeleteRegistration, "批量删除报考数据", danger=True),
    ]  # fmt: skip
    order = ("-id",)

    def rows(self) -> QuerySet:
        return Registration.objects.prefetch_related("subjects__session__subject")

    def notes(self) -> list[Note]:
        if not self.actor.may("registrations.edit"):
            return []
        open_plans = rules.open_plans(actor=self.actor, now=self.now)
        plans = [f"“{plan}”{localtime(plan.registration_end):%m-%d %H:%M} 截止" for plan in open_plans]
        return [Note("正在报考：" + "，".join(plans), "run")] if plans else [Note("当前没有可报考的考试计划。", "wait")]
