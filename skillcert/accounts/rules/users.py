"""8.1 用户管理: opening, stopping, starting, changing, deleting accounts and resetting their passwords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from skillcert.config.roles import CODES
from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.client import client as sms
from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import create, delete_many, edit, locked
from skillcert.kit.notices import notify
from skillcert.kit.rows import EVERYBODY
from skillcert.kit.states import Guard
from skillcert.orgs.models import Kind

from ..actors import scope
from ..models import Role, SecondFactor, User
from .codes import spend_phone_code
from .login import end_sessions
from .passwords import REMEMBERED, temporary_password
from .roles import beyond, roles_of

declare({
    "accounts.create": "新增账号",
    "accounts.stop": "停用账号",
    "accounts.start": "启用账号",
    "accounts.edit": "修改账号",
    "accounts.delete": "删除账号",
    "accounts.reset": "重置密码",
})  # fmt: skip

log = structlog.get_logger(__name__)

MANAGES = "users.edit"  # who holds it is an administrator of the organization
DUTIES = {"jobs", "users", "audit"}  # 系统, 安全, 审计: the first word of their rights
NOT_WORK = ("accounts.login", "accounts.logout", "accounts.change_password", "accounts.edit_own")


# --- who may be touched ------------------------------------------------------------------------------
def managing_roles() -> QuerySet[Role, int]:
    """The keys of the roles whose holders are administrators. As text a JSON column is asked alike on both databases."""
    spelled = Role.objects.annotate(spelled=Cast("codes", TextField())).filter(spelled__contains=f'"{MANAGES}"')
    return spelled.values_list("pk", flat=True)


def active_managers(organization_id: int | None) -> list[int]:
    rows = User.objects.filter(organization=organization_id, is_active=True, role__in=managing_roles())
    return list(rows.values_list("pk", flat=True)[:2])


def _not_last(actor: Actor, now: datetime) -> Q:
    left = active_managers(actor.organization_id)
    return ~Q(pk__in=left) if len(left) < 2 else EVERYBODY


def _sub_account(actor: Actor, now: datetime) -> Q:
    if actor.organization_kind == Kind.PLATFORM:  # nobody stands above the platform's own
        return EVERYBODY
    return ~Q(role__in=managing_roles())


def _within(actor: Actor, now: datetime) -> Q:
    """No right that the actor lacks; for who answers for some qualifications only, nobody who answers for others or all."""
    q = ~Q(role__in=[role.pk for role in roles_of(actor) if beyond(actor, role)])
    if actor.scope is None:
        return q
    owners = User.objects.filter(organization=actor.organization_id, is_qualification_owner=True)
    return q & Q(pk__in=[user.pk for user in owners if scope().of(user) <= actor.scope])


OWN = Guard(lambda actor, now: Q(organization=actor.organization_id), "只能办理本单位的账号，其他单位的账号由该单位管理员办理。")
NOT_SELF = Guard(
    lambda actor, now: ~Q(pk=actor.id), "不能停用、删除或重置自己的账号；自己的资料和密码请在右上角“账户”中修改。"
)
ACTIVE = Guard(Q(is_active=True), "该账号已停用。")
STOPPED = Guard(Q(is_active=False), "账号启用中，请先停用再办理。")
NOT_LAST = Guard(_not_last, "这是本单位最后一个启用的管理员，不能停用；请先新增或启用另一个管理员账号。")
SUB_ACCOUNT = Guard(_sub_account, "这是管理员账号，单位管理员只能重置子账号；管理员的密码请联系平台安全管理员重置。")
WITHIN = Guard(_within, "这个账号有您没有的权限或不负责的证书，请由权限更全的管理员办理。")
VERIFIED = Guard(Q(phone_verified=True), "这个账号的手机号还没有核验，请先点“编辑”，获取并填写验证码后再启用。")

STOP, START, EDIT = (OWN, NOT_SELF, ACTIVE, NOT_LAST), (OWN, STOPPED, VERIFIED), (OWN, NOT_SELF, STOPPED, WITHIN)
DELETE, RESET = (OWN, NOT_SELF, STOPPED, WITHIN), (OWN, NOT_SELF, SUB_ACCOUNT, WITHIN)


# --- opening -------------------------------------------------------------------------------------------
def create_user(
    *, actor: Actor, username: str, name: str, phone: str, role: Role, code: str, is_qualification_owner: bool = False,
    qualifications: Iterable[int] = (),
) -> tuple[User, str]:
    """R237, R238, R240, R241: a sub-account of the own organization; the account and its temporary password."""
    _check_role(actor, role)
    password, columns = temporary_password()
    user = User(
        username=username, name=name, phone=phone, role=role, organization_id=actor.organization_id or 0,
        is_qualification_owner=is_qualification_owner, **columns,
    )  # fmt: skip
    with transaction.atomic():
        check_free(username)
        keys = _checked_scope(actor, is_qualification_owner, qualifications)
        check_one_duty(user)
        spend_phone_code(actor=actor, phone=phone, code=code)
        create(user, actor=actor, may="users.edit", action="accounts.create", summary={"username": username, "role": role.name})
        scope().keep(user, keys)
        _tell_auditors(user, "已新增")
    return user, password


def import_users(*, actor: Actor, accounts: Sequence[tuple[dict[str, Any], Sequence[int]]]) -> None:
    """Accounts of a checked sheet, inside the import's transaction: stopped, without a password, the phone unproven, so
    that R241 holds for them too. The same sheet twice makes nothing twice.
    """
    actor.need("users.edit")
    known = set(User.objects.filter(username__in=[values["username"] for values, _ in accounts]).values_list("username", flat=True))
    for values, keys in accounts:
        if values["username"] in known:
            continue
        _check_role(actor, values["role"])
        user = User(organization_id=actor.organization_id or 0, **values)
        check_one_duty(user)
        bring_in(user, actor=actor)
        scope().keep(user, _checked_scope(actor, user.is_qualification_owner, keys))


def bring_in(user: User, *, actor: Actor) -> None:
    """An account of a sheet: nobody can use it before its phone is proven."""
    user.is_active = user.phone_verified = False
    user.set_unusable_password()
    user.save(force_insert=True)
    audit.record("accounts.create", [audit.fact_of(user, {"username": user.username, "imported": True})], actor=actor)


# --- stopping, starting, changing, deleting --------------------------------------------------------------
def stop_user(*, actor: Actor, now: datetime, user: User) -> User:
    """R243: 可停用账号。停用后的账号不可再登录. Its open sessions end with it."""
    with transaction.atomic():
        _lock_managers(actor)
        return edit(
            user, {"is_active": False}, actor=actor, may="users.edit", action="accounts.stop", now=now, guards=STOP,
            beside=end_sessions,
        )  # fmt: skip


def start_user(*, actor: Actor, now: datetime, user: User) -> User:
    """R247: 可启用用户。其用户可登录."""
    return edit(user, {"is_active": True}, actor=actor, may="users.edit", action="accounts.start", now=now, guards=START)


def edit_user(
    *, actor: Actor, now: datetime, user: User, version: int | None, name: str, phone: str, role: Role, code: str = "",
    is_qualification_owner: bool = False, qualifications: Iterable[int] = (),
) -> User:
    """R245: 账户维护 of a stopped account. A new or never proven phone is proven by a code first."""
    _check_role(actor, role)
    keys = _checked_scope(actor, is_qualification_owner, qualifications)
    changes = {
        "name": name, "phone": phone, "role": role, "is_qualification_owner": is_qualification_owner, "phone_verified": True,
    }  # fmt: skip

    def keep(row: User) -> None:
        check_one_duty(row)
        scope().keep(row, keys)
        end_sessions(row)
        _tell_auditors(row, "已修改")

    with transaction.atomic():
        if needs_code(user, phone):
            spend_phone_code(actor=actor, phone=phone, code=code)
        return edit(
            user, changes, actor=actor, may="users.edit", action="accounts.edit", now=now, version=version, guards=EDIT,
            beside=keep,
        )  # fmt: skip


def needs_code(user: User, phone: str) -> bool:
    return phone != user.phone or not user.phone_verified


def delete_user(*, actor: Actor, now: datetime, user: User) -> None:
    """R246: 点击已停用的账号后“删除”按钮，确认，可删除用户. One that has done business stays [assumption]: refused with a
    sentence, for its name stands in the records. Raises Refused.
    """
    if not User.visible_to(actor).filter(pk=user.pk).exists():
        raise Missing()
    done = AuditEntry.objects.filter(organization_id=user.organization_id, actor_kind="user", actor_id=user.pk)
    if done.exclude(action__in=NOT_WORK).exists():
        raise Refused(User.protected_sentence)
    outcome = delete_many(User, [user.pk], actor=actor, may="users.edit", action="accounts.delete", now=now, guards=DELETE)
    if outcome.refused:
        raise Refused(outcome.refused[0][1])


def reset_password(*, actor: Actor, now: datetime, user: User, drop_factor: bool = False) -> str:
    """R248, R249: 院校管理员账号可以给子账号重置密码. Gives the temporary password, which is kept nowhere in clear; nothing where
    it goes to the person alone: 安全 could sign in as 审计 with it.
    """
    with transaction.atomic():
        password = put_reset(user, drop_factor, actor=actor, now=now, may="users.edit", guards=RESET)
        _tell_auditors(user, "已被重置密码")
        if user.role.organization_kind != Kind.PLATFORM:
            return password
        transaction.on_commit(lambda: _text(user, password))
    return ""


def _text(user: User, password: str) -> None:
    """The temporary password to the person's own phone."""
    try:
        what = f"您的账号 {user.username} 的密码已重置，临时密码 {password}，24 小时内有效，登录后须修改。"
        sms().send(user.phone, f"【职业技能等级证书平台】{what}")
    except SmsFailed as no:
        log.warning("password_not_texted", user=user.pk)
        text = f"账号 {user.username} 的临时密码短信没有发出（{no}），请稍后再重置一次。"
        notify(user.organization_id, "users.edit", text)


