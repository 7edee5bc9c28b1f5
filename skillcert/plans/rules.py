"""Chapters 5.2.1 and 5.2.2: publishing subjects and plans, and what other rooms note on them."""

from __future__ import annotations

from collections import Counter

from django.db.models import F

from .models import ExamPlan, PlanSubject

# --- what other rooms note here ------------------------------------------------------------------------------


def count_registered(plan: ExamPlan, changes: Counter[int]) -> None:
    """registrations: subjects of the plan (by session id) gained or lost so many; the plan's own count follows."""
    for session, change in changes.items():
        PlanSubject.objects.filter(pk=session).update(registered=F("registered") + change)
    ExamPlan.objects.filter(pk=plan.pk).update(registered=plan.registrations.count())


def count_seated(session: PlanSubject, change: int) -> None:
    """seating: so many more (or fewer) of this subject have a seat."""
    PlanSubject.objects.filter(pk=session.pk).update(seated=F("seated") + change)
