"""Chapter 5.2.7: 缴费管理."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    ChainedChoice,
    Choice,
    Col,
    DetailPage,
    Dialog,
    Download,
    Exact,
    Figure,
    FormPage,
    Go,
    KitForm,
    ListPage,
    Made,
    Open,
    State,
    StateTabs,
    When,
)  # fmt: skip
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import Card, ColumnView, Fact, Note, RowView, Table
from skillcert.plans.models import ExamPlan
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Mode

from . import rules
from .models import PaymentItem, PaymentRequest
from .papers import fee_slips, yuan
from .states import PAYMENT

LIST = "fees.PaymentRequests"
LISTED = 500


class Money(Figure):
    """Whole fen, shown as 93,600.00 and exported as yuan."""

    def cell(self, row: Any) -> SafeString:
        return conditional_escape(yuan(self.read(row)))

    def exports(self, row: Any, *, full: bool = False) -> float:
        return self.read(row) / 100


class PaymentDetail(DetailPage):
    """R178."""

    manual, url, permission, title = "5.2.7", "fees/requests/<int:pk>/", "fees.view", "缴费申请单"
    model, machine, back = PaymentRequest, PAYMENT, LIST
    related = ("plan", "plan__awarding_body", "qualification", "institution")

    def subtitle_of(self, row: PaymentRequest) -> str:
        return f"{row.plan} · {row.qualification}"

    def cards(self, row: PaymentRequest) -> list[Card]:
        return [Card("申请单", facts=self._facts(row)), Card("考生明细", table=self._items(row), hint=self._hint(row))]

    def _facts(self, row: PaymentRequest) -> tuple[Fact, ...]:
        plan = row.plan
        return (
            Fact("缴费单号", row.number), Fact("院校", row.institution.name), Fact("考试计划", plan.name),
            Fact("考核证书", str(row.qualification)), Fact("方式", row.get_mode_display()),
            Fact("人数/科次", f"{row.head_count:,}"), Fact("总费用", f"¥ {yuan(row.total)}"),
            Fact("收款户名", plan.account_name or plan.awarding_body.name), Fact("开户行", plan.bank),
            Fact("收款账号", plan.account), Fact("缴费方式", plan.payment_method or "转账，附言注明缴费单号"),
            Fact("生成人", f"{row.made_by}，{plain_text(row.made_at)}"),
            Fact("确认人", f"{row.confirmed_by}，{plain_text(row.confirmed_at)}" if row.confirmed_at else "待培训评价组织确认"),
        )

    def _items(self, row: PaymentRequest) -> Table:
        items = PaymentItem.objects.filter(request=row).select_related("registration", "subject__session__subject")
        columns = (
            ColumnView("n", "考生编号"), ColumnView("p", "姓名"), ColumnView("s", "科目"), ColumnView("f", "单价（元）", "right"),
        )  # fmt: skip
        return Table(columns, tuple(
            RowView(str(item.pk), item.registration.name, (
                item.registration.candidate_number, item.registration.name,
                str(item.subject.session) if item.subject else "全部科目", yuan(item.price),
            ))  # type: ignore[arg-type]
            for item in items.order_by("pk")[:LISTED]
        ))  # fmt: skip

    def _hint(self, row: PaymentRequest) -> str:
        return f"先列 {LISTED} 条，全部见导出" if row.head_count > LISTED else ""


class RequestForm(KitForm):
    """R171, R174: the plan, then the certificate; only what can be paid for is offered."""

    plan = ChainedChoice(
        "考试计划", options=lambda page: rules.payable_plans(actor=page.actor, now=page.now, mode=page.mode)
    )
    qualification = ChainedChoice(
        "考核证书", after=["plan"],
        options=lambda page, plan: rules.payable_qualifications(
            actor=page.actor, now=page.now, mode=page.mode, plan=ExamPlan.objects.get(pk=plan)
        ),
    )


class MakeRequest(FormPage):
    manual, opens, submit_label, back = "5.2.7", "dialog", "确定", LIST
    model, form, icon = PaymentRequest, RequestForm, "receipt"
    mode: Mode

    def notes(self, row: Any) -> list[Note]:
        return [Note("只列出正在报考、且有未缴费报考的计划与证书。单价以生成时的费用标准为准。")]

    def save(self, row: Any, data: dict[str, Any]) -> PaymentRequest:
        return rules.make_request(
            actor=self.actor, now=self.now, mode=self.mode, plan=ExamPlan.objects.get(pk=data["plan"]),
            qualification=Qualification.objects.get(pk=data["qualification"]),
        )

    def done(self, row: PaymentRequest) -> str:
        return f"已生成缴费申请单 {row.number}，共 {row.head_count:,} 条，¥ {yuan(row.total)}。汇款时请附上缴费单号。"


class MakeByCertificate(MakeRequest):
    """R171-R173."""

    url, permission, title = "fees/requests/by-certificate/", "fees.edit", "按证书报考生成缴费申请单"
    mode = Mode.CERTIFICATE


class MakeBySubject(MakeRequest):
    """R174-R176."""

    url, permission, title = "fees/requests/by-subject/", "fees.edit", "按科目报考生成缴费申请单"
    mode = Mode.SUBJECT


class DeleteRequest(Dialog):
    """R179."""

    manual, url, permission, title = "5.2.7", "fees/requests/delete/", "fees.edit", "删除缴费申请单"
    label, unit, model, guards, back = "删除", "张", PaymentRequest, rules.OPEN_ONLY, LIST

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_requests(actor=self.actor, now=self.now, requests=rows)


class ConfirmPayments(Dialog):
    """R169: by number, once the money is there."""

    manual, url, title = "5.2.7", "fees/requests/confirm/", "批量确认缴费"
    label, unit, model, move, back, final = "确认缴费", "张", PaymentRequest, PAYMENT["confirm"], LIST, True

    def warning(self) -> Note:
        return Note("确认后，这些申请单中的报考记录标为已缴费，且不可撤回。", "wait")

    def facts(self, row: PaymentRequest) -> list[Fact]:
        return [
            Fact("院校", row.institution.name), Fact("人数/科次", f"{row.head_count:,}"), Fact("总费用", f"¥ {yuan(row.total)}"),
        ]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.confirm_payments(actor=self.actor, now=self.now, requests=rows)


class PrintSlips(Download):
    """The slip that goes with the transfer: it carries the number."""

    manual, url, permission, title = "5.2.7", "fees/requests/slips/", "fees.view", "打印缴费申请单"
    label, unit, model, back = "打印", "张", PaymentRequest, LIST
    action = "payment.printed"

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        found = list(rows.select_related("plan__awarding_body", "qualification", "institution").order_by("pk"))
        name = f"缴费申请单-{found[0].number}.pdf" if len(found) == 1 else f"缴费申请单-{self.now:%Y%m%d-%H%M%S}.pdf"
        return Made(name, "application/pdf", fee_slips(found, self.now), {"requests": len(found)})


class PaymentRequests(ListPage):
    """5.2.7 缴费管理: the institution's own, the awarding body's of its plans."""

    manual, url, permission, title = "5.2.7", "fees/requests/", "fees.view", "缴费管理"
    model = PaymentRequest
    related = ("plan", "qualification", "institution")
    columns = [
        Col("number", "缴费单号", fixed=True), Col("institution__name", "院校"), Col("plan__name", "考试计划"),
        Col("qualification", "考核证书", value=lambda row: str(row.qualification)), Col("mode", "方式"),
        Figure("head_count", "人数/科次"), Money("total", "总费用（元）"),
        When("made_at", "生成时间", sort=True), Col("made_by", "生成人", shown=False),
        When("confirmed_at", "确认时间", shown=False), Col("confirmed_by", "确认人", shown=False), State(PAYMENT),
    ]  # fmt: skip
    filters = [
        Exact("缴费单号", "number"),
        Choice("考试计划", "plan", options=lambda page: ExamPlan.objects.filter(
            pk__in=page.visible.order_by().values("plan")).order_by("-year", "-pk")),
    ]  # fmt: skip
    tabs = StateTabs(PAYMENT)
    row = [Open(PaymentDetail), Act(ConfirmPayments, "确认缴费"), Act(PrintSlips), Act(DeleteRequest, danger=True)]
    batch = [Batch(ConfirmPayments, "批量确认缴费")]
    header = [
        Go(MakeByCertificate, primary=True), Go(MakeBySubject), Batch(ConfirmPayments, "批量确认缴费", primary=True),
        Export("批量导出缴费申请单"),
    ]  # fmt: skip
    order = ("-made_at",)
