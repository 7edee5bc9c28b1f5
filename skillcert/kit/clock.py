"""The business clock: one function of now, in Asia/Shanghai, cut to whole seconds.

Sessions, tokens, audit, X.509, anchors and job beats use real time and do not come here. Rooms never ask the
clock either: ``now`` is handed to them by the request, the job or the tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone


class ClockShift(models.Model):
    """How far the demo's clock runs ahead of real time: one row, it only grows (back means reset)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1, seconds__gte=0), name="clock_shift_one_row")]


def now() -> datetime:
    """The business time: real time, plus the demo's shift where there is a demo."""
    moment = timezone.localtime().replace(microsecond=0)
    if not settings.DEMO:
        return moment
    shift = ClockShift.objects.filter(id=1).values_list("seconds", flat=True).first()
    return moment + timedelta(seconds=shift or 0)


def advance(seconds: int) -> None:
    """Move the demo's clock forward. Raises ValueError for a step back or outside a demo."""
    if not settings.DEMO or seconds < 0:
        raise ValueError("演示时钟只能向前拨，且只在演示环境中可用")
    _, made = ClockShift.objects.get_or_create(id=1, defaults={"seconds": seconds})
    if not made:
        ClockShift.objects.filter(id=1).update(seconds=F("seconds") + seconds)


@dataclass(frozen=True)
class Window:
    """A range with both ends open for business: [start, end], in whole seconds."""

    start: datetime
    end: datetime

    def contains(self, now: datetime) -> bool:
        return self.start <= now <= self.end

    def before(self, now: datetime) -> bool:
        """The window is still to come."""
        return now < self.start

    def after(self, now: datetime) -> bool:
        """The window is over."""
        return now > self.end
