"""Signing by QR and phone: one use, one phone, one list, one person, ten minutes (trust 33, 34)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from skillcert.accounts.models import User
from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState
from skillcert.issuing import rules
from skillcert.issuing.models import Certificate, SigningSession
from skillcert.issuing.states import ISSUE, CertificateState
from skillcert.kit import jobs
from skillcert.kit.audit import AuditEntry, history
from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.results.models import Result

S = CertificateState
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 300 100'><path d='M0 0L9 9'/></svg>"


@pytest.fixture
def outbox(monkeypatch):
    """What was sent: (phone, text)."""
    sent: list[tuple[str, str]] = []

    class Sms:
        def send(self, phone: str, text: str) -> None:
            sent.append((phone, text))

    monkeypatch.setattr("skillcert.issuing.rules.signing.sms", Sms)
    return sent


@pytest.fixture
def phone(outbox):
    """Scan a QR and take the code: the session and the code."""

    def scan(token: str):
        session, key = rules.scan(token=token)
        rules.send_code(session=session)
        return session, re.search(r"\d{6}", outbox[-1][1])[0], key

    return scan


def start(world, *certificates, move="body_sign", actor=None):
    keys = [certificate.pk for certificate in certificates]
    return rules.start_signing(actor=actor or world.examiner, now=world.now, move=ISSUE[move], keys=keys)


def states():
    return sorted(Certificate.objects.values_list("state", flat=True))


@pytest.mark.rule("R25", "R26", "R29")
def test_the_body_signs_by_phone_and_the_school_is_told(world, phone):
    rows = [world.certificate(), world.certificate()]
    opened = start(world, *rows)
    session, code, _ = phone(opened.token)
    signed = rules.sign(session=session, now=world.now, code=code, drawing=DRAWING, ip="10.0.0.7")
    assert states() == [S.CENTER_PENDING, S.CENTER_PENDING]
    assert signed.result == {"done": 2, "refused": [], "left": 0} and signed.drawing.read() == DRAWING
    certificate = Certificate.objects.first()
    assert certificate.body_signature == signed
    entry = history(certificate)[0]
    assert (entry.actor_id, entry.ip) == (world.examiner.id, "10.0.0.7")
    assert Notice.objects.get(organization_id=world.school.pk, code="issuing.sign_center").text.startswith("培训评价组织已确认签发，2 张")


@pytest.mark.rule("R38", "R40")
def test_the_school_signs_second_and_then_it_may_be_released(world, phone):
    certificate = world.certificate(S.CENTER_PENDING)
    session, code, _ = phone(start(world, certificate, move="center_sign", actor=world.officer).token)
    rules.sign(session=session, now=world.now, code=code, typed_name=session.user.name)
    assert states() == [S.TO_RELEASE]
    assert Notice.objects.get(organization_id=world.body.pk).code == "issuing.release"


@pytest.mark.rule("R36", "R42")
@pytest.mark.parametrize(("state", "move", "target"), [
    (S.BODY_REFUSED, "body_resign", S.CENTER_PENDING), (S.CENTER_REFUSED, "center_resign", S.TO_RELEASE),
])  # fmt: skip
def test_signing_again_needs_the_signature_too(world, phone, state, move, target):
    certificate = world.certificate(state, refusal="照片待更换")
    actor = world.examiner if move.startswith("body") else world.officer
    session, code, _ = phone(start(world, certificate, move=move, actor=actor).token)
    rules.sign(session=session, now=world.now, code=code, typed_name=session.user.name)
    certificate.refresh_from_db()
    assert (certificate.state, certificate.refusal) == (target, "")


@pytest.mark.rule("R32")
def test_a_confirmation_has_no_way_back(world):
    backwards = [m for m in ISSUE.moves.values() if m.target in (S.BODY_PENDING, S.CENTER_PENDING) and not m.name.startswith("body")]
    assert backwards == []


def test_a_session_is_used_once(world, phone):
    opened = start(world, world.certificate())
    session, code, _ = phone(opened.token)
    rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    with pytest.raises(Refused, match="已经签字"):
        rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    with pytest.raises(Refused, match="已经签字"):
        rules.send_code(session=session)
    assert AuditEntry.objects.filter(action="certificate.body_sign").count() == 1


def test_a_second_phone_is_turned_away_and_the_first_may_come_back(world):
    opened = start(world, world.certificate())
    session, key = rules.scan(token=opened.token)
    assert rules.scan(token=opened.token, phone_key=key)[0].pk == session.pk
    for stranger in ("", "guess"):
        with pytest.raises(Refused, match="另一台手机"):
            rules.scan(token=opened.token, phone_key=stranger)
    from skillcert.issuing.rules.signing import session_of_phone

    with pytest.raises(Refused, match="已失效"):
        session_of_phone(session.pk, "guess")


def test_an_expired_or_unknown_token_opens_nothing(world, phone):
    opened = start(world, world.certificate())
    with pytest.raises(Refused, match="已失效"):
        rules.scan(token="guess")
    session, code, _ = phone(opened.token)
    SigningSession.objects.update(expires_at=timezone.now())
    with pytest.raises(Refused, match="已失效"):
        rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    assert states() == [S.BODY_PENDING]
    assert SigningSession.objects.get().expires_at <= opened.session.created_at + timedelta(minutes=10)


def test_five_wrong_codes_void_the_session(world, phone):
    session, code, _ = phone(start(world, world.certificate()).token)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1):
        with pytest.raises(Refused, match=f"还可以试 {left} 次"):
            rules.sign(session=session, now=world.now, code=wrong, drawing=DRAWING)
    with pytest.raises(Refused, match="连续输错 5 次"):
        rules.sign(session=session, now=world.now, code=wrong, drawing=DRAWING)
    with pytest.raises(Refused, match="已失效"):
        rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    assert states() == [S.BODY_PENDING]


def test_a_code_is_sent_to_the_signers_phone_at_most_once_a_minute(world, outbox):
    session, _ = rules.scan(token=start(world, world.certificate()).token)
    rules.send_code(session=session)
    assert outbox[0][0] == "13800000000"
    with pytest.raises(Refused, match="秒后再重发"):
        rules.send_code(session=session)
    assert len(outbox) == 1
    assert outbox[0][1][13:] and not SigningSession.objects.filter(code_hash__contains=re.search(r"\d{6}", outbox[0][1])[0]).exists()


@pytest.mark.parametrize("change", [
    lambda c: Certificate.objects.filter(pk=c.pk).update(name="周若兮"),
    lambda c: Certificate.objects.filter(pk=c.pk).update(id_number="330106200501010010"),
    lambda c: Result.objects.filter(pk=c.result_id).update(total="80.01"),
    lambda c: Certificate.objects.filter(pk=c.pk).update(state=S.BODY_REFUSED),
    lambda c: c.photo.__class__.objects.filter(pk=c.photo_id).update(digest="0" * 64),
])  # fmt: skip
def test_a_row_changed_after_the_qr_was_shown_voids_it_and_moves_nothing(world, phone, change):
    touched, untouched = world.certificate(), world.certificate()
    session, code, _ = phone(start(world, touched, untouched).token)
    change(touched)
    with pytest.raises(Refused, match="没有签发任何证书"):
        rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    untouched.refresh_from_db()
    session.refresh_from_db()
    assert (untouched.state, session.state) == (S.BODY_PENDING, SigningSession.State.VOID)
    assert AuditEntry.objects.filter(action="signing.voided").count() == 1


def test_a_list_altered_in_the_session_itself_is_void(world, phone):
    mine, other = world.certificate(), world.certificate()
    session, code, _ = phone(start(world, mine).token)
    SigningSession.objects.update(keys=[mine.pk, other.pk])
    with pytest.raises(Refused, match="没有签发任何证书"):
        rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    assert states() == [S.BODY_PENDING, S.BODY_PENDING]


def test_the_act_is_the_signers_own_and_needs_the_right_still(world, phone):
    session, code, _ = phone(start(world, world.certificate()).token)
    for typed in ("", "梁婉清"):
        with pytest.raises(Refused, match="手写签名，或输入签发人本人姓名"):
            rules.sign(session=session, now=world.now, code=code, typed_name=typed)
    User.objects.filter(pk=world.examiner.id).update(is_active=False)
    session = SigningSession.objects.get()
    with pytest.raises(Refused, match="已停用"):
        rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    assert states() == [S.BODY_PENDING]


def test_who_may_not_sign_gets_no_qr(world):
    certificate = world.certificate()
    with pytest.raises(NotAllowed):
        start(world, certificate, actor=world.officer)
    with pytest.raises(Refused, match="都不可签发"):
        start(world, certificate, actor=world.actor(world.other_body))
    User.objects.filter(pk=world.examiner.id).update(phone="")
    with pytest.raises(Refused, match="没有登记手机号"):
        start(world, certificate)


@pytest.mark.rule("R20")
def test_a_row_not_accurate_any_more_is_left_out_of_the_qr_and_reported_by_the_chunk(world, phone):
    good, doubtful = world.certificate(), world.certificate()
    Candidate.objects.filter(pk=doubtful.candidate_id).update(state=CandidateState.TO_CONFIRM)
    assert start(world, good, doubtful).session.keys == [good.pk]
    Candidate.objects.filter(pk=doubtful.candidate_id).update(state=CandidateState.ACCURATE)
    session, code, _ = phone(start(world, good, doubtful).token)
    Candidate.objects.filter(pk=doubtful.candidate_id).update(state=CandidateState.TO_CONFIRM)
    signed = rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    assert signed.result["done"] == 1 and "考生信息尚未认定为准确" in signed.result["refused"][0]


def test_a_signed_list_is_resumed_after_a_crash_without_a_second_effect(world, phone):
    rows = [world.certificate(), world.certificate()]
    session, code, _ = phone(start(world, *rows).token)
    signed = rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    Certificate.objects.filter(pk=rows[1].pk).update(state=S.BODY_PENDING, body_signature=None)  # as if killed in between
    rules.resume(session=signed, actor=world.examiner, now=world.now)
    rules.resume(session=signed, actor=world.examiner, now=world.now)
    assert signed.result == {"done": 2, "refused": [], "left": 0}
    assert AuditEntry.objects.filter(action="certificate.body_sign", object_id=str(rows[0].pk)).count() == 1


def test_a_long_list_is_signed_by_a_job_that_may_be_run_again(world, phone, monkeypatch):
    monkeypatch.setattr("skillcert.issuing.rules.signing.AT_ONCE", 1)
    session, code, _ = phone(start(world, world.certificate(), world.certificate()).token)
    signed = rules.sign(session=session, now=world.now, code=code, drawing=DRAWING)
    assert states() == [S.BODY_PENDING, S.BODY_PENDING] and signed.state == SigningSession.State.SIGNED
    job = jobs.Job.objects.get(kind="issuing.sign")
    for _ in range(2):
        jobs.run_job.func(str(job.pk))
    session.refresh_from_db()
    assert states() == [S.CENTER_PENDING, S.CENTER_PENDING] and session.result["done"] == 2
    assert AuditEntry.objects.filter(action="certificate.body_sign").count() == 2
