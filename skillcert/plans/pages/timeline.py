"""The windows of a plan as bars: percent attributes of inline SVG, so that no style attribute is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

WEEKDAYS = "一二三四五六日"
LAST_TICK = 90.0  # percent: further right its words would be cut


@dataclass(frozen=True)
class Bar:
    """A window: where it lies on the line in percent, and in words."""

    label: str
    start: datetime
    end: datetime
    x: float
    width: float
    words: str
    state: str  # past, now, coming
    room_right: bool

    @property
    def text_x(self) -> float:
        """Where the words stand: right of the bar, or left of it at the line's end."""
        return self.x + self.width + 1 if self.room_right else self.x - 1


@dataclass(frozen=True)
class Timeline:
    """Bars under each other with a tick for every week or so; ``today`` in percent, None outside."""

    bars: list[Bar]
    ticks: list[tuple[float, str]]
    today: float | None


def timeline(windows: Iterable[tuple[str, datetime, datetime]], now: datetime) -> Timeline:
    """Lay (label, start, end) out from the first start to the last end."""
    windows = [window for window in windows if window[1] and window[2]]
    if not windows:
        return Timeline([], [], None)
    first, last = min(start for _, start, _ in windows), max(end for *_, end in windows)
    span = max((last - first).total_seconds(), 86400.0) * 1.02

    def at(moment: datetime) -> float:
        return round(100 * (moment - first).total_seconds() / span, 2)

    bars = [_bar(label, start, end, at(start), at(end), now) for label, start, end in windows]
    days = max(1, int(span / 86400))
    step = next((step for step in (1, 2, 7, 14, 30, 60) if days / step <= 9), 120)
    local = timezone.localtime(first)
    moments = [local + timedelta(days=n * step) for n in range(days // step + 1)]
    ticks = [(at(moment), f"{moment:%m-%d}") for moment in moments if at(moment) < LAST_TICK]
    return Timeline(bars, ticks, at(now) if first <= now <= last else None)


def _bar(label: str, start: datetime, end: datetime, x: float, right: float, now: datetime) -> Bar:
    state = "past" if now > end else "now" if now >= start else "coming"
    width = max(right - x, 0.8)
    return Bar(label, start, end, x, width, _words(start, end), state, x + width < 78)


def _words(start: datetime, end: datetime) -> str:
    """12-12 周六，2 小时, or 15 天."""
    seconds = (end - start).total_seconds()
    if seconds < 86400:
        local = timezone.localtime(start)
        hours = f"{seconds / 3600:.1f}".removesuffix(".0")
        return f"{local:%m-%d} 周{WEEKDAYS[local.weekday()]}，{hours} 小时"
    return f"{round(seconds / 86400):,} 天"
