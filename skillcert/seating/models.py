"""Chapter 5.2.8: a room in a session, and who sits where."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, QuerySet

from skillcert.centers.models import ExamCenter, ExamRoom
from skillcert.kit.access import Actor
from skillcert.kit.rows import NOBODY, Row, in_scope
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Registration, RegistrationSubject


class RoomArrangement(Row):
    """考场编排: a room in a subject's session, with how many sit in it."""

    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="arrangements")
    session = models.ForeignKey(PlanSubject, models.PROTECT, verbose_name="科目", related_name="arrangements")
    room = models.ForeignKey(ExamRoom, models.PROTECT, verbose_name="考场", related_name="arrangements")
    center = models.ForeignKey(ExamCenter, models.PROTECT, verbose_name="考核站点", related_name="arrangements")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="站点院校", related_name="arrangements")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, related_name="+")
    occupied = models.PositiveIntegerField("已排人数", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "room"], name="arrangement_once", violation_error_message="该考场此科目已编排。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.room} {self.session}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """The host, those whose candidates sit there, the awarding body; only fully seated subjects (R188)."""
        match actor.organization_kind:
            case "institution":
                full = PlanSubject.objects.filter(seated__gt=0, seated__gte=models.F("registered")).values("pk")
                sits = Seat.objects.filter(institution=actor.organization_id).values("arrangement")
                mine = Q(institution=actor.organization_id) | Q(pk__in=sits)
                return mine & Q(session__in=full) & in_scope(actor)
            case "awarding_body":
                return Q(awarding_body=actor.organization_id)
        return NOBODY


class Seat(Row):
    """排考明细: one candidate, one subject, one seat."""

    arrangement = models.ForeignKey(RoomArrangement, models.PROTECT, related_name="seats")
    entry = models.OneToOneField(RegistrationSubject, models.PROTECT, related_name="seat")
    registration = models.ForeignKey(Registration, models.PROTECT, verbose_name="报考", related_name="seats")
    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="+")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="seats")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("座位号")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["arrangement", "number"], name="seat_once", violation_error_message="该座位已有考生。"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "plan", "id"], name="seat_institution"),
            models.Index(fields=["awarding_body", "plan", "id"], name="seat_body"),
        ]

    def __str__(self) -> str:
        return f"{self.registration} {self.number} 号座位"

    @property
    def audit_label(self) -> str:
        return f"{self.registration.audit_label} {self.number} 号座位"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """The registering institution and the awarding body; the host sees its rooms' papers, not this list."""
        match actor.kind, actor.organization_kind:
            case "user", "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "user", "awarding_body":
                return Q(awarding_body=actor.organization_id)
            case "candidate", _:
                return Q(registration__in=Registration.objects.filter(candidate=actor.id).values("pk"))
        return NOBODY


class SubjectArrangement(PlanSubject):
    """A subject of a plan as 考核站点编排 lists it: the awarding body's own, those an institution registered for."""

    class Meta:
        proxy = True

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "awarding_body":
                return Q(plan__in=ExamPlan.objects.filter(awarding_body=actor.organization_id).values("pk"))
            case "institution":
                mine = Registration.visible_to(actor).values("pk")
                hosted = RoomArrangement.objects.filter(institution=actor.organization_id).values("session")
                own = RegistrationSubject.objects.filter(registration__in=mine).values("session")
                return Q(pk__in=own) | Q(pk__in=hosted)
        return NOBODY

    @classmethod
    def visible_to(cls, actor: Actor) -> QuerySet:
        return cls.objects.all() if actor.kind == "system" else cls.objects.filter(cls.seen_by(actor))
