"""Small charts as inline SVG with percent attributes: they need no script and no style attribute.

Each stands beside its figures in words; a chart is never the only place of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

Window = tuple[str, datetime, datetime]  # its name (报考), start, end
Group = tuple[str, Sequence[float | None]]  # its name, a rate (0 to 100) per series, the current series last
AXIS = 8.0  # the share of the width, in percent, that the scale's numbers take
TOP, FOOT = 8.0, 90.0  # where 100 % and 0 % stand, in percent of the height
CHARACTER = 4.2  # the width of a character of 12 px, in percent of the narrowest lane


@register.simple_tag
def share(part: float, whole: float, label: str = "") -> SafeString:
    """A bar of ``part`` out of ``whole``."""
    width = min(100.0, 100 * part / whole) if whole else 0.0
    return format_html(
        '<svg class="bar" role="img" aria-label="{}"><rect width="100%" height="100%" rx="3"/>'
        '<rect width="{}%" height="100%" rx="3"/></svg>',
        label or f"{width:.1f}%", f"{width:.1f}",
    )  # fmt: skip


def _place(moment: datetime, first: datetime, last: datetime) -> float:
    """Where a moment stands between two others, in percent; outside of them at the edge."""
    whole = (last - first).total_seconds() or 1
    return max(0.0, min(100.0, 100 * (moment - first).total_seconds() / whole))


@register.simple_tag
def lane(windows: Iterable[Window], first: datetime, last: datetime, now: datetime) -> SafeString:
    """A plan's windows on a line of time: past grey, present blue, coming pale; today a red line behind them."""
    parts: list[SafeString] = [_weeks(first, last), _today(first, last, now)]
    seen = [window for window in windows if window[2] >= first and window[1] <= last]
    edges = [_place(start, first, last) for _, start, _ in seen[1:]] + [100.0]
    for (label, start, end), edge in zip(seen, edges, strict=True):
        left, right = _place(start, first, last), _place(end, first, last)
        kind = "past" if end < now else "coming" if start > now else "now"
        parts.append(format_html(
            '<rect class="{}" x="{}%" y="30%" width="{}%" height="38%" rx="3"><title>{} {} 至 {}</title></rect>',
            kind, f"{left:.2f}", f"{max(right - left, 1.0):.2f}", label, _day(start), _day(end),
        ))  # fmt: skip
        room = len(label) * CHARACTER
        words = f"{label}中" if kind == "now" and right - left >= room + CHARACTER else label
        inside = right - left >= room
        if inside or edge - right >= room:  # else the bar's title says it
            parts.append(format_html(
                '<text class="{}" x="{}%" dx="4" y="49%" dominant-baseline="central">{}</text>',
                f"on-{kind}" if inside else "", f"{left if inside else right:.2f}", words,
            ))  # fmt: skip
    return format_html('<svg class="lane plans__lane" role="img" aria-label="时间窗口">{}</svg>', SafeString("".join(parts)))


@register.simple_tag
def lane_axis(first: datetime, last: datetime, now: datetime) -> SafeString:
    """The dates above the lanes, one every two weeks, and 今天."""
    today = _place(now, first, last)
    marks = [
        (f"{_place(day, first, last):.2f}", timezone.localtime(day).strftime("%m-%d"))
        for day in _mondays(first, last, 14)
        if abs(_place(day, first, last) - today) > 10 and _place(day, first, last) < 92
    ]
    dates = format_html_join("", '<text x="{}%" y="70%">{}</text>', marks)
    return format_html(
        '<svg class="lane" height="24" aria-hidden="true">{}<text class="is-today" x="{}%" y="70%" text-anchor="middle">今天</text></svg>',
        dates, f"{today:.2f}",
    )  # fmt: skip


def _mondays(first: datetime, last: datetime, step: int) -> list[datetime]:
    day = first + timedelta(days=(-first.weekday()) % 7)
    days = []
    while day < last:
        days.append(day)
        day += timedelta(days=step)
    return days


def _weeks(first: datetime, last: datetime) -> SafeString:
    marks = [(f"{_place(day, first, last):.2f}",) * 2 for day in _mondays(first, last, 14)]
    return format_html_join("", '<line x1="{}%" x2="{}%" y1="0" y2="100%"/>', marks)


def _today(first: datetime, last: datetime, now: datetime) -> SafeString:
    at = f"{_place(now, first, last):.2f}"
    return format_html('<line class="is-today" x1="{}%" x2="{}%" y1="0" y2="100%"/>', at, at)


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%m-%d %H:%M")


@register.simple_tag
def columns(groups: Sequence[Group], series: Sequence[str]) -> SafeString:
    """Rates as upright bars from zero, the current series in blue with its figure above it."""
    parts: list[SafeString] = []
    for mark in (0, 25, 50, 75, 100):
        line = f"{_height(mark):.2f}"
        parts.append(format_html(
            '<line x1="{}%" x2="100%" y1="{}%" y2="{}%"/>'
            '<text x="{}%" y="{}%" text-anchor="end" dominant-baseline="central">{}%</text>',
            AXIS, line, line, AXIS - 1.2, line, mark,
        ))  # fmt: skip
    room = (100 - AXIS) / max(1, len(groups))
    bar = min(2.8, room / (len(series) + 1.5))
    for place, (name, values) in enumerate(groups):
        middle = AXIS + room * (place + 0.5)
        left = middle - bar * len(values) / 2 - 0.1 * (len(values) - 1)
        for nth, value in enumerate(values):
            if value is None:
                continue
            current = nth == len(values) - 1
            y, x = _height(value), left + nth * (bar + 0.2)
            parts.append(format_html(
                '<rect class="{}" x="{}%" y="{}%" width="{}%" height="{}%" rx="2"><title>{} {} {}%</title></rect>',
                "this" if current else "last", f"{x:.2f}", f"{y:.2f}", f"{bar:.2f}", f"{FOOT - y:.2f}", name, series[nth], value,
            ))  # fmt: skip
            if current:
                parts.append(format_html(
                    '<text class="value" x="{}%" y="{}%" dy="-6" text-anchor="middle">{}</text>',
                    f"{x + bar / 2:.2f}", f"{y:.2f}", f"{value:.1f}",
                ))  # fmt: skip
        parts.append(format_html('<text x="{}%" y="97%" text-anchor="middle">{}</text>', f"{middle:.2f}", name))
    return format_html('<svg class="columns-chart" role="img" aria-label="柱图，数值见表格">{}</svg>', SafeString("".join(parts)))


def _height(rate: float) -> float:
    return FOOT - (FOOT - TOP) * rate / 100
