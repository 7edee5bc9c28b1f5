"""Chapter 4.3: what an approved application means later, and the facts that it leaves on lower rooms."""

from __future__ import annotations

from dataclasses import dataclass, field

from skillcert.orgs.models import Partnership
from skillcert.qualifications.models import Participation, Qualification

from .models import PilotApplication
from .states import ApplicationState


@dataclass(frozen=True)
class Eligibility:
    """Which candidates an institution may register for a qualification in a year.

    ``majors`` are ids of ``Major``. ``caps`` holds 申请培训人数 for each declared major (R61); it is empty when the
    application declares none, and then every major of the qualification may register (R65, R66).
    """

    approved: bool
    majors: frozenset[int] = frozenset()
    caps: dict[int, int] = field(default_factory=dict)


def eligibility(institution_id: int, qualification_id: int, year: int) -> Eligibility:
    """R62, R65, R66: only declared majors may register; without any, all majors of the qualification."""
    application = PilotApplication.objects.filter(
        institution=institution_id, qualification=qualification_id, year=year, state=ApplicationState.APPROVED
    ).first()
    if application is None:
        return Eligibility(approved=False)
    caps = dict(application.majors.values_list("major_id", "trainees"))
    if caps:
        return Eligibility(True, frozenset(caps), caps)
    mapped = Qualification.majors.through.objects.filter(qualification=qualification_id)
    return Eligibility(True, frozenset(mapped.values_list("major_id", flat=True)))


def note_approval(application: PilotApplication) -> None:
    """Leave the facts of an approval where lower rooms read them: 已参与试点 (R13) and the partnership (R2)."""
    Participation.objects.update_or_create(
        institution=application.institution, qualification=application.qualification, year=application.year,
        defaults={"approved": True},
    )
    Partnership.objects.get_or_create(
        institution=application.institution, awarding_body=application.qualification.awarding_body
    )