def put_reset(user: User, drop_factor: bool, **gate: Any) -> str:
    password, columns = temporary_password()
    hashed = columns.pop("password")  # not among the changes that the audit shows

    def put(row: User) -> None:
        old = [row.password, *row.old_passwords][:REMEMBERED]
        User.objects.filter(pk=row.pk).update(password=hashed, old_passwords=old)
        end_sessions(row)
        if drop_factor and SecondFactor.objects.filter(user=row).delete()[0]:
            audit.record("accounts.drop_factor", [audit.fact_of(row)], actor=gate["actor"])

    edit(user, columns, action="accounts.reset", beside=put, **gate)
    return password


def _lock_managers(actor: Actor) -> None:
    """Two administrators who stop each other at the same moment: the second waits, and is one of the stopped."""
    managers = locked(User.objects.filter(organization=actor.organization_id, is_active=True, role__in=managing_roles()))
    if actor.kind == "user" and actor.id not in {row.pk for row in managers}:
        raise Refused("您的账号刚刚被停用或调整，请重新登录。")


def check_free(username: str) -> None:
    if User.objects.filter(username__iexact=username).exists():
        raise Refused("登录账号已被使用，请换一个。", field="username")


def _check_role(actor: Actor, role: Role) -> None:
    if role.organization_kind != actor.organization_kind or role.organization_id not in (None, actor.organization_id):
        raise Refused("请选择本单位的角色。", field="role")
    if missing := beyond(actor, role):
        words = "、".join(CODES.get(code, code) for code in missing)
        raise Refused(f"这个角色超出您自己的权限（{words}），请由权限更全的管理员办理。", field="role")


