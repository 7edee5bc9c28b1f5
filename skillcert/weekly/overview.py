"""How a province stands: the figures of a cycle, and each institution's last six cycles. Counted by sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from skillcert.accounts.models import User
from skillcert.orgs.models import Institution, Province

from . import rules
from .cycles import Cycle, latest
from .models import Reminder, WeeklyReport
from .rules.reminders import APART
from .states import SUBMITTED, ReportState

SHOWN = 6
LOOKS = {ReportState.APPROVED: "ok", ReportState.IN_REVIEW: "wait", ReportState.RETURNED: "hand"}
WORDS = {"ok": "已通过", "wait": "待审核", "hand": "退回", "bad": "未交", "end": "尚未开户"}


@dataclass(frozen=True)
class Square:
    look: str
    label: str

    @property
    def words(self) -> str:
        return f"{self.label}：{WORDS[self.look]}"


@dataclass(frozen=True)
class Standing:
    """One institution: its squares (oldest first), how many cycles in a row are owed, when it last submitted."""

    squares: Sequence[Square]
    owed: int
    last: datetime | None
    filler: User | None
    reminded: datetime | None


@dataclass(frozen=True)
class Counts:
    """The figures of a cycle; they equal the lists that they open."""

    approved: int
    in_review: int
    returned: int
    missing: int
    oldest_wait: datetime | None
    repeated: int


def counts_of(province: Province, cycle: Cycle, now: datetime) -> Counts:
    reports = WeeklyReport.objects.filter(institution__province=province, start=cycle.start, state__in=SUBMITTED)
    by_state = dict(reports.order_by().values_list("state").annotate(n=Count("pk")))
    oldest = reports.filter(state=ReportState.IN_REVIEW).aggregate(at=Min("submitted_at"))["at"]
    late = list(rules.missing(province, cycle))
    owed = standings(late, province, now, cycle=cycle)
    return Counts(
        by_state.get(ReportState.APPROVED, 0), by_state.get(ReportState.IN_REVIEW, 0), by_state.get(ReportState.RETURNED, 0),
        len(late), oldest, sum(one.owed > 1 for one in owed.values()),
    )  # fmt: skip


def standings(
    institutions: Iterable[Institution], province: Province, now: datetime, *, cycle: Cycle | None = None
) -> dict[int, Standing]:
    """For a page of institutions: four queries whatever their number."""
    rows = list(institutions)
    cycles = latest(rules.settings_of(province), cycle.start if cycle else now, SHOWN)
    starts = [one.start for one in cycles]
    keys = [row.pk for row in rows]
    reports = WeeklyReport.objects.filter(institution__in=keys, state__in=SUBMITTED)
    states = {(i, start): state for i, start, state in reports.filter(start__in=starts).values_list("institution", "start", "state")}
    last = dict(reports.order_by().values_list("institution").annotate(at=Max("submitted_at")))
    recent = Reminder.objects.filter(institution__in=keys, at__gt=now - APART)
    reminded = dict(recent.order_by().values_list("institution").annotate(at=Max("at")))
    people = rules.fillers(keys)
    found = {}
    for row in rows:
        squares = [_square(row, one, states.get((row.pk, one.start))) for one in cycles]
        owed = next((n for n, square in enumerate(squares) if square.look != "bad"), len(squares))
        found[row.pk] = Standing(squares[::-1], owed, last.get(row.pk), people.get(row.pk), reminded.get(row.pk))
    return found


def _square(row: Institution, cycle: Cycle, state: str | None) -> Square:
    """Nobody owes a report of a time before it had an account."""
    look = LOOKS[ReportState(state)] if state else "end" if row.created_at >= cycle.end else "bad"
    return Square(look, cycle.label)
