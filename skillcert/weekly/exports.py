"""The province's summaries: one cycle with a row per institution, those that are missing too; and a year."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from skillcert.kit.sheets.writer import write_rows
from skillcert.orgs.models import Institution, Province

from .content import COUNTS, TEXTS, label_of
from .cycles import Cycle
from .models import Measure, ReportFigure, WeeklyReport
from .states import SUBMITTED, ReportState

MISSING = "未提交"


def cycle_sheet(province: Province, cycle: Cycle) -> tuple[bytes, int]:
    """院校, 周期, 类型, figures, 状态, 提交时间 (domain 3): every active institution, and who has reported besides."""
    reports = {row.institution_id: row for row in WeeklyReport.objects.filter(
        institution__province=province, start=cycle.start, state__in=SUBMITTED
    )}  # fmt: skip
    sums = _sums([row.pk for row in reports.values()])
    measures = [f"{measure.label}（{part}）" for measure in Measure for part in ("本期", "累计")]
    headers = ["院校", "学校标识码", "周期", "类型", "审核状态", "提交时间", *map(label_of, COUNTS), *measures, *map(label_of, TEXTS)]

    def lines() -> Iterator[list[Any]]:
        for school in _institutions(province, list(reports)):
            head = [school.name, school.school_code, f"{cycle.full_label}（{cycle.days}）", cycle.title]
            row = reports.get(school.pk)
            if row is None:
                yield [*head, MISSING, *[None] * (len(headers) - 5)]
                continue
            figures = [value for measure in Measure for value in sums[row.pk].get(str(measure), (0, 0))]
            counts, texts = [getattr(row, name) for name in COUNTS], [getattr(row, name) for name in TEXTS]
            yield [*head, row.get_state_display(), _minute(row.submitted_at), *counts, *figures, *texts]

    return _sheet(f"周报汇总 {cycle.label}", headers, lines())


def year_sheet(province: Province, year: int, cycles: Sequence[Cycle]) -> tuple[bytes, int]:
    """应交, 已交, 通过 and 缺交 of the year's cycles, and the sums of the figures of the reports that have passed."""
    starts = [cycle.start for cycle in cycles]
    rows = WeeklyReport.objects.filter(institution__province=province, start__in=starts, state__in=SUBMITTED)
    states: dict[int, list[str]] = defaultdict(list)
    for school, state in rows.values_list("institution", "state"):
        states[school].append(state)
    passed = rows.filter(state=ReportState.APPROVED)
    trained = {one["institution"]: one for one in passed.order_by().values("institution").annotate(
        here=Sum("trained"), teachers=Sum("teachers_trained")
    )}  # fmt: skip
    figures: dict[int, dict[str, int]] = defaultdict(dict)
    sums = ReportFigure.objects.filter(report__in=passed.values("pk")).order_by().values("report__institution", "measure")
    for one in sums.annotate(n=Sum("value")):
        figures[one["report__institution"]][one["measure"]] = one["n"]
    measures = [f"{measure.label}（审核通过的各期合计）" for measure in Measure]
    headers = ["院校", "学校标识码", "年度", "应交期数", "已交期数", "审核通过期数", "缺交期数", "培训人数", "师资培训人次", *measures]

    def lines() -> Iterator[list[Any]]:
        for school in _institutions(province, list(states)):
            due = sum(cycle.end > school.created_at for cycle in cycles)
            sent, own = len(states[school.pk]), trained.get(school.pk, {})
            good = states[school.pk].count(ReportState.APPROVED)
            totals = [figures[school.pk].get(str(measure), 0) for measure in Measure]
            taught = [own.get("here", 0), own.get("teachers", 0)]
            yield [school.name, school.school_code, year, max(due, sent), sent, good, max(due - sent, 0), *taught, *totals]

    return _sheet(f"周报年度汇总 {year}", headers, lines())


def _institutions(province: Province, reported: list[int]) -> list[Institution]:
    rows = Institution.objects.filter(province=province).order_by("name")
    return [row for row in rows if row.active or row.pk in reported]


def _sums(reports: list[int]) -> dict[int, dict[str, tuple[int, int]]]:
    """Per report and measure: 本期, and 累计 with what the person changed."""
    found: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    rows = ReportFigure.objects.filter(report__in=reports).order_by().values("report", "measure")
    for one in rows.annotate(here=Sum("value"), drafted_=Sum("drafted"), total_=Sum("total")):
        found[one["report"]][one["measure"]] = (one["here"], one["total_"] + one["here"] - one["drafted_"])
    return found


def _minute(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _sheet(name: str, headers: Sequence[str], lines: Iterator[list[Any]]) -> tuple[bytes, int]:
    out = io.BytesIO()
    count = write_rows(out, name, headers, lines)
    return out.getvalue(), count
