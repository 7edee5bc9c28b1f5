"""What the form and the report's page show alike: the record, and why a report was returned."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from skillcert.kit import audit
from skillcert.kit.access import person_in
from skillcert.kit.pages import url_of
from skillcert.kit.pages.screen import Event, Note

from ..content import COUNTS, TABS, changes_since_return
from ..models import WeeklyReport
from ..states import REPORT, ReportState

ICONS = {"submit": "send", "withdraw": "arrow-back-up", "approve": "circle-check", "return": "corner-up-left"}
TAB_OF = {
    **dict.fromkeys(COUNTS[:3], "basics"), **dict.fromkeys(COUNTS[3:], "training"), "training_note": "training",
    "exam_note": "exams", "progress": "progress", "problems": "problems", "next_plan": "plan", "files": "files",
}  # fmt: skip


def panel_of_field(name: str) -> str:
    """The tab that a field stands on."""
    return TAB_OF.get(name, "exams")


def return_note(row: WeeklyReport | None, record: str = "#record") -> list[Note]:
    """Why it was returned, and where it is to be mended."""
    if row is None or row.state != ReportState.RETURNED or row.returned_at is None:
        return []
    at = timezone.localtime(row.returned_at)
    text = format_html("<b>省厅 {} 退回：</b>{}{}", f"{at:%m-%d %H:%M}", row.return_reason, places_of(row))
    return [Note(text, "hand", record, "审核记录")]


def places_of(row: WeeklyReport) -> SafeString:
    """去改“考核情况”, as links to the tabs."""
    labels = dict(TABS)
    url = url_of("weekly.EditReport", pk=row.pk)
    links = ((url, key, labels[key]) for key in row.return_places if key in labels)
    return format_html_join("", ' <a href="{}#{}">去改“{}”</a>', links)


def record_events(row: WeeklyReport | None, *, editing: bool = False) -> dict[str, Any]:
    """The moves as a timeline, newest first, and 退回后改了什么."""
    if row is None:
        return {"events": [], "changes": []}
    moves = {move.action: move for move in REPORT.moves.values()}
    entries = audit.history(row).filter(action__in=moves)[:50]
    events = [_event(entry, moves[entry.action], row) for entry in entries]
    newest = next((n for n, event in enumerate(events) if event["event"].icon == ICONS["return"]), None)
    if newest is not None and editing:
        events[newest]["places"] = places_of(row)
    return {"events": events, "changes": changes_since_return(row)}


def _event(entry: audit.AuditEntry, move: Any, row: WeeklyReport) -> dict[str, Any]:
    reason = (entry.detail.read().get("reason") or "") if hasattr(entry, "detail") else ""
    look = REPORT.look[move.target] if move.name in ("approve", "return") else "run" if move.name == "submit" else "idle"
    label = REPORT.label(move.target) if move.name == "return" else move.label
    event = Event(label, f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M}", person_in(entry.actor_label), reason, look, ICONS[move.name])
    state = REPORT.label(move.target)
    return {"event": event, "state": "" if state == label else state, "places": ""}
