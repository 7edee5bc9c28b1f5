"""周报审核: the province's list of its institutions' reports, and 通过 / 退回, one or many. The platform reads it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    Choice,
    Col,
    DateRange,
    Dialog,
    ListPage,
    Open,
    Search,
    State,
    StateTabs,
    When,
)
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import Fact, Note

from .. import rules
from ..forms import RETURN_PHRASES, ReturnForm
from ..models import WeeklyReport
from ..states import REPORT, SUBMITTED
from .filling import CycleChoice, cycle_columns

REVIEW = "weekly.ReviewReports"


def reviewed_facts(row: WeeklyReport) -> list[Fact]:
    returned = plain_text(row.returned_at) or "没有"
    return [
        Fact("院校", row.institution.name), Fact("周期", f"{row.cycle.full_label}（{row.cycle.days}）"),
        Fact("提交", f"{plain_text(row.submitted_at)} ・ {row.submitted_by}"), Fact("上次退回", returned),
    ]  # fmt: skip


class ApproveReports(Dialog):
    """通过."""

    manual, url, move, back = "6.1", "weekly/approve/", REPORT["approve"], REVIEW
    title, label, unit, model, icon = "通过周报", "通过", "份", WeeklyReport, "check"

    def facts(self, row: WeeklyReport) -> list[Fact]:
        return reviewed_facts(row)

    def warning(self) -> Note | None:
        return Note("状态将变为“审核通过”，院校会收到消息。", "wait") if self.preview.able else None

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.approve_reports(actor=self.actor, now=self.now, reports=rows)


class ReturnReports(Dialog):
    """退回, with reason (look 15b)."""

    manual, url, move, back = "6.1", "weekly/return/", REPORT["return"], REVIEW
    title, label, unit, model, icon, form, size = "退回周报", "退回", "份", WeeklyReport, "corner-up-left", ReturnForm, 640

    def facts(self, row: WeeklyReport) -> list[Fact]:
        return reviewed_facts(row)

    def more(self) -> dict[str, Any]:
        return {"phrases": [(str(n), phrase) for n, phrase in enumerate(RETURN_PHRASES)]}

    def warning(self) -> Note | None:
        return Note("状态将变为“审核退回”，院校修改后可再提交。", "wait") if self.preview.able else None

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.return_reports(
            actor=self.actor, now=self.now, reports=rows, reason=data["reason"], places=data["places"]
        )


class ReviewReports(ListPage):
    """Reports from 待审核 on: a province its institutions', the platform all."""

    manual, url, permission, title = "6.1", "weekly/review/", "weekly.view", "周报审核"
    model, related = WeeklyReport, ("institution__province",)
    columns = [
        Col("institution__name", "院校", fixed=True), *cycle_columns(), Col("institution__province__name", "省厅", shown=False),
        Col("submitted_by", "填报人"), When("submitted_at", "提交时间", sort=True),
        Col("returned", "退回过", value=lambda row: "是" if row.returned_at else ""), State(REPORT, label="审核状态"),
    ]  # fmt: skip
    filters = [Search("院校", "institution__name"), CycleChoice(), Choice("类型", "kind"), DateRange("提交时间", "submitted_at")]
    tabs = StateTabs(REPORT, *SUBMITTED)
    row = [Act(ApproveReports), Act(ReturnReports), Open("weekly.ReviewedReport")]
    batch = [Batch(ApproveReports, "批量通过"), Batch(ReturnReports, "批量退回")]
    order = ("-start",)
    empty = "没有符合条件的周报"
    kinds = ("province", "platform")

    def rows(self) -> QuerySet:
        return WeeklyReport.objects.filter(state__in=SUBMITTED)