def check_one_duty(user: User) -> None:
    """系统, 安全 and 审计 are different people (domain 1.4): no phone carries two of them. Raises Refused at ``phone``."""
    duty = _duty(user.role)
    if not duty or user.role.organization_kind != Kind.PLATFORM:
        return
    for other in User.objects.select_related("role").filter(organization=user.organization_id).exclude(pk=user.pk):
        if other.phone == user.phone and _duty(other.role) not in (set(), duty):
            named = f"{other.username}（{other.role.name}）"
            raise Refused(f"这个手机号已用于账号 {named}；系统、安全、审计须由不同的人担任，请填另一人本人的手机号。", field="phone")


def _duty(role: Role) -> set[str]:
    return DUTIES & {code.partition(".")[0] for code in role.codes}


def _tell_auditors(user: User, what: str) -> None:
    """安全 maintains the accounts of 审计 too, so 审计 learns of every one that is opened, changed or reset."""
    if user.role.organization_kind == Kind.PLATFORM:
        notify(user.organization_id, "audit.view", f"平台账号 {user.username}（{user.role.name}）{what}，请在审计记录中核对。")


def _checked_scope(actor: Actor, owner: bool, qualifications: Iterable[int]) -> list[int]:
    """R240: who answers for qualifications says for which; nobody else has any. Who is narrowed gives no more than that."""
    if actor.scope is not None and not owner:
        raise Refused("您只负责部分证书，所办的账号也须是证书负责人：请选“是”，并勾选您负责的证书。", field="is_qualification_owner")
    keys = sorted({int(key) for key in qualifications}) if owner else []
    if set(keys) - {key for key, _ in scope().options(actor)}:
        raise Refused("只能选择本单位申报过的证书。", field="qualifications")
    if actor.scope is not None and set(keys) - actor.scope:
        raise Refused("只能选择您自己负责的证书。", field="qualifications")
    if owner and not keys:
        raise Refused("证书负责人选择“是”时，请至少勾选一个负责的证书。", field="qualifications")
    return keys
