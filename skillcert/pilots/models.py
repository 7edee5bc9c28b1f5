"""Chapter 4.3: the province's rounds and the institutions' applications to pilot a qualification."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.rows import EVERYBODY, NOBODY, Row, in_scope
from skillcert.orgs.models import Institution, Province
from skillcert.qualifications.models import Major, Qualification

from .states import ApplicationState, RoundState


class PilotRound(Row):
    """申报计划. ``by_major``: the application must name its majors (R57, R63)."""

    province = models.ForeignKey(Province, models.PROTECT, verbose_name="省份", related_name="rounds")
    name = models.CharField("计划名称", max_length=80)
    year = models.PositiveSmallIntegerField("年度")
    by_major = models.BooleanField("按专业申报", default=True)
    start = models.DateTimeField("申报开始时间")
    end = models.DateTimeField("申报结束时间")
    qualifications = models.ManyToManyField(Qualification, verbose_name="证书范围", related_name="rounds")
    description = models.TextField("说明", blank=True)
    state = models.CharField("状态", max_length=12, choices=RoundState, default=RoundState.DRAFT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=models.F("start")), name="pilot_round_window",
                violation_error_message="申报结束时间须晚于开始时间。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "province":
                return Q(province=actor.organization_id)
            case "institution":
                home = Institution.objects.filter(pk=actor.organization_id).values("province")
                return ~Q(state=RoundState.DRAFT) & Q(province__in=home)
            case "platform":
                return EVERYBODY
        return NOBODY


class PilotApplication(Row):
    """证书试点申报: once per certificate, level and year over all states (R56, R70)."""

    round = models.ForeignKey(PilotRound, models.PROTECT, verbose_name="申报计划", related_name="applications")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="applications")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="applications")
    year = models.PositiveSmallIntegerField("年度")
    contact = models.CharField("联系人", max_length=40)
    phone = models.CharField("联系电话", max_length=20)
    trainees = models.PositiveIntegerField("申请培训总人数", default=0)
    faculty = models.TextField("师资情况", blank=True)
    venue = models.TextField("场地情况", blank=True)
    state = models.CharField("状态", max_length=16, choices=ApplicationState, default=ApplicationState.DRAFT)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "year", "qualification"], name="application_once_a_year",
                violation_error_message="同一证书同一等级，当年度只能申报一次。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.qualification} {self.year}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "awarding_body":
                own = Qualification.objects.filter(awarding_body=actor.organization_id).values("pk")
                return Q(state=ApplicationState.APPROVED, qualification__in=own)
            case "province":
                home = Institution.objects.filter(province=actor.organization_id).values("pk")
                return ~Q(state=ApplicationState.DRAFT) & Q(institution__in=home)
            case "platform":
                return EVERYBODY
        return NOBODY


class PilotMajor(models.Model):
    """拟申报专业 with its three figures (R58); ``trainees`` caps the registrations of that major (R61)."""

    application = models.ForeignKey(PilotApplication, models.CASCADE, related_name="majors")
    major = models.ForeignKey(Major, models.PROTECT, verbose_name="专业", related_name="+")
    students = models.PositiveIntegerField("本专业在校学生数")
    teachers = models.PositiveIntegerField("本专业专任教师数")
    trainees = models.PositiveIntegerField("申请培训人数")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "major"], name="pilot_major_once", violation_error_message="该专业已在列表中。"
            )
        ]
