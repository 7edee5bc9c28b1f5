"""The exam plans on the desk: their windows on one axis, and the next deadline of each."""

from __future__ import annotations

from datetime import datetime, timedelta

from skillcert.kit.access import Actor
from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.screen import PlanLine
from skillcert.plans.models import ExamPlan
from skillcert.plans.states import PlanState

SHOWN = 3
SOON = timedelta(days=7)
NAMES = (
    ("registration", "报考"),
    ("seating", "排考"),
    ("exam", "考试"),
    ("scoring", "成绩登记"),
    ("publicity", "公示"),
)


def plan_lines(actor: Actor, now: datetime) -> tuple[list[PlanLine], int]:
    """The plans under way that end first, and how many there are. An institution sees those it may register for."""
    rows = ExamPlan.visible_to(actor).filter(state=PlanState.PUBLISHED, publicity_end__gte=now)
    if actor.organization_kind == "institution":
        invited = ExamPlan.institutions.through.objects.filter(institution=actor.organization_id).values("examplan")
        rows = rows.filter(pk__in=invited)
    lines = [
        line_of(plan, actor, now)
        for plan in rows.select_related("awarding_body").order_by("publicity_end", "pk")[:SHOWN]
    ]
    return lines, rows.count()


def line_of(plan: ExamPlan, actor: Actor, now: datetime) -> PlanLine:
    windows = []
    for key, name in NAMES:
        start, end = (
            (plan.first_exam_start, plan.last_exam_end)
            if key == "exam"
            else (getattr(plan, f"{key}_start"), getattr(plan, f"{key}_end"))
        )
        if start and end:
            windows.append((name, start, end))
    label, moment = next_deadline(windows, now)
    detail = "plans.ExamPlanDetail"
    url = url_of(detail, pk=plan.pk) if detail in PAGES and PAGES[detail].admits(actor) else ""
    left = moment - now if moment else timedelta(0)
    return PlanLine(plan.name, plan.awarding_body.name, tuple(windows), url, label, span_words(left), left < SOON)


def next_deadline(windows: list[tuple[str, datetime, datetime]], now: datetime) -> tuple[str, datetime | None]:
    """What ends or begins next."""
    for name, start, end in windows:
        if now < start:
            return f"{name}开始还有", start
        if now <= end:
            return f"{name}截止还有", end
    return "已结束", None


def span_words(left: timedelta) -> str:
    """5 天 7 小时, 3 小时, 12 分钟."""
    minutes = max(0, int(left.total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} 天 {hours} 小时"
    return f"{hours} 小时" if hours else f"{minutes} 分钟"
