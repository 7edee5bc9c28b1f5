"""Signing in and out, one's own account, and the built-in roles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone
from zxcvbn import zxcvbn

from skillcert.config.roles import ROLES
from skillcert.kit import audit
from skillcert.kit.access import PUBLIC, Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import blind_index
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import edit, locked

from .models import LoginFailure, Role, User

declare(
    {
        "accounts.login": "登录",
        "accounts.login_failed": "登录失败",
        "accounts.logout": "退出",
        "accounts.edit_own": "修改本人资料",
        "accounts.change_password": "修改密码",
    }
)

OWN = "accounts.own"  # everybody's, on the own account alone
MOST_FAILURES = 5
MOST_FAILURES_OF_ADDRESS = 50  # a school stands behind one address
WAIT = timedelta(minutes=15)
LEAST_PASSWORD, MOST_PASSWORD = 8, 64
LEAST_STRENGTH = 3  # of zxcvbn's 0 to 4
WRONG = "账号或密码不正确，请核对后重试。忘记密码请联系本单位管理员重置；单位或账号停用请联系上级管理单位。"


def check_login(*, username: str, password: str, address: str) -> User:
    """R1: 输入试点院校账号密码登录即可. The account, or Refused: the same sentence whatever is wrong.

    After five failures in 15 minutes the account waits at this address only, so a stranger cannot lock its owner out.
    While it waits no password is checked. Real time, not the business clock.
    """
    account = blind_index(username.strip().lower(), "login")
    _refuse_while_waiting(account, address)
    user = authenticate(username=username.strip(), password=password)
    if user is None:
        _note_failure(account, address, username.strip())
        raise Refused(WRONG)
    LoginFailure.objects.filter(account=account, address=address).delete()
    return user  # type: ignore[return-value]


def _refuse_while_waiting(account: str, address: str) -> None:
    recent = LoginFailure.objects.filter(address=address, at__gt=timezone.now() - WAIT)
    own = list(recent.filter(account=account).order_by("-at").values_list("at", flat=True)[:MOST_FAILURES])
    if len(own) >= MOST_FAILURES:
        minutes = -int((timezone.now() - own[-1] - WAIT).total_seconds() // 60)
        raise Refused(f"该账号在本机连续 {MOST_FAILURES} 次登录失败，请约 {max(1, minutes)} 分钟后再试；忘记密码请联系本单位管理员重置。")
    if recent.count() >= MOST_FAILURES_OF_ADDRESS:
        raise Refused("本网络登录失败次数过多，请 15 分钟后再试，或换一个网络登录。")


def _note_failure(account: str, address: str, username: str) -> None:
    """Count it, and tell the account's own organization. What was typed is kept nowhere: it may be a password."""
    user = User.objects.filter(username=username).first()
    actor = Actor(kind=PUBLIC.kind, label=PUBLIC.label, organization_id=user.organization_id if user else None, ip=address)
    fact = audit.fact_of(user) if user else audit.Fact("accounts.user", "", "不存在的账号", {})
    with transaction.atomic():
        LoginFailure.objects.create(account=account, address=address)
        audit.record("accounts.login_failed", [fact], actor=actor)
        LoginFailure.objects.filter(at__lt=timezone.now() - 2 * WAIT).delete()


def note_login(*, user: User, actor: Actor) -> None:
    """The sign-in as the audit has it."""
    with transaction.atomic():
        audit.record("accounts.login", [audit.fact_of(user)], actor=actor)


def note_logout(*, user: User, actor: Actor) -> None:
    """The sign-out as the audit has it."""
    with transaction.atomic():
        audit.record("accounts.logout", [audit.fact_of(user)], actor=actor)


def edit_own(*, actor: Actor, now: datetime, name: str, phone: str, version: int | None = None) -> User:
    """One's own name and telephone; nobody needs a permission for that."""
    owner = replace(actor, codes=actor.codes | {OWN})
    changes = {"name": name, "phone": phone}
    return edit(_own(actor), changes, actor=owner, may=OWN, action="accounts.edit_own", now=now, version=version)


def change_password(*, actor: Actor, old: str, new: str) -> User:
    """A new password of one's own. Raises Refused at ``old`` or ``new`` with what to do.

    Ends every other session: the session's hash hangs on the password. NIST's profile [assumption]: length and
    guessability count, no classes of characters, no expiry.
    """
    with transaction.atomic():
        found = locked(User.objects.filter(pk=actor.id or 0))
        if not found:
            raise Missing()
        user = found[0]
        if not user.check_password(old):
            raise Refused("原密码不正确，请重新输入。", field="old")
        if old == new:
            raise Refused("新密码与原密码相同，请换一个。", field="new")
        check_password_strength(new, user)
        user.set_password(new)
        user.must_change_password, user.password_expires_at = False, None
        user.version += 1
        user.save(update_fields=["password", "must_change_password", "password_expires_at", "version", "updated_at"])
        audit.record("accounts.change_password", [audit.fact_of(user)], actor=actor)
    return user


def check_password_strength(password: str, user: User) -> None:
    """Raises Refused for a password that is short, overlong, or guessed easily by one who knows the account."""
    if len(password) < LEAST_PASSWORD:
        raise Refused(f"新密码至少 {LEAST_PASSWORD} 位，请加长。", field="new")
    if len(password) > MOST_PASSWORD:
        raise Refused(f"新密码最多 {MOST_PASSWORD} 位，请缩短。", field="new")
    known = [user.username, user.name, user.phone, user.organization.name, "skillcert", "zhengshu", "1+x"]
    if zxcvbn(password, user_inputs=[word for word in known if word])["score"] < LEAST_STRENGTH:
        raise Refused("新密码容易被猜中（含常见词、姓名、账号或连续字符），请换一个，例如四个不相干的词连在一起。", field="new")


def sync_roles() -> int:
    """Make the built-in roles those of ``config/roles.py``; the number of roles made or changed. Runs at every start."""
    changed = 0
    known = {(role.organization_kind, role.name): role for role in Role.objects.filter(organization=None)}
    for kind, roles in ROLES.items():
        for name, codes in roles.items():
            role = known.get((kind, name)) or Role(organization_kind=kind, name=name)
            if role.pk is None or role.codes != sorted(codes):
                role.codes = sorted(codes)
                role.save()
                changed += 1
    return changed


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.id or 0, is_active=True).first()
    if user is None:
        raise Missing()
    return user

