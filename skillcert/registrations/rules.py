"""Chapter 5.2.6: registering candidates for a plan, and what other rooms note on a registration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from skillcert.candidates.models import Candidate, CandidateKind
from skillcert.candidates.rules import count_registrations
from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.rows import constraints_as_sentences
from skillcert.pilots.rules import Eligibility, eligibility, hold_application
from skillcert.pilots.rules import count_registered as count_on_application
from skillcert.plans.models import ExamPlan, PlanSubject, Target
from skillcert.plans.rules import count_registered
from skillcert.qualifications.models import Major, Qualification

from .models import Mode, Registration, RegistrationSubject
from .states import DELETABLE, TO_ACCEPT

declare({
    "registrations.imported": "导入报考",
    "registrations.deleted": "删除报考",
    "registrations.corrected": "更正计划内考生信息",
    "registrations.identity_accepted": "认可认证信息",
})


@dataclass
class Offer:
    """A qualification of a plan as one institution meets it: its sessions, who may register, how many are in."""

    plan: ExamPlan
    qualification: Qualification
    sessions: list[PlanSubject]
    eligibility: Eligibility
    used: Counter[int]

    @property
    def targets(self) -> set[str]:
        return {session.subject.target for session in self.sessions}

    def sessions_for(self, target: str) -> list[PlanSubject]:
        """The sessions a candidate of this 参考对象 sits: those for everybody and those for its own kind (R78)."""
        return [s for s in self.sessions if s.subject.target in (Target.EVERYONE, target)]


def open_plans(*, actor: Actor, now: datetime) -> QuerySet[ExamPlan]:
    """R157, R160: plans now in 报考 whose 参考院校 contain the actor's institution."""
    return ExamPlan.within("registration", now).filter(
        pk__in=ExamPlan.institutions.through.objects.filter(institution=actor.organization_id).values("examplan")
    )


def offers_of(plan: ExamPlan, institution_id: int) -> dict[int, Offer]:
    """The plan's qualifications by id, with this institution's eligibility of the plan's year."""
    sessions = defaultdict(list)
    for session in plan.sessions.select_related("subject").order_by("start", "pk"):
        sessions[session.qualification_id].append(session)
    offers = {}
    for offer in plan.offers.select_related("qualification"):
        key = offer.qualification_id
        offers[key] = Offer(
            plan, offer.qualification, sessions[key], eligibility(institution_id, key, plan.year),
            _used(institution_id, key, plan.year),
        )
    return offers


def _used(institution_id: int, qualification_id: int, year: int) -> Counter[int]:
    """Distinct persons by major as registered (R61: code and version), over all plans of the year (domain 4.0)."""
    rows = Registration.objects.filter(
        institution=institution_id, qualification=qualification_id, plan__year=year, kind=CandidateKind.COLLEGE
    )
    persons = {person: major for person, *major in rows.values_list("person_index", "major_code", "major_version")}
    counts = Counter(tuple(major) for major in persons.values())
    known = Major.objects.filter(code__in={code for code, _ in counts})
    keys = {(code, version): pk for pk, code, version in known.values_list("pk", "code", "version")}
    return Counter({keys[major]: count for major, count in counts.items() if major in keys})


def refuse_candidate(candidate: Candidate, offer: Offer) -> str:
    """Why this candidate cannot register for the offer; "" when nothing stands against it (R62, R158, R161)."""
    if not offer.eligibility.approved:
        return f"贵院校没有审核通过的 {offer.plan.year} 年度“{offer.qualification}”试点申报，请先在“证书试点申报”中申报"
    if not candidate.complete:
        return "考生基本信息不完整，请先在“考生管理”中补全"
    if candidate.kind == CandidateKind.SOCIAL:
        social_may = offer.plan.any_major_for_social or candidate.major_id in offer.eligibility.majors
        return "" if social_may else "本计划要求社会考生专业对口，请在“考生管理”中补全专业或联系培训评价组织"
    if candidate.major_id not in offer.eligibility.majors:
        return f"就读专业“{candidate.major}”不在可报考专业内，可报考专业见“证书信息管理”及本年度试点申报"
    return ""


def refuse_target(target: str, offer: Offer) -> str:
    """R79: unless every subject is for 所有考生, the candidate's 参考对象 must be given and known."""
    special = offer.targets - {Target.EVERYONE}
    if not special:
        return ""
    choices = "、".join(str(Target(value).label) for value in sorted(special))
    if not target:
        return f"该证书按参考对象设置科目，请填写参考对象：{choices}"
    return "" if target in special else f"参考对象应为：{choices}"


@dataclass
class Entry:
    """One registration to make: a candidate, an offer, the sessions, the way."""

    candidate: Candidate
    offer: Offer
    sessions: Sequence[PlanSubject]
    mode: Mode
    target: str = ""


