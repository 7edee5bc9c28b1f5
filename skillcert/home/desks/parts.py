"""What a desk is made of, and the parts that several kinds of organization share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from skillcert.kit.access import Actor
from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.screen import ActView, Card, Figure

from .. import plans, todos

SIDES = timedelta(days=15), timedelta(days=52)


@dataclass(frozen=True)
class Part:
    """Cells for the figure strip on top, and cards below it. Both empty: nothing is drawn."""

    figures: tuple[Figure, ...] = ()
    cards: tuple[Card, ...] = ()


PartOf = Callable[[Actor, datetime], Part]


def todo(actor: Actor, now: datetime) -> Part:
    """今天要做, always first: an empty one says so."""
    lines = todos.todos(actor, now)
    return Part(
        cards=(
            Card("今天要做", hint=f"{len(lines)} 类" if lines else "", template="home/desk/todo.html", context={"todos": lines}),
        )
    )


def running_plans(actor: Actor, now: datetime) -> Part:
    """The windows of the plans under way, and the next deadline of each."""
    if not open_to("plans.ExamPlans", actor):
        return Part()
    lines, count = plans.plan_lines(actor, now)
    context = {"plans": lines, "now": now, "first": now - SIDES[0], "last": now + SIDES[1]}
    acts = (link("全部考试计划", url_of("plans.ExamPlans")),)
    hint = f"进行中 {count:,} 个" if count else ""
    return Part(cards=(Card("考试计划", hint=hint, acts=acts, template="home/desk/plans.html", context=context),))


def funnel(actor: Actor, now: datetime) -> Part:
    """报考 to 发放; each figure opens its rows."""
    stages = todos.funnel(actor, now)
    if not stages:
        return Part()
    return Part(cards=(Card("从报考到发放", hint="人次，点数字看名单", template="home/desk/funnel.html", context={"stages": stages}),))


def open_to(page: str, actor: Actor) -> bool:
    return page in PAGES and PAGES[page].admits(actor)


def link(label: str, url: str, icon: str = "") -> ActView:
    """A link in a card's head."""
    return ActView(label, label, url, icon)
