"""Chapter 6: the reports of institutions, their figures, and how often a province asks for them."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import EVERYBODY, NOBODY, Row
from skillcert.orgs.models import Institution, Province
from skillcert.qualifications.models import Qualification

from .cycles import Cycle
from .states import ReportState

ONLY_ONCE = "本周周报已提交，请勿重复提交"
MOST_COUNT = 1_000_000


class CycleSetting(Row):
    """From when on a province asks for which kind of report. ``Province.report_cycle`` is what it began with."""

    province = models.ForeignKey(Province, models.PROTECT, verbose_name="省厅", related_name="cycle_settings")
    kind = models.CharField("周报周期", max_length=12, choices=Province.Cycle)
    since = models.DateTimeField("生效时间")
    set_by = models.CharField("设置人", max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["province", "since"], name="cycle_setting_once", violation_error_message="同一时间已有周期设置，请刷新后重试。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.province} {self.get_kind_display()}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "province":
                return Q(province=actor.organization_id)
            case "institution":
                return Q(province__in=Institution.objects.filter(pk=actor.organization_id).values("province"))
            case "platform":
                return EVERYBODY
        return NOBODY


def count_field(label: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(label, default=0)


class WeeklyReport(Row):
    """周报 or 半月报: one per institution and cycle (R224). The cycle is kept as it was, whatever is set later.

    ``drafted_at``: the moment whose data the figures were drafted from. ``unexplained`` counts the changed figures
    without a reason. ``returned_content`` is what the province had before it when it returned the report.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="weekly_reports")
    kind = models.CharField("类型", max_length=12, choices=Province.Cycle)
    start = models.DateTimeField("周期开始")
    end = models.DateTimeField("周期结束")
    label = models.CharField("周期", max_length=20)
    state = models.CharField("审核状态", max_length=12, choices=ReportState, default=ReportState.DRAFT)

    qualification_count = count_field("试点证书数")
    major_count = count_field("参与专业数")
    class_count = count_field("参与班级数")
    trained = count_field("本期培训人数")
    trained_total = count_field("累计培训人数")
    teachers_trained = count_field("师资培训人次")
    training_note = models.TextField("培训说明", blank=True)
    exam_note = models.TextField("本期说明", blank=True)
    progress = models.TextField("工作进展与典型做法", blank=True)
    problems = models.TextField("存在问题与建议", blank=True)
    next_plan = models.TextField("下期计划", blank=True)

    drafted_at = models.DateTimeField("取数时间")
    unexplained = models.PositiveSmallIntegerField(default=0, editable=False)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.CharField("填报人", max_length=120, blank=True)
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)
    return_reason = models.CharField("退回原因", max_length=500, blank=True)
    return_places = models.JSONField(default=list)
    returned_content = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "start"], name="weekly_report_once", violation_error_message=ONLY_ONCE
            ),
            models.CheckConstraint(
                condition=Q(end__gt=models.F("start")), name="weekly_report_cycle",
                violation_error_message="周期结束须晚于开始。",
            ),
        ]
        indexes = [models.Index(fields=["start", "state", "id"], name="weekly_report_cycle_state")]

    def __str__(self) -> str:
        return f"{self.institution} {self.cycle.full_label}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "institution":
                return Q(institution=actor.organization_id)
            case "province":
                home = Institution.objects.filter(province=actor.organization_id).values("pk")
                return ~Q(state=ReportState.DRAFT) & Q(institution__in=home)
            case "platform":
                return EVERYBODY
        return NOBODY

    @property
    def cycle(self) -> Cycle:
        return Cycle(self.kind, self.start, self.end, self.label)

    def is_open(self, now: datetime) -> bool:
        """Whether it may still be filled in and submitted, as ``states.in_time`` says in SQL."""
        return self.end > now or self.returned_at is not None


class Measure(models.TextChoices):
    """The four figures of a qualification. When each is counted says ``figures``."""

    REGISTERED = "registered", "报考人数"
    SAT = "sat", "参考人数"
    PASSED = "passed", "通过人数"
    CERTIFIED = "certified", "取证人数"


class ReportFigure(models.Model):
    """本期 of one measure and qualification: what the platform drafted and what the person left standing.

    ``previous`` is last cycle's figure, ``total`` the platform's count since 01-01 with this cycle.
    """

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="figures")
    qualification = models.ForeignKey(Qualification, models.PROTECT, related_name="+")
    measure = models.CharField(max_length=12, choices=Measure)
    value = models.PositiveIntegerField("本期")
    drafted = models.PositiveIntegerField("平台取数")
    previous = models.PositiveIntegerField("上期", default=0)
    total = models.PositiveIntegerField("累计", default=0)
    reason = models.CharField("原因", max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "qualification", "measure"], name="report_figure_once",
                violation_error_message="同一证书的这个数已在周报中。",
            ),
            models.CheckConstraint(
                condition=Q(value__lte=MOST_COUNT), name="report_figure_sane",
                violation_error_message="人数超过 1,000,000，请核对。",
            ),
        ]


class ReportFile(models.Model):
    """附件 of a report."""

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="attachments")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class Reminder(Row):
    """提醒: who was asked for which cycle's report, and when; not twice within a day."""

    institution = models.ForeignKey(Institution, models.CASCADE, verbose_name="院校", related_name="reminders")
    start = models.DateTimeField("周期开始")
    at = models.DateTimeField("提醒时间")
    by = models.CharField("提醒人", max_length=120)

    class Meta:
        indexes = [models.Index(fields=["institution", "-at"], name="reminder_by_institution")]

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case "province":
                return Q(institution__in=Institution.objects.filter(province=actor.organization_id).values("pk"))
            case "institution":
                return Q(institution=actor.organization_id)
        return NOBODY
