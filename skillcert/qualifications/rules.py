"""Chapter 4.1: from draft to the published, anchored entry of the catalogue [moves: assumption]."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from skillcert.accounts.models import User
from skillcert.kit.access import Actor
from skillcert.kit.gate import change
from skillcert.kit.ledger import anchor
from skillcert.kit.notices import notify
from skillcert.orgs.models import Institution

from .models import Participation, Qualification, QualificationOwner
from .states import QUALIFICATION


def submit_qualification(*, actor: Actor, now: datetime, qualification: Qualification) -> Qualification:
    """草稿 or 退回 to 待审核, by the awarding body."""
    return change(qualification, QUALIFICATION["submit"], actor=actor, now=now)


def publish_qualification(*, actor: Actor, now: datetime, qualification: Qualification) -> Qualification:
    """待审核 to 已发布, by the platform. R16: the entry is handed to the log, whose block gives 区块高度, 块哈希, 交易哈希."""

    def write(keys: list[int], rows: dict[int, Any]) -> None:
        for row in rows.values():
            Qualification.objects.filter(pk=row.pk).update(receipt=anchor(row, payload_of(row)))
            notify(row.awarding_body_id, "qualifications.edit", f"证书“{row}”已发布。")

    return change(qualification, QUALIFICATION["publish"], actor=actor, now=now, beside=write)


def return_qualification(*, actor: Actor, now: datetime, qualification: Qualification, reason: str) -> Qualification:
    """待审核 to 退回, with the reason that the awarding body reads."""

    def tell(keys: list[int], rows: dict[int, Any]) -> None:
        for row in rows.values():
            notify(row.awarding_body_id, "qualifications.edit", f"证书“{row}”被退回：{reason}"[:200])

    return change(qualification, QUALIFICATION["return"], actor=actor, now=now, reason=reason, beside=tell)


def stop_qualification(*, actor: Actor, now: datetime, qualification: Qualification, reason: str) -> Qualification:
    """已发布 to 已停用: no new applications; what was issued stays valid."""
    return change(qualification, QUALIFICATION["stop"], actor=actor, now=now, reason=reason)


def resume_qualification(*, actor: Actor, now: datetime, qualification: Qualification) -> Qualification:
    """已停用 back to 已发布. The anchor made when it was first published stays."""
    return change(qualification, QUALIFICATION["resume"], actor=actor, now=now)


def note_application(institution: Institution, qualification: Qualification, year: int) -> None:
    """R7, R10: 所有申请过证书试点的. Kept when an application is submitted, whatever becomes of it; R13 asks for approved ones."""
    Participation.objects.get_or_create(institution=institution, qualification=qualification, year=year)


def put_in_charge(*, user: User, qualifications: Iterable[int]) -> None:
    """R240: 证书负责人选择“是”则可以选择负责的证书. Part of accounts' own rule, which checks and audits."""
    QualificationOwner.objects.filter(user=user).delete()
    QualificationOwner.objects.bulk_create([QualificationOwner(user=user, qualification_id=key) for key in qualifications])


def payload_of(row: Qualification) -> dict[str, Any]:
    """What the log holds of an entry: no person in it."""
    majors = sorted(row.majors.values_list("code", "version"))
    return {
        "kind": "qualification", "code": row.code, "grade": row.grade, "name": row.name,
        "awarding_body": row.awarding_body.org_code, "start_date": str(row.start_date or ""),
        "majors": [f"{code}/{version}" for code, version in majors], "pass_rule": row.pass_rule,
    }  # fmt: skip
