"""What a province does with a report: pass or return it (domain 2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.errors import Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.notices import notify

from ..content import TABS, content_of
from ..models import WeeklyReport
from ..states import REPORT


def approve_reports(*, actor: Actor, now: datetime, reports: QuerySet[WeeklyReport] | Iterable[int]) -> Outcome:
    """省厅审核通过. The institution is told."""

    def tell(keys: list[int], rows: dict[int, WeeklyReport]) -> None:
        for row in rows.values():
            if row.pk in keys:
                text = f"{row.cycle.full_label}{row.cycle.title}已审核通过"
                notify(row.institution_id, "weekly.view", text, f"/weekly/{row.pk}/")

    return gate.change_many(WeeklyReport, reports, REPORT["approve"], actor=actor, now=now, beside=tell)


def return_reports(
    *, actor: Actor, now: datetime, reports: QuerySet[WeeklyReport] | Iterable[int], reason: str, places: Sequence[str] = ()
) -> Outcome:
    """R230: 状态为“审核退回”可再次编辑或提交. ``places`` are the tabs to be mended; what the province had before it is kept,
    so that it can be compared with what comes back.
    """
    unknown = set(places) - {key for key, _ in TABS}
    if unknown:
        raise Refused("没有这个页签，请刷新后重新选择。", field="places")

    def keep(keys: list[int], rows: dict[int, WeeklyReport]) -> None:
        for key in keys:
            row = rows[key]
            WeeklyReport.objects.filter(pk=key).update(returned_content=content_of(row))
            text = f"{row.cycle.full_label}{row.cycle.title}被退回：{reason}"
            notify(row.institution_id, "weekly.edit", text, f"/weekly/{key}/edit/")

    values = {"returned_at": now, "return_reason": reason.strip(), "return_places": list(places)}
    return gate.change_many(
        WeeklyReport, reports, REPORT["return"], actor=actor, now=now, values=values, reason=reason, beside=keep
    )
