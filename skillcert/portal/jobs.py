"""Old counters go."""

from __future__ import annotations

from datetime import datetime

from skillcert.kit.jobs import tick

from .rules import forget_knocks


@tick(every=3600)
def tidy(now: datetime) -> None:
    forget_knocks()
