"""4.2.5 to 4.2.7: releasing, numbering at the first release, releasing again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from skillcert.kit import gate, numbers
from skillcert.kit.access import Actor
from skillcert.kit.errors import Refused

from ..models import Certificate, Way
from ..numbering import number_of, series
from ..states import ISSUE


def release(
    *, actor: Actor, now: datetime, rows: QuerySet[Certificate] | Iterable[int], way: str, progress: Any = None
) -> gate.Outcome:
    """R44-R46: release as paper or electronic; the state becomes 证书生成中. The first release gives number and date."""
    if way not in Way.values:
        raise Refused("请选择发证方式：电子证书或纸质证书。", field="way")

    def beside(keys: list[int], found: dict[int, Certificate]) -> None:
        Certificate.objects.filter(pk__in=keys).update(edition=F("edition") + 1)
        _number([key for key in keys if found[key].number is None], now)

    return gate.change_many(
        Certificate, rows, ISSUE["release"], actor=actor, now=now, values={"way": way, "failure": ""}, beside=beside,
        progress=progress,
    )


def _number(keys: list[int], now: datetime) -> None:
    """Numbers in key order, a series per year, awarding body, qualification, level and province."""
    joined = ("awarding_body", "qualification", "institution__province")
    waiting = defaultdict(list)
    for certificate in Certificate.objects.filter(pk__in=keys).select_related(*joined).order_by("pk"):
        prefix = series(
            year=now.year, awarding_body=certificate.awarding_body.number, qualification=certificate.qualification.number,
            grade=certificate.qualification.grade, province=certificate.institution.province.province_code,
        )
        waiting[prefix].append(certificate)
    for prefix, certificates in sorted(waiting.items()):
        taken = numbers.take(f"certificate:{prefix}", len(certificates))
        for certificate, serial in zip(certificates, taken, strict=True):
            certificate.number, certificate.issued_on = number_of(prefix, serial), now.date()
        Certificate.objects.bulk_update(certificates, ["number", "issued_on"], batch_size=200)


def re_release(*, actor: Actor, now: datetime, rows: QuerySet[Certificate] | Iterable[int]) -> gate.Outcome:
    """R48, R50: back to 证书待发放. Number and date stay; the sealed file stays 有效 until the next one is complete."""
    return gate.change_many(Certificate, rows, ISSUE["re_release"], actor=actor, now=now)
