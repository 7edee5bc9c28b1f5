"""One's own account: name, telephone, password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import blind_index
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import edit, locked

from ..models import LoginFailure, User
from .codes import spend_phone_code
from .login import MOST_FAILURES, WAIT, one_at_a_time
from .passwords import check_new_password, set_new_password
from .users import check_one_duty

declare({"accounts.edit_own": "修改本人资料", "accounts.change_password": "修改密码"})

OWN = "accounts.own"  # everybody's, on the own account alone


def edit_own(*, actor: Actor, now: datetime, name: str, phone: str, code: str = "", version: int | None = None) -> User:
    """One's own name and telephone; nobody needs a permission for that. A new number is proven by a code sent to it:
    the codes of signing go there (trust 12).
    """
    owner = replace(actor, codes=actor.codes | {OWN})
    changes = {"name": name, "phone": phone}
    with transaction.atomic():
        user = _own(actor)
        new = phone != user.phone
        if new:
            spend_phone_code(actor=actor, phone=phone, code=code)
        return edit(
            user, changes, actor=owner, may=OWN, action="accounts.edit_own", now=now, version=version,
            beside=check_one_duty if new else None,
        )  # fmt: skip


def try_old_password(*, actor: Actor, old: str) -> None:
    """Compare the present password before the form's transaction, each try counted before it is evaluated: who finds a
    browser signed in gains nothing by guessing (trust 8). Raises Refused at ``old``.
    """
    key = blind_index(f"{actor.id}", "own-password")
    with transaction.atomic():
        one_at_a_time(key)
        tried = LoginFailure.objects.filter(account=key, at__gt=timezone.now() - WAIT)
        if tried.count() >= MOST_FAILURES:
            raise Refused(f"原密码已输错 {MOST_FAILURES} 次，请 15 分钟后再试；忘记密码请联系管理员重置。", field="old")
        LoginFailure.objects.create(account=key, address=actor.ip, device="own-password")
    if not _own(actor).check_password(old):
        raise Refused("原密码不正确，请重新输入。", field="old")
    with transaction.atomic():
        tried.delete()


def change_password(*, actor: Actor, old: str, new: str) -> User:
    """A new password of one's own. Raises Refused at ``old`` or ``new`` with what to do.

    Ends every other session: the session's hash hangs on the password.
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
        check_new_password(new, user)
        columns = set_new_password(user, new)
        user.version += 1
        user.save(update_fields=[*columns, "version", "updated_at"])
        audit.record("accounts.change_password", [audit.fact_of(user)], actor=actor)
    return user


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.id or 0, is_active=True).first()
    if user is None:
        raise Missing()
    return user

