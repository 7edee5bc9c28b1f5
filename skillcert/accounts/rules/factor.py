"""The second factor: a one-time code of an authenticator (RFC 6238), for administrators and signers (trust 12)."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_otp.oath import hotp

from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import blind_index
from skillcert.kit.errors import Missing, Refused

from ..models import LoginFailure, SecondFactor, User
from .login import WAIT, Attempt, tell_failure
from .passwords import policy_of

declare({
    "accounts.enrol": "绑定动态口令",
    "accounts.drop_factor": "解绑动态口令",
    "accounts.recovery": "使用恢复码登录",
})  # fmt: skip

STEP, DIGITS = 30, 6
DRIFT = 1  # a code of the step before or after is taken too: phones' clocks differ
MOST_TRIES = 5
PENDING = timedelta(minutes=15)
RECOVERY_CODES = 8
PRIVILEGED = {"users.edit", "users.open", "issuing.sign_body", "issuing.sign_center", "issuing.release"}


def factor_of(user: User) -> SecondFactor | None:
    """The confirmed second factor of a user."""
    return SecondFactor.objects.filter(user=user, confirmed=True).first()


def pending_factor(user: User) -> SecondFactor | None:
    """The one that waits for its first right code; a quarter of an hour, for its key has been on a screen."""
    return _pending(user).select_related("user").first()


def _pending(user: User) -> QuerySet[SecondFactor]:
    return SecondFactor.objects.filter(user=user, confirmed=False, at__gt=timezone.now() - PENDING)


def must_enrol(user: User) -> bool:
    """Whether administrators and signers of this organization have to enrol, and this one has not."""
    if not PRIVILEGED & set(user.role.codes) or factor_of(user):
        return False
    return policy_of(user.organization_id).must_enrol


def start_enrolment(*, actor: Actor) -> SecondFactor:
    """A fresh key each time, until the first right code confirms the newest. A confirmed one stays as it is. Raises Missing,
    Refused.
    """
    user = _own(actor)
    with transaction.atomic():
        kept = SecondFactor.objects.select_for_update().filter(user=user).first()
        if kept and kept.confirmed:
            raise Refused("您已绑定动态口令；要换手机，请先解绑。")
        key = base64.b32encode(secrets.token_bytes(20)).decode()
        kept, made = SecondFactor.objects.get_or_create(user=user, defaults={"key": key})
        if not made:
            kept.key = key
            kept.save(update_fields=["key", "at"])
    return kept


def enrolment_uri(factor: SecondFactor) -> str:
    """What the QR says, as every authenticator reads it."""
    label = quote(f"{settings.OTP_TOTP_ISSUER}:{factor.user.username}")
    query = {"secret": factor.key, "issuer": settings.OTP_TOTP_ISSUER, "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(query)}"


def confirm_enrolment(*, actor: Actor, code: str) -> list[str]:
    """The first right code binds the authenticator. Gives the recovery codes, which are kept only as hashes."""
    with transaction.atomic():
        factor = _pending(_own(actor)).select_for_update().first()
        if factor is None:
            raise Refused("这个二维码已失效，请刷新页面，重新显示二维码。", field="code")
        step = _step_of(factor, code)
        if step is None:
            raise Refused("动态口令不正确，请核对手机时间后，输入当前显示的 6 位数字。", field="code")
        codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
        factor.confirmed, factor.last_step = True, step
        factor.recovery = [_hashed(factor, one) for one in codes]
        factor.save(update_fields=["confirmed", "last_step", "recovery", "at"])
        audit.record("accounts.enrol", [audit.fact_of(factor.user)], actor=actor)
    return codes


def check_second_step(*, user: User, attempt: Attempt, code: str) -> None:
    """A code, or a recovery code: each good once; five tries in 15 minutes over all addresses, so that who holds the
    password gains nothing by starting over. Only such a person can use them up. Raises Refused at ``code``.
    """
    key = blind_index(f"{user.pk}", "second-step")
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed=True).first()
        tried = LoginFailure.objects.filter(account=key, at__gt=timezone.now() - WAIT)
        left = MOST_TRIES - tried.count()
        if left > 0 and factor and _use(factor, code, attempt):
            tried.delete()
            return
        if left > 0:
            LoginFailure.objects.create(account=key, address=attempt.address, device="second-step")
            tell_failure(attempt, user)
    if left <= 0:
        raise Refused(f"动态口令已输错 {MOST_TRIES} 次，请 15 分钟后再登录；手机遗失请联系管理员重置。", field="code")
    more = f"还可以试 {left - 1} 次" if left > 1 else "请 15 分钟后再登录"
    raise Refused(f"动态口令不正确或已用过，{more}。请等手机上换出新的口令再输入。", field="code")


def _use(factor: SecondFactor, code: str, attempt: Attempt) -> bool:
    """Spend the code of a locked row: of two at the same moment one comes in."""
    typed = "".join(code.split()).lower()
    step = _step_of(factor, typed)
    if step is not None:
        factor.last_step = step
    elif (hashed := _hashed(factor, typed)) in factor.recovery:
        factor.recovery = [one for one in factor.recovery if one != hashed]
        actor = Actor("user", factor.user.name, factor.user_id, organization_id=factor.user.organization_id, ip=attempt.address)
        audit.record("accounts.recovery", [audit.fact_of(factor.user, {"left": len(factor.recovery)})], actor=actor)
    else:
        return False
    factor.save(update_fields=["last_step", "recovery"])
    return True


def drop_factor(*, actor: Actor, code: str) -> None:
    """解绑, with a code of the present authenticator or a recovery code. Raises Refused at ``code``."""
    user = _own(actor)
    check_second_step(user=user, attempt=Attempt(user.username, actor.ip), code=code)
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        audit.record("accounts.drop_factor", [audit.fact_of(user)], actor=actor)


def present_code(factor: SecondFactor) -> str:
    """The code of now: for the demo's bar and for tests."""
    return f"{hotp(base64.b32decode(factor.key), int(time.time()) // STEP, digits=DIGITS):0{DIGITS}d}"


def _step_of(factor: SecondFactor, code: str) -> int | None:
    """The time step that the code belongs to, if it is one of the present ones and later than the last used."""
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    key, here = base64.b32decode(factor.key), int(time.time()) // STEP
    steps = range(max(here - DRIFT, factor.last_step + 1), here + DRIFT + 1)
    return next((step for step in steps if hotp(key, step, digits=DIGITS) == int(code)), None)


def _hashed(factor: SecondFactor, code: str) -> str:
    return blind_index(f"{factor.pk}:{code}", "recovery-code")


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.id or 0, is_active=True).first()
    if user is None:
        raise Missing()
    return user
