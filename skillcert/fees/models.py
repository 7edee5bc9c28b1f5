"""Chapter 5.2.7: 缴费申请单. Money is whole fen; prices are frozen when the request is made [assumption]."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.rows import NOBODY, Row, in_scope
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Mode, Registration, RegistrationSubject

from .states import PaymentState


class PaymentRequest(Row):
    number = models.CharField("缴费单号", max_length=16, unique=True)
    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="payment_requests")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="考核证书", related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="payment_requests")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="+")
    mode = models.CharField("方式", max_length=12, choices=Mode)
    head_count = models.PositiveIntegerField("人数/科次")
    total = models.PositiveBigIntegerField("总费用（分）")
    state = models.CharField("状态", max_length=12, choices=PaymentState, default=PaymentState.OPEN)
    made_by = models.CharField("生成人", max_length=40)
    made_at = models.DateTimeField("生成时间")
    confirmed_by = models.CharField("确认人", max_length=40, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["institution", "made_at", "id"], name="payment_institution"),
            models.Index(fields=["awarding_body", "made_at", "id"], name="payment_body"),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "awarding_body":
                return Q(awarding_body=actor.organization_id)
        return NOBODY


class PaymentItem(models.Model):
    """One registration, or one subject of it, with its frozen price in fen: in at most one request."""

    request = models.ForeignKey(PaymentRequest, models.CASCADE, related_name="items")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="payment_items")
    subject = models.ForeignKey(RegistrationSubject, models.PROTECT, null=True, blank=True, related_name="payment_items")
    price = models.PositiveIntegerField("单价（分）")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration"], condition=Q(subject=None), name="payment_registration_once",
                violation_error_message="该报考已在另一张缴费申请单中。",
            ),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(subject__isnull=False), name="payment_subject_once",
                violation_error_message="该科目报考已在另一张缴费申请单中。",
            ),
        ]
