"""What is signed: the content of certificates as one digest (trust 34).

The digest goes over what the signers vouch for, row by row in key order: who, what, from where, with which result,
the photo, and the state. A row that changes, or that somebody else moves, changes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from .models import Certificate

CHUNK = 1000
JOINED = ("qualification", "institution", "plan", "result", "photo")


def signable(certificate: Certificate) -> list[Any]:
    """The values of one certificate that a signature binds. ``JOINED`` should be joined."""
    result = certificate.result
    return [
        certificate.pk, certificate.state, certificate.candidate_number, certificate.name, certificate.kind,
        certificate.id_type, certificate.id_number, certificate.person_index, certificate.institution.name,
        certificate.qualification.code, certificate.qualification.name, certificate.qualification.grade,
        certificate.plan.name, result.outcome, str(result.total), certificate.photo.digest,
    ]  # fmt: skip


def digest_of(rows: QuerySet[Certificate], keys: Sequence[int]) -> str:
    """SHA-256 over the signable content of ``keys``, in key order, as far as ``rows`` hold them.

    A key that ``rows`` lack (deleted, or no longer visible) changes the digest like any other difference.
    """
    total = sha256()
    keys = sorted(keys)
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        for certificate in rows.filter(pk__in=part).select_related(*JOINED).order_by("pk"):
            total.update(json.dumps(signable(certificate), ensure_ascii=False).encode() + b"\n")
    return total.hexdigest()


def short(digest: str) -> str:
    """5be1 c07a … 93d4: enough to compare two screens by eye."""
    return f"{digest[:4]} {digest[4:8]} … {digest[-4:]}"
