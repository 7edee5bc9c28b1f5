"""角色管理: the roles that an organization maintains out of the rights its kind may hold (R238, R239)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from skillcert.config.roles import CODES, ROLES
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.gate import create, delete_many, edit
from skillcert.kit.states import Guard
from skillcert.orgs.models import Kind

from ..models import Role, User

declare({"accounts.create_role": "新增角色", "accounts.edit_role": "修改角色", "accounts.delete_role": "删除角色"})

MAINTAINED = Guard(
    lambda actor, now: Q(organization=actor.organization_id), "内置角色不能修改或删除，请点“复制”另建一个角色再调整。"
)
NOT_OWN = Guard(
    lambda actor, now: ~Q(Exists(User.objects.filter(pk=actor.id or 0, role=OuterRef("pk")))),
    "这是您自己的角色，不能由自己修改或删除；请由另一个管理员办理。",
)
ROLE_WITHIN = Guard(
    lambda actor, now: ~Q(pk__in=[role.pk for role in roles_of(actor) if beyond(actor, role)]),
    "这个角色有您没有的权限，请由权限更全的管理员修改。",
)
UNUSED = Guard(~Q(Exists(User.objects.filter(role=OuterRef("pk")))), Role.protected_sentence)


def grantable(actor: Actor) -> list[str]:
    """The rights a role of this organization may hold: those of its kind, and never beyond the maintainer's own."""
    return [code for code in _codes_of(actor.organization_kind) if code in actor.codes]


def _codes_of(kind: str) -> list[str]:
    held = {code for codes in ROLES[kind].values() for code in codes}
    return [code for code in CODES if code in held]


def roles_of(actor: Actor) -> list[Role]:
    """角色下拉框显示已维护的角色 (R238): the built-in ones of this kind, then the organization's own."""
    rows = Role.objects.filter(organization_kind=actor.organization_kind)
    own = rows.filter(Q(organization=None) | Q(organization=actor.organization_id))
    return list(own.order_by("organization_id", "pk"))


def beyond(actor: Actor, role: Role) -> list[str]:
    """The rights of a role that the actor lacks and so can neither hand on nor take over. At the platform nobody holds
    them all: 安全 opens the accounts of the other duties (domain 1.4).
    """
    if actor.organization_kind == Kind.PLATFORM:
        return []
    return [code for code in _codes_of(actor.organization_kind) if code in role.codes and not actor.may(code)]


def assignable(actor: Actor) -> list[Role]:
    """The maintained roles that the actor may give to somebody."""
    return [role for role in roles_of(actor) if not beyond(actor, role)]


def create_role(*, actor: Actor, name: str, codes: Iterable[str]) -> Role:
    row = Role(
        organization_kind=actor.organization_kind, organization_id=actor.organization_id, name=name,
        codes=_checked(actor, codes),
    )  # fmt: skip
    _check_name(actor, name)
    return create(row, actor=actor, may="users.edit", action="accounts.create_role", summary={"codes": row.codes})


def edit_role(
    *, actor: Actor, now: datetime, role: Role, name: str, codes: Iterable[str], version: int | None = None
) -> Role:
    """Who holds a role whose rights change is signed out by the next request: the session's hash hangs on them."""
    changes = {"name": name, "codes": _checked(actor, codes)}
    _check_name(actor, name, role)
    return edit(
        role, changes, actor=actor, may="users.edit", action="accounts.edit_role", now=now, version=version,
        guards=(MAINTAINED, NOT_OWN, ROLE_WITHIN),
    )  # fmt: skip


def delete_role(*, actor: Actor, now: datetime, role: Role) -> None:
    guards = (MAINTAINED, UNUSED)
    outcome = delete_many(Role, [role.pk], actor=actor, may="users.edit", action="accounts.delete_role", now=now, guards=guards)
    if outcome.refused:
        raise Refused(outcome.refused[0][1])


def _checked(actor: Actor, codes: Iterable[str]) -> list[str]:
    chosen = sorted(set(codes))
    if not chosen:
        raise Refused("请至少勾选一项权限。", field="codes")
    beyond = [CODES.get(code, code) for code in chosen if code not in grantable(actor)]
    if beyond:
        raise Refused(f"您自己没有这些权限，不能授予他人：{'、'.join(beyond)}。", field="codes")
    return chosen


def _check_name(actor: Actor, name: str, role: Role | None = None) -> None:
    taken = Role.objects.filter(organization=None, organization_kind=actor.organization_kind, name=name)
    if taken.exists() and (role is None or role.name != name):
        raise Refused("这是内置角色的名称，请换一个。", field="name")


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

