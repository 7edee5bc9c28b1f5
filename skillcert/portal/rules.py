"""The limits of the public pages (trust 46). Real time: the demo's clock does not open them."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import transaction
from django.db.models import F

from skillcert.kit.crypto import blind_index
from skillcert.kit.errors import Refused

from .models import Knock

# purpose: (how many, in how many seconds). An office checks a stack of certificates; nobody needs a thousand scores.
LIMITS = {
    "number": (60, 600), "file": (20, 600), "token": (120, 600), "score": (15, 600), "score-of": (10, 3600),
    "privacy": (30, 600), "privacy-of": (20, 3600), "privacy-code": (10, 600), "privacy-code-of": (5, 3600),
}  # fmt: skip


class TooOften(Refused):
    """The asker has to wait: 429."""


def knock(purpose: str, asker: str) -> None:
    """Count one question. Raises TooOften past the limit; ``asker`` is kept as a keyed hash only."""
    most, seconds = getattr(settings, "PORTAL_LIMITS", {}).get(purpose) or LIMITS[purpose]
    stretch = int(time.time()) // seconds
    who = blind_index(asker, f"knock:{purpose}")
    with transaction.atomic():
        row, _ = Knock.objects.get_or_create(who=who, stretch=stretch)
        Knock.objects.filter(pk=row.pk).update(count=F("count") + 1)
        row.refresh_from_db(fields=["count"])
    if row.count > most:
        wait = seconds - int(time.time()) % seconds
        raise TooOften(f"查询过于频繁，请 {max(1, -(-wait // 60))} 分钟后再试。")


def forget_knocks() -> int:
    """Remove the counters of yesterday."""
    oldest = int(time.time() - 86400) // max(seconds for _, seconds in LIMITS.values())
    return Knock.objects.filter(stretch__lt=oldest).delete()[0]
