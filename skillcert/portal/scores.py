"""成绩查询: one's own scores, from the first second of 公示 on (R201)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from skillcert.candidates.models import Candidate, IdType
from skillcert.kit.crypto import person_index
from skillcert.kit.pages import clock_badge
from skillcert.kit.pages.screen import Badge
from skillcert.plans.states import PlanState
from skillcert.registrations.models import Registration
from skillcert.results.models import Score, outcome_of
from skillcert.results.states import OUTCOME_LOOK, Mark, Outcome


def registrations_of(name: str, number: str) -> QuerySet[Registration]:
    """By name and ID number, as registered or as verified since, or name and ticket number: both must agree."""
    name, indexes = "".join(name.split()), [person_index(kind, number) for kind in IdType.values]
    known = list(Candidate.objects.filter(person_index__in=indexes, name=name).values_list("pk", flat=True))
    registered = Q(Q(person_index__in=indexes) | Q(ticket_number=number), name=name)
    found = Registration.objects.filter(registered | Q(candidate__in=known))
    rows = found.filter(plan__state=PlanState.PUBLISHED).select_related("plan", "qualification", "result")
    return rows.order_by("-plan__publicity_start", "pk")


def open_at(rows: QuerySet[Registration], now: datetime) -> QuerySet[Registration]:
    """Those whose 公示 has begun."""
    return rows.filter(plan__publicity_start__lte=now)


def first_day(rows: QuerySet[Registration], now: datetime) -> str:
    """When the next 公示 of these begins; "" when none is to come."""
    coming = rows.filter(plan__publicity_start__gt=now).order_by("plan__publicity_start").first()
    return f"{localtime(coming.plan.publicity_start):%Y-%m-%d %H:%M}" if coming else ""


def shown(row: Registration, now: datetime) -> dict[str, Any]:
    """One registration as portal/score_result.html draws it."""
    running = not row.plan.publicity.after(now)
    outcome, result = outcome_of(row, now), getattr(row, "result", None)
    end = f"{localtime(row.plan.publicity_end):%m-%d %H:%M}"
    scores = {s.session_id: s for s in Score.objects.filter(registration=row)}
    entries = row.subjects.select_related("session__subject").order_by("session__start")
    badge = clock_badge(outcome, OUTCOME_LOOK)
    return {
        "look": "run" if running else badge.look, "icon": "" if running else badge.icon, "at": now, "name": row.accepted_name or row.name,
        "title": "成绩公示中" if running else f"最终结果：{outcome.label}",
        "sentence": f"公示至 {end}，有异议请在此前联系培训评价组织" if running else "公示已结束，成绩已永久锁定",
        "qualification": f"{row.qualification}，{row.plan}", "ticket": row.ticket_number or "",
        "total": "" if result is None or result.total is None else f"{result.total}", "total_badge": badge,
        "weighted": row.qualification.pass_rule.get("kind") == "weighted",
        "subjects": [subject(entry.session, scores.get(entry.session_id)) for entry in entries],
        "says": "成绩有疑问时，请带证件联系报考的院校或培训评价组织查证。",
    }  # fmt: skip


def subject(session: Any, score: Score | None) -> dict[str, Any]:
    """One subject's line: the mark, or what stands in its place."""
    of = session.subject
    if score is None:
        badge = Badge("未登记", "wait")
    elif score.mark != Mark.NORMAL:
        badge = Badge(score.get_mark_display(), "bad")
    else:
        passed = score.points is not None and score.points >= of.pass_mark
        badge = clock_badge(Outcome.PASSED if passed else Outcome.FAILED, OUTCOME_LOOK)
    return {
        "name": of.name, "at": session.start, "place": "", "full": plain(of.full_marks), "line": plain(of.pass_mark),
        "weight": f"{of.weight}%", "score": score.points if score else None, "badge": badge,
    }


def plain(marks: Decimal) -> int | Decimal:
    """100, not 100.00."""
    return int(marks) if marks == int(marks) else marks
