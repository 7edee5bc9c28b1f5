"""Chapters 5.2.4 and 5.2.5: exam centers, borrowed ones, and the rooms of a plan."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.rows import EVERYBODY, NOBODY, Row, in_scope
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan, RoomType, Subject
from skillcert.qualifications.models import Qualification

from .states import CenterState, RoomState


class ExamCenter(Row):
    """考核站点: one per institution and qualification (R124); its name is 学校名称+证书名称+证书等级 (R125)."""

    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="centers")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="centers")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="centers")
    name = models.CharField("考核站点名称", max_length=160)
    address = models.CharField("地址", max_length=120)
    manager = models.CharField("负责人", max_length=40)
    phone = models.CharField("联系电话", max_length=20)
    room_count = models.PositiveIntegerField("考场数")
    seat_count = models.PositiveIntegerField("考位数")
    equipment = models.TextField("设备、网络与监控说明")
    state = models.CharField("状态", max_length=12, choices=CenterState, default=CenterState.DRAFT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "qualification"], name="center_once",
                violation_error_message="已申报过该证书的考核站点，不能再次申报。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "institution":
                borrowed = CenterAllocation.objects.filter(institution=actor.organization_id).values("center")
                return (Q(institution=actor.organization_id) & in_scope(actor)) | Q(pk__in=borrowed)
            case "awarding_body":
                return Q(awarding_body=actor.organization_id) & ~Q(state=CenterState.DRAFT)
            case "province":
                home = Institution.objects.filter(province=actor.organization_id).values("pk")
                return Q(institution__in=home) & ~Q(state=CenterState.DRAFT)
            case "platform":
                return EVERYBODY
        return NOBODY


class CenterAllocation(Row):
    """借考: in this plan the institution's candidates of a qualification sit at another's center (R121, R131)."""

    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="allocations")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="借考院校", related_name="borrowed")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="+")
    center = models.ForeignKey(ExamCenter, models.PROTECT, verbose_name="考核站点", related_name="allocations")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="+")
    head_count = models.PositiveIntegerField("人数", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "institution", "qualification"], name="allocation_once",
                violation_error_message="该院校在此计划中的这一证书已分配考核站点。",
            )
        ]

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "institution":
                own = ExamCenter.objects.filter(institution=actor.organization_id).values("pk")
                return Q(institution=actor.organization_id) | Q(center__in=own)
            case "awarding_body":
                return Q(awarding_body=actor.organization_id)
            case "platform":
                return EVERYBODY
        return NOBODY


class ExamRoom(Row):
    """考场 of a plan: its name is unique in plan, center and qualification (R141); its type comes from the subjects."""

    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="rooms")
    center = models.ForeignKey(ExamCenter, models.PROTECT, verbose_name="考核站点", related_name="rooms")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="考试证书", related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="rooms")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="+")
    number = models.CharField("考场编号", max_length=3)
    name = models.CharField("考场名称", max_length=40)
    room_type = models.CharField("考场类型", max_length=12, choices=RoomType)
    capacity = models.PositiveIntegerField("考位数")
    place = models.CharField("地点", max_length=80)
    remark = models.CharField("备注", max_length=120, blank=True)
    subjects = models.ManyToManyField(Subject, verbose_name="科目", related_name="rooms")

    protected_sentence = "该考场已安排考生，不能删除。"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "center", "qualification", "name"], name="room_name_once",
                violation_error_message="同一考试计划、考核站点、考核证书下已有同名考场。",
            ),
            models.UniqueConstraint(
                fields=["plan", "center", "number"], name="room_number_once", violation_error_message="考场编号重复，请重试。"
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1), name="room_capacity", violation_error_message="考位数至少为 1。"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """The center's institution and the awarding body; whose candidates sit there is added by seating's pages."""
        match actor.organization_kind:
            case "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "awarding_body":
                return Q(awarding_body=actor.organization_id)
            case "platform":
                return EVERYBODY
        return NOBODY

    def state(self, now: datetime) -> RoomState:
        """R133-R135, from the plan's seating window. ``plan`` should be joined."""
        if self.plan.seating.before(now):
            return RoomState.OPEN
        return RoomState.OVER if self.plan.seating.after(now) else RoomState.SEATING

    @staticmethod
    def in_state(state: RoomState, now: datetime) -> Q:
        """The same in SQL."""
        plans = ExamPlan.objects.all()
        match state:
            case RoomState.OPEN:
                plans = plans.filter(seating_start__gt=now)
            case RoomState.SEATING:
                plans = plans.filter(seating_start__lte=now, seating_end__gte=now)
            case RoomState.OVER:
                plans = plans.filter(seating_end__lt=now)
        return Q(plan__in=plans.values("pk"))
