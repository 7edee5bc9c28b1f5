"""A record: its facts in cards, where it stands, what can be done, and who did what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import audit
from ..actions import declare
from ..errors import NotAllowed, Refused
from ..states import Machine
from .acts import Act
from .base import NO_PERMISSION, Page, url_of
from .columns import DASH, plain_text, state_badge
from .forms import row_of
from .screen import ActView, Badge, Card, Event, Figure, Head, Note, Step

declare({"kit.reveal": "查看完整个人信息"})


class DetailPage(Page):
    """One row. ``machine`` gives badge and event names; ``acts`` show as on the list; ``reveals`` are the personal
    fields (name: label) that a POST, itself audited, shows in full to who may ``reveal``.
    """

    template = "kit/detail.html"
    model: ClassVar[type[Model]]
    related: ClassVar[Sequence[str]] = ()
    machine: ClassVar[Machine | None] = None
    acts: ClassVar[Sequence[Act]] = ()
    reveals: ClassVar[dict[str, str]] = {}
    reveal: ClassVar[str] = "personal.reveal"
    back: ClassVar[type[Page] | str | None] = None
    events_title: ClassVar[str] = "审核记录"

    # --- what a room says --------------------------------------------------------------------------
    def heading(self, row: Any) -> str:
        return str(row)

    def subtitle_of(self, row: Any) -> str | SafeString:
        return ""

    def badge(self, row: Any) -> Badge | None:
        return state_badge(self.machine, getattr(row, self.machine.field)) if self.machine else None

    def steps(self, row: Any) -> list[Step]:
        return []

    def figures(self, row: Any) -> list[Figure]:
        return []

    def notes(self, row: Any) -> list[Note]:
        return []

    def cards(self, row: Any) -> list[Card]:
        return []

    def events(self, row: Any) -> list[Event]:
        return [self.event(entry) for entry in audit.history(row)[:100]]

    def more(self, row: Any) -> dict[str, Any]:
        """Further context, for a page with a template of its own."""
        return {}

    # --- answers -----------------------------------------------------------------------------------
    @cached_property
    def row(self) -> Any:
        return row_of(self, self.model, self.related)

    @property
    def revealed(self) -> str:
        """The field that this very request shows in full."""
        return self.request.POST.get("reveal", "") if self.request.method == "POST" else ""

    def get(self) -> HttpResponseBase:
        row = self.row
        return self.render(
            page=Head(self.heading(row), self.subtitle_of(row), self.back_url(), self.badge(row)),
            head_acts=self.act_views(row), steps=self.steps(row), figures=self.figures(row), notes=self.notes(row),
            cards=self.cards(row), events=self.events(row), events_title=self.events_title, row=row,
            **self.more(row),
        )  # fmt: skip

    def post(self) -> HttpResponseBase:
        """查看完整证件号: audited before it is shown. Raises NotAllowed, and Refused for a field that is not shown."""
        row, name = self.row, self.revealed  # another's row is Missing, whatever is asked of it
        if name not in self.reveals:
            raise Refused("没有这一项内容，请刷新页面。")
        if not self.actor.may(self.reveal):
            raise NotAllowed(NO_PERMISSION)
        with transaction.atomic():
            audit.record("kit.reveal", [audit.fact_of(row, {"field": name, "page": self.name})], actor=self.actor)
        if self.in_dialog:
            return HttpResponse(format_html('<span class="tabular">{}</span>', plain_text(getattr(row, name))))
        return self.get()

    # --- for cards ---------------------------------------------------------------------------------
    def personal(self, row: Any, name: str, mask: Callable[[str], str]) -> SafeString:
        """A personal field for a card: masked, with the button that reveals it; in full after that POST."""
        value = plain_text(getattr(row, name))
        if not value or self.revealed == name:
            return format_html('<span class="tabular">{}</span>', value or DASH)
        if name not in self.reveals or not self.actor.may(self.reveal):
            return format_html('<span class="tabular">{}</span>', mask(value))
        from django.middleware.csrf import get_token

        return format_html(
            '<form class="inline" method="post" hx-post="" hx-target="this" hx-swap="outerHTML">'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="reveal" value="{}">'
            '<span class="tabular">{}</span> <button class="link" type="submit">查看完整{}</button></form>',
            get_token(self.request), name, mask(value), self.reveals[name],
        )  # fmt: skip

    def act_views(self, row: Any) -> list[ActView]:
        """The acts that this row allows now, by the Q that their pages enforce."""
        views = []
        for act in self.acts:
            if not act.shown_to(self.actor):
                continue
            q = act.page.allowed(self.actor, self.now)
            if not q or self.model._default_manager.filter(pk=row.pk).filter(q).exists():
                views.append(act.view(pk=row.pk))
        return views

    def event(self, entry: audit.AuditEntry) -> Event:
        """A line of 审核记录 from an audit entry: a move shows the state it led to."""
        target = entry.summary.get("to", "")
        known = self.machine is not None and target in self.machine.states.values
        reason = entry.detail.read().get("reason", "") if hasattr(entry, "detail") else ""
        at = timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        look = self.machine.look[target] if known and self.machine else "idle"
        return Event(entry.sentence, at, entry.actor_label, reason or "", look)

    def back_url(self) -> str:
        return url_of(self.back) if self.back else ""
