"""The platform's 安全 (domain 1.4): the accounts of every organization without personal data, first administrators."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponseBase

from skillcert.kit.pages import Act, Active, ChainedChoice, Choice, Col, Export, Go, ListPage, Search, Tab, When, url_of
from skillcert.kit.pages.screen import Fact
from skillcert.orgs.models import Kind, Organization

from .. import rules
from ..forms import AccountForm
from ..models import User
from .users import ProvenPhone, ResetPassword, ShownOnce

WHY = "The platform's own side; the manual describes the institution's (8.1)"
KINDS = (Kind.PROVINCE, Kind.AWARDING_BODY, Kind.INSTITUTION)


def without_administrator(page: Any) -> QuerySet[Organization]:
    managers = User.objects.filter(organization=OuterRef("pk"), is_active=True, role__in=rules.managing_roles())
    return Organization.objects.filter(~Exists(managers), active=True, kind__in=KINDS).order_by("kind", "name")


class AdministratorForm(AccountForm):
    organization = ChainedChoice("单位", options=without_administrator, help_text="只列出还没有启用的管理员的单位。")
    field_order = ["organization", "username", "name", "phone", "code"]


class OpenAdministrator(ShownOnce, ProvenPhone):
    """开通单位管理员: the first account of an organization; its administrator opens the others."""

    manual, why, url, permission, title = None, WHY, "users/all/new/", "users.open", "开通单位管理员"
    icon, form, back = "user-plus", AdministratorForm, "accounts.AllUsers"

    def save(self, row: Any, data: dict[str, Any]) -> User:
        data["organization"] = Organization.objects.get(pk=data["organization"])
        self.temporary = rules.open_administrator(actor=self.actor, **data)
        return self.temporary[0]

    def done(self, row: User) -> str:
        return f"已开通账号 {row.username}。"

    def post(self) -> HttpResponseBase:
        response = super().post()
        return response if self.temporary is None else self.shown(url_of(AllUsers))


class ResetAdministrator(ResetPassword):
    """重置单位管理员密码"""

    manual, why, url, permission, title = None, WHY, "users/all/reset/", "users.open", "重置单位管理员密码"
    label, guards, back = "重置密码", rules.RESET_ADMINISTRATOR, "accounts.AllUsers"

    def heading(self) -> str:
        return f"{self.title}：{self.one.username}"

    def facts(self, row: User) -> list[Fact]:
        return [Fact("登录账号", row.username), Fact("单位", row.organization.name), Fact("角色", row.role.name)]

    def reset(self, user: User, drop_factor: bool) -> str:
        return rules.reset_administrator(actor=self.actor, now=self.now, user=user, drop_factor=drop_factor)


class AllUsers(ListPage):
    """各单位账号: no names and no phones (domain 1.3)"""

    manual, why, url, permission, title = None, WHY, "users/all/", "users.view_all", "各单位账号"
    subtitle = "不显示姓名与手机号"
    model, related = User, ("organization", "role")
    columns = [
        Col("username", "登录账号", sort=True, fixed=True), Col("organization__name", "单位"),
        Col("organization__kind", "单位类型"), Col("role__name", "角色"), Active("is_active"), When("last_login", "上次登录"),
    ]  # fmt: skip
    filters = [
        Search("账号", "username"), Search("单位", "organization__name"),
        Choice("单位类型", "organization__kind", options=lambda page: Kind.choices),
    ]  # fmt: skip
    tabs = [Tab("启用", Q(is_active=True), "active"), Tab("停用", Q(is_active=False), "stopped")]
    row = [Act(ResetAdministrator)]
    header = [Go(OpenAdministrator, primary=True), Export("导出")]
    order = ("username",)

    def row_label(self, row: User) -> str:
        return row.username
