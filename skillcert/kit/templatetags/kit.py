"""Tags and filters of the kit's templates, and the same things as functions for cells made in Python.

``icon_html`` and ``badge_html`` give ready HTML; everything else formats one value. Nothing here decides anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import segno
from django import template
from django.forms import BoundField, CheckboxInput, FileInput, Textarea
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from skillcert.kit.pages.screen import ActView, Badge, Card, ColumnView, RowView, StateLook
from skillcert.kit.static_packages import package_file

register = template.Library()

# One icon per state class; a badge may name a better one (photo-off, user-question, ban).
LOOK_ICONS: dict[StateLook, str] = {
    "idle": "circle-dashed",
    "wait": "clock",
    "run": "progress",
    "hand": "corner-up-left",
    "ok": "circle-check",
    "bad": "alert-circle",
    "end": "lock",
}
NOTE_ICONS = {"run": "info-circle", "ok": "circle-check", "wait": "alert-triangle", "bad": "alert-circle", "hand": "corner-up-left"}
DASH = "–"
ROWS_OF_ACTS = 3


@lru_cache(maxsize=512)
def _strokes(name: str) -> str:
    """The paths of a Tabler icon, without its frame. Raises FileNotFoundError for a name that Tabler lacks."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise FileNotFoundError(name)
    text = package_file(f"@tabler/icons/icons/outline/{name}.svg").read_text()
    inside = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    drawn = [shape for shape in re.findall(r"<[^>]+>", inside) if "M0 0h24v24H0z" not in shape]
    return "".join(re.sub(r"\s+", " ", shape) for shape in drawn)


@register.simple_tag(name="icon")
def icon_html(name: str, size: int = 16) -> SafeString:
    """``{% icon "clock" %}``: the icon inlined, hidden from screen readers. Every icon stands beside its word."""
    if not name:
        return SafeString("")
    svg = '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{1}</svg>'
    return SafeString(svg.format(int(size), _strokes(name)))


@register.simple_tag(name="badge")
def badge_html(badge: Badge | None) -> SafeString:
    """``{% badge b %}``: a state as colour, icon and text; who acts next is its title."""
    if badge is None:
        return SafeString("")
    hint = format_html(' title="{}"', badge.hint) if badge.hint else SafeString("")
    icon = icon_html(badge.icon or LOOK_ICONS[badge.look], 14)
    return format_html('<span class="badge badge--{}"{}>{}{}</span>', badge.look, hint, icon, badge.label)


@register.simple_tag
def note_icon(look: str) -> SafeString:
    return icon_html(NOTE_ICONS.get(look, "info-circle"))


@register.simple_tag
def look_icon(look: StateLook, own: str = "", size: int = 16) -> SafeString:
    """The icon of a state class, or the event's own one."""
    return icon_html(own or LOOK_ICONS[look], size)


@register.simple_tag
def qr(text: str, size: int = 160) -> SafeString:
    """A QR code as inline SVG, dark on white, with the quiet zone of four modules that the standard asks for."""
    code = segno.make(text, error="m", micro=False)
    side = code.symbol_size(border=4)[0]
    bits = [
        f"M{x + 4} {y + 4}h1v1h-1z" for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark
    ]
    return format_html(
        '<svg class="qr" width="{0}" height="{0}" viewBox="0 0 {1} {1}" role="img" aria-label="二维码" '
        'shape-rendering="crispEdges"><path class="qr__ground" d="M0 0h{1}v{1}h-{1}z"/><path d="{2}"/></svg>',
        size, side, "".join(bits),
    )  # fmt: skip


@register.simple_tag
@lru_cache(maxsize=1)
def rosette() -> SafeString:
    """The guilloche of the login panel: rings of ellipses, each turned a little further about the middle.

    One ellipse a ring is drawn, the rest are its uses: 20 KB of page, 3 KB on the wire.
    """
    parts = []
    for ring, (inner, outer, count) in enumerate([(170, 365, 84), (395, 555, 96), (580, 765, 108), (790, 990, 120)]):
        middle, height, width = (inner + outer) / 2, (outer - inner) / 2, 5.6 * outer / count
        parts.append(f'<defs><ellipse id="ring{ring}" cy="{-middle}" rx="{width:.1f}" ry="{height}"/></defs>')
        turns = (360 * n / count for n in range(count))
        parts += (f'<use href="#ring{ring}" transform="rotate({turn:.2f})"/>' for turn in turns)
    return SafeString(f'<svg class="rosette" viewBox="-1000 -1000 2000 2000" aria-hidden="true">{"".join(parts)}</svg>')


# --- figures and dates ---------------------------------------------------------------------------------------


