"""What pages leave behind is removed after a while: selections, and the answers to forms already sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from ..jobs import tick
from ..once import Once
from ..selection import Selection

KEPT = timedelta(days=7)


@tick(every=3600)
def remove_old(now: datetime) -> None:
    """By real time: the demo's clock may jump."""
    before = timezone.now() - KEPT
    Selection.objects.filter(created_at__lt=before).delete()
    Once.objects.filter(created_at__lt=before).delete()
