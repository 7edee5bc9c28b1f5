"""证书通过率 per certificate: 通过 ÷ 实考, this year and the one before."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from skillcert.kit.access import Actor
from skillcert.registrations.models import Registration
from skillcert.results.models import Score
from skillcert.results.states import Mark, Outcome

SHOWN = 6  # more than six are not told apart in one chart


@dataclass(frozen=True)
class Rate:
    name: str
    sat: int
    passed: int
    before: float | None

    @property
    def rate(self) -> float:
        return 100 * self.passed / self.sat


def rates_of(actor: Actor, year: int) -> list[Rate]:
    """The certificates with the most candidates of the year, of the registrations that the actor sees."""
    sat = Exists(Score.objects.filter(registration=OuterRef("pk")).exclude(mark=Mark.ABSENT))
    rows = (
        Registration.visible_to(actor)
        .filter(sat, plan__year__in=(year - 1, year))
        .values("qualification__name", "plan__year")
        .annotate(sat=Count("pk"), passed=Count("pk", filter=Q(result__outcome=Outcome.PASSED)))
        .order_by()
    )
    found = {(row["qualification__name"], row["plan__year"]): (row["sat"], row["passed"]) for row in rows}
    rates = []
    for (name, of_year), (count, passed) in found.items():
        if of_year == year:
            last = found.get((name, year - 1))
            rates.append(Rate(name, count, passed, 100 * last[1] / last[0] if last else None))
    return sorted(rates, key=lambda one: (-one.sat, one.name))[:SHOWN]
