"""What an institution does with a request: carry it out, or say why not. The person is told either way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from skillcert.candidates.models import Candidate
from skillcert.candidates.rules import delete_candidates, withdraw_consents
from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.client import client as sms
from skillcert.kit import audit, gate
from skillcert.kit.access import Actor
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome, locked

from ..models import PersonalRequest, Wish
from ..states import REQUEST

log = structlog.get_logger(__name__)

COPY_DAYS = 30
USUAL = {
    Wish.COPY: f"已准备好个人信息副本，{COPY_DAYS} 天内凭受理单号、姓名和短信验证码下载。",
    Wish.DELETE: "已删除您的考生信息与照片。",
    Wish.WITHDRAW: "已撤回您的同意，今后不再据此处理。",
}


def copy_until(request: PersonalRequest) -> datetime | None:
    """Until when the person may fetch the copy; None when there is none."""
    ready = request.wish == Wish.COPY and request.state == "done" and request.closed_at
    return request.closed_at + timedelta(days=COPY_DAYS) if ready and request.closed_at else None


def fulfil_request(
    *, actor: Actor, now: datetime, request: PersonalRequest, answer: str = "", subjects: Sequence[str] = ()
) -> PersonalRequest:
    """Carry it out and tell the person. Raises Refused with the reason why the data cannot go: then it is refused with it.

    A correction is made on the candidate's own page first; here it is answered. ``subjects``: which consents are withdrawn.
    """
    answer = answer.strip() or USUAL.get(Wish(request.wish), "")
    if not answer:
        raise Refused("请写明改了什么，将告知本人。", field="answer")
    with transaction.atomic():
        found = locked(PersonalRequest.visible_to(actor).filter(pk=request.pk))
        if not found:
            raise Missing()
        candidate, phone = found[0].candidate, found[0].phone
        values = {"answer": answer, "closed_at": now, "closed_by": actor.label}
        closed = gate.change(found[0], REQUEST["fulfil"], actor=actor, now=now, values=values)
        if closed.wish == Wish.DELETE and candidate is not None:
            reason = f"本人申请删除，受理单号 {closed.number}"
            outcome = delete_candidates(actor=actor, now=now, candidates=[candidate.pk], reason=reason)
            if outcome.refused:
                raise Refused(f"{outcome.refused[0][1]}请改为“不予处理”，把理由告知本人。")
            audit.blank("candidates.candidate", str(outcome.done[0]))
            closed.refresh_from_db()
        if closed.wish == Wish.WITHDRAW and candidate is not None:
            _withdraw(actor, now, candidate, subjects, closed.number)
        _tell(phone, closed)
    return closed


def refuse_requests(
    *, actor: Actor, now: datetime, requests: QuerySet[PersonalRequest] | Iterable[int], reason: str
) -> Outcome:
    """不予处理, with the reason, of which the person is told."""

    def tell(keys: list[int], rows: dict[int, PersonalRequest]) -> None:
        for key in keys:
            rows[key].state = REQUEST["refuse"].target
            _tell(rows[key].phone, rows[key])

    values = {"answer": reason.strip(), "closed_at": now, "closed_by": actor.label}
    return gate.change_many(
        PersonalRequest, requests, REQUEST["refuse"], actor=actor, now=now, values=values, reason=reason, beside=tell
    )


def _withdraw(actor: Actor, now: datetime, candidate: Candidate, subjects: Sequence[str], receipt: str) -> None:
    if not subjects:
        raise Refused("请选择撤回哪一项同意。", field="subjects")
    reason = f"本人申请撤回，受理单号 {receipt}"
    withdraw_consents(actor=actor, now=now, candidate=candidate, subjects=subjects, reason=reason)


def _tell(phone: str, request: PersonalRequest) -> None:
    """After the commit: without a word of what it was about, for a phone is read by others, too."""
    text = f"【职业技能等级证书平台】您的个人信息申请（受理单号 {request.number}）已答复，请在平台“个人信息保护”页面凭受理单号和姓名查看。"

    def send() -> None:
        try:
            sms().send(phone, text)
        except SmsFailed:
            log.warning("personal_request_not_texted", request=request.pk)

    if phone:
        transaction.on_commit(send)
