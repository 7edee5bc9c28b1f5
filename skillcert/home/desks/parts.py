"""What a desk is made of, and the parts that several kinds of organization share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from skillcert.kit.access import Actor
from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.keyset import capped_count, count_text
from skillcert.kit.pages.screen import ActView, Card, ColumnView, Figure, RowView, Table

from .. import plans, todos
from . import rates

SIDES = timedelta(days=15), timedelta(days=52)
SHOWN_TODOS = 6


@dataclass(frozen=True)
class Part:
    """Cells for the figure strip on top, and cards below it: the first column, or the second (``side``). A card with
    a chart's template and a table can be turned from one to the other.
    """

    figures: tuple[Figure, ...] = ()
    cards: tuple[Card, ...] = ()


PartOf = Callable[[Actor, datetime], Part]


def todo(actor: Actor, now: datetime) -> Part:
    """今天要做, always first: an empty one says so, to whom nothing is ever to do it is not there."""
    if not any(actor.may(line.by) for line in todos.TODOS):
        return Part()
    lines = todos.waiting(actor, now)
    context = {"todos": [one.todo for one in lines[:SHOWN_TODOS]]}
    acts = (link("全部待办", url_of("home.Todos")),) if lines else ()
    return Part(cards=(Card("今天要做", hint=todos.sum_words(lines), acts=acts, template="home/desk/todo.html", context=context),))


def running_plans(actor: Actor, now: datetime) -> Part:
    """The windows of the plans under way, and the next deadline of each."""
    if not open_to("plans.ExamPlans", actor):
        return Part()
    lines, count = plans.plan_lines(actor, now)
    context = {"plans": lines, "now": now, "first": now - SIDES[0], "last": now + SIDES[1]}
    acts = (link("全部考试计划", url_of("plans.ExamPlans")),)
    hint = f"进行中 {count:,} 个" if count else ""
    return Part(cards=(Card("考试计划", hint=hint, acts=acts, template="home/desk/plans.html", context=context, side=True),))


def funnel(actor: Actor, now: datetime) -> Part:
    """报考 to 发放; each figure opens its rows."""
    stages = todos.funnel(actor, now)
    if not stages:
        return Part()
    rows = [(stage.label, anchor(stage.url, f"{stage.value:,}"), stage.hint) for stage in stages]
    card = Card("从报考到发放", hint="人次，点数字看名单", template="home/desk/funnel.html", context={"stages": stages})
    return Part(cards=(replace(card, table=table(("步骤", "人次", "转化"), rows)),))


def pass_rates(actor: Actor, now: datetime) -> Part:
    """证书通过率 of this year beside last year's: 通过 ÷ 实考."""
    if not open_to("results.Results", actor):
        return Part()
    found = rates.rates_of(actor, now.year)
    if not found:
        return Part()
    rows = [
        (one.name, f"{one.sat:,}", f"{one.passed:,}", f"{one.rate:.1f}%", "–" if one.before is None else f"{one.before:.1f}%")
        for one in found
    ]
    context = {"rates": [(one.name, (one.before, one.rate)) for one in found], "series": [f"{now.year - 1} 年", f"{now.year} 年"]}
    card = Card("证书通过率", hint="通过 ÷ 实考", template="home/desk/rates.html", context=context, side=True)
    return Part(cards=(replace(card, table=table(("证书", "实考", "通过", "通过率", "上年"), rows)),))


def cell(
    label: str, page: str, query: str, actor: Actor, now: datetime, *, icon: str = "", hint: str = "", bad: bool = False
) -> tuple[Figure, ...]:
    """A cell of the strip, counted by the very list it opens; none where that list is closed to the actor."""
    found = todos.opened(page, query, actor, now)
    if found is None:
        return ()
    count = capped_count(found.matching)
    return (Figure(label, count_text(count), hint=hint, url=todos.address(page, query), icon=icon, bad=bad and bool(count)),)


# --- small things ----------------------------------------------------------------------------------------
def open_to(page: str, actor: Actor) -> bool:
    return page in PAGES and PAGES[page].admits(actor)


def link(label: str, url: str, icon: str = "") -> ActView:
    """A link in a card's head."""
    return ActView(label, label, url, icon)


def anchor(url: str, text: str) -> SafeString:
    """A figure that opens its rows."""
    return format_html('<a href="{}">{}</a>', url, text) if url else conditional_escape(text)


def table(labels: Sequence[str], rows: Sequence[Sequence[str]], empty: str = "暂无数据", *, words: int = 1) -> Table:
    """The first ``words`` columns are words, the others figures at the right."""
    columns = tuple(ColumnView(str(n), label, "left" if n < words else "right") for n, label in enumerate(labels))
    views = (RowView(str(n), str(row[0]), tuple(map(conditional_escape, row))) for n, row in enumerate(rows))
    return Table(columns, tuple(views), empty)
