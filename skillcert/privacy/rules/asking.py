"""A request comes in: from the person, proven by a code to the phone on record, or registered by the institution."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from skillcert.accounts.rules.codes import send_code, spend_phone_code, try_phone_code
from skillcert.candidates.models import Candidate, IdType
from skillcert.kit import access, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import person_index
from skillcert.kit.errors import Refused
from skillcert.kit.notices import notify
from skillcert.kit.numbers import take

from ..models import PersonalRequest, Way, Wish

DAYS = 15
WRONG = "验证码不正确或已过期，请核对姓名、证件号后重新获取。"

declare({"privacy.asked": "受理个人信息申请"})


def candidates_of(name: str, number: str) -> QuerySet[Candidate]:
    """A person's records at every institution, the newest first."""
    indexes = [person_index(kind, number) for kind in IdType.values]
    rows = Candidate.objects.filter(person_index__in=indexes, name="".join(name.split()))
    return rows.select_related("institution").order_by("-updated_at", "-pk")


def reachable(rows: Iterable[Candidate]) -> list[Candidate]:
    """Those with the phone of the newest record that has one: its code proves the person to them and to no others."""
    known = [row for row in rows if row.phone]
    return [row for row in known if row.phone == known[0].phone]


def send_proof(candidate: int) -> None:
    """Text the code that proves who asks; to nobody when there is no phone, or when too many were sent."""
    row = Candidate.objects.filter(pk=candidate).first()
    if row is None or not row.phone:
        return
    try:
        send_code(actor=access.PUBLIC, phone=row.phone, title="个人信息申请验证码", more="请勿告诉他人")
    except Refused:
        return  # the page has answered already, the same to everybody


def prove(name: str, number: str, code: str) -> list[Candidate]:
    """The records that the code opens; the code is used up. Raises Refused at ``code``, the same whoever is unknown."""
    rows = reachable(candidates_of(name, number))
    if not rows:
        raise Refused(WRONG, field="code")
    try:
        try_phone_code(actor=access.PUBLIC, phone=rows[0].phone, code=code)
        with transaction.atomic():
            spend_phone_code(actor=access.PUBLIC, phone=rows[0].phone, code=code)
    except Refused as no:
        raise Refused(WRONG, field="code") from no
    return rows


def ask_online(*, now: datetime, name: str, number: str, code: str, wish: str, text: str) -> list[PersonalRequest]:
    """A person's own request, one to each institution that keeps them. Raises Refused at ``code``, or with the sentence of a
    request that already runs everywhere.
    """
    made, refusal = [], None
    for row in prove(name, number, code):
        person = Actor("candidate", "考生本人", id=row.pk, organization_id=row.institution_id, codes=frozenset({"privacy.ask"}))
        try:
            made.append(_receive(person, now, row, "privacy.ask", wish, text, Way.ONLINE))
        except Refused as no:
            refusal = no
    if refusal and not made:
        raise refusal
    return made


def register_in_person(*, actor: Actor, now: datetime, candidate: Candidate, wish: str, text: str) -> PersonalRequest:
    """The clerk has seen the person's document. Raises Refused for a request that already runs."""
    return _receive(actor, now, candidate, "privacy.handle", wish, text, Way.IN_PERSON)


def _receive(actor: Actor, now: datetime, row: Candidate, may: str, wish: str, text: str, way: Way) -> PersonalRequest:
    if wish == Wish.CORRECT and not text.strip():
        raise Refused("请写明哪一项不对、应当是什么。", field="text")
    with transaction.atomic():
        serial = take(f"privacy:{now:%Y%m%d}")[0]
        request = PersonalRequest(
            institution=row.institution, candidate=row, number=f"{now:%Y%m%d}{serial:04d}{secrets.randbelow(10_000):04d}",
            candidate_number=row.number, name=row.name, phone=row.phone, wish=wish, way=way, text=text.strip(),
            received_at=now, due_at=now + timedelta(days=DAYS),
        )  # fmt: skip
        gate.create(request, actor=actor, may=may, action="privacy.asked", summary={"wish": wish, "way": way})
        says = f"受理单号 {request.number}：考生申请{request.get_wish_display()}个人信息，请在 {request.due_at:%m-%d} 前答复"
        notify(row.institution_id, "privacy.handle", says, f"/privacy/requests/{request.pk}/")
    return request
