"""Chapter 5.2.7: requests by certificate and by subject, confirmed once, deleted while open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from skillcert.fees import rules
from skillcert.fees.models import PaymentItem, PaymentRequest
from skillcert.fees.states import PaymentState
from skillcert.kit.errors import NotAllowed, Refused
from skillcert.registrations.models import Mode, Registration
from skillcert.registrations.tests.test_rules import register


def make(world, mode=Mode.CERTIFICATE):
    return rules.make_request(
        actor=world.officer, now=world.now, plan=world.plan, qualification=world.qualification, mode=mode
    )


@pytest.mark.rule("R167", "R171")
def test_a_request_by_certificate_takes_all_unpaid_registrations_once(world):
    register(world, world.candidate(), world.candidate())
    made = make(world)
    assert (made.head_count, made.total, made.state) == (2, 60000, PaymentState.OPEN)
    assert made.number == f"JF{world.now:%Y%m%d}000001"
    with pytest.raises(Refused, match="没有待缴费的报考"):
        make(world)
    register(world, world.candidate())
    assert make(world).head_count == 1


@pytest.mark.rule("R174")
def test_a_request_by_subject_counts_subjects(world):
    register(world, world.candidate(), mode=Mode.SUBJECT)
    made = make(world, Mode.SUBJECT)
    assert (made.head_count, made.total) == (2, 30000)


@pytest.mark.rule("R172", "R173")
def test_only_plans_and_qualifications_registered_by_certificate_can_be_chosen(world):
    register(world, world.candidate(), mode=Mode.SUBJECT)
    by = {"actor": world.officer, "now": world.now}
    assert not rules.payable_plans(mode=Mode.CERTIFICATE, **by)
    register(world, world.candidate())
    assert list(rules.payable_plans(mode=Mode.CERTIFICATE, **by)) == [world.plan]
    assert list(rules.payable_qualifications(mode=Mode.CERTIFICATE, plan=world.plan, **by)) == [world.qualification]
    by["now"] = world.plan.registration_end + timedelta(seconds=1)
    assert not rules.payable_plans(mode=Mode.CERTIFICATE, **by)


@pytest.mark.rule("R175", "R176")
def test_only_plans_and_qualifications_registered_by_subject_can_be_chosen(world):
    register(world, world.candidate())
    by = {"actor": world.officer, "now": world.now, "mode": Mode.SUBJECT}
    assert not rules.payable_plans(**by)
    register(world, world.candidate(), mode=Mode.SUBJECT)
    assert list(rules.payable_plans(**by)) == [world.plan]
    assert list(rules.payable_qualifications(plan=world.plan, **by)) == [world.qualification]


@pytest.mark.rule("R169", "R170")
def test_confirming_marks_the_registrations_paid_and_cannot_be_repeated(world):
    register(world, world.candidate())
    made = make(world)
    assert rules.confirm_payments(actor=world.examiner, now=world.now, requests=[made.pk]).done == [made.pk]
    row = Registration.objects.get()
    assert row.paid and not row.in_request and all(row.subjects.values_list("paid", flat=True))
    again = rules.confirm_payments(actor=world.examiner, now=world.now, requests=[made.pk])
    assert again.refused == [(made.pk, "当前状态为“已确认”，不可确认缴费")]
    with pytest.raises(NotAllowed):
        rules.confirm_payments(actor=world.officer, now=world.now, requests=[made.pk])


@pytest.mark.rule("R179")
def test_an_open_request_is_deleted_and_its_registrations_are_free_again(world):
    register(world, world.candidate())
    made = make(world)
    assert rules.delete_requests(actor=world.officer, now=world.now, requests=[made.pk]).done == [made.pk]
    assert not PaymentItem.objects.exists() and not Registration.objects.get().in_request
    made = make(world)
    rules.confirm_payments(actor=world.examiner, now=world.now, requests=[made.pk])
    outcome = rules.delete_requests(actor=world.officer, now=world.now, requests=[made.pk])
    assert outcome.refused == [(made.pk, "已确认缴费，不能删除")]
    assert PaymentRequest.objects.count() == 1


def test_another_body_cannot_confirm(world):
    register(world, world.candidate())
    made = make(world)
    outcome = rules.confirm_payments(actor=world.actor(world.other_body), now=world.now, requests=[made.pk])
    assert outcome.done == [] and not Registration.objects.get().paid
