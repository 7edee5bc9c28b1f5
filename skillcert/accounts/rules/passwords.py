"""Passwords: what an organization asks of them (trust 13), and temporary ones (trust 14)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from zxcvbn import zxcvbn

from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.gate import create, edit
from skillcert.orgs.models import Organization

from ..models import Policy, Profile, User

declare({"accounts.policy": "修改安全策略"})

LEAST_PASSWORD, MOST_PASSWORD = 8, 64
LEAST_STRENGTH = 3  # of zxcvbn's 0 to 4
LEAST_CLASSES, OLDEST, REMEMBERED = 3, timedelta(days=90), 5  # 等保三级 身份鉴别 a): 复杂度, 定期更换 [figures: assumption]
TEMPORARY = timedelta(hours=24)
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another


def policy_of(organization: Organization | int) -> Policy:
    """What the organization asks; the platform's defaults where it chose nothing."""
    key = organization if isinstance(organization, int) else organization.pk
    return Policy.objects.filter(organization=key).first() or Policy(organization_id=key)


def change_policy(*, actor: Actor, now: datetime, profile: str, must_enrol: bool, version: int | None = None) -> Policy:
    """trust 12, 13: a policy per organization; the ASVS profile by default, the 等保 profile to choose."""
    actor.need("users.edit")
    policy = policy_of(actor.organization_id or 0)
    policy.profile, policy.must_enrol = profile, must_enrol
    if policy.pk is None:
        summary = {"profile": profile, "must_enrol": must_enrol}
        return create(policy, actor=actor, may="users.edit", action="accounts.policy", summary=summary)
    changes = {"profile": profile, "must_enrol": must_enrol}
    return edit(policy, changes, actor=actor, may="users.edit", action="accounts.policy", now=now, version=version)


def check_new_password(password: str, user: User) -> None:
    """Raises Refused at ``new`` for a password that is short, overlong, guessed easily by one who knows the account,
    or against the organization's profile. ASVS 6.2: length and guessability count, no classes of characters, no expiry.
    """
    if len(password) < LEAST_PASSWORD:
        raise Refused(f"新密码至少 {LEAST_PASSWORD} 位，请加长。", field="new")
    if len(password) > MOST_PASSWORD:
        raise Refused(f"新密码最多 {MOST_PASSWORD} 位，请缩短。", field="new")
    known = [user.username, user.name, user.phone, user.organization.name, "skillcert", "zhengshu", "1+x"]
    if zxcvbn(password, user_inputs=[word for word in known if word])["score"] < LEAST_STRENGTH:
        raise Refused("新密码容易被猜中（含常见词、姓名、账号或连续字符），请换一个，例如四个不相干的词连在一起。", field="new")
    if policy_of(user.organization_id).profile == Profile.DENGBAO:
        _check_dengbao(password, user)


def _check_dengbao(password: str, user: User) -> None:
    classes = (str.islower, str.isupper, str.isdigit, lambda sign: not sign.isalnum())
    if sum(any(test(sign) for sign in password) for test in classes) < LEAST_CLASSES:
        raise Refused("本单位采用等保密码策略：须含大写字母、小写字母、数字、符号中的至少三类，请补充。", field="new")
    if any(check_password(password, old) for old in user.old_passwords):
        raise Refused(f"本单位采用等保密码策略：不能与最近 {REMEMBERED} 次用过的密码相同，请换一个。", field="new")


def set_new_password(user: User, password: str) -> list[str]:
    """Put a checked password in place, for the caller to save; the names of the columns that changed."""
    user.old_passwords = [user.password, *user.old_passwords][:REMEMBERED]
    user.set_password(password)
    user.must_change_password, user.password_expires_at, user.password_changed_at = False, None, timezone.now()
    return ["password", "old_passwords", "must_change_password", "password_expires_at", "password_changed_at"]


def temporary_password() -> tuple[str, dict[str, object]]:
    """Twelve random characters, and the columns that make them a user's for 24 hours and until the first sign-in."""
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    columns = {
        "password": make_password(password), "must_change_password": True,
        "password_expires_at": timezone.now() + TEMPORARY, "password_changed_at": timezone.now(),
    }  # fmt: skip
    return password, columns


def demand_change_of_old(user: User) -> None:
    """等保: a password older than 90 days must be changed after the next sign-in. Real time."""
    old = user.password_changed_at < timezone.now() - OLDEST
    if old and not user.must_change_password and policy_of(user.organization_id).profile == Profile.DENGBAO:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(must_change_password=True)
        user.must_change_password = True
