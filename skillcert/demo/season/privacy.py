"""Requests of persons about their data, in every state and one of them late, at the school that the guide walks through."""

from __future__ import annotations

from datetime import datetime, timedelta

from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import User
from skillcert.candidates.models import Candidate
from skillcert.privacy import rules
from skillcert.privacy.models import Wish

ASKED = (  # wish, days ago, what was written
    (Wish.CORRECT, 17, "姓名拼音的姓和名之间应有空格"),
    (Wish.COPY, 13, ""),
    (Wish.COPY, 6, "想看看平台上存了我的哪些信息"),
    (Wish.WITHDRAW, 2, "不再同意使用我的照片"),
    (Wish.DELETE, 1, "我不参加考试了，请删除我的信息"),
)
ANSWERED = 3


def build_requests(now: datetime) -> None:
    """Of those not registered yet; one answered, one refused, the others open."""
    officer = actor_of(User.objects.select_related("organization", "role").get(username="yunzhou-admin"))
    free = Candidate.visible_to(officer).filter(registration_count=0).exclude(phone="").select_related("institution")
    made = [
        rules.register_in_person(actor=officer, now=now - timedelta(days=days), candidate=row, wish=wish, text=text)
        for row, (wish, days, text) in zip(free.order_by("-pk")[: len(ASKED)], ASKED, strict=True)
    ]
    rules.fulfil_request(actor=officer, now=now - timedelta(days=ANSWERED), request=made[2])
    reason = "申请时没有携带证件，未能核实本人，请携带证件原件到教务处 204 办理"
    rules.refuse_requests(actor=officer, now=now - timedelta(days=ANSWERED), requests=[made[1].pk], reason=reason)