def register(*, actor: Actor, now: datetime, plan: ExamPlan, entries: Iterable[Entry]) -> int:
    """R152, R156-R161: write registrations with the snapshot of each candidate; give back how many subjects are new.

    Writing the same entries twice does no harm. To be called in a transaction, after each entry was judged.
    Raises ``Refused`` outside the registration window and when a constraint fires.
    """
    actor.need("registrations.edit")
    plan = ExamPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if not open_plans(actor=actor, now=now).filter(pk=plan.pk).exists():
        raise Refused(f"“{plan}”不在报考时间内，或参考院校不含贵院校，报考未保存")
    entries = list(entries)
    _count_people(plan, entries)
    with constraints_as_sentences(Registration):
        Registration.objects.bulk_create(
            [_snapshot(entry, now) for entry in entries], ignore_conflicts=True, batch_size=500
        )
        written = _written(plan, entries)
        fresh = _missing_subjects(entries, written)
        RegistrationSubject.objects.bulk_create(fresh, batch_size=1000)
    _count(plan, fresh)
    return len(fresh)


def _snapshot(entry: Entry, now: datetime) -> Registration:
    person, major = entry.candidate, entry.candidate.major
    return Registration(
        plan=entry.offer.plan, qualification=entry.offer.qualification, candidate=person, registered_at=now,
        institution_id=person.institution_id, awarding_body_id=entry.offer.plan.awarding_body_id, mode=entry.mode,
        target=entry.target, person_index=person.person_index, kind=person.kind, candidate_number=person.number,
        name=person.name, pinyin=person.pinyin, pinyin_key=person.pinyin_key, id_type=person.id_type,
        id_number=person.id_number, last_six=person.last_six, phone=person.phone,
        major_name=major.name if major else "", major_code=major.code if major else "",
        major_version=major.version if major else "", class_name=person.class_name, photo_id=person.photo_id,
    )


def _written(plan: ExamPlan, entries: list[Entry]) -> dict[tuple[int, str], int]:
    people = {entry.candidate.person_index for entry in entries}
    rows = Registration.objects.filter(plan=plan, person_index__in=people)
    return {(q, person): pk for pk, q, person in rows.values_list("pk", "qualification", "person_index")}


def _missing_subjects(entries: list[Entry], written: dict[tuple[int, str], int]) -> list[RegistrationSubject]:
    wanted = {
        (written[entry.offer.qualification.pk, entry.candidate.person_index], session.pk)
        for entry in entries for session in entry.sessions
    }
    keys = {registration for registration, _ in wanted}
    there = set(
        RegistrationSubject.objects.filter(registration__in=keys).values_list("registration_id", "session_id")
    )
    return [RegistrationSubject(registration_id=r, session_id=s) for r, s in sorted(wanted - there)]


def _count_people(plan: ExamPlan, entries: list[Entry]) -> None:
    """R61, R71: tell the applications who is new to a certificate this year; a full major refuses here, under its lock."""
    by_key: dict[tuple[int, int], dict[str, Entry]] = defaultdict(dict)
    for entry in entries:
        key = (entry.candidate.institution_id, entry.offer.qualification.pk)
        by_key[key].setdefault(entry.candidate.person_index, entry)
    for (institution, qualification), people in sorted(by_key.items()):
        application = hold_application(institution_id=institution, qualification_id=qualification, year=plan.year)
        there = _of_the_year(institution, qualification, plan.year, people)
        new = [entry for person, entry in people.items() if person not in there]
        majors = Counter(
            (entry.candidate.major.code, entry.candidate.major.version)
            for entry in new
            if entry.candidate.major and entry.candidate.kind == CandidateKind.COLLEGE
        )
        count_on_application(application, people=len(new), majors=majors)


def _uncount_people(rows: list[Registration]) -> None:
    """After these are gone: who has no registration left for the certificate this year is counted off again."""
    by_key: dict[tuple[int, int, int], dict[str, Registration]] = defaultdict(dict)
    years = dict(ExamPlan.objects.filter(pk__in={row.plan_id for row in rows}).values_list("pk", "year"))
    for row in rows:
        by_key[row.institution_id, row.qualification_id, years[row.plan_id]][row.person_index] = row
    for (institution, qualification, year), people in sorted(by_key.items()):
        application = hold_application(institution_id=institution, qualification_id=qualification, year=year)
        left = _of_the_year(institution, qualification, year, people)
        gone = [row for person, row in people.items() if person not in left]
        majors = Counter((row.major_code, row.major_version) for row in gone if row.kind == CandidateKind.COLLEGE)
        off = {major: -count for major, count in majors.items()}
        count_on_application(application, people=-len(gone), majors=off)


def _of_the_year(institution: int, qualification: int, year: int, people: Iterable[str]) -> set[str]:
    """Which of the people are registered for the certificate in any plan of the year."""
    rows = Registration.objects.filter(
        institution=institution, qualification=qualification, plan__year=year, person_index__in=list(people)
    )
    return set(rows.values_list("person_index", flat=True))


