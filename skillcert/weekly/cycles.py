"""The cycles of reports (R218, domain 4): a week from Monday 00:00 to the next, or half a month from the 1st or the 16th.

Pure: settings and a moment in, a cycle out. A cycle is [start, next start). A change of the setting takes effect at the
end of the cycle in which it was made, so past cycles keep theirs; the first cycle of the new kind begins there and ends
at that kind's next boundary, which may be soon [assumption].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from django.utils import timezone

from skillcert.orgs.models import Province

WEEK, HALF_MONTH = Province.Cycle.WEEK, Province.Cycle.HALF_MONTH
SECOND = timedelta(seconds=1)
BEGINNING = datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True)
class Setting:
    """From ``since`` on reports are of this kind."""

    since: datetime
    kind: str


@dataclass(frozen=True)
class Cycle:
    kind: str
    start: datetime
    end: datetime
    label: str

    @property
    def title(self) -> str:
        """周报 or 半月报."""
        return str(Province.Cycle(self.kind).label)

    @property
    def key(self) -> str:
        """How an address and a filter name it: its first day."""
        return timezone.localtime(self.start).date().isoformat()

    @property
    def year(self) -> int:
        """The year it belongs to: that of the ISO week, or of the month."""
        first = timezone.localtime(self.start).date()
        return first.isocalendar().year if self.kind == WEEK else first.year

    @property
    def year_start(self) -> datetime:
        """Where 累计 begins: 01-01 of the first day's year, which a week of two years does not share with its number."""
        return timezone.localtime(self.start).replace(month=1, day=1, hour=0, minute=0, second=0)

    @property
    def full_label(self) -> str:
        """2026 年第 47 周."""
        return f"{self.year} 年{self.label if self.kind == WEEK else ' ' + self.label}"

    @property
    def days(self) -> str:
        """2026-11-16 至 2026-11-22."""
        first, last = timezone.localtime(self.start).date(), timezone.localtime(self.end - SECOND).date()
        return f"{first} 至 {last}"

    def contains(self, now: datetime) -> bool:
        return self.start <= now < self.end


def cycle_at(settings: Sequence[Setting], now: datetime) -> Cycle:
    """The cycle that ``now`` lies in. ``settings`` in the order of time; the first holds for all time before it too."""
    day = timezone.localtime(now).date()
    place = max((n for n, setting in enumerate(settings) if setting.since <= now), default=0)
    setting = settings[place]
    first, last, label = _week(day) if setting.kind == WEEK else _half_month(day)
    start, end = _midnight(first), _midnight(last)
    if place:
        start = max(start, setting.since)
    if place + 1 < len(settings):
        end = min(end, settings[place + 1].since)
    return Cycle(setting.kind, start, end, label)


def before(settings: Sequence[Setting], cycle: Cycle) -> Cycle:
    return cycle_at(settings, cycle.start - SECOND)


def back_from(settings: Sequence[Setting], now: datetime) -> Iterator[Cycle]:
    """The cycle of ``now``, the one before it, and so on."""
    cycle = cycle_at(settings, now)
    while True:
        yield cycle
        cycle = before(settings, cycle)


def latest(settings: Sequence[Setting], now: datetime, count: int) -> list[Cycle]:
    """The last ``count`` cycles, that of ``now`` first."""
    return list(islice(back_from(settings, now), count))


def of_year(settings: Sequence[Setting], year: int, now: datetime) -> list[Cycle]:
    """The cycles of a year as far as they have begun, in the order of time."""
    found: list[Cycle] = []
    for cycle in back_from(settings, min(now, _midnight(date(year + 1, 1, 10)))):
        if cycle.year < year:
            break
        if cycle.year == year:
            found.append(cycle)
    return found[::-1]


def changed(settings: Iterable[Setting], kind: str, now: datetime) -> list[Setting]:
    """The settings after a change made at ``now``: it begins where the present cycle ends, and replaces one that was
    to begin there.
    """
    known = list(settings)
    since = cycle_at(known, now).end
    kept = [setting for setting in known if setting.since < since]
    return kept if kept[-1].kind == kind else [*kept, Setting(since, kind)]


def _week(day: date) -> tuple[date, date, str]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7), f"第 {day.isocalendar().week} 周"


def _half_month(day: date) -> tuple[date, date, str]:
    if day.day < 16:
        return day.replace(day=1), day.replace(day=16), f"{day.month} 月上半月"
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day.replace(day=16), following, f"{day.month} 月下半月"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())
