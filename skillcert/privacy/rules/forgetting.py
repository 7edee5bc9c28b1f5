"""trust 44: what need not be kept any longer goes by itself; how long is declared in ``retention``."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from skillcert.candidates.models import Candidate
from skillcert.candidates.rules import delete_candidates
from skillcert.kit import audit
from skillcert.kit.access import SYSTEM
from skillcert.kit.actions import declare

from ..models import PersonalRequest
from ..retention import CANDIDATES, REQUESTS, years_before
from ..states import RequestState

AT_ONCE = 1000

declare({"privacy.forgotten": "个人信息到期清除"})


def forget_candidates(now: datetime) -> int:
    """Delete those never registered and untouched for three years; how many. One whose request is open waits for it."""
    old = Candidate.objects.filter(updated_at__lt=years_before(now, CANDIDATES.years), registration_count=0)
    keys = list(
        old.exclude(personal_requests__state=RequestState.PENDING).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    )
    with transaction.atomic():
        outcome = delete_candidates(actor=SYSTEM, now=now, candidates=keys, reason=CANDIDATES.reason)
        for key in outcome.done:
            audit.blank("candidates.candidate", str(key))
    return len(outcome.done)


def forget_requests(now: datetime) -> int:
    """Blank name, phone, text and answer of requests closed two years ago; how many. That it was answered in time stays."""
    old = PersonalRequest.objects.filter(closed_at__lt=years_before(now, REQUESTS.years)).exclude(name="")
    with transaction.atomic():
        rows = list(old.select_for_update().order_by("pk")[:AT_ONCE])
        PersonalRequest.objects.filter(pk__in=[row.pk for row in rows]).update(
            name="", phone="", text="", answer="", updated_at=timezone.now()
        )
        for row in rows:
            audit.blank(row._meta.label_lower, str(row.pk))
        audit.record("privacy.forgotten", [audit.fact_of(row) for row in rows], actor=SYSTEM)
    return len(rows)
