"""The code that proves a phone (R241): bound to the number and to who asked, ten minutes, five tries, good once."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.client import client as sms
from skillcert.kit.access import Actor
from skillcert.kit.crypto import blind_index
from skillcert.kit.errors import Refused

from ..models import PhoneCode
from .login import one_at_a_time

LIFETIME = timedelta(minutes=10)
RESEND = timedelta(seconds=60)
HOUR = timedelta(hours=1)
MOST_OF_NUMBER, MOST_OF_ASKER = 5, 30  # an hour
MOST_TRIES = 5


def send_phone_code(*, actor: Actor, phone: str, own: bool = False) -> None:
    """R241: 新增用户需给登录账号关联手机号发送验证码. ``own``: the phone is to become the asker's own, which needs no
    permission. Raises Refused at ``phone`` or ``code``: too many, or the sender down.
    """
    if not own:
        actor.need("users.edit" if actor.may("users.edit") else "users.open")
    what = "您正在把账号的手机号换成本号码，请勿告诉他人" if own else "请告诉为您开通账号的管理员"
    send_code(actor=actor, phone=phone, title="手机号验证码", more=what)


def send_code(*, actor: Actor, phone: str, title: str, more: str, purpose: str = "") -> None:
    """Text a new code to ``phone``, for this asker to bring back; for ``purpose`` alone. Raises Refused as
    ``send_phone_code`` does.
    """
    code = f"{secrets.randbelow(1_000_000):06d}"
    with transaction.atomic():
        one_at_a_time(_index(phone), f"asker {actor.id}")
        _refuse_too_many(phone, actor)
        kept = PhoneCode.objects.create(phone_index=_index(phone), user_id=actor.id or 0, code_hash=_hashed(phone, purpose + code))
    text = f"【职业技能等级证书平台】{title} {code}，10 分钟内有效，{more}；非本人申请请忽略。"
    try:
        sms().send(phone, text)
    except SmsFailed as no:
        with transaction.atomic():
            PhoneCode.objects.filter(pk=kept.pk).delete()
        raise Refused(f"{no}。", field="code") from no


def try_phone_code(*, actor: Actor, phone: str, code: str) -> None:
    """Compare, and count a miss for good: in a transaction of its own, before the form's. Raises Refused at ``code``."""
    with transaction.atomic():
        kept = _newest(phone, actor)
        if kept is None:
            raise Refused("请先点“获取验证码”，再填写该手机收到的 6 位数字。", field="code")
        if kept.at < timezone.now() - LIFETIME:
            raise Refused("验证码已过期（10 分钟内有效），请重新获取。", field="code")
        if kept.tries >= MOST_TRIES:
            raise Refused(f"验证码已连续输错 {MOST_TRIES} 次而作废，请重新获取。", field="code")
        right = hmac.compare_digest(kept.code_hash, _hashed(phone, code))
        if not right:
            PhoneCode.objects.filter(pk=kept.pk).update(tries=F("tries") + 1)
    if not right:
        left = MOST_TRIES - kept.tries - 1
        raise Refused(f"验证码不正确，{f'还可以试 {left} 次' if left else '已作废，请重新获取'}。", field="code")


def spend_phone_code(*, actor: Actor, phone: str, code: str) -> None:
    """Use the code up, inside the caller's transaction. Raises Refused for one that is wrong, old or used."""
    rows = PhoneCode.objects.filter(
        phone_index=_index(phone), user_id=actor.id or 0, code_hash=_hashed(phone, code), used=False, tries__lt=MOST_TRIES,
        at__gte=timezone.now() - LIFETIME,
    )  # fmt: skip
    newest = rows.order_by("-pk").values("pk")[:1]
    if not PhoneCode.objects.filter(pk__in=[row["pk"] for row in newest], used=False).update(used=True):
        raise Refused("验证码已用过或已过期，请重新获取。", field="code")


def spend_late_code(*, phone: str, code: str, purpose: str, since: datetime) -> bool:
    """Use up a code of the public's, sent after ``since``, be it the newest or not; whether there was one."""
    rows = PhoneCode.objects.filter(
        phone_index=_index(phone), user_id=0, code_hash=_hashed(phone, purpose + code), used=False, at__gte=since
    )
    return rows.update(used=True) > 0


def _refuse_too_many(phone: str, actor: Actor) -> None:
    now = timezone.now()
    of_number = list(
        PhoneCode.objects.filter(phone_index=_index(phone), at__gt=now - HOUR).order_by("-at").values_list("at", flat=True)
    )
    if of_number and of_number[0] > now - RESEND:
        left = int((of_number[0] + RESEND - now).total_seconds()) + 1
        raise Refused(f"验证码刚刚发出，请 {left} 秒后再获取。", field="code")
    if len(of_number) >= MOST_OF_NUMBER:
        again = timezone.localtime(of_number[MOST_OF_NUMBER - 1] + HOUR)
        raise Refused(f"这个号码 1 小时内已发过 {MOST_OF_NUMBER} 次验证码，请 {again:%H:%M} 以后再获取。", field="code")
    asked = PhoneCode.objects.filter(user_id=actor.id, at__gt=now - HOUR) if actor.id else None  # the public is no one asker
    if asked is not None and asked.count() >= MOST_OF_ASKER:
        raise Refused(f"您 1 小时内已获取 {MOST_OF_ASKER} 次验证码，请稍后再试。", field="code")


def _newest(phone: str, actor: Actor) -> PhoneCode | None:
    return PhoneCode.objects.filter(phone_index=_index(phone), user_id=actor.id or 0).order_by("-pk").first()


def _index(phone: str) -> str:
    return blind_index(phone, "phone-code")


def _hashed(phone: str, code: str) -> str:
    return blind_index(f"{phone}:{''.join(code.split())}", "phone-code-value")
