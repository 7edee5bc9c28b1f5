"""1 登录: who may come in, what a thief's tries cost, and the sessions that are open (trust 6, 8-10)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from skillcert.kit import audit
from skillcert.kit.access import PUBLIC, Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import blind_index
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.jobs import tick
from skillcert.orgs.models import Organization

from ..models import LoginFailure, PhoneCode, SignIn, User

declare({
    "accounts.login": "登录",
    "accounts.login_failed": "登录失败",
    "accounts.logout": "退出",
    "accounts.end_session": "结束登录",
})  # fmt: skip

WAIT = timedelta(minutes=15)
MOST_FAILURES = 5  # of one account at one address, or in one known browser
MOST_OF_ACCOUNT = MOST_OF_ADDRESS = 20  # over all addresses, over all accounts; known browsers are not among them
SUM_AFTER = 3  # failures after which a sum is asked first
ABSOLUTE = timedelta(hours=12)
WRONG = "账号或密码不正确，请核对后重试。忘记密码请联系本单位管理员重置；单位或账号停用请联系上级管理单位。"
VOUCH = {"url": "/login/browser/", "link": "用手机短信证明是本人，现在就登录"}  # in a browser that the account knows, nobody waits
SALT = "skillcert.accounts.sum"  # names the use of a signature, no secret
FIGURES = "零一二三四五六七八九十"


@dataclass(frozen=True)
class Attempt:
    """From where somebody tries. ``device``: the key of a browser that this account has signed in with before, as its
    signed cookie says; its failures are counted apart, so that no stranger can lock the owner out of it (trust 8).
    """

    username: str
    address: str
    device: str = ""

    @property
    def account(self) -> str:
        return blind_index(self.username.strip().lower(), "login")

    def failures(self) -> QuerySet[LoginFailure]:
        """Those that count against this attempt."""
        recent = LoginFailure.objects.filter(at__gt=timezone.now() - WAIT)
        if self.device:
            return recent.filter(account=self.account, device=self.device)
        return recent.filter(account=self.account, address=self.address, device="")


# --- the sum that a person answers ------------------------------------------------------------------------
@dataclass(frozen=True)
class Sum:
    """A worded sum: text, so that a keyboard and a screen reader pass it like anybody else (WCAG 3.3.8).

    Its token is bound to the number of failures so far: every further one makes a new sum.
    """

    question: str
    token: str


def sum_for(attempt: Attempt) -> Sum | None:
    """The sum to answer before the next try; None while there were few failures here."""
    count = _count(attempt)
    if count < SUM_AFTER:
        return None
    a, b = secrets.randbelow(9) + 1, secrets.randbelow(9) + 1
    token = signing.dumps([a + b, count], salt=SALT)
    return Sum(f"请计算：{FIGURES[a]}加{FIGURES[b]}等于几？", token)


def _check_sum(attempt: Attempt, answer: str, token: str) -> None:
    count = _count(attempt)
    if count < SUM_AFTER:
        return
    try:
        right, made_at = signing.loads(token, salt=SALT, max_age=WAIT)
    except signing.BadSignature:
        right, made_at = None, None
    if made_at != count or not hmac.compare_digest(str(right), answer.strip()):
        raise Refused("请先算出下面的加法，用数字填写，例如 12。", field="answer")


def _count(attempt: Attempt) -> int:
    """At this address all accounts count: he who tries many is asked too."""
    if attempt.device:
        return attempt.failures().count()
    recent = LoginFailure.objects.filter(at__gt=timezone.now() - WAIT, device="")
    return recent.filter(address=attempt.address).count()


# --- the password ---------------------------------------------------------------------------------------------
def check_login(*, attempt: Attempt, password: str, answer: str = "", token: str = "") -> User:
    """R1: 输入试点院校账号密码登录即可. The account, or Refused: the same sentence whatever is wrong, after the same work.

    While an account or an address waits, or a sum is not answered, no password is checked. Real time, not the business
    clock.
    """
    counted = _count_try(attempt, answer, token)
    user = User.objects.select_related("organization", "role").filter(username=attempt.username.strip()).first()
    right = check_password(password, user.password if user else _nobodys_password())
    with transaction.atomic():
        if user and right and user.usable:
            counted.delete()
            return user
        tell_failure(attempt, user)
    raise Refused(WRONG)


def _count_try(attempt: Attempt, answer: str, token: str) -> LoginFailure:
    """Counted before it is evaluated, so that a thousand at the same moment are no way around the limit."""
    with transaction.atomic():
        one_at_a_time(attempt.account, attempt.address)
        _refuse_while_waiting(attempt)
        _check_sum(attempt, answer, token)
        return LoginFailure.objects.create(account=attempt.account, address=attempt.address, device=attempt.device)


def one_at_a_time(*names: str) -> None:
    """Who counts an account or an address waits for whoever counts it now; on SQLite the IMMEDIATE transaction is that."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


