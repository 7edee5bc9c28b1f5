"""Chapter 5.2.8: seats within capacity, one a person and time, at the right center, inside the window."""

from __future__ import annotations

from datetime import timedelta

import pytest

from skillcert.kit.errors import Missing, NotAllowed, Refused
from skillcert.plans.models import PlanSubject
from skillcert.registrations.models import Registration
from skillcert.registrations.rules import mark_paid
from skillcert.registrations.tests.test_rules import register
from skillcert.seating import rules
from skillcert.seating.models import RoomArrangement, Seat
from skillcert.seating.states import ArrangementState, arrangement_state, in_arrangement_state


def prepared(world, people: int = 3, *, paid: bool = True) -> PlanSubject:
    world.clock("registration")
    register(world, *[world.candidate() for _ in range(people)])
    if paid:
        mark_paid(Registration.objects.values_list("pk", flat=True))
    world.clock("seating")
    return PlanSubject.objects.get(plan=world.plan, subject=world.theory)


def seat(world, session, actor=None):
    return rules.seat_session(actor=actor or world.examiner, now=world.now, session=session)


def test_everybody_gets_a_seat_of_their_own_and_a_ticket(world):
    session = prepared(world, 5)
    world.room("机房一", capacity=3)
    world.room("机房二", capacity=3)
    assert seat(world, session).seated == 5
    places = list(Seat.objects.order_by("arrangement__room__number", "number").values_list("arrangement__room__name", "number"))
    assert places == [("机房一", 1), ("机房一", 2), ("机房一", 3), ("机房二", 1), ("机房二", 2)]
    tickets = set(Registration.objects.values_list("ticket_number", flat=True))
    assert tickets == {f"26{world.plan.number:04d}33{n:06d}" for n in range(1, 6)}
    assert list(RoomArrangement.objects.order_by("pk").values_list("occupied", flat=True)) == [3, 2]
    assert all(Registration.objects.values_list("seated", flat=True))


def test_a_second_run_seats_only_the_rest(world):
    session = prepared(world, 3)
    world.room("机房一", capacity=2)
    first = seat(world, session)
    assert (first.seated, first.reasons()) == (2, [(rules.NO_ROOM, 1)])
    world.room("机房二", capacity=2)
    assert seat(world, session).seated == 1
    assert Seat.objects.count() == 3


@pytest.mark.rule("R144")
def test_without_rooms_nobody_is_seated(world):
    session = prepared(world, 2)
    assert seat(world, session).reasons() == [(rules.NO_ROOM, 2)]


@pytest.mark.rule("R119")
def test_without_an_approved_center_nobody_is_seated(world):
    session = prepared(world, 2)
    world.room("机房一")
    world.center.state = "returned"
    world.center.save()
    assert seat(world, session).reasons() == [(rules.NO_CENTER, 2)]


def test_the_unpaid_wait_where_the_plan_demands_payment(world):
    session = prepared(world, 2, paid=False)
    world.room("机房一")
    assert seat(world, session).reasons() == [(rules.UNPAID, 2)]
    world.plan.fee_required = False
    world.plan.save()
    assert seat(world, session).seated == 2


@pytest.mark.rule("R131", "R132")
def test_borrowed_candidates_sit_at_the_allocated_center(world):
    world.approve_pilot(world.other_school)
    guest = world.candidate(institution=world.other_school)
    register(world, guest, actor=world.stranger)
    world.lend(world.other_school)
    session = prepared(world, 1)
    world.room("机房一")
    assert seat(world, session).seated == 2
    assert set(Seat.objects.values_list("arrangement__center", flat=True)) == {world.center.pk}
    assert Seat.visible_to(world.officer).count() == 1  # the host does not get the guests' list


def test_nobody_sits_twice_at_one_time(world):
    session = prepared(world, 1)
    other = PlanSubject.objects.get(plan=world.plan, subject=world.practical)
    PlanSubject.objects.filter(pk=other.pk).update(start=session.start, end=session.end)
    world.room("机房一")
    world.room("实训室", world.practical)
    assert seat(world, session).seated == 1
    other.refresh_from_db()
    assert seat(world, other).reasons() == [(rules.OVERLAP, 1)]


def test_a_room_serves_one_subject_at_a_time(world):
    session = prepared(world, 1)
    world.room("机房一").subjects.add(world.practical)
    other = PlanSubject.objects.get(plan=world.plan, subject=world.practical)
    PlanSubject.objects.filter(pk=other.pk).update(start=session.end - timedelta(minutes=1))
    seat(world, session)
    other.refresh_from_db()
    assert rules._spaces(world.plan, other, world.center.pk) == []


@pytest.mark.rule("R180", "R184")
def test_only_inside_the_window(world):
    session = prepared(world, 1)
    world.room("机房一")
    for outside in (world.plan.seating_start - timedelta(seconds=1), world.plan.seating_end + timedelta(seconds=1)):
        world.clock(outside)
        with pytest.raises(Refused, match="不在排考时间内"):
            seat(world, session)
    world.clock(world.plan.seating_end)
    assert seat(world, session).seated == 1


@pytest.mark.rule("R181", "R182", "R183")
def test_the_states_of_an_arrangement(world):
    session = prepared(world, 2)
    assert_state(world, session, ArrangementState.UNSEATED)
    world.room("机房一", capacity=1)
    seat(world, session)
    assert_state(world, session, ArrangementState.SEATING)
    world.room("机房二", capacity=1)
    seat(world, session)
    assert_state(world, session, ArrangementState.SEATED)
    world.clock("coming")
    assert_state(world, session, ArrangementState.COMING)
    world.clock(world.plan.seating_end + timedelta(seconds=1))
    assert_state(world, session, ArrangementState.OVER)


def assert_state(world, session, expected):
    session = PlanSubject.objects.select_related("plan").get(pk=session.pk)
    assert arrangement_state(session, world.now) == expected
    for state in ArrangementState:
        found = PlanSubject.objects.filter(in_arrangement_state(state, world.now), pk=session.pk).exists()
        assert found == (state == expected)


@pytest.mark.rule("R188")
def test_a_school_sees_only_rooms_of_subjects_that_are_fully_seated(world):
    session = prepared(world, 2)
    world.room("机房一", capacity=1)
    seat(world, session)
    assert not RoomArrangement.visible_to(world.officer)
    world.room("机房二", capacity=1)
    seat(world, session)
    assert RoomArrangement.visible_to(world.officer).count() == 2
    assert not RoomArrangement.visible_to(world.stranger)


def test_undo_frees_the_seats_and_keeps_the_tickets(world):
    session = prepared(world, 2)
    world.room("机房一")
    seat(world, session)
    tickets = set(Registration.objects.values_list("ticket_number", flat=True))
    assert rules.undo_session(actor=world.examiner, now=world.now, session=session) == 2
    assert not Seat.objects.exists() and not any(Registration.objects.values_list("seated", flat=True))
    seat(world, session)
    assert set(Registration.objects.values_list("ticket_number", flat=True)) == tickets


def test_others_may_not_seat(world):
    session = prepared(world, 1)
    with pytest.raises(NotAllowed):
        seat(world, session, world.officer)
    with pytest.raises(Missing):
        seat(world, session, world.actor(world.other_body))
