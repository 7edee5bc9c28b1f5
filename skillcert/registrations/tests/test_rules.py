"""Chapter 5.2.6: who may be registered, what is copied, what may be deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from skillcert.candidates.models import Candidate, CandidateKind
from skillcert.candidates.states import CandidateState
from skillcert.kit.audit import history
from skillcert.kit.errors import Missing, NotAllowed, Refused
from skillcert.pilots.rules import reopen_rounds, return_applications
from skillcert.plans.models import PlanSubject, Target
from skillcert.registrations import rules
from skillcert.registrations.models import Mode, Registration
from skillcert.registrations.states import RegistrationState, identity_stands
from tests.world import World


def register(world: World, *candidates: Candidate, mode: Mode = Mode.CERTIFICATE, target: str = "", actor=None) -> int:
    actor = actor or world.officer
    offer = rules.offers_of(world.plan, actor.organization_id)[world.qualification.pk]
    entries = [rules.Entry(c, offer, offer.sessions_for(target), mode, target) for c in candidates]
    with transaction.atomic():
        return rules.register(actor=actor, now=world.now, plan=world.plan, entries=entries)


def offer_of(world: World) -> rules.Offer:
    return rules.offers_of(world.plan, world.school.pk)[world.qualification.pk]


@pytest.mark.rule("R106", "R152")
def test_a_registration_keeps_the_candidate_as_it_was_and_starts_unseated(world):
    candidate = world.candidate(name="周若溪")
    assert register(world, candidate) == 2
    Candidate.objects.filter(pk=candidate.pk).update(name="周若溪改", phone="13900000000")
    made = Registration.objects.get()
    assert (made.name, made.phone, made.id_number) == ("周若溪", "13800006021", candidate.id_number)
    assert made.state(world.now) == RegistrationState.UNSEATED
    candidate.refresh_from_db()
    assert candidate.registration_count == 1
    assert set(PlanSubject.objects.filter(plan=world.plan).values_list("registered", flat=True)) == {1}


def test_it_is_dated_by_the_business_clock(world):
    world.clock("2026-11-18 10:00")
    register(world, world.candidate())
    assert Registration.objects.get().registered_at == world.now


def test_registering_twice_leaves_one(world):
    candidate = world.candidate()
    assert register(world, candidate) == 2
    assert register(world, candidate) == 0
    assert Registration.objects.count() == 1


@pytest.mark.rule("R157", "R160")
def test_only_a_plan_in_its_window_that_lists_the_school(world):
    edge = world.plan.registration_end
    assert list(rules.open_plans(actor=world.officer, now=edge)) == [world.plan]
    assert not rules.open_plans(actor=world.officer, now=edge + timedelta(seconds=1))
    assert not rules.open_plans(actor=world.officer, now=world.plan.registration_start - timedelta(seconds=1))
    world.plan.institutions.remove(world.school)
    assert not rules.open_plans(actor=world.officer, now=edge)
    with pytest.raises(Refused, match="参考院校不含贵院校"):
        register(world, world.candidate())
    assert not Registration.objects.exists()


@pytest.mark.rule("R62", "R65", "R158")
def test_only_the_declared_majors(world):
    world.qualification.majors.add(world.other_major)
    assert rules.refuse_candidate(world.candidate(), offer_of(world)) == ""
    stranger = world.candidate(major=world.other_major)
    assert "不在可报考专业内" in rules.refuse_candidate(stranger, offer_of(world))


@pytest.mark.rule("R66", "R161")
def test_without_declared_majors_every_major_of_the_qualification(world):
    world.application.majors.all().delete()
    world.qualification.majors.add(world.other_major)
    assert rules.refuse_candidate(world.candidate(major=world.other_major), offer_of(world)) == ""
    world.qualification.majors.remove(world.other_major)
    assert "不在可报考专业内" in rules.refuse_candidate(world.candidate(major=world.other_major), offer_of(world))


def test_no_application_of_the_year_no_registration(world):
    world.plan.year = 2027
    world.plan.save()
    assert "2027 年度" in rules.refuse_candidate(world.candidate(), offer_of(world))


def test_social_candidates_need_no_major_unless_the_plan_says_so(world):
    social = world.candidate(kind=CandidateKind.SOCIAL, major=None)
    assert rules.refuse_candidate(social, offer_of(world)) == ""
    world.plan.any_major_for_social = False
    world.plan.save()
    assert "社会考生专业对口" in rules.refuse_candidate(social, offer_of(world))


@pytest.mark.rule("R78", "R79")
def test_a_subject_for_some_only_asks_for_the_kind_of_candidate(world):
    world.practical.target = Target.HIGHER
    world.practical.save()
    offer = offer_of(world)
    assert "请填写参考对象：高职学生" in rules.refuse_target("", offer)
    assert rules.refuse_target(Target.SECONDARY, offer) == "参考对象应为：高职学生"
    assert rules.refuse_target(Target.HIGHER, offer) == ""
    assert [s.subject for s in offer.sessions_for(Target.SECONDARY)] == [world.theory]


@pytest.mark.rule("R153", "R154", "R155")
def test_the_state_follows_seats_and_clock(world):
    register(world, world.candidate())
    made = Registration.objects.get()
    first, last = PlanSubject.objects.order_by("start")
    rules.mark_seated([made.subjects.get(session=first).pk], seated=True)
    expected = {first.start - timedelta(seconds=1): RegistrationState.UNSEATED}
    assert_states(made, expected)
    rules.mark_seated(made.subjects.values_list("pk", flat=True), seated=True)
    assert_states(made, {
        first.start - timedelta(seconds=1): RegistrationState.WAITING,
        first.start: RegistrationState.EXAM,
        first.end: RegistrationState.EXAM,
        first.end + timedelta(seconds=1): RegistrationState.WAITING,
        last.end: RegistrationState.EXAM,
        last.end + timedelta(seconds=1): RegistrationState.OVER,
    })


def assert_states(registration: Registration, expected: dict) -> None:
    for moment, state in expected.items():
        assert registration.state(moment) == state
        for other in RegistrationState:
            assert Registration.objects.filter(Registration.in_state(other, moment)).exists() == (other == state)


@pytest.mark.rule("R164", "R165")
def test_delete_only_what_is_neither_seated_nor_paid(world):
    people = [world.candidate(), world.candidate(), world.candidate(), world.candidate()]
    register(world, *people)
    free, seated, paid, held = Registration.objects.order_by("pk")
    rules.mark_seated(seated.subjects.values_list("pk", flat=True), seated=True)
    rules.mark_paid([paid.pk])
    rules.hold_for_payment([held.pk], held=True)
    outcome = rules.delete_registrations(actor=world.officer, now=world.now, registrations=Registration.objects.all())
    assert outcome.done == [free.pk]
    assert dict(outcome.refused) == {
        seated.pk: "已排考，不能删除", paid.pk: "已缴费，不能删除",
        held.pk: "已列入未确认的缴费申请单，请先删除该申请单",
    }
    people[0].refresh_from_db()
    assert people[0].registration_count == 0
    assert set(PlanSubject.objects.values_list("registered", flat=True)) == {3}


def test_another_school_deletes_and_sees_nothing(world):
    register(world, world.candidate())
    outcome = rules.delete_registrations(actor=world.stranger, now=world.now, registrations=[Registration.objects.get().pk])
    assert outcome.done == [] and Registration.objects.count() == 1
    assert not Registration.visible_to(world.stranger)


@pytest.mark.rule("R107")
def test_the_awarding_body_alone_corrects_pinyin_and_phone_of_the_copy(world):
    register(world, world.candidate())
    made = Registration.objects.get()
    changed = rules.correct_snapshot(
        actor=world.examiner, now=world.now, registration=made, pinyin="ZHOU RUO XI", phone="13700000000"
    )
    assert (changed.pinyin, changed.pinyin_key, changed.phone) == ("ZHOU RUO XI", "zhouruoxi", "13700000000")
    assert made.candidate.phone == "13800006021"
    with pytest.raises(NotAllowed):
        rules.correct_snapshot(actor=world.officer, now=world.now, registration=made, pinyin="A", phone="1")
    with pytest.raises(Missing):
        rules.correct_snapshot(
            actor=world.actor(world.other_body), now=world.now, registration=made, pinyin="A", phone="1"
        )


# --- what the application is told (R61, R71) --------------------------------------------------------------


def counted(world: World) -> tuple[int, int]:
    world.application.refresh_from_db()
    return world.application.registered, world.application.majors.get().registered


@pytest.mark.rule("R61")
def test_the_cap_of_a_major_holds_over_all_plans_of_the_year_by_distinct_persons(world):
    world.application.majors.update(trainees=2)
    first, second, third = (world.candidate(name=name) for name in ("周若溪", "赵明轩", "孙浩然"))
    register(world, first, second)
    assert counted(world) == (2, 2)
    with pytest.raises(Refused, match="本年度申请培训人数为 2 人，已报考 2 人，不能再报考 1 人"):
        register(world, third)
    assert Registration.objects.count() == 2 and counted(world) == (2, 2)
    other = world.publish_plan("2026 年第五批统一考核")
    offer = rules.offers_of(other, world.school.pk)[world.qualification.pk]
    entries = [rules.Entry(first, offer, offer.sessions_for(""), Mode.CERTIFICATE)]
    with transaction.atomic():
        rules.register(actor=world.officer, now=world.now, plan=other, entries=entries)
    assert Registration.objects.count() == 3 and counted(world) == (2, 2)


@pytest.mark.rule("R61")
def test_the_cap_goes_by_the_major_as_registered(world):
    """A candidate who changes the major later keeps the place of the major that stands in the registration."""
    candidate = world.candidate()
    register(world, candidate)
    Candidate.objects.filter(pk=candidate.pk).update(major=world.other_major)
    assert offer_of(world).used[world.major.pk] == 1


@pytest.mark.rule("R71")
def test_deleting_the_registrations_lets_the_application_be_returned_again(world):
    province = world.actor(world.province)
    reopen_rounds(actor=province, now=world.now, rounds=[world.application.round_id])
    register(world, world.candidate(), world.candidate(name="李社会", kind=CandidateKind.SOCIAL, major=None))
    assert counted(world) == (2, 1)
    refused = return_applications(actor=province, now=world.now, applications=[world.application.pk], reason="请核对")
    assert "已有考生凭这份申报报考" in refused.refused[0][1]
    rules.delete_registrations(actor=world.officer, now=world.now, registrations=Registration.objects.all())
    assert counted(world) == (0, 0)
    assert return_applications(actor=province, now=world.now, applications=[world.application.pk], reason="请核对").done
    with pytest.raises(Refused, match="刚被省厅退回，不能报考"):
        entry_of_the_returned(world)


def entry_of_the_returned(world: World) -> None:
    """As an import that judged its rows before the return would write them."""
    offer = offer_of(world)
    entries = [rules.Entry(world.candidate(), offer, offer.sessions_for(""), Mode.CERTIFICATE)]
    with transaction.atomic():
        rules.register(actor=world.officer, now=world.now, plan=world.plan, entries=entries)


def renamed(world: World, **more) -> Registration:
    """Registered as 周若西; then the school mended the slip, and the candidate was verified as 周若溪."""
    registration = world.registered(world.accurate("周若西"))
    Candidate.objects.filter(pk=registration.candidate_id).update(name="周若溪", **more)
    registration.candidate.refresh_from_db()
    return registration


def accept(world: World, registration: Registration, actor=None) -> Registration:
    return rules.accept_identity(
        actor=actor or world.examiner, now=world.now, registration=registration, reason="院校来函，附身份证复印件",
    )


@pytest.mark.rule("R20")
def test_the_body_accepts_who_was_verified_and_says_why(world):
    registration = renamed(world)
    assert not registration.identity_stands
    accepted = accept(world, registration)
    assert accepted.identity_stands and accepted.name == "周若西"
    assert accepted.accepted_person_index == registration.candidate.person_index
    entry = history(registration)[0]
    assert entry.sentence == "认可认证信息" and entry.detail.read()["reason"] == "院校来函，附身份证复印件"
    with pytest.raises(Refused, match="已经认可"):
        accept(world, registration)


def test_what_was_accepted_does_not_hold_for_a_third_name(world):
    registration = renamed(world)
    accept(world, registration)
    Candidate.objects.filter(pk=registration.candidate_id).update(name="周若兮")
    assert not Registration.objects.get().identity_stands
    assert not Registration.objects.filter(identity_stands()).exists()


def test_only_the_plans_own_body_accepts_and_only_who_is_verified(world):
    registration = renamed(world)
    with pytest.raises(NotAllowed):
        accept(world, registration, world.officer)
    with pytest.raises(Missing):
        accept(world, registration, world.actor(world.other_body))
    Candidate.objects.filter(pk=registration.candidate_id).update(state=CandidateState.UNVERIFIED)
    with pytest.raises(Refused, match="请院校先在“考生管理”中完成认证"):
        accept(world, registration)
    assert not Registration.objects.get().accepted_name
