"""工作台 of a 省厅 (look 15): whose report is missing, which applications wait."""

from __future__ import annotations

from datetime import datetime

from skillcert.kit.access import Actor
from skillcert.weekly.overview import desk_of

from .parts import Part, PartOf, open_to, todo


def weekly(actor: Actor, now: datetime) -> Part:
    """周报: the cells 周报已通过, 待审核, 已退回, 未提交, and the card 谁的周报还没交."""
    if not open_to("weekly.Overview", actor):
        return Part()
    figures, card = desk_of(actor, now)
    return Part(tuple(figures), (card,))


def pilots(actor: Actor, now: datetime) -> Part:
    """试点申报: the cells 试点申报待初审, 待终审, and the card 试点申报待初审."""
    return Part()


PARTS: tuple[PartOf, ...] = (weekly, pilots, todo)
