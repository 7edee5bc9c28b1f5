"""Chapter 5.2.8: everybody gets a room, a seat and a ticket number.

For each subject and center: rooms of the subject in the order of their numbers, candidates by institution and then
in an order drawn for the plan, seats 1 to capacity; nobody in two sessions at once; borrowed candidates at the
center they were allocated to [assumption].
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.timezone import localtime

from skillcert.centers.models import CenterAllocation, ExamCenter, ExamRoom
from skillcert.centers.states import CenterState
from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.notices import notify_all
from skillcert.kit.numbers import take
from skillcert.kit.rows import constraints_as_sentences
from skillcert.orgs.models import Institution
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.plans.rules import count_seated
from skillcert.registrations.models import Registration, RegistrationSubject
from skillcert.registrations.rules import give_tickets, mark_seated

from .models import RoomArrangement, Seat

declare({"seating.seated": "排考", "seating.undone": "撤销排考", "seating.printed": "下载考务材料"})

NO_CENTER = "所属院校没有审核通过的考核站点，也未分配借考站点，请先在“考核站点分配”中办理"
NO_ROOM = "考核站点没有该科目的考场，或考位已满，请院校增设考场或增加考位数"
UNPAID = "尚未缴费，本计划须确认缴费后才能排考"
OVERLAP = "与该考生已排的另一科目时间重叠"


@dataclass
class Seating:
    """What one run has done: seats given, and who could not be seated and why (registration key, sentence)."""

    seated: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def reasons(self) -> list[tuple[str, int]]:
        return Counter(sentence for _, sentence in self.refused).most_common()


@dataclass
class Space:
    """A room in a session: how many seats are taken, how many there are."""

    arrangement: RoomArrangement
    taken: int
    capacity: int


def seat_session(*, actor: Actor, now: datetime, session: PlanSubject) -> Seating:
    """R181-R183: seat everybody of this subject who has no seat yet. Running it again seats only the rest.

    One transaction under the plan's lock, so two runs of a plan follow one another. Raises ``Refused`` outside the
    seating window (R180, R184).
    """
    actor.need("seating.edit")
    with transaction.atomic():
        plan = _locked_plan(actor, now, session)
        waiting = _waiting(session)
        seating = Seating()
        able = _judge(plan, session, waiting, seating)
        seats = _place(plan, session, able, seating)
        with constraints_as_sentences(Seat):
            Seat.objects.bulk_create(seats, batch_size=1000)
        _note(plan, session, seats)
        seating.seated = len(seats)
        audit.record("seating.seated", [_fact(session, seats)], actor=actor)
        if seats:
            _tell(plan, session, seats)
    return seating


def _locked_plan(actor: Actor, now: datetime, session: PlanSubject) -> ExamPlan:
    plan = ExamPlan.visible_to(actor).select_for_update(of=("self",)).filter(pk=session.plan_id).first()
    if plan is None or plan.awarding_body_id != actor.organization_id:
        raise Missing()
    if not plan.seating.contains(now):
        window = f"{localtime(plan.seating_start):%Y-%m-%d %H:%M} 至 {localtime(plan.seating_end):%Y-%m-%d %H:%M}"
        raise Refused(f"不在排考时间内（{window}），不能排考")
    return plan


def _waiting(session: PlanSubject) -> list[RegistrationSubject]:
    return list(
        RegistrationSubject.objects.filter(session=session, seated=False)
        .select_related("registration").defer("registration__id_number", "registration__phone").order_by("pk")
    )


def _judge(
    plan: ExamPlan, session: PlanSubject, waiting: list[RegistrationSubject], seating: Seating
) -> list[RegistrationSubject]:
    """Leave out who has not paid where the plan demands it, and who sits elsewhere at that time."""
    busy = _busy(session, {entry.registration.person_index for entry in waiting})
    able = []
    for entry in waiting:
        if plan.fee_required and not (entry.paid or entry.registration.paid):
            seating.refused.append((entry.registration_id, UNPAID))
        elif entry.registration.person_index in busy:
            seating.refused.append((entry.registration_id, OVERLAP))
        else:
            able.append(entry)
    return able


def _busy(session: PlanSubject, people: set[str]) -> set[str]:
    overlapping = PlanSubject.objects.filter(start__lt=session.end, end__gt=session.start).exclude(pk=session.pk)
    seats = Seat.objects.filter(arrangement__session__in=overlapping.values("pk"))
    return people & set(seats.values_list("registration__person_index", flat=True))


def _place(
    plan: ExamPlan, session: PlanSubject, able: list[RegistrationSubject], seating: Seating
) -> list[Seat]:
    center_of = _centers(plan, session)
    by_center: dict[int, list[RegistrationSubject]] = defaultdict(list)
    for entry in able:
        center = center_of(entry.registration.institution_id)
        if center is None:
            seating.refused.append((entry.registration_id, NO_CENTER))
        else:
            by_center[center].append(entry)
    seats: list[Seat] = []
    for center, entries in sorted(by_center.items()):
        spaces = _spaces(plan, session, center)
        entries.sort(key=lambda entry: (entry.registration.institution_id, _lot(plan, entry.registration_id)))
        seats += _fill(spaces, entries, seating)
    return seats


def _centers(plan: ExamPlan, session: PlanSubject) -> Callable[[int], int | None]:
    """Where an institution's candidates of this qualification sit: the allocated center, or else its own."""
    borrowed = dict(
        CenterAllocation.objects.filter(plan=plan, qualification=session.qualification_id).values_list(
            "institution_id", "center_id"
        )
    )
    own = dict(
        ExamCenter.objects.filter(qualification=session.qualification_id, state=CenterState.APPROVED).values_list(
            "institution_id", "pk"
        )
    )
    return lambda institution: borrowed.get(institution) or own.get(institution)