@cache
def _nobodys_password() -> str:
    """Checked for an unknown account, so that it costs the same as a known one (trust 9)."""
    return make_password(secrets.token_hex(16))


def _refuse_while_waiting(attempt: Attempt) -> None:
    own = list(attempt.failures().order_by("-at").values_list("at", flat=True)[:MOST_FAILURES])
    if len(own) >= MOST_FAILURES:
        minutes = -int((timezone.now() - own[-1] - WAIT).total_seconds() // 60)
        raise Refused(
            f"该账号在本机连续 {MOST_FAILURES} 次登录失败，请约 {max(1, minutes)} 分钟后再试；忘记密码请联系本单位管理员重置。",
            **({} if attempt.device else VOUCH),
        )
    if attempt.device:
        return
    recent = LoginFailure.objects.filter(at__gt=timezone.now() - WAIT, device="")
    if recent.filter(address=attempt.address).count() >= MOST_OF_ADDRESS:
        raise Refused("本网络登录失败次数过多，请 15 分钟后再试，或换一个网络登录。")
    if recent.filter(account=attempt.account).count() >= MOST_OF_ACCOUNT:
        raise Refused(
            "该账号近期在多处登录失败，请 15 分钟后再试，或用您以前登录过的电脑和浏览器登录，那里不受影响。", **VOUCH
        )


def tell_failure(attempt: Attempt, user: User | None) -> None:
    """Tell the account's own organization. What was typed is kept nowhere: it may be a password."""
    actor = Actor(
        kind=PUBLIC.kind, label=PUBLIC.label, organization_id=user.organization_id if user else None, ip=attempt.address
    )
    fact = audit.fact_of(user) if user else audit.Fact("accounts.user", "", "不存在的账号", {})
    audit.record("accounts.login_failed", [fact], actor=actor)


# --- sessions ----------------------------------------------------------------------------------------------
def open_session(*, user: User, actor: Actor, attempt: Attempt | None, session_key: str, device: str) -> None:
    """The session as its owner sees it, and the audit. The tries before it are forgiven at this place."""
    with transaction.atomic():
        if attempt:
            attempt.failures().delete()
        SignIn.objects.create(user=user, session_key=session_key, device=device[:60], address=actor.ip or None)
        audit.record("accounts.login", [audit.fact_of(user, {"device": device[:60]})], actor=actor)


def note_logout(*, user: User, actor: Actor, session_key: str) -> None:
    with transaction.atomic():
        SignIn.objects.filter(session_key=session_key).delete()
        audit.record("accounts.logout", [audit.fact_of(user)], actor=actor)


def end_session(*, actor: Actor, pk: int) -> None:
    """结束: one of one's own sessions, from anywhere; it is gone at its next request."""
    with transaction.atomic():
        row = SignIn.visible_to(actor).select_related("user").filter(pk=pk).first()
        if row is None:
            raise Missing("这次登录已经结束。")
        audit.record("accounts.end_session", [audit.fact_of(row.user, {"device": row.device})], actor=actor)
        SessionStore(row.session_key).delete()
        row.delete()


def move_session(*, user: User, old: str, new: str) -> None:
    """The session got a new key (a password was changed); the user's others ended with the old password."""
    with transaction.atomic():
        SignIn.objects.filter(session_key=old).update(session_key=new)
        SignIn.objects.filter(user=user).exclude(session_key=new).delete()


def end_sessions(user: User) -> None:
    """Every session of a user, by the next request: the sessions' hash hangs on the epoch. Inside a rule's transaction."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    SignIn.objects.filter(user=user).delete()


def end_sessions_of(organization: Organization) -> None:
    """Every session of a stopped organization's people, also of those who ask nothing until it is resumed."""
    User.objects.filter(organization=organization).update(session_epoch=F("session_epoch") + 1)
    SignIn.objects.filter(user__organization=organization).delete()


@tick(every=3600)
def remove_old_tries(now: datetime) -> None:
    """By real time: what counts no longer, and sessions that ended by their age."""
    SignIn.objects.filter(at__lt=timezone.now() - ABSOLUTE).delete()
    LoginFailure.objects.filter(at__lt=timezone.now() - 2 * WAIT).delete()
    PhoneCode.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()
