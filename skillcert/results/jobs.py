"""The lock at the end of 公示."""

from __future__ import annotations

from datetime import datetime

from skillcert.kit.jobs import tick

from .rules import lock_due


@tick(every=2)
def lock_scores(now: datetime) -> None:
    """R203: every plan whose 公示 has ended, once."""
    lock_due(now=now)
