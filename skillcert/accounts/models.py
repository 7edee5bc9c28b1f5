"""Chapters 1 and 8: users, roles, sign-ins, and what proves a person."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from skillcert.config.roles import words_of
from skillcert.kit.access import Actor
from skillcert.kit.crypto import Encrypted
from skillcert.kit.rows import EVERYBODY, NOBODY, Row
from skillcert.orgs.models import Kind, Organization


class Role(Row):
    """A named set of permission codes for one kind of organization; built-in ones belong to none."""

    organization_kind = models.CharField("机构类型", max_length=16, choices=Kind)
    organization = models.ForeignKey(Organization, models.CASCADE, null=True, blank=True, related_name="roles")
    name = models.CharField("角色名称", max_length=30)
    codes = models.JSONField("权限", default=list)

    protected_sentence = "还有账号使用这个角色，不能删除。请先把这些账号改为其他角色。"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="role_once", violation_error_message="本单位已有同名角色。"
            ),
            models.UniqueConstraint(
                fields=["organization_kind", "name"], condition=Q(organization=None), name="built_in_role_once",
                violation_error_message="已有同名的内置角色。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def in_words(self, name: str, value: Any) -> str:
        return "、".join(words_of(value)) if name == "codes" else super().in_words(name, value)

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        if actor.kind != "user":
            return NOBODY
        own = Q(organization=None) | Q(organization=actor.organization_id)
        return EVERYBODY if actor.organization_kind == Kind.PLATFORM else own & Q(organization_kind=actor.organization_kind)


class Profile(models.TextChoices):
    """What is asked of passwords (trust 13)."""

    ASVS = "asvs", "通用策略：8 至 64 位，拒绝容易猜中的密码，不强制定期更换"
    DENGBAO = "dengbao", "等保策略：另须至少三类字符，每 90 天更换，不重复最近 5 次"


def enrolment_expected() -> bool:
    return bool(settings.SECOND_FACTOR_EXPECTED)


class Policy(Row):
    """An organization's own security settings; none means the platform's defaults."""

    organization = models.OneToOneField(Organization, models.CASCADE, verbose_name="所属机构")
    profile = models.CharField("密码策略", max_length=8, choices=Profile, default=Profile.ASVS)
    must_enrol = models.BooleanField("管理员与签发人须绑定动态口令", default=enrolment_expected)

    def __str__(self) -> str:
        return f"{self.organization}安全策略"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return Q(organization=actor.organization_id) if actor.kind == "user" else NOBODY


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser, Row):
    """An account of one organization with one role (R238)."""

    username = models.CharField("登录账号", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone = Encrypted("手机号", blank=True)
    organization = models.ForeignKey(Organization, models.PROTECT, verbose_name="所属机构", related_name="users")
    role = models.ForeignKey(Role, models.PROTECT, verbose_name="角色", related_name="users")
    is_qualification_owner = models.BooleanField("证书负责人", default=False)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须修改密码", default=False)
    password_expires_at = models.DateTimeField("临时密码有效期", null=True, blank=True)
    old_passwords = models.JSONField(default=list, editable=False)
    password_changed_at = models.DateTimeField("密码修改时间", default=timezone.now)
    phone_verified = models.BooleanField("手机号已核验", default=True)
    from_platform = models.BooleanField("由平台批量开通", default=False, editable=False)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "username"
    objects = UserManager()
    protected_sentence = "该账号已有办理记录，不能删除；保持停用即可，历史记录仍可查。"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """Of the own organization; the platform's 安全 the accounts of all, without personal data (domain 1.3)."""
        if actor.kind != "user":
            return NOBODY
        return EVERYBODY if actor.may("users.view_all") else Q(organization=actor.organization_id)

    @property
    def awaiting(self) -> bool:
        """待核验: brought by the platform's sheet, the phone not proven yet (``rules.awaiting`` asks the same of the table)."""
        return self.from_platform and not self.is_active and not self.phone_verified

    @property
    def usable(self) -> bool:
        """Whether the account may be used now. A temporary password that was never changed ends with its time (real
        time: the demo's clock is for business).
        """
        expired = self.password_expires_at is not None and self.password_expires_at < timezone.now()
        return self.is_active and self.organization.active and not expired

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What a session hangs on besides the password: role, rights and epoch. A change of any ends every session by
        the next request; of an account that may not be used none is valid (trust 6).
        """
        if not self.usable:
            return secrets.token_hex(32)
        parts = (self.password, self.role_id, sorted(self.role.codes), self.is_qualification_owner, self.session_epoch)
        return salted_hmac("skillcert.accounts.session", repr(parts), secret=secret, algorithm="sha256").hexdigest()


class LoginFailure(models.Model):
    """A refused sign-in. ``account`` is a keyed hash of what was typed: people type passwords into the wrong field.
    ``device`` is set for a browser that the account has signed in with before.
    """

    account = models.CharField(max_length=64)
    address = models.GenericIPAddressField("地址")
    device = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="login_failure_by_account"),
            models.Index(fields=["address", "at"], name="login_failure_by_address"),
        ]


class SignIn(models.Model):
    """A session that is open: from where and since when, so that its owner can end it. Closed ones are in the audit."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField("设备", max_length=60)
    address = models.GenericIPAddressField("地址", null=True)
    at = models.DateTimeField("登录时间", auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.device

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return Q(user=actor.id) if actor.kind == "user" else NOBODY

    @classmethod
    def visible_to(cls, actor: Actor) -> models.QuerySet[SignIn]:
        return cls._default_manager.filter(cls.seen_by(actor))


class PhoneCode(models.Model):
    """A code sent to a phone (R241): bound to the number and to who asked, kept only as a hash, good once."""

    phone_index = models.CharField(max_length=32)
    user_id = models.BigIntegerField()
    code_hash = models.CharField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    used = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone_index", "at"], name="phone_code_by_number"),
            models.Index(fields=["user_id", "at"], name="phone_code_by_asker"),
        ]


class SecondFactor(models.Model):
    """The key of a person's authenticator (RFC 6238), sealed, and the recovery codes as keyed hashes.

    ``last_step`` is the time step of the code used last: an older or equal one is a replay.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    key = Encrypted("密钥")
    confirmed = models.BooleanField("已绑定", default=False)
    last_step = models.BigIntegerField(default=0)
    recovery = models.JSONField(default=list)
    at = models.DateTimeField("绑定时间", auto_now=True)

    def __str__(self) -> str:
        return "动态口令"