def _lot(plan: ExamPlan, registration: int) -> bytes:
    """A drawn order that anybody can draw again: a hash of plan and registration."""
    return sha256(f"{plan.number}:{registration}".encode()).digest()


def _spaces(plan: ExamPlan, session: PlanSubject, center: int) -> list[Space]:
    """The center's rooms for this subject that no overlapping session uses, by number."""
    overlapping = PlanSubject.objects.filter(plan=plan, start__lt=session.end, end__gt=session.start)
    used = RoomArrangement.objects.filter(session__in=overlapping.exclude(pk=session.pk).values("pk"), occupied__gt=0)
    rooms = (
        ExamRoom.objects.filter(plan=plan, center=center, qualification=session.qualification_id)
        .filter(pk__in=ExamRoom.subjects.through.objects.filter(subject=session.subject_id).values("examroom"))
        .exclude(pk__in=used.values("room")).order_by("number", "pk")
    )
    spaces = []
    for room in rooms:
        arrangement, _ = RoomArrangement.objects.get_or_create(
            session=session, room=room,
            defaults={
                "plan": plan, "center_id": center, "qualification_id": session.qualification_id,
                "institution_id": room.institution_id, "awarding_body_id": plan.awarding_body_id,
            },
        )
        spaces.append(Space(arrangement, arrangement.occupied, room.capacity))
    return spaces


def _fill(spaces: list[Space], entries: list[RegistrationSubject], seating: Seating) -> list[Seat]:
    free = iter([(space, number) for space in spaces for number in range(space.taken + 1, space.capacity + 1)])
    seats = []
    for entry in entries:
        place = next(free, None)
        if place is None:
            seating.refused.append((entry.registration_id, NO_ROOM))
            continue
        space, number = place
        registration = entry.registration
        seats.append(Seat(
            arrangement=space.arrangement, entry=entry, registration=registration, plan_id=registration.plan_id,
            qualification_id=registration.qualification_id, institution_id=registration.institution_id,
            awarding_body_id=registration.awarding_body_id, number=number,
        ))
    return seats


def _note(plan: ExamPlan, session: PlanSubject, seats: list[Seat]) -> None:
    """Counters of rooms and session, the registrations' marks, and ticket numbers for first seats."""
    for arrangement, count in Counter(seat.arrangement_id for seat in seats).items():
        RoomArrangement.objects.filter(pk=arrangement).update(occupied=F("occupied") + count)
    count_seated(session, len(seats))
    mark_seated([seat.entry_id for seat in seats], seated=True)
    bare = [seat.registration for seat in seats if not seat.registration.ticket_number]
    give_tickets(dict(zip([row.pk for row in bare], _tickets(plan, bare), strict=True)))


def _tickets(plan: ExamPlan, registrations: list[Registration]) -> list[str]:
    """准考证号: YY + four digits of the plan + 省码 + six digits, one per registration, telling no room [assumption]."""
    schools = Institution.objects.filter(pk__in={row.institution_id for row in registrations})
    code = dict(schools.values_list("pk", "province__province_code"))
    serials = take(f"ticket:{plan.pk}", len(registrations)) if registrations else range(0)
    return [
        f"{plan.year % 100:02d}{plan.number % 10000:04d}{code[row.institution_id]}{serial:06d}"
        for row, serial in zip(registrations, serials, strict=True)
    ]


def _fact(session: PlanSubject, seats: list[Seat]) -> audit.Fact:
    rows = "\n".join(f"{seat.registration_id},{seat.arrangement_id},{seat.number}" for seat in seats)
    return audit.fact_of(session, {"seats": len(seats), "digest": sha256(rows.encode()).hexdigest()})


def _tell(plan: ExamPlan, session: PlanSubject, seats: Iterable[Seat]) -> None:
    institutions = sorted({seat.institution_id for seat in seats})
    notify_all(institutions, "seating.view", f"“{plan}”{session}已排考，可下载准考证等考务材料", "/seating/rooms/")


def undo_session(*, actor: Actor, now: datetime, session: PlanSubject) -> int:
    """Take back all seats of a subject, inside the seating window; ticket numbers stay. Gives back how many."""
    actor.need("seating.edit")
    with transaction.atomic():
        _locked_plan(actor, now, session)
        seats = Seat.objects.filter(arrangement__session=session)
        entries = list(seats.values_list("entry_id", flat=True))
        seats.delete()
        RoomArrangement.objects.filter(session=session).delete()
        mark_seated(entries, seated=False)
        count_seated(session, -len(entries))
        audit.record("seating.undone", [audit.fact_of(session, {"seats": len(entries)})], actor=actor)
    return len(entries)


def sessions_to_seat(actor: Actor, keys: Iterable[int]) -> QuerySet[PlanSubject]:
    """The subjects of the actor's own plans among ``keys``, in the order of their times."""
    own = ExamPlan.visible_to(actor).filter(awarding_body=actor.organization_id)
    return PlanSubject.objects.filter(pk__in=keys, plan__in=own.values("pk")).select_related("plan", "subject").order_by(
        "start", "pk"
    )
