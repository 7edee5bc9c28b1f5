"""The columns of a list: how a row's value is read, drawn in a cell, and written into an export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from ..crypto import mask_id
from ..states import ICONS, Look, Machine
from .screen import Badge

DASH = "–"


def plain_text(value: Any) -> str:
    """A value as people read it: 2026-11-23 14:05, 是, an empty string for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


class Col:
    """A column. ``key`` is a field path ("major__name") unless ``value`` computes it from the row.

    ``sort`` True sorts by the key, a string by that field (indexed together with the owner); ``shown`` False leaves
    it to 列设置; ``fixed`` keeps it at the left.
    """

    align = "left"
    exported = True

    def __init__(
        self, key: str, label: str, *, value: Callable[[Any], Any] | None = None, sort: bool | str = False,
        shown: bool = True, fixed: bool = False,
    ) -> None:
        self.key, self.label, self.value, self.shown, self.fixed = key, label, value, shown, fixed
        self.sort = key if sort is True else sort or ""

    def read(self, row: Any) -> Any:
        if self.value:
            return self.value(row)
        *path, last = self.key.split("__")
        for name in path:
            row = getattr(row, name, None)
        if isinstance(row, models.Model) and (display := getattr(row, f"get_{last}_display", None)):
            return display()
        return getattr(row, last, None)

    def cell(self, row: Any) -> SafeString:
        value = self.read(row)
        return value if isinstance(value, SafeString) else conditional_escape(plain_text(value) or DASH)

    def exports(self, row: Any, *, full: bool = False) -> str | int | float:
        return plain_text(self.read(row))


class Masked(Col):
    """Personal data: masked in the list; in full only in an export whose purpose was given."""

    def __init__(self, key: str, label: str, mask: Callable[[str], str] = mask_id, **options: Any) -> None:
        super().__init__(key, label, **options)
        self.mask = mask

    def cell(self, row: Any) -> SafeString:
        value = plain_text(self.read(row))
        return format_html('<span class="tabular">{}</span>', self.mask(value) if value else DASH)

    def exports(self, row: Any, *, full: bool = False) -> str:
        value = plain_text(self.read(row))
        return value if full or not value else self.mask(value)


class Figure(Col):
    """A number, at the right, 1,284; a number in the export too."""

    align = "right"

    def cell(self, row: Any) -> SafeString:
        value = self.read(row)
        return conditional_escape(DASH if value is None else f"{value:,}")

    def exports(self, row: Any, *, full: bool = False) -> str | int | float:
        value = self.read(row)
        if isinstance(value, Decimal):
            return float(value)
        return value if isinstance(value, (int, float)) else plain_text(value)


class When(Col):
    """A moment: to the minute."""


class State(Col):
    """The state of a machine as a badge: text, icon and colour, never colour alone."""

    def __init__(self, machine: Machine, key: str = "", label: str = "状态", **options: Any) -> None:
        super().__init__(key or machine.field, label, **options)
        self.machine = machine

    def read(self, row: Any) -> str:
        for name in self.key.split("__"):
            row = getattr(row, name, "")
        return str(row or "")

    def cell(self, row: Any) -> SafeString:
        state = self.read(row)
        return state_html(self.machine, state) if state else SafeString(DASH)

    def exports(self, row: Any, *, full: bool = False) -> str:
        state = self.read(row)
        return self.machine.label(state) if state else ""


class Photo(Col):
    """A small picture; ``value`` gives its address or "" when there is none."""

    exported = False

    def __init__(self, value: Callable[[Any], str], label: str = "照片", key: str = "photo", **options: Any) -> None:
        super().__init__(key, label, value=value, **options)

    def cell(self, row: Any) -> SafeString:
        url = self.read(row)
        if not url:
            return SafeString('<span class="thumb thumb-none" title="无照片"></span>')
        return format_html('<img class="thumb" src="{}" alt="" width="26" height="36" loading="lazy">', url)


class ByClock(Col):
    """A state that the clock gives: ``state(row, now)`` is an enum's member, ``look`` its class. The list and the
    export tell each row their now (``row.seen_at``).
    """

    def __init__(
        self, state: Callable[[Any, datetime], Any], look: dict[Any, Look], key: str = "state", label: str = "状态",
        **options: Any,
    ) -> None:
        super().__init__(key, label, **options)
        self.state, self.look = state, look

    def read(self, row: Any) -> str:
        return str(self.state(row, row.seen_at).label)

    def cell(self, row: Any) -> SafeString:
        return badge_of(clock_badge(self.state(row, row.seen_at), self.look))


class Active(Col):
    """启用 or 停用, of an account or an organization."""

    def __init__(self, key: str = "active", label: str = "状态", **options: Any) -> None:
        super().__init__(key, label, **options)

    def badge(self, row: Any) -> Badge:
        return active_badge(self.read(row))

    def cell(self, row: Any) -> SafeString:
        return badge_of(self.badge(row))

    def exports(self, row: Any, *, full: bool = False) -> str:
        return self.badge(row).label


def active_badge(active: bool) -> Badge:
    return Badge("启用", "ok", ICONS["ok"]) if active else Badge("停用", "end", ICONS["end"])


def clock_badge(state: Any, look: dict[Any, Look]) -> Badge:
    """The badge of a state that the clock gives."""
    return Badge(str(state.label), look[state], ICONS[look[state]])


def badge_of(badge: Badge) -> SafeString:
    from ..templatetags.kit import badge_html  # the tags import this package

    return badge_html(badge)


def state_badge(machine: Machine, state: str) -> Badge:
    look = machine.look[state]
    return Badge(machine.label(state), look, ICONS[look], machine.hints.get(state, ""))


@lru_cache(maxsize=512)
def state_html(machine: Machine, state: str) -> SafeString:
    return badge_of(state_badge(machine, state))
