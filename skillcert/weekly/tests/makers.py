"""Reports as the tests need them, made by the rules or put straight into the tables; and a page as a person reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any
from uuid import uuid4

from lxml import html

from skillcert.kit.access import Actor
from skillcert.weekly import rules
from skillcert.weekly.content import COUNTS, TEXTS
from skillcert.weekly.cycles import before, cycle_at
from skillcert.weekly.figures import Draft, draft_of
from skillcert.weekly.models import WeeklyReport

FILLED = {
    **dict.fromkeys(COUNTS, 3), **dict.fromkeys(TEXTS, ""), "trained": 40, "trained_total": 120,
    "progress": "完成两个班的集中实训。", "problems": "无", "next_plan": "12 月 5 日组织一场考核，约 60 人。",
}  # fmt: skip


def draft(world: Any, actor: Actor | None = None, *, changed: int | None = None, reason: str = "") -> Draft:
    """The figures as drafted now; ``changed`` puts another number into the first of them."""
    settings = rules.settings_of(world.province)
    cycle = cycle_at(settings, world.now)
    made = draft_of((actor or world.officer).organization_id or 0, cycle, before(settings, cycle), world.now)
    if changed is None:
        return made
    first = replace(made.figures[0], value=changed, reason=reason)
    return replace(made, figures=(first, *made.figures[1:]))


def saved(world: Any, actor: Actor | None = None, *, submit: bool = False, figures: Draft | None = None, **values: Any) -> WeeklyReport:
    actor = actor or world.officer
    return rules.save_report(
        actor=actor, now=world.now, report=None, values=FILLED | values, draft=figures or draft(world, actor), submit=submit
    )


def put(world: Any, state: str, **more: Any) -> WeeklyReport:
    """A report of ``world.school`` in a state, of the cycle that runs."""
    cycle = cycle_at(rules.settings_of(world.province), world.now)
    values = {"institution": world.school, "kind": cycle.kind, "start": cycle.start, "end": cycle.end, "label": cycle.label}
    return WeeklyReport.objects.create(**values | FILLED | {"state": state, "drafted_at": world.now} | more)


def reviewer(world: Any) -> Actor:
    return world.actor(world.province)


def form_of(response):
    """Everything that the form would send, as the browser has it."""
    form = html.fromstring(response.content).xpath("//form[@data-report]")[0]
    fields = [field for field in form.inputs if field.name and field.get("type") not in ("submit", "file")]
    # HTML drops the line break right after <textarea>
    return {field.name: (field.value or "").removeprefix("\n") for field in fields} | {"once": str(uuid4())}


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def filled(response, **more):
    return form_of(response) | FILLED | more
