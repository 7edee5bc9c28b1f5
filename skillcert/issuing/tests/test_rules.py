"""Chapter 4.2: collecting, refusing, releasing, numbering."""

from __future__ import annotations

import pytest

from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState
from skillcert.issuing import rules
from skillcert.issuing.models import Certificate
from skillcert.issuing.numbering import is_number
from skillcert.issuing.states import ISSUE, CertificateState
from skillcert.kit.audit import AuditEntry, history
from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.kit.rows import constraints_as_sentences
from skillcert.registrations.models import Registration
from skillcert.registrations.rules import accept_identity

S = CertificateState
ALL = rules.Filters()


def collect(world, filters=ALL, actor=None):
    world.clock("over")
    return rules.collect(actor=actor or world.examiner, now=world.now, filters=filters)


@pytest.mark.rule("R17", "R23", "R24")
def test_collecting_makes_one_record_each_however_often(world):
    world.result(), world.result()
    assert collect(world).made == 2
    first = Certificate.objects.order_by("pk").first()
    Certificate.objects.filter(pk=first.pk).update(state=S.CENTER_PENDING)
    world.result()
    assert collect(world).made == 1
    assert collect(world).made == 0
    first.refresh_from_db()
    assert first.state == S.CENTER_PENDING and Certificate.objects.count() == 3
    assert history(first)[0].sentence == "获取待发证记录"


def test_collecting_keeps_to_the_filter(world):
    mine, theirs = world.result(), world.result(world.registered(world.accurate(institution=world.other_school)))
    assert collect(world, rules.Filters(institution=world.other_school.pk)).made == 1
    assert Certificate.objects.get().result == theirs
    assert collect(world, rules.Filters(plan=world.plan.pk + 1)).made == 0
    assert collect(world, rules.Filters(plan=world.plan.pk, qualification=world.qualification.pk)).made == 1
    assert mine.certificates.count() == 1


@pytest.mark.rule("R19", "R20", "R21")
def test_who_is_not_issuable_is_counted_with_the_first_reason(world):
    def passed(**changes):
        result = world.result()
        Candidate.objects.filter(pk=result.registration.candidate_id).update(**changes)
        return result

    passed(state=CandidateState.UNVERIFIED)
    passed(state=CandidateState.TO_CONFIRM)
    passed(state=CandidateState.NO_PHOTO, photo=None)
    passed(complete=False)
    passed(name="周若兮")
    passed()
    world.result(points="59")
    assert rules.obstacles(world.examiner, ALL) == [
        ("无照片", 1), ("信息未完善", 1), ("信息待认证", 1), ("需人工确认", 1), ("报考信息与认证信息不一致", 1),
    ]
    assert rules.not_issuable(world.examiner, ALL).count() == 5
    assert collect(world).made == 1


@pytest.mark.rule("R22")
def test_the_others_follow_once_their_data_are_mended(world):
    ready, waiting = world.result(), world.result()
    Candidate.objects.filter(pk=waiting.registration.candidate_id).update(state=CandidateState.UNVERIFIED)
    assert collect(world).made == 1
    Candidate.objects.filter(pk=waiting.registration.candidate_id).update(state=CandidateState.ACCURATE)
    assert collect(world).made == 1
    assert ready.certificates.count() == waiting.certificates.count() == 1


@pytest.mark.rule("R20", "R22")
def test_who_was_accepted_under_the_verified_identity_gets_one_certificate_in_it(world):
    registration = world.registered(world.accurate("周若西"))
    world.result(registration)
    Candidate.objects.filter(pk=registration.candidate_id).update(name="周若溪", person_index="f" * 32)
    registration.candidate.refresh_from_db()
    assert collect(world).made == 0 and rules.obstacles(world.examiner, ALL) == [(rules.DIFFERS, 1)]
    accept_identity(actor=world.examiner, now=world.now, registration=registration, reason="院校来函，附身份证复印件")
    assert collect(world).made == 1
    certificate = Certificate.objects.get()
    assert (certificate.name, certificate.person_index) == ("周若溪", "f" * 32)
    Candidate.objects.filter(pk=registration.candidate_id).update(name="周若兮", person_index="e" * 32)
    assert collect(world).made == 0 and not rules.obstacles(world.examiner, ALL)  # whoever has one is not asked for again


def test_who_registered_under_a_mistaken_number_and_again_under_the_right_one_gets_one_certificate(world):
    mistaken = world.registered(world.accurate())
    Registration.objects.filter(pk=mistaken.pk).update(ticket_number="26009933000001")
    Candidate.objects.filter(pk=mistaken.candidate_id).update(person_index="f" * 32)
    mistaken.candidate.refresh_from_db()
    world.result(mistaken), world.result(world.registered(mistaken.candidate))
    accept_identity(actor=world.examiner, now=world.now, registration=mistaken, reason="院校来函，附身份证复印件")
    assert collect(world).made == 1 and collect(world).made == 0


