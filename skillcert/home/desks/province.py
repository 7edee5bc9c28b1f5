"""工作台 of a 省厅 (look 15): whose report is missing, which applications wait."""

from __future__ import annotations

from datetime import datetime

from skillcert.kit.access import Actor

from .parts import Part, PartOf, todo


def weekly(actor: Actor, now: datetime) -> Part:
    """周报: the cells 周报已通过, 待审核, 已退回, 未提交, and the card 谁的周报还没交."""
    return Part()


def pilots(actor: Actor, now: datetime) -> Part:
    """试点申报: the cells 试点申报待初审, 待终审, and the card 试点申报待初审."""
    return Part()


PARTS: tuple[PartOf, ...] = (weekly, pilots, todo)