@register.filter
def figure(value: Any) -> str:
    """1284 -> 1,284; nothing -> a dash. Text passes through ("10000+")."""
    if value is None or value == "":
        return DASH
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


@register.filter
def fours(number: str | None) -> str:
    """A certificate number in groups of four: 2026 0312 0472 3300 0041 73."""
    text = re.sub(r"\s", "", number or "")
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4)) or DASH


def _local(value: datetime | date) -> datetime | date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def day(value: datetime | date | None) -> str:
    """2026-11-23."""
    return _local(value).strftime("%Y-%m-%d") if value else DASH


@register.filter
def minute(value: datetime | None, now: datetime | None = None) -> str:
    """2026-11-23 16:42; with ``now`` of the same year 11-23 16:42."""
    if not value:
        return DASH
    near = now is not None and _local(value).year == _local(now).year
    return _local(value).strftime("%m-%d %H:%M" if near else "%Y-%m-%d %H:%M")


@register.filter
def second(value: datetime | None) -> str:
    """2026-11-23 16:42:09, for receipts."""
    return _local(value).strftime("%Y-%m-%d %H:%M:%S") if value else DASH


@register.filter
def iso(value: datetime | None) -> str:
    """For ``data-until`` and <time datetime>."""
    return _local(value).isoformat() if value else ""


@register.filter
def file_size(count: int | None) -> str:
    """418000 -> 408 KB."""
    if count is None:
        return DASH
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(1, round(count / 1024))} KB"


# --- lists ---------------------------------------------------------------------------------------------------


@register.filter
def with_columns(row: RowView, columns: Iterable[ColumnView]) -> list[tuple[ColumnView, SafeString]]:
    """A row's cells beside their columns; ``cells`` follow the shown columns, in order."""
    shown = [column for column in columns if column.shown]
    return list(zip(shown, row.cells, strict=False))


@register.filter
def shown(columns: Iterable[ColumnView]) -> list[ColumnView]:
    return [column for column in columns if column.shown]


@register.filter
def first_acts(row: RowView) -> tuple[ActView, ...]:
    """At most three words a row: with 更多 there is room for two."""
    spare = row.more or len(row.acts) > ROWS_OF_ACTS
    return row.acts[: ROWS_OF_ACTS - 1] if spare else row.acts


@register.filter
def further_acts(row: RowView) -> tuple[ActView, ...]:
    return row.acts[len(first_acts(row)) :] + row.more


@register.simple_tag(takes_context=True)
def hidden_query(context: template.Context, *but: str) -> SafeString:
    """The current query string as hidden fields, without the named ones: a GET form that keeps the filter."""
    query = context["request"].GET
    pairs = [(key, value) for key in query if key not in but for value in query.getlist(key) if value]
    return SafeString("".join(format_html('<input type="hidden" name="{}" value="{}">', *pair) for pair in pairs))


# --- forms ---------------------------------------------------------------------------------------------------


@register.filter
def is_wide(field: BoundField) -> bool:
    """A field that takes the whole line: long text, files, and what says ``wide`` itself."""
    return getattr(field.field, "wide", isinstance(field.field.widget, (Textarea, FileInput)))


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Radios and groups of checkboxes: a fieldset, not a label."""
    return bool(getattr(field.field.widget, "use_fieldset", False))


@register.filter
def locked_value(field: BoundField) -> str:
    """What a locked field shows: the chosen option's word rather than its key."""
    value = field.value()
    for key, label in getattr(field.field, "choices", ()):
        if str(key) == str(value):
            return str(label)
    return DASH if value in (None, "") else str(value)


@register.filter
def any_acts(rows: Iterable[RowView]) -> bool:
    """False where no row of a small table has anything to do: the 操作 column is left out."""
    return any(row.acts or row.more for row in rows)


@register.filter
def has_side(cards: Iterable[Card] | None) -> bool:
    return any(card.side for card in cards or ())


@register.filter
def middle(text: str | None, keep: int = 46) -> str:
    """A long hash with its middle cut out: 0x7c1e5b…c41f9a02."""
    text = text or DASH
    return text if len(text) <= keep else f"{text[: keep - 9]}…{text[-8:]}"


@register.filter
def hashes(receipt: Any) -> list[tuple[str, str]]:
    """The hashes of a chain receipt (an object or a dict) that are there, with their names."""
    names = {"block_hash": "块哈希", "transaction_hash": "交易哈希", "digest": "文件摘要"}
    get = receipt.get if isinstance(receipt, dict) else lambda key: getattr(receipt, key, "")
    return [(label, value) for key, label in names.items() if (value := get(key))]