def _count(plan: ExamPlan, fresh: list[RegistrationSubject]) -> None:
    """Keep the counters of the lower rooms: subjects of the plan, the plan itself, 已报考证书数 of the candidates."""
    count_registered(plan, Counter(entry.session_id for entry in fresh))
    touched = {entry.registration_id for entry in fresh}
    candidates = Registration.objects.filter(pk__in=touched).values_list("candidate_id", flat=True)
    _recount_candidates(set(candidates))


def _recount_candidates(candidates: set[int]) -> None:
    counts = Counter(Registration.objects.filter(candidate__in=candidates).values_list("candidate_id", flat=True))
    count_registrations({key: counts[key] for key in candidates})


def delete_registrations(*, actor: Actor, now: datetime, registrations: QuerySet | Iterable[int]) -> gate.Outcome:
    """R164, R165: 只能删除未排考且未缴费的考生报考信息."""

    def uncount(keys: list[int], rows: dict[int, Registration]) -> None:
        sessions = RegistrationSubject.objects.filter(registration__in=keys).values_list("session_id", "session__plan")
        by_plan: dict[int, Counter[int]] = defaultdict(Counter)
        for session, of_plan in sessions:
            by_plan[of_plan][session] -= 1
        Registration.objects.filter(pk__in=keys).delete()
        for plan in ExamPlan.objects.filter(pk__in=by_plan).order_by("pk"):
            count_registered(plan, by_plan[plan.pk])
        _recount_candidates({row.candidate_id for row in rows.values()})
        _uncount_people(list(rows.values()))

    return gate.delete_many(
        Registration, registrations, actor=actor, may="registrations.edit", action="registrations.deleted", now=now,
        guards=DELETABLE, beside=uncount,
    )


def correct_snapshot(
    *, actor: Actor, now: datetime, registration: Registration, pinyin: str, phone: str, version: int | None = None
) -> Registration:
    """R107: the awarding body alone, and only 姓名拼音 and 手机号, of this plan's copy."""
    changes = {"pinyin": pinyin, "pinyin_key": pinyin.replace(" ", "").lower(), "phone": phone}
    return gate.edit(
        registration, changes, actor=actor, may="registrations.correct", action="registrations.corrected", now=now,
        version=version,
    )


def accept_identity(*, actor: Actor, now: datetime, registration: Registration, reason: str) -> Registration:
    """domain 4.0: the awarding body accepts for its plan who was verified under another name or ID number, so that
    the certificate can be issued to that person. Once the candidate changes again, it has to accept again.
    """
    person = registration.candidate
    changes = {"accepted_name": person.name, "accepted_person_index": person.person_index}
    return gate.edit(
        registration, changes, actor=actor, may="registrations.correct", action="registrations.identity_accepted",
        now=now, guards=TO_ACCEPT, reason=reason,
    )


# --- what other rooms note here ------------------------------------------------------------------------------


def hold_for_payment(registrations: Iterable[int], *, held: bool) -> None:
    """fees: an unconfirmed payment request holds these, or lets them go."""
    Registration.objects.filter(pk__in=registrations).update(in_request=held)


def mark_paid(registrations: Iterable[int], subjects: Iterable[int] | None = None) -> None:
    """fees: R170 the registration carries 已缴费; by subject it does so once each of its subjects is paid."""
    keys = list(registrations)
    entries = RegistrationSubject.objects.filter(registration__in=keys)
    (entries if subjects is None else entries.filter(pk__in=list(subjects))).update(paid=True)
    owing = RegistrationSubject.objects.filter(registration__in=keys, paid=False).values("registration")
    Registration.objects.filter(pk__in=keys).update(in_request=False)
    Registration.objects.filter(pk__in=keys).exclude(pk__in=owing).update(paid=True)


def mark_seated(entries: Iterable[int], *, seated: bool) -> None:
    """seating: these subjects have a seat, or have lost it; ``seated`` of a registration is true from the first."""
    keys = list(entries)
    RegistrationSubject.objects.filter(pk__in=keys).update(seated=seated)
    touched = set(RegistrationSubject.objects.filter(pk__in=keys).values_list("registration_id", flat=True))
    left = RegistrationSubject.objects.filter(registration__in=touched, seated=True)
    still = set(left.values_list("registration_id", flat=True))
    for group, has_seat in ((still, True), (touched - still, False)):
        Registration.objects.filter(pk__in=group).update(seated=has_seat, version=F("version") + 1)


def give_tickets(numbers: dict[int, str]) -> None:
    """seating: 准考证号, one per registration, given with its first seat."""
    rows = [Registration(pk=key, ticket_number=number) for key, number in numbers.items()]
    Registration.objects.bulk_update(rows, ["ticket_number"], batch_size=500)

