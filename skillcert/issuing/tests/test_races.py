"""Many at the same moment: one certificate each, one number each, one phone, one signature (trust 23, 33)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from skillcert.issuing import rules
from skillcert.issuing.models import Certificate, SigningSession
from skillcert.issuing.numbering import is_number
from skillcert.issuing.states import ISSUE, CertificateState
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Refused

WORKERS = 8


def at_once(act: Callable[[], Any], workers: int = WORKERS) -> list[Any]:
    """What each worker got: its answer, or the refusal."""
    gate, answers = threading.Barrier(workers), []

    def work() -> None:
        try:
            gate.wait()
            answers.append(act())
        except Refused as no:
            answers.append(no)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def refused(answers: list[Any]) -> int:
    return sum(isinstance(answer, Refused) for answer in answers)


def test_collecting_from_many_sides_makes_one_record_each(transactional_db, world):
    for _ in range(5):
        world.result()
    world.clock("over")
    actor = world.examiner
    answers = at_once(lambda: rules.collect(actor=actor, now=world.now, filters=rules.Filters()))
    assert sum(answer.made for answer in answers if not isinstance(answer, Refused)) == 5
    assert Certificate.objects.count() == Certificate.objects.values("person_index").distinct().count() == 5


def test_releasing_from_many_sides_gives_each_one_number_and_one_edition(transactional_db, world):
    keys = [world.certificate(CertificateState.TO_RELEASE).pk for _ in range(5)]
    actor = world.examiner
    answers = at_once(lambda: rules.release(actor=actor, now=world.now, rows=keys, way="electronic"))
    assert sum(len(answer.done) for answer in answers if not isinstance(answer, Refused)) == 5
    numbers = list(Certificate.objects.values_list("number", flat=True))
    assert len(set(numbers)) == 5 and all(map(is_number, numbers))
    assert set(Certificate.objects.values_list("edition", flat=True)) == {1}
    assert AuditEntry.objects.filter(action="certificate.release").count() == 5


def test_of_many_phones_one_is_let_in_and_of_many_submits_one_signs(transactional_db, world, monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr("skillcert.issuing.rules.signing.sms", lambda: type("Sms", (), {"send": lambda s, p, t: sent.append(t)})())
    certificate, actor = world.certificate(), world.examiner
    opened = rules.start_signing(actor=actor, now=world.now, move=ISSUE["body_sign"], keys=[certificate.pk])
    phones = at_once(lambda: rules.scan(token=opened.token))
    assert refused(phones) == WORKERS - 1
    session = SigningSession.objects.select_related("user").get()
    rules.send_code(session=session)
    code = re.search(r"\d{6}", sent[-1])[0]
    signed = at_once(lambda: rules.sign(session=session, now=world.now, code=code, typed_name=session.user.name), 4)
    assert refused(signed) == 3
    assert AuditEntry.objects.filter(action="certificate.body_sign").count() == 1


@pytest.mark.parametrize("again", [1, 2])
def test_the_sealers_report_counts_once_however_often_it_comes(transactional_db, sealed, again):
    certificate = sealed.world.certificate(CertificateState.TO_RELEASE)
    sealed.release(certificate)
    made = certificate.files.get()
    file = rules.SealedFile(certificate.pk, 1, "electronic", f"again{again}", made.face, made.file, {"edition": 1})
    answers = at_once(lambda: rules.mark_sealed(now=sealed.world.now, files=[file]), 4)
    assert all(not answer.done for answer in answers)
    assert certificate.files.count() == 1
