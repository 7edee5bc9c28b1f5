"""Chapters 5.2.9 and 5.2.10: a score per subject, a result per registration."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.rows import NOBODY, Row, in_scope
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Registration, RegistrationSubject

from .states import Mark, Outcome, ScoreState


class Score(Row):
    """科目成绩: imported by the awarding body inside 成绩登记, corrected inside 公示, then locked for good (R203)."""

    entry = models.OneToOneField(RegistrationSubject, models.PROTECT, related_name="score")
    registration = models.ForeignKey(Registration, models.PROTECT, verbose_name="报考", related_name="scores")
    session = models.ForeignKey(PlanSubject, models.PROTECT, verbose_name="科目", related_name="scores")
    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="scores")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="scores")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, related_name="+")
    points = models.DecimalField("成绩", max_digits=5, decimal_places=2, null=True, blank=True)
    mark = models.CharField("标记", max_length=8, choices=Mark, default=Mark.NORMAL)
    remark = models.CharField("备注", max_length=80, blank=True)
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.CharField("登记人", max_length=40)
    locked = models.BooleanField("已锁定", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mark=Mark.NORMAL, points__isnull=False, points__gte=0)
                | (~Q(mark=Mark.NORMAL) & Q(points__isnull=True)),
                name="score_or_mark", violation_error_message="正常考试须有成绩；缺考、违纪不填成绩。",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "plan", "id"], name="score_institution"),
            models.Index(fields=["awarding_body", "plan", "id"], name="score_body"),
        ]

    def __str__(self) -> str:
        return f"{self.registration} {self.session}"

    @property
    def audit_label(self) -> str:
        return f"{self.registration.audit_label} {self.session}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.kind, actor.organization_kind:
            case "user", "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "user", "awarding_body":
                return Q(awarding_body=actor.organization_id)
        return NOBODY

    @property
    def shown(self) -> str:
        """The points, or else the mark: 84.50, 缺考."""
        return f"{self.points}" if self.mark == Mark.NORMAL else str(Mark(self.mark).label)

    def state(self, now: datetime) -> ScoreState:
        """By the clock; ``plan`` should be joined."""
        if self.plan.publicity.before(now):
            return ScoreState.RECORDED
        return ScoreState.LOCKED if self.plan.publicity.after(now) else ScoreState.PUBLICITY


class Result(Row):
    """考证结果: provisional while scores move, ``final`` once they are locked. One per registration."""

    registration = models.OneToOneField(Registration, models.PROTECT, related_name="result")
    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="results")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="results")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="results")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, related_name="+")
    person_index = models.CharField(max_length=32)
    total = models.DecimalField("综合成绩", max_digits=5, decimal_places=2, null=True, blank=True)
    outcome = models.CharField("考证结果", max_length=8, choices=Outcome, default=Outcome.PENDING)
    final = models.BooleanField("已锁定", default=False)

    class Meta:
        indexes = [
            models.Index(fields=["institution", "plan", "id"], name="result_institution"),
            models.Index(fields=["awarding_body", "plan", "id"], name="result_body"),
            models.Index(fields=["qualification", "person_index"], name="result_person"),
        ]

    def __str__(self) -> str:
        return str(self.registration)

    @property
    def audit_label(self) -> str:
        return self.registration.audit_label

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.kind, actor.organization_kind:
            case "user", "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "user", "awarding_body":
                return Q(awarding_body=actor.organization_id)
        return NOBODY


def outcome_of(registration: Registration, now: datetime) -> Outcome:
    """What became of a registration; 待定 while it has no score. ``result`` should be joined."""
    result = getattr(registration, "result", None)
    return Outcome(result.outcome) if result else Outcome.PENDING
