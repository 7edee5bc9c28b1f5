"""考核情况 as it is drawn: a row per qualification, four groups of 本期, 较上期 and 累计, and the sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .figures import Draft, Drafted
from .models import Measure


@dataclass(frozen=True)
class Delta:
    """The difference to last time, in ink: up is not good, down is not bad."""

    text: str
    icon: str = ""

    @classmethod
    def between(cls, now: int, before: int) -> Delta:
        if now == before:
            return cls("持平")
        return cls(f"{abs(now - before):,}", "arrow-up" if now > before else "arrow-down")


@dataclass(frozen=True)
class Cell:
    """``field`` and ``reason`` are bound fields of the form; None where the report is only read."""

    label: str
    value: int
    delta: Delta
    total: int
    drafted: int = 0
    previous: int = 0
    changed: bool = False
    explained: str = ""
    field: Any = None
    reason: Any = None

    @property
    def says(self) -> str:
        return f"{self.label}由 {self.drafted:,} 改为 {self.value:,}，与平台取数相差 {abs(self.value - self.drafted):,}"


@dataclass(frozen=True)
class Line:
    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class ExamTable:
    measures: tuple[str, ...]
    lines: Sequence[Line]
    sums: Sequence[Cell]

    @property
    def cells(self) -> list[Cell]:
        return [cell for line in self.lines for cell in line.cells]

    @property
    def changed(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.changed]


def exam_table(
    draft: Draft, *, value_of: Callable[[Drafted], int] | None = None, fields_of: Callable[[Drafted], tuple[Any, Any]] | None = None
) -> ExamTable:
    """The table of a draft; ``value_of`` gives what a form holds now, ``fields_of`` its two fields for a figure."""
    names = {key: str(row) for key, row in draft.qualifications().items()}
    lines = []
    for key, name in names.items():
        own = [figure for figure in draft.figures if figure.qualification == key]
        lines.append(Line(name, [_cell(name, figure, value_of, fields_of) for figure in own]))
    return ExamTable(tuple(str(measure.label) for measure in Measure), lines, _sums(draft, value_of))


def _cell(name: str, figure: Drafted, value_of: Any, fields_of: Any) -> Cell:
    value = value_of(figure) if value_of else figure.value
    field, reason = fields_of(figure) if fields_of else (None, None)
    return Cell(
        label=f"{name}本期{Measure(figure.measure).label}", value=value, delta=Delta.between(value, figure.previous),
        total=figure.total + value - figure.drafted, drafted=figure.drafted, previous=figure.previous, changed=value != figure.drafted,
        explained=figure.reason, field=field, reason=reason,
    )  # fmt: skip


def _sums(draft: Draft, value_of: Any) -> list[Cell]:
    sums = []
    for measure in Measure:
        own = [figure for figure in draft.figures if figure.measure == measure]
        values = [value_of(figure) if value_of else figure.value for figure in own]
        now, before = sum(values), sum(figure.previous for figure in own)
        total = sum(figure.total - figure.drafted for figure in own) + now
        sums.append(Cell(f"合计{measure.label}", now, Delta.between(now, before), total))
    return sums
