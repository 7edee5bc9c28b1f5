"""Chapter 4.3: the province's rounds and the institutions' applications to pilot a qualification."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from skillcert.kit.access import Actor
from skillcert.kit.clock import Window
from skillcert.kit.files import StoredFile
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
    review_levels = models.PositiveSmallIntegerField("审核级数", default=2, choices=[(1, "初审"), (2, "初审、终审")])
    start = models.DateTimeField("申报开始时间")
    end = models.DateTimeField("申报结束时间")
    qualifications = models.ManyToManyField(Qualification, verbose_name="证书范围", related_name="rounds")
    description = models.TextField("说明", blank=True)
    state = models.CharField("状态", max_length=12, choices=RoundState, default=RoundState.DRAFT)

    protected_sentence = "已有院校按此计划申报，不能删除。"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")), name="pilot_round_window",
                violation_error_message="申报结束时间须晚于开始时间。",
            ),
            models.UniqueConstraint(
                fields=["province", "name"], name="pilot_round_name_once", violation_error_message="已有同名的申报计划。"
            ),
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

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    def stage(self, now: datetime) -> RoundState:
        """已结束 by the clock or by the province, whichever comes first."""
        if self.state == RoundState.PUBLISHED and self.window.after(now):
            return RoundState.CLOSED
        return RoundState(self.state)

    @staticmethod
    def in_stage(stage: RoundState, now: datetime) -> Q:
        """The same in SQL."""
        match stage:
            case RoundState.PUBLISHED:
                return Q(state=RoundState.PUBLISHED, end__gte=now)
            case RoundState.CLOSED:
                return Q(state=RoundState.CLOSED) | Q(state=RoundState.PUBLISHED, end__lt=now)
        return Q(state=stage)

    @staticmethod
    def open_at(now: datetime) -> Q:
        """Institutions may apply: published, and within [start, end]."""
        return Q(state=RoundState.PUBLISHED, start__lte=now, end__gte=now)

    def left(self, now: datetime) -> timedelta:
        return max(self.end - now, timedelta(0))


class RoundFile(models.Model):
    """附件 of a round: open to whoever sees the round."""

    round = models.ForeignKey(PilotRound, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")


class PilotApplication(Row):
    """证书试点申报: once per certificate, level and year over all states (R56, R70).

    ``registered``: how many persons registered on its strength (R71), kept by registrations.
    """

    round = models.ForeignKey(PilotRound, models.PROTECT, verbose_name="申报计划", related_name="applications")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="applications")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="applications")
    year = models.PositiveSmallIntegerField("年度")
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    trainees = models.PositiveIntegerField("申请培训总人数", default=0)
    faculty = models.TextField("师资情况", blank=True)
    venue = models.TextField("场地情况", blank=True)
    state = models.CharField("状态", max_length=16, choices=ApplicationState, default=ApplicationState.DRAFT)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    registered = models.PositiveIntegerField("报考人数", default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "year", "qualification"], name="application_once_a_year",
                violation_error_message="同一证书同一等级，当年度只能申报一次。",
            )
        ]
        indexes = [models.Index(fields=["state", "submitted_at", "id"], name="application_queue")]

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


class PilotMajor(Row):
    """拟申报专业 with its three figures (R58), empty while a draft is incomplete. ``trainees`` caps the registrations
    of that major (R61); ``registered`` counts distinct persons over all plans of the year, kept by registrations.
    """

    application = models.ForeignKey(PilotApplication, models.CASCADE, related_name="majors")
    major = models.ForeignKey(Major, models.PROTECT, verbose_name="专业", related_name="+")
    students = models.PositiveIntegerField("本专业在校学生数", null=True, blank=True)
    teachers = models.PositiveIntegerField("本专业专任教师数", null=True, blank=True)
    trainees = models.PositiveIntegerField("申请培训人数", null=True, blank=True)
    registered = models.PositiveIntegerField("实际报考人数", default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "major"], name="pilot_major_once", violation_error_message="该专业已在列表中。"
            ),
            models.CheckConstraint(
                condition=Q(registered=0) | Q(registered__lte=F("trainees")), name="pilot_major_cap",
                violation_error_message="该专业本年度的报考人数已达申请培训人数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.major}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return Q(application__in=PilotApplication.visible_to(actor).values("pk"))


class Review(models.Model):
    """审核信息记录 (R68): who submitted, passed, returned or refused, when and why. A submission keeps what it said."""

    class Step(models.TextChoices):
        SUBMIT = "submit", "提交申报"
        PASS_FIRST = "pass_first", "初审通过"
        APPROVE = "approve", "审核通过"
        RETURN = "return", "退回"
        REJECT = "reject", "审核不通过"

    application = models.ForeignKey(PilotApplication, models.CASCADE, related_name="reviews")
    step = models.CharField(max_length=12, choices=Step)
    at = models.DateTimeField("时间")
    who = models.CharField("操作人", max_length=120)
    reason = models.CharField("原因", max_length=500, blank=True)
    places = models.JSONField("退回到哪里改", default=list)
    content: models.JSONField[dict[str, Any]] = models.JSONField("当时填写的内容", default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.application}"
