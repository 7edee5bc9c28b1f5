"""What an approved application means later, and the facts that it leaves on lower rooms."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import F

from skillcert.kit.errors import Refused
from skillcert.kit.rows import constraints_as_sentences
from skillcert.orgs.models import Partnership
from skillcert.qualifications.models import Participation, Qualification

from ..models import PilotApplication, PilotMajor
from ..states import ApplicationState

MajorKey = tuple[str, str]  # code and version: a name alone is ambiguous (R61)


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
    application = approved(institution_id, qualification_id, year)
    if application is None:
        return Eligibility(approved=False)
    caps = {major: trainees or 0 for major, trainees in application.majors.values_list("major_id", "trainees")}
    if caps:
        return Eligibility(True, frozenset(caps), caps)
    mapped = Qualification.majors.through.objects.filter(qualification=qualification_id)
    return Eligibility(True, frozenset(mapped.values_list("major_id", flat=True)))


def approved(institution_id: int, qualification_id: int, year: int) -> PilotApplication | None:
    return PilotApplication.objects.filter(
        institution=institution_id, qualification=qualification_id, year=year, state=ApplicationState.APPROVED
    ).first()


def hold_application(*, institution_id: int, qualification_id: int, year: int) -> PilotApplication | None:
    """Lock the application that registrations go by, before they are counted: two imports at once cannot both take the
    last place, and what the province returns meanwhile opens nothing any more.
    """
    rows = PilotApplication.objects.select_for_update(of=("self",))
    return rows.filter(institution=institution_id, qualification=qualification_id, year=year).first()


def count_registered(application: PilotApplication | None, *, people: int, majors: dict[MajorKey, int]) -> None:
    """registrations: so many persons more (or fewer) are registered for the qualification over all plans of the year,
    by the code and version of their major as registered. To be called under ``hold_application``. Raises ``Refused``
    when a declared major runs over 申请培训人数 (R61), or the approval is gone.
    """
    if application is None or (people > 0 and application.state != ApplicationState.APPROVED):
        if people > 0:
            raise Refused("该证书的试点申报刚被省厅退回，不能报考；请重新提交申报，审核通过后再报考")
        return
    PilotApplication.objects.filter(pk=application.pk).update(registered=F("registered") + people)
    for declared in application.majors.select_related("major"):
        more = majors.get((declared.major.code, declared.major.version), 0)
        if more > 0 and declared.registered + more > (declared.trainees or 0):
            raise Refused(over(declared, more))
        if more:
            with constraints_as_sentences(PilotMajor):
                PilotMajor.objects.filter(pk=declared.pk).update(registered=F("registered") + more)


def over(declared: PilotMajor, more: int) -> str:
    return (
        f"“{declared.major}”本年度申请培训人数为 {declared.trainees or 0} 人，已报考 {declared.registered} 人，不能再报考 {more} 人；"
        "如需增加请联系省厅退回申报修改"
    )


def note_approval(application: PilotApplication) -> None:
    """Leave the facts of an approval where lower rooms read them: 已参与试点 (R13) and the partnership (R2)."""
    Participation.objects.update_or_create(
        institution=application.institution, qualification=application.qualification, year=application.year,
        defaults={"approved": True},
    )
    Partnership.objects.get_or_create(
        institution=application.institution, awarding_body=application.qualification.awarding_body
    )


def withdraw_approval(application: PilotApplication) -> None:
    """R71: a returned application no longer opens anything; the partnership stays while another approval stands."""
    body = application.qualification.awarding_body_id
    mine = Participation.objects.filter(institution=application.institution_id)
    mine.filter(qualification=application.qualification_id, year=application.year).update(approved=False)
    if not mine.filter(qualification__awarding_body=body, approved=True).exists():
        Partnership.objects.filter(institution=application.institution_id, awarding_body=body).delete()
