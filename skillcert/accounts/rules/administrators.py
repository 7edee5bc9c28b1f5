"""The first administrator of each organization, by the platform's 安全 (domain 1.2, step 2): one by one, or from a sheet
whose accounts wait, stopped, until their phone is proven (R241).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Conflict, Refused
from skillcert.kit.gate import create, delete_many, edit, locked
from skillcert.kit.notices import notify
from skillcert.kit.states import Guard
from skillcert.orgs.models import Organization

from ..models import Role, User
from .codes import spend_phone_code
from .login import end_sessions
from .passwords import temporary_password
from .users import (
    ACTIVE,
    STOPPED,
    active_managers,
    bring_in,
    check_free,
    managing_roles,
    put_reset,
)

declare({"accounts.open": "开通单位管理员"})

NO_ROLES = "内置角色尚未建立，请平台运维运行 sync_roles 后再开通。"


def managers() -> Q:
    return Q(role__in=managing_roles())


def awaiting() -> Q:
    """Administrators of the platform's sheet, whose phone nobody has proven yet; not those of an organization's own."""
    return Q(from_platform=True, is_active=False, phone_verified=False)


def _of_others(actor: Actor) -> Q:
    return ~Q(organization=actor.organization_id)


def _unmanaged(actor: Actor, now: datetime) -> Q:
    return ~Q(organization__in=User.objects.filter(managers(), is_active=True).values("organization"))


ADMINISTRATOR = Guard(
    lambda actor, now: managers() & _of_others(actor), "平台只办理各单位管理员的账号；子账号请由其单位管理员办理。"
)
PROVEN = Guard(
    Q(phone_verified=True), "这个账号的手机号还没有核验：“待核验”中的请用“核验并启用”，其他的由其单位管理员编辑核验。"
)
AWAITING = Guard(
    lambda actor, now: awaiting() & _of_others(actor),
    "这个账号不在“待核验”中，可能刚刚由他人启用或删除，请刷新列表；没有记下临时密码的，启用后请用“重置密码”；单位自己导入的，请由其单位管理员办理。",
)
UNMANAGED = Guard(_unmanaged, "该单位已有启用的管理员，请由其在“用户管理”中办理这个账号。")
RUNNING = Guard(Q(organization__active=True), "该单位已停用，请由平台“目录与机构”先启用单位。")
RESET_ADMINISTRATOR, STOP_ADMINISTRATOR = (ADMINISTRATOR, PROVEN), (ADMINISTRATOR, ACTIVE)
EDIT_ADMINISTRATOR = RESUME_ADMINISTRATOR = (ADMINISTRATOR, STOPPED, PROVEN, UNMANAGED)
START_ADMINISTRATOR, DROP_ADMINISTRATOR = (AWAITING, UNMANAGED, RUNNING), (AWAITING,)


def open_administrator(
    *, actor: Actor, organization: Organization, username: str, name: str, phone: str, code: str
) -> tuple[User, str]:
    """The account and its temporary password. Raises Refused."""
    role = _roles().get(organization.kind)
    if role is None:
        raise Refused(NO_ROLES)
    password, columns = temporary_password()
    user = User(username=username, name=name, phone=phone, role=role, organization=organization, **columns)
    with transaction.atomic():
        locked(Organization.objects.filter(pk=organization.pk))  # of two who open at the same moment the second waits
        if active_managers(organization.pk):
            raise Refused("该单位已有启用的管理员，请由其在“用户管理”中新增；忘记密码请用“重置密码”。", field="organization")
        check_free(username)
        spend_phone_code(actor=actor, phone=phone, code=code)
        summary = {"username": username, "organization": organization.name}
        create(user, actor=actor, may="users.open", action="accounts.open", summary=summary)
    return user, password


def _roles() -> dict[str, Role]:
    """The built-in managing role of each kind of organization."""
    return {role.organization_kind: role for role in Role.objects.filter(organization=None, pk__in=managing_roles())}


def import_administrators(*, actor: Actor, accounts: Sequence[tuple[Organization, dict[str, Any]]]) -> None:
    """Of a checked sheet, inside the import's transaction. The same sheet twice makes nothing twice. Raises Refused."""
    actor.need("users.open")
    roles, names = _roles(), [values["username"] for _, values in accounts]
    known = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    for organization, values in accounts:
        if values["username"] in known:
            continue
        if organization.kind not in roles:
            raise Refused(NO_ROLES)
        bring_in(User(organization=organization, role=roles[organization.kind], from_platform=True, **values), actor=actor)


