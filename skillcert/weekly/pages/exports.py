"""导出周报汇总 and 导出年度汇总: the province's sheets."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms

from skillcert.kit.exports import XLSX
from skillcert.kit.pages import FormDownload, KitForm, Made, Page
from skillcert.orgs.models import Province

from .. import exports, rules
from ..cycles import Cycle, latest, of_year
from ..models import WeeklyReport

CYCLES, YEARS = 60, 5


class CycleOfExport(KitForm):
    cycle = forms.ChoiceField(label="周期")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["cycle"].choices = [(cycle.key, f"{cycle.full_label}（{cycle.days}）") for cycle in self.page.cycles]  # type: ignore[attr-defined]


class YearOfExport(KitForm):
    year = forms.TypedChoiceField(label="年度", coerce=int)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        last = self.page.now.year
        self.fields["year"].choices = [(year, f"{year} 年") for year in range(last, last - YEARS, -1)]  # type: ignore[attr-defined]


class OfProvinceAlone(Page):
    kinds = ("province",)

    @cached_property
    def province(self) -> Province:
        return rules.province_of(self.actor)  # type: ignore[attr-defined]

    @cached_property
    def cycles(self) -> list[Cycle]:
        return latest(rules.settings_of(self.province), self.now, CYCLES)


class ExportCycle(OfProvinceAlone, FormDownload):
    """A row per institution with all figures; who is missing has a row too."""

    manual, url, permission, title = "6.1", "weekly/export/", "weekly.view", "导出周报汇总"
    model, form, columns, size, back = WeeklyReport, CycleOfExport, 1, 480, "weekly.Overview"

    def initial(self, row: Any) -> dict[str, Any]:
        return {"cycle": self.query.get("cycle", "")}

    def produce(self, data: dict[str, Any]) -> Made:
        cycle = next(cycle for cycle in self.cycles if cycle.key == data["cycle"])
        content, count = exports.cycle_sheet(self.province, cycle)
        return Made(f"周报汇总-{cycle.full_label}.xlsx", XLSX, content, {"rows": count, "cycle": cycle.key})


class ExportYear(OfProvinceAlone, FormDownload):
    """应交, 已交, 通过, 缺交 and the sums of a year."""

    manual, url, permission, title = "6.1", "weekly/export/year/", "weekly.view", "导出年度汇总"
    model, form, columns, size, back = WeeklyReport, YearOfExport, 1, 480, "weekly.Overview"

    def produce(self, data: dict[str, Any]) -> Made:
        cycles = of_year(rules.settings_of(self.province), data["year"], self.now)
        content, count = exports.year_sheet(self.province, data["year"], cycles)
        return Made(f"周报年度汇总-{data['year']}.xlsx", XLSX, content, {"rows": count, "year": data["year"]})
