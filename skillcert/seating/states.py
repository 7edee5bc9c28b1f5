"""Chapter 5.2.8: how far a subject is seated, from its counters and the plan's seating window (R180-R184)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from skillcert.plans.models import PlanSubject


class ArrangementState(models.TextChoices):
    COMING = "coming", "未开始"
    UNSEATED = "unseated", "未排考"
    SEATING = "seating", "排考中"
    SEATED = "seated", "已排完"
    OVER = "over", "已结束"


ARRANGEMENT_LOOK = {
    ArrangementState.COMING: "idle", ArrangementState.UNSEATED: "wait", ArrangementState.SEATING: "run",
    ArrangementState.SEATED: "ok", ArrangementState.OVER: "end",
}


def arrangement_state(session: PlanSubject, now: datetime) -> ArrangementState:
    """已排完 shows until the window ends, then 已结束 [assumption]. ``session.plan`` should be joined."""
    window = session.plan.seating
    if window.before(now):
        return ArrangementState.COMING
    if window.after(now):
        return ArrangementState.OVER
    if session.seated == 0:
        return ArrangementState.UNSEATED
    return ArrangementState.SEATED if session.seated >= session.registered else ArrangementState.SEATING


def in_arrangement_state(state: ArrangementState, now: datetime) -> Q:
    """The same in SQL, over PlanSubject."""
    within = Q(plan__seating_start__lte=now, plan__seating_end__gte=now)
    match state:
        case ArrangementState.COMING:
            return Q(plan__seating_start__gt=now)
        case ArrangementState.OVER:
            return Q(plan__seating_end__lt=now)
        case ArrangementState.UNSEATED:
            return within & Q(seated=0)
        case ArrangementState.SEATED:
            return within & Q(seated__gt=0, seated__gte=F("registered"))
    return within & Q(seated__gt=0, seated__lt=F("registered"))
