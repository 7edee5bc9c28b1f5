"""What the sealer process reports: a certificate is sealed, or it is not and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from skillcert.kit import gate
from skillcert.kit.access import SYSTEM
from skillcert.kit.files import StoredFile, discard
from skillcert.kit.ledger import ChainReceipt, canonical
from skillcert.kit.merkle import leaf_hash

from ..models import Certificate, CertificateFile
from ..states import ISSUE


@dataclass(frozen=True)
class SealedFile:
    """A sealed PDF, stored but not yet the certificate's: ``edition`` is the one it was made for."""

    certificate: int
    edition: int
    way: str
    token: str
    face: str
    file: StoredFile
    payload: dict[str, object]


def mark_sealed(*, now: datetime, files: Sequence[SealedFile]) -> gate.Outcome:
    """R49: 完成发放, with the file as the newest edition and its receipt, all in one transaction.

    A certificate that was sealed meanwhile, or released again, is left as it is: nothing happens twice.
    """
    by_key = {file.certificate: file for file in files}

    def beside(keys: list[int], found: dict[int, Certificate]) -> None:
        mine = [by_key[key] for key in keys]
        receipts = ChainReceipt.objects.bulk_create(
            ChainReceipt(
                subject_type=Certificate._meta.label_lower, subject_id=str(file.certificate), payload=file.payload,
                leaf=leaf_hash(canonical(file.payload)).hex(),
            )
            for file in mine
        )
        CertificateFile.objects.bulk_create(
            CertificateFile(
                certificate_id=file.certificate, edition=file.edition, way=file.way, token=file.token, file=file.file,
                digest=file.file.digest, face=file.face, receipt=receipt,
            )
            for file, receipt in zip(mine, receipts, strict=True)
        )

    current = dict(Certificate.objects.filter(pk__in=by_key).values_list("pk", "edition"))
    keys = [key for key, file in by_key.items() if current.get(key) == file.edition]
    return gate.change_many(
        Certificate, keys, ISSUE["sealed"], actor=SYSTEM, now=now, values={"failure": ""}, beside=beside
    )


def mark_failed(*, now: datetime, certificate: int, reason: str) -> gate.Outcome:
    """R47: 盖章失败 with its reason."""
    return gate.change_many(
        Certificate, [certificate], ISSUE["seal_failed"], actor=SYSTEM, now=now, values={"failure": reason[:300]}, reason=reason
    )


def forget_orphans() -> int:
    """Discard sealed files that no certificate took: those of a round that was killed. Only for the one sealer."""
    taken = CertificateFile.objects.values("file")
    orphans = list(StoredFile.objects.filter(shelf="certificate").exclude(pk__in=taken).values_list("pk", flat=True))
    discard(orphans)
    return len(orphans)
