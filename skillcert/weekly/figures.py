"""What the platform knows of a cycle, as the first draft of 考核情况 (R222): counted by sets, never by rows.

When each is counted [assumption]: 报考 on the day of registering; 参考 when the first score is recorded (absence is not
sitting); 通过 when the plan's results lock, for until then nobody has passed for good; 取证 on the date of issue, once
the certificate is made. 累计 runs from 01-01 of the cycle's first day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from skillcert.issuing.models import Certificate, CertificateFile
from skillcert.issuing.states import CertificateState
from skillcert.pilots.models import PilotApplication, PilotMajor
from skillcert.pilots.states import ApplicationState
from skillcert.qualifications.models import Participation, Qualification
from skillcert.registrations.models import Registration
from skillcert.results.models import Result, Score
from skillcert.results.states import Mark, Outcome

from .cycles import Cycle
from .models import Measure, WeeklyReport


@dataclass(frozen=True)
class Drafted:
    """One figure as the platform counts it."""

    qualification: int
    measure: str
    drafted: int
    previous: int
    total: int
    value: int
    reason: str = ""

    @property
    def key(self) -> str:
        return f"{self.qualification}_{self.measure}"

    @property
    def changed(self) -> bool:
        return self.value != self.drafted


@dataclass(frozen=True)
class Draft:
    """The figures of one institution and cycle as of a moment; ``counts`` are the first values of 基本情况."""

    at: datetime
    figures: tuple[Drafted, ...]
    counts: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        lines = [[f.qualification, f.measure, f.drafted, f.previous, f.total, f.value, f.reason] for f in self.figures]
        return {"at": self.at.isoformat(), "figures": lines, "counts": self.counts}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Draft:
        at = timezone.localtime(datetime.fromisoformat(data["at"]))
        return cls(at, tuple(Drafted(*line) for line in data["figures"]), data["counts"])

    def qualifications(self) -> dict[int, Qualification]:
        keys = {figure.qualification for figure in self.figures}
        return {row.pk: row for row in Qualification.objects.filter(pk__in=keys).order_by("name", "grade")}


def draft_of(institution: int, cycle: Cycle, previous: Cycle, now: datetime) -> Draft:
    """Drafted at ``now``: every qualification that the institution pilots this year, and every one with a figure."""
    ranges = _Ranges(cycle, previous)
    counted = {measure: ranges.count(*events(institution)) for measure, events in COUNTED.items()}
    piloted = Participation.objects.filter(institution=institution, approved=True, year=ranges.year)
    lines = set(piloted.values_list("qualification", flat=True)).union(*counted.values())
    told = _told(institution, previous)
    figures = []
    for qualification in _in_order(lines):
        for measure in Measure:
            here, last, total = counted[measure].get(qualification, (0, 0, 0))
            last = told.get((qualification, str(measure)), last)
            figures.append(Drafted(qualification, str(measure), here, last, total, here))
    return Draft(now, tuple(figures), _counts(institution, ranges.year))


def draft_of_report(report: WeeklyReport) -> Draft:
    """The figures as they stand in a saved report."""
    order = {str(measure): place for place, measure in enumerate(Measure)}
    rows = report.figures.select_related("qualification")
    found = sorted(rows, key=lambda r: (r.qualification.name, r.qualification.grade, r.qualification_id, order[r.measure]))
    figures = (Drafted(r.qualification_id, r.measure, r.drafted, r.previous, r.total, r.value, r.reason) for r in found)
    return Draft(report.drafted_at, tuple(figures), {})


def fresh(old: Draft, new: Draft) -> Draft:
    """重新取数: the new counts; what a person had changed keeps the person's value and reason."""
    changed = {figure.key: figure for figure in old.figures if figure.changed}
    return replace(new, figures=tuple(
        replace(figure, value=changed[figure.key].value, reason=changed[figure.key].reason) if figure.key in changed else figure
        for figure in new.figures
    ))  # fmt: skip


# --- counting ------------------------------------------------------------------------------------------
class _Ranges:
    """This cycle, the one before, and the year so far; each half open."""

    def __init__(self, cycle: Cycle, previous: Cycle) -> None:
        self.year = cycle.year_start.year
        self.ranges = {
            "here": (cycle.start, cycle.end), "last": (previous.start, previous.end), "year": (cycle.year_start, cycle.end),
        }  # fmt: skip

    def count(self, rows: QuerySet, field: str, whole_days: bool = False) -> dict[int, tuple[int, int, int]]:
        """Rows per qualification in each range, by one query."""
        bounds = {name: tuple(map(_day, pair)) if whole_days else pair for name, pair in self.ranges.items()}
        inside = {name: Q(**{f"{field}__gte": first, f"{field}__lt": last}) for name, (first, last) in bounds.items()}
        counts = {name: Count("pk", filter=q) for name, q in inside.items()}
        any_of = inside["here"] | inside["last"] | inside["year"]
        found = rows.filter(any_of).order_by().values("qualification").annotate(**counts)
        return {one["qualification"]: (one["here"], one["last"], one["year"]) for one in found}


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _registered(institution: int) -> tuple[QuerySet, str]:
    return Registration.objects.filter(institution=institution), "registered_at"


def _sat(institution: int) -> tuple[QuerySet, str]:
    """The first score of each registration: one person with two subjects sat once."""
    sat = Score.objects.exclude(mark=Mark.ABSENT)
    earlier = sat.filter(registration=OuterRef("registration")).filter(
        Q(recorded_at__lt=OuterRef("recorded_at")) | Q(recorded_at=OuterRef("recorded_at"), pk__lt=OuterRef("pk"))
    )
    return sat.filter(~Exists(earlier), institution=institution), "recorded_at"


def _passed(institution: int) -> tuple[QuerySet, str]:
    return Result.objects.filter(institution=institution, final=True, outcome=Outcome.PASSED), "plan__locked_at"


def _certified(institution: int) -> tuple[QuerySet, str, bool]:
    made = Exists(CertificateFile.objects.filter(certificate=OuterRef("pk")))
    rows = Certificate.objects.filter(made, institution=institution).exclude(state=CertificateState.REVOKED)
    return rows, "issued_on", True


COUNTED: dict[Measure, Callable[[int], tuple[Any, ...]]] = {
    Measure.REGISTERED: _registered, Measure.SAT: _sat, Measure.PASSED: _passed, Measure.CERTIFIED: _certified,
}  # fmt: skip


def _told(institution: int, previous: Cycle) -> dict[tuple[int, str], int]:
    """What the institution's own report of the cycle before says; it goes before the platform's count."""
    last = WeeklyReport.objects.filter(institution=institution, start=previous.start)
    rows = last.values_list("figures__qualification", "figures__measure", "figures__value")
    return {(qualification, measure): value for qualification, measure, value in rows if measure}


def _in_order(qualifications: Iterable[int]) -> list[int]:
    rows = Qualification.objects.filter(pk__in=list(qualifications)).order_by("name", "grade", "pk")
    return list(rows.values_list("pk", flat=True))


def _counts(institution: int, year: int) -> dict[str, int]:
    """试点证书数, 参与专业数 and 参与班级数 of the year."""
    approved = PilotApplication.objects.filter(institution=institution, year=year, state=ApplicationState.APPROVED)
    majors = PilotMajor.objects.filter(application__in=approved.values("pk"))
    classes = Registration.objects.filter(institution=institution, plan__year=year).exclude(class_name="")
    return {
        "qualification_count": approved.count(), "major_count": majors.values("major").distinct().count(),
        "class_count": classes.values("class_name").distinct().count(),
    }  # fmt: skip