def test_before_publicity_ends_nobody_is_issuable(world):
    world.result(final=False)
    world.clock(world.plan.publicity_end)
    assert rules.obstacles(world.examiner, ALL) == [("公示未结束", 1)]
    assert rules.collect(actor=world.examiner, now=world.now, filters=ALL).made == 0
    assert collect(world).made == 1  # the lock is stored first, also when the tick has not come yet


def test_the_reason_of_a_row_is_the_one_it_is_counted_under(world):
    for column, value in (("state", CandidateState.UNVERIFIED), ("complete", False), ("name", "别名")):
        Candidate.objects.filter(pk=world.result().registration.candidate_id).update(**{column: value})
    world.result(final=False)
    rows = rules.collect_reasons(rules.not_issuable(world.examiner, ALL))
    counted = dict(rules.obstacles(world.examiner, ALL))
    assert {reason: 1 for _, reason in rows} == counted and len(counted) == 4


def test_another_body_collects_nothing_and_a_school_may_not(world):
    world.result()
    assert collect(world, actor=world.actor(world.other_body)).made == 0
    with pytest.raises(NotAllowed):
        collect(world, actor=world.officer)


@pytest.mark.rule("R30", "R35")
def test_refusing_needs_a_reason_and_keeps_it(world):
    certificate = world.certificate()
    with pytest.raises(Refused, match="理由"):
        rules.refuse(actor=world.examiner, now=world.now, move=ISSUE["body_refuse"], rows=[certificate.pk], reason=" ")
    rules.refuse(actor=world.examiner, now=world.now, move=ISSUE["body_refuse"], rows=[certificate.pk], reason="照片待更换")
    certificate.refresh_from_db()
    assert (certificate.state, certificate.refusal) == (S.BODY_REFUSED, "照片待更换")
    assert history(certificate)[0].detail.read()["reason"] == "照片待更换"


@pytest.mark.rule("R41")
def test_a_school_refuses_only_its_own_and_the_body_is_told(world):
    own, other = world.certificate(S.CENTER_PENDING), world.certificate(
        S.CENTER_PENDING, world.result(world.registered(world.accurate(institution=world.other_school)))
    )
    outcome = rules.refuse(
        actor=world.officer, now=world.now, move=ISSUE["center_refuse"], rows=[own.pk, other.pk], reason="信息有误"
    )
    other.refresh_from_db()
    assert outcome.done == [own.pk] and other.state == S.CENTER_PENDING
    assert Notice.objects.get(organization_id=world.body.pk).text == "1 张证书被考核站点拒绝签发：信息有误"


@pytest.mark.rule("R44", "R46")
def test_the_first_release_gives_number_and_date_and_a_second_keeps_them(world):
    certificate = world.certificate(S.TO_RELEASE)
    rules.release(actor=world.examiner, now=world.now, rows=[certificate.pk], way="electronic")
    certificate.refresh_from_db()
    number, day = certificate.number, certificate.issued_on
    assert certificate.state == S.GENERATING and certificate.edition == 1 and day == world.now.date()
    assert is_number(number) and number.startswith("2026000110123300000")
    Certificate.objects.filter(pk=certificate.pk).update(state=S.SEAL_FAILED)
    rules.re_release(actor=world.examiner, now=world.now, rows=[certificate.pk])
    world.clock("2027-02-01 10:00")
    rules.release(actor=world.examiner, now=world.now, rows=[certificate.pk], way="paper")
    certificate.refresh_from_db()
    assert (certificate.number, certificate.issued_on, certificate.edition) == (number, day, 2)


@pytest.mark.rule("R45")
def test_a_batch_gets_consecutive_numbers_by_series(world):
    rows = [world.certificate(S.TO_RELEASE) for _ in range(3)]
    outcome = rules.release(actor=world.examiner, now=world.now, rows=[c.pk for c in rows], way="paper")
    serials = sorted(c.number[14:21] for c in Certificate.objects.all())
    assert len(outcome.done) == 3 and serials == ["0000001", "0000002", "0000003"]
    with pytest.raises(Refused, match="发证方式"):
        rules.release(actor=world.examiner, now=world.now, rows=[], way="stone")


@pytest.mark.parametrize("state", [s for s in S if s != S.TO_RELEASE])
def test_only_what_both_signed_is_released(world, state):
    certificate = world.certificate(state)
    outcome = rules.release(actor=world.examiner, now=world.now, rows=[certificate.pk], way="paper")
    assert outcome.refused == [(certificate.pk, f"当前状态为“{S(state).label}”，不可发放")]
    assert not AuditEntry.objects.filter(action="certificate.release").exists()


def test_the_database_itself_holds_one_certificate_a_person(world):
    certificate = world.certificate()
    certificate.pk, certificate.token = None, "another"
    with pytest.raises(Refused, match="已有发证记录"), constraints_as_sentences(Certificate):
        certificate.save(force_insert=True)
    assert Certificate.objects.count() == 1