def start_administrator(
    *, actor: Actor, now: datetime, user: User, version: int | None, name: str, phone: str, code: str
) -> str:
    """Prove the phone of one that waits and start the account; its temporary password. Raises Refused, Conflict."""
    password, columns = temporary_password()
    hashed = columns.pop("password")  # not among the changes that the audit shows
    changes = {**columns, "name": name, "phone": phone, "phone_verified": True, "is_active": True}

    def put(row: User) -> None:
        User.objects.filter(pk=row.pk).update(password=hashed)

    with _without_values(), transaction.atomic():
        locked(Organization.objects.filter(pk=user.organization_id))
        spend_phone_code(actor=actor, phone=phone, code=code)
        edit(
            user, changes, actor=actor, may="users.open", action="accounts.open", now=now, version=version,
            guards=START_ADMINISTRATOR, beside=put,
        )  # fmt: skip
    return password


@contextmanager
def _without_values() -> Iterator[None]:
    """Who saves second is told so, but not shown the person's name and phone (domain 1.3)."""
    try:
        yield
    except Conflict as conflict:
        raise Conflict({}, conflict.version) from None


def drop_administrator(*, actor: Actor, now: datetime, user: User) -> None:
    """Delete one that came in by mistake; it was never used. Raises Refused."""
    outcome = delete_many(
        User, [user.pk], actor=actor, may="users.open", action="accounts.delete", now=now, guards=DROP_ADMINISTRATOR
    )
    if outcome.refused:
        raise Refused(outcome.refused[0][1])


def stop_administrator(*, actor: Actor, now: datetime, user: User, reason: str) -> User:
    """The last one too: who left, or whose account is in wrong hands, is stopped, and another one opened. Raises Refused."""
    with transaction.atomic():
        stopped = edit(
            user, {"is_active": False}, actor=actor, may="users.open", action="accounts.stop", now=now,
            guards=STOP_ADMINISTRATOR, beside=end_sessions, reason=reason,
        )  # fmt: skip
        notify(user.organization_id, "users.view", f"平台安全管理员停用了账号 {user.username}：{reason}")
    return stopped


def resume_administrator(*, actor: Actor, now: datetime, user: User) -> User:
    """Raises Refused."""
    with transaction.atomic():
        locked(Organization.objects.filter(pk=user.organization_id))
        resumed = edit(
            user, {"is_active": True}, actor=actor, may="users.open", action="accounts.start", now=now,
            guards=RESUME_ADMINISTRATOR,
        )  # fmt: skip
        notify(user.organization_id, "users.view", f"平台安全管理员启用了账号 {user.username}。")
    return resumed


def edit_administrator(
    *, actor: Actor, now: datetime, user: User, version: int | None, name: str, phone: str, code: str
) -> User:
    """A stopped one's name and phone, as R245 has it; "" keeps what is there. Whatever phone is given is proven first: without
    a code nobody learns whether it was the right one. Raises Refused, Conflict.
    """
    changes = {key: value for key, value in (("name", name), ("phone", phone)) if value}
    if not changes:
        raise Refused("没有修改：请填写新的姓名或手机号。")
    with _without_values(), transaction.atomic():
        if phone:
            spend_phone_code(actor=actor, phone=phone, code=code)
        edited = edit(
            user, changes, actor=actor, may="users.open", action="accounts.edit", now=now,
            version=version, guards=EDIT_ADMINISTRATOR,
        )  # fmt: skip
        notify(user.organization_id, "users.view", f"平台安全管理员修改了账号 {user.username} 的姓名或手机号。")
    return edited


def reset_administrator(*, actor: Actor, now: datetime, user: User, drop_factor: bool = False) -> str:
    """The platform's 安全 resets an organization's administrator [assumption]."""
    with transaction.atomic():
        password = put_reset(user, drop_factor, actor=actor, now=now, may="users.open", guards=RESET_ADMINISTRATOR)
        notify(user.organization_id, "users.view", f"平台安全管理员重置了账号 {user.username} 的密码。")
    return password
