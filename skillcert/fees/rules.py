"""Chapter 5.2.7: payment requests by certificate or by subject, and their confirmation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.kit import audit, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.notices import notify, notify_gathered
from skillcert.kit.numbers import take
from skillcert.kit.rows import constraints_as_sentences
from skillcert.kit.states import Guard
from skillcert.plans.models import ExamPlan, PlanQualification
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Mode, Registration, RegistrationSubject
from skillcert.registrations.rules import hold_for_payment, mark_paid

from .models import PaymentItem, PaymentRequest
from .states import PAYMENT, PaymentState

declare({"payment.made": "生成缴费申请单", "payment.deleted": "删除缴费申请单", "payment.printed": "打印缴费申请单"})


def unpaid(*, actor: Actor, now: datetime, mode: Mode) -> QuerySet[Registration]:
    """Own registrations of this way that are unpaid, in no open request, in plans now in 报考 (R172, R175)."""
    return Registration.visible_to(actor).filter(
        institution=actor.organization_id, mode=mode, paid=False, in_request=False,
        plan__in=ExamPlan.within("registration", now).filter(fee_required=True).values("pk"),
    )


def payable_plans(*, actor: Actor, now: datetime, mode: Mode) -> QuerySet[ExamPlan]:
    """R172, R175: the plans that can be chosen."""
    return ExamPlan.objects.filter(pk__in=unpaid(actor=actor, now=now, mode=mode).values("plan")).order_by("-pk")


def payable_qualifications(*, actor: Actor, now: datetime, mode: Mode, plan: ExamPlan) -> QuerySet[Qualification]:
    """R173, R176: the qualifications of that plan that can be chosen."""
    rows = unpaid(actor=actor, now=now, mode=mode).filter(plan=plan)
    return Qualification.objects.filter(pk__in=rows.values("qualification")).order_by("name", "grade")


def make_request(
    *, actor: Actor, now: datetime, plan: ExamPlan, qualification: Qualification, mode: Mode
) -> PaymentRequest:
    """R167, R171, R174: one request over all own unpaid registrations of the way, prices frozen as they are now.

    Raises ``Refused`` when nothing is left to pay for.
    """
    actor.need("fees.edit")
    with transaction.atomic():
        rows = unpaid(actor=actor, now=now, mode=mode).filter(plan=plan, qualification=qualification)
        registrations = gate.locked(rows)
        if not registrations:
            raise Refused("没有待缴费的报考：计划须在报考时间内，且有未缴费、未列入其他申请单的报考", field="qualification")
        items = _items(plan, qualification, mode, registrations)
        request = PaymentRequest(
            number=f"JF{now:%Y%m%d}{take(f'payment:{now:%Y%m%d}')[0]:06d}", plan=plan, qualification=qualification,
            institution_id=actor.organization_id, awarding_body_id=plan.awarding_body_id, mode=mode,
            head_count=len(items), total=sum(item.price for item in items), made_by=actor.label, made_at=now,
        )
        with constraints_as_sentences(PaymentRequest):
            request.save(force_insert=True)
        for item in items:
            item.request = request
        with constraints_as_sentences(PaymentItem):
            PaymentItem.objects.bulk_create(items, batch_size=1000)
        hold_for_payment([row.pk for row in registrations], held=True)
        audit.record("payment.made", [audit.fact_of(request, {"total": request.total})], actor=actor)
        notify_gathered(
            plan.awarding_body_id, "fees.confirm", f"{request.number} 已生成，收到款项后请确认缴费", "/fees/requests/",
            many="{n} 份缴费申请单已生成，收到款项后请确认缴费", many_url="/fees/requests/?tab=open",
        )  # fmt: skip
    return request


def _items(
    plan: ExamPlan, qualification: Qualification, mode: Mode, registrations: list[Registration]
) -> list[PaymentItem]:
    if mode == Mode.CERTIFICATE:
        fee = PlanQualification.objects.get(plan=plan, qualification=qualification).fee
        return [PaymentItem(registration=row, price=fee) for row in registrations]
    entries = RegistrationSubject.objects.filter(registration__in=registrations, paid=False).select_related("session")
    return [
        PaymentItem(registration_id=entry.registration_id, subject=entry, price=entry.session.fee)
        for entry in entries.order_by("pk")
    ]


def confirm_payments(*, actor: Actor, now: datetime, requests: QuerySet | Iterable[int]) -> gate.Outcome:
    """R169, R170: the money is there; the registrations carry 已缴费. There is no way back [assumption]."""

    def pay(keys: list[int], rows: dict[int, PaymentRequest]) -> None:
        for key, request in rows.items():
            items = PaymentItem.objects.filter(request=key).values_list("registration_id", "subject_id")
            subjects = None if request.mode == Mode.CERTIFICATE else [subject for _, subject in items]
            mark_paid({registration for registration, _ in items}, subjects)
            notify(request.institution_id, "fees.view", f"{request.number} 已确认缴费", "/fees/requests/")

    return gate.change_many(
        PaymentRequest, requests, PAYMENT["confirm"], actor=actor, now=now,
        values={"confirmed_by": actor.label, "confirmed_at": now}, beside=pay,
    )


OPEN_ONLY = [Guard(Q(state=PaymentState.OPEN), "已确认缴费，不能删除")]


def delete_requests(*, actor: Actor, now: datetime, requests: QuerySet | Iterable[int]) -> gate.Outcome:
    """R179: only 未确认; its registrations may be put into another request."""

    def release(keys: list[int], rows: dict[int, PaymentRequest]) -> None:
        items = PaymentItem.objects.filter(request__in=keys)
        hold_for_payment(list(items.values_list("registration_id", flat=True)), held=False)
        items.delete()

    return gate.delete_many(
        PaymentRequest, requests, actor=actor, may="fees.edit", action="payment.deleted", now=now, guards=OPEN_ONLY,
        beside=release,
    )
