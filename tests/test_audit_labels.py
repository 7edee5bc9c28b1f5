"""What the audit calls a row stays for good, so it names no person (trust 44)."""

from __future__ import annotations

import pytest
from django.apps import apps

from skillcert.candidates.models import Candidate
from skillcert.candidates.rules import delete_candidates
from skillcert.issuing.models import Certificate
from skillcert.kit.audit import AuditEntry
from skillcert.kit.rows import Row
from skillcert.registrations.models import Registration

PEOPLE = (Candidate, Registration, Certificate)


def about_a_person(model) -> bool:
    """Whether it is one of ``PEOPLE`` or hangs on one."""
    return model in PEOPLE or any(
        field.related_model in PEOPLE for field in model._meta.get_fields() if field.concrete
    )


def test_every_row_about_a_person_has_a_label_of_its_own():
    rows = [model for model in apps.get_models() if issubclass(model, Row) and about_a_person(model)]
    assert {"Candidate", "Registration", "Score", "Result", "Seat", "Certificate"} <= {model.__name__ for model in rows}
    assert [model.__name__ for model in rows if model.audit_label is Row.audit_label] == []


@pytest.mark.django_db
def test_the_entry_of_a_deleted_candidate_names_its_number(world):
    candidate = world.candidate()
    delete_candidates(actor=world.officer, now=world.now, candidates=[candidate.pk], reason="本人申请删除")
    entry = AuditEntry.objects.get(action="candidates.deleted")
    assert entry.object_label == candidate.number and candidate.name not in f"{entry.object_label}{entry.summary}"
