"""Chapters 1 and 8: users and roles."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

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

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        if actor.kind != "user":
            return NOBODY
        own = Q(organization=None) | Q(organization=actor.organization_id)
        return EVERYBODY if actor.organization_kind == Kind.PLATFORM else own & Q(organization_kind=actor.organization_kind)


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

    USERNAME_FIELD = "username"
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        if actor.kind != "user":
            return NOBODY
        return EVERYBODY if actor.organization_kind == Kind.PLATFORM else Q(organization=actor.organization_id)


class LoginFailure(models.Model):
    """A refused sign-in. ``account`` is a keyed hash of what was typed: people type passwords into the wrong field."""

    account = models.CharField(max_length=64)
    address = models.GenericIPAddressField("地址")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["account", "address", "at"], name="login_failure_by_account")]
