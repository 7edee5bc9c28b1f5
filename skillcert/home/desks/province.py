"""工作台 of a 省厅 (look 15): whose report is missing, which applications wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.html import format_html

from skillcert.kit.access import Actor
from skillcert.kit.pages import url_of
from skillcert.kit.pages.keyset import capped_count, count_text
from skillcert.kit.pages.screen import ActView, Card, ColumnView, Figure, RowView, Table
from skillcert.pilots.models import PilotApplication
from skillcert.pilots.states import ApplicationState
from skillcert.weekly.overview import desk_of

from .parts import Part, PartOf, link, open_to, todo

PILOTS, QUEUE, LATE = "pilots.PilotApplications", 8, timedelta(days=4)


def weekly(actor: Actor, now: datetime) -> Part:
    """周报: the cells 周报已通过, 待审核, 已退回, 未提交, and the card 谁的周报还没交."""
    if not open_to("weekly.Overview", actor):
        return Part()
    figures, card = desk_of(actor, now)
    return Part(tuple(figures), (card,))


def pilots(actor: Actor, now: datetime) -> Part:
    """试点申报: the cells 试点申报待初审, 待终审, and the card 试点申报待初审, the oldest first; each opens its list."""
    if not open_to(PILOTS, actor):
        return Part()
    seen = PilotApplication.visible_to(actor)
    first = seen.filter(state=ApplicationState.FIRST_REVIEW).order_by("submitted_at", "pk")
    final = seen.filter(state=ApplicationState.FINAL_REVIEW)
    oldest, waiting = first.first(), capped_count(first)
    week = final.filter(submitted_at__gte=now - timedelta(days=7)).count()
    figures = (
        Figure(
            "试点申报待初审", count_text(waiting), "份", f"最早一份已等 {waited(oldest, now)}" if oldest else "没有积压",
            f"{url_of(PILOTS)}?tab={ApplicationState.FIRST_REVIEW}", "file-search",
        ),
        Figure(
            "待终审", count_text(capped_count(final)), "份", f"近 7 天提交 {week:,} 份",
            f"{url_of(PILOTS)}?tab={ApplicationState.FINAL_REVIEW}", "file-check",
        ),
    )  # fmt: skip
    return Part(figures, (_queue(first, waiting, now),) if waiting else ())


def _queue(rows: QuerySet[PilotApplication], waiting: int, now: datetime) -> Card:
    columns = (ColumnView("s", "院校与证书"), ColumnView("n", "人数", "right"), ColumnView("w", "已等"))
    lines = tuple(
        RowView(
            str(row.pk), str(row.institution),
            (
                format_html("<b>{}</b><br>{}", row.institution.name, str(row.qualification)),
                format_html("{}", f"{row.trainees:,}"),
                format_html('<span class="{}">{}</span>', "is-wait strong" if late(row, now) else "", waited(row, now)),
            ),
            (ActView("review", "初审", url_of("pilots.FirstReview", pk=row.pk), opens="dialog"),),
        )
        for row in rows.select_related("institution", "qualification")[:QUEUE]
    )
    acts = (link("全部", f"{url_of(PILOTS)}?tab={ApplicationState.FIRST_REVIEW}"),)
    return Card("试点申报待初审", table=Table(columns, lines), hint=f"共 {count_text(waiting)} 份", acts=acts, side=True)


def waited(row: PilotApplication, now: datetime) -> str:
    """4 天, 今天."""
    days = (now - row.submitted_at).days if row.submitted_at else 0
    return f"{days} 天" if days else "今天"


def late(row: PilotApplication, now: datetime) -> bool:
    return row.submitted_at is not None and now - row.submitted_at >= LATE


PARTS: tuple[PartOf, ...] = (weekly, pilots, todo)
