"""Chapters 5.2.1 and 5.2.2: subjects and exam plans."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q, QuerySet

from skillcert.kit.access import Actor
from skillcert.kit.clock import Window
from skillcert.kit.crypto import Encrypted
from skillcert.kit.rows import NOBODY, Row
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.qualifications.models import Qualification

from .states import PlanState, Stage, SubjectState


class RoomType(models.TextChoices):
    COMPUTER = "computer", "机考"
    PAPER = "paper", "笔试"
    PRACTICAL = "practical", "实操"


class Target(models.TextChoices):
    """参考对象: who takes the subject (R78, R79)."""

    EVERYONE = "everyone", "所有考生"
    SECONDARY = "secondary", "中职学生"
    HIGHER = "higher", "高职学生"
    BACHELOR = "bachelor", "本科学生"
    SOCIAL = "social", "社会考生"


class Subject(Row):
    """考试科目 of a qualification. Marks, weight and minutes are defaults of practice [assumption]."""

    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="subjects")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="subjects")
    code = models.CharField("科目代码", max_length=12)
    name = models.CharField("科目名称", max_length=40)
    room_type = models.CharField("考场类型", max_length=12, choices=RoomType)
    method = models.CharField("考试方式", max_length=40)
    target = models.CharField("参考对象", max_length=12, choices=Target, default=Target.EVERYONE)
    full_marks = models.DecimalField("满分", max_digits=5, decimal_places=2, default=100)
    pass_mark = models.DecimalField("合格分", max_digits=5, decimal_places=2, default=60)
    weight = models.PositiveSmallIntegerField("权重（%）", default=50)
    minutes = models.PositiveSmallIntegerField("时长（分钟）", default=120)
    state = models.CharField("状态", max_length=12, choices=SubjectState, default=SubjectState.DRAFT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["qualification", "code"], name="subject_code_once", violation_error_message="该证书下已有此科目代码。"
            ),
            models.UniqueConstraint(
                fields=["qualification", "name", "target"], name="subject_name_once",
                violation_error_message="该证书下已有同名且参考对象相同的科目。",
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__lte=F("full_marks")), name="subject_pass_mark",
                violation_error_message="合格分不能高于满分。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return _published_or_own(actor, SubjectState.DRAFT)


class ExamPlan(Row):
    """考试计划: four windows beside the times of its subjects.

    ``first_exam_start`` and ``last_exam_end`` repeat what the sessions say, so that the stage is a question to this
    row alone; ``registered`` counts its registrations. Both are kept by the rules.
    """

    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="plans")
    number = models.PositiveIntegerField("计划编号", unique=True)
    name = models.CharField("计划名称", max_length=80)
    year = models.PositiveSmallIntegerField("年度")
    registration_start = models.DateTimeField("报考开始时间")
    registration_end = models.DateTimeField("报考结束时间")
    seating_start = models.DateTimeField("排考开始时间")
    seating_end = models.DateTimeField("排考结束时间")
    first_exam_start = models.DateTimeField("首场考试开始时间", null=True, blank=True)
    last_exam_end = models.DateTimeField("末场考试结束时间", null=True, blank=True)
    scoring_start = models.DateTimeField("成绩登记开始时间")
    scoring_end = models.DateTimeField("成绩登记结束时间")
    publicity_start = models.DateTimeField("公示开始时间")
    publicity_end = models.DateTimeField("公示结束时间")
    requirements = models.TextField("要求说明", blank=True)
    fee_required = models.BooleanField("须缴费", default=True)
    payment_method = models.CharField("缴费方式", max_length=40, blank=True)
    account_name = models.CharField("收款户名", max_length=80, blank=True)
    bank = models.CharField("开户行", max_length=60, blank=True)
    account = Encrypted("收款账号", blank=True)
    pay_until = models.DateTimeField("缴费截止时间", null=True, blank=True)
    any_major_for_social = models.BooleanField("社会考生不限专业", default=True)
    institutions = models.ManyToManyField(Institution, verbose_name="参考院校", related_name="plans")
    state = models.CharField("状态", max_length=12, choices=PlanState, default=PlanState.DRAFT)
    registered = models.PositiveIntegerField("报考人数", default=0)
    locked_at = models.DateTimeField("成绩锁定时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["awarding_body", "year", "name"], name="plan_name_once", violation_error_message="本年度已有同名考试计划。"
            )
        ]
        indexes = [models.Index(fields=["awarding_body", "-year", "id"], name="plan_by_body")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return _published_or_own(actor, PlanState.DRAFT)

    @property
    def registration(self) -> Window:
        return Window(self.registration_start, self.registration_end)

    @property
    def seating(self) -> Window:
        return Window(self.seating_start, self.seating_end)

    @property
    def scoring(self) -> Window:
        return Window(self.scoring_start, self.scoring_end)

    @property
    def publicity(self) -> Window:
        return Window(self.publicity_start, self.publicity_end)

    def stage(self, now: datetime) -> Stage:
        """Where the plan stands at ``now``; a gap between two windows counts to the one before."""
        starts = [
            (self.registration_start, Stage.REGISTRATION), (self.seating_start, Stage.SEATING),
            (self.first_exam_start, Stage.EXAM), (self.scoring_start, Stage.SCORING),
            (self.publicity_start, Stage.PUBLICITY),
        ]
        if now > self.publicity_end:
            return Stage.OVER
        return max((stage for start, stage in starts if start and now >= start), default=Stage.COMING)

    @classmethod
    def in_stage(cls, stage: Stage, now: datetime) -> QuerySet[ExamPlan]:
        """The published plans that stand at ``stage`` at ``now``: the same function in SQL."""
        begun = [
            ("registration_start", Stage.REGISTRATION), ("seating_start", Stage.SEATING),
            ("first_exam_start", Stage.EXAM), ("scoring_start", Stage.SCORING), ("publicity_start", Stage.PUBLICITY),
        ]
        plans = cls.objects.filter(state=PlanState.PUBLISHED)
        if stage == Stage.OVER:
            return plans.filter(publicity_end__lt=now)
        plans = plans.filter(publicity_end__gte=now)
        for field, reached in begun:
            if reached == stage:
                plans = plans.filter(**{f"{field}__lte": now})
            elif reached > stage:
                plans = plans.filter(Q(**{f"{field}__gt": now}) | Q(**{f"{field}__isnull": True}))
        return plans

    @classmethod
    def within(cls, window: str, now: datetime) -> QuerySet[ExamPlan]:
        """The published plans whose ``window`` (registration, seating, scoring, publicity) contains ``now``."""
        return cls.objects.filter(
            state=PlanState.PUBLISHED, **{f"{window}_start__lte": now, f"{window}_end__gte": now}
        )


def _published_or_own(actor: Actor, draft: str) -> Q:
    if actor.organization_kind == "awarding_body":
        return Q(awarding_body=actor.organization_id)
    if actor.organization_kind in ("institution", "province", "platform"):
        return ~Q(state=draft)
    return NOBODY


class PlanQualification(models.Model):
    """A certificate of the plan with its 费用标准 (fen, per head, for registration by certificate)."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="offers")
    qualification = models.ForeignKey(Qualification, models.PROTECT, related_name="offers")
    fee = models.PositiveIntegerField("费用（分/人）", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "qualification"], name="plan_qualification_once",
                violation_error_message="该证书已在此计划中。",
            )
        ]


class PlanSubject(models.Model):
    """A subject's session in the plan: 考试开始/结束时间, and the price of the subject alone (fen)."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="sessions")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="sessions")
    qualification = models.ForeignKey(Qualification, models.PROTECT, related_name="+")
    start = models.DateTimeField("考试开始时间")
    end = models.DateTimeField("考试结束时间")
    fee = models.PositiveIntegerField("费用（分/科次）", default=0)
    registered = models.PositiveIntegerField("报考人数", default=0)
    seated = models.PositiveIntegerField("已排人数", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "subject"], name="plan_subject_once", violation_error_message="该科目已在此计划中。"
            ),
            models.CheckConstraint(
                condition=Q(end__gt=F("start")), name="plan_subject_window",
                violation_error_message="考试结束时间须晚于开始时间。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.subject)

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)
