"""The platform's 安全 (domain 1.4): the accounts of every organization without personal data, first administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponseBase

from skillcert.kit.pages import (
    Act,
    Active,
    ChainedChoice,
    Choice,
    Col,
    Export,
    Go,
    Group,
    KitForm,
    ListPage,
    ReasonField,
    Search,
    Tab,
    When,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Badge, Fact, Note
from skillcert.kit.states import ICONS
from skillcert.orgs.models import Kind, Organization

from .. import rules
from ..forms import AccountForm, AwaitingPersonForm, UnseenPersonForm
from ..imports import MANAGED, AdministratorImport
from ..models import User
from .users import OneUser, OpensAccount, ProvenPhone, ResetPassword

WHY = "The platform's own side; the manual describes the institution's (8.1)"


def without_administrator(page: Any) -> QuerySet[Organization]:
    managers = User.objects.filter(rules.managers(), organization=OuterRef("pk"), is_active=True)
    return Organization.objects.filter(~Exists(managers), active=True, kind__in=MANAGED.values()).order_by("kind", "name")


class AdministratorForm(AccountForm):
    organization = ChainedChoice("单位", options=without_administrator, help_text="只列出还没有启用的管理员的单位。")
    field_order = ["organization", "username", "name", "phone", "code"]


class OpenAdministrator(OpensAccount):
    """开通单位管理员: the first account of an organization; its administrator opens the others."""

    manual, why, url, permission, title = None, WHY, "users/all/new/", "users.open", "开通单位管理员"
    icon, form, back, opened = "user-plus", AdministratorForm, "accounts.AllUsers", "已开通"

    def save(self, row: Any, data: dict[str, Any]) -> User:
        data["organization"] = Organization.objects.get(pk=data["organization"])
        self.temporary = rules.open_administrator(actor=self.actor, **data)
        return self.temporary[0]


class ImportAdministrators(ImportPage):
    """Many at once; they wait, stopped, for their phones to be proven (R241)"""

    manual, why, url, title, label = None, WHY, "users/all/import/", "批量开通单位管理员", "导入"
    spec, back, records = AdministratorImport, "accounts.AllUsers", "accounts.AdministratorImports"


class AdministratorImports(ImportRecordList):
    manual, why, url, permission, title = None, WHY, "users/all/imports/", "users.open", "单位管理员导入记录"
    label, pages = "导入记录", [ImportAdministrators]


def account_facts(row: User) -> list[Fact]:
    return [Fact("登录账号", row.username), Fact("单位", row.organization.name), Fact("角色", row.role.name)]


class EditAdministrator(ProvenPhone):
    """编辑: a stopped one's name or phone"""

    manual, why, url, permission, title = None, WHY, "users/all/<int:pk>/edit/", "users.open", "编辑单位管理员"
    label, icon, form, back = "编辑", "pencil", UnseenPersonForm, "accounts.AllUsers"
    guards, related = rules.EDIT_ADMINISTRATOR, ("organization", "role")

    def heading(self, row: User) -> str:
        return f"{self.title}：{row.username}"

    def initial(self, row: User) -> dict[str, Any]:
        return {}

    def facts(self, row: User) -> list[Fact]:
        return account_facts(row)

    def needs_code(self, phone: str) -> bool:
        return bool(phone)

    def send(self, form: KitForm, phone: str) -> HttpResponseBase:
        if not phone and "phone" not in form.errors:
            form.errors.clear()
            form.add_error("phone", "没有换手机号，不需要验证码；要换请先填写新号码。")
            return self.draw(form, 422)
        return super().send(form, phone)

    def save(self, row: User, data: dict[str, Any]) -> User:
        return rules.edit_administrator(actor=self.actor, now=self.now, user=row, version=self.version, **data)

    def done(self, row: User) -> str:
        return f"已保存账号 {row.username}，启用后可以登录。"


class StartAdministrator(OpensAccount, EditAdministrator):
    """核验并启用: one of a sheet, once the code sent to its phone is told"""

    url, title, label, icon, submit_label = "users/all/<int:pk>/start/", "核验并启用", "核验并启用", "user-check", "启用"
    form, guards, opened = AwaitingPersonForm, rules.START_ADMINISTRATOR, "已启用"

    def initial(self, row: User) -> dict[str, Any]:
        return {"name": row.name}

    def save(self, row: User, data: dict[str, Any]) -> User:
        password = rules.start_administrator(actor=self.actor, now=self.now, user=row, version=self.version, **data)
        self.temporary = (row, password)
        return row


class OneAdministrator(OneUser):
    """An act on another organization's administrator: by the account's name, not the person's (domain 1.3)."""

    permission, back = "users.open", "accounts.AllUsers"

    def heading(self) -> str:
        return f"{self.title}：{self.one.username}"

    def facts(self, row: User) -> list[Fact]:
        return account_facts(row)


class DropAdministrator(OneAdministrator):
    """删除: one of a sheet that came in by mistake"""

    manual, why, url, title, label = None, WHY, "users/all/delete/", "删除待核验的管理员", "删除"
    icon, guards, final = "trash", rules.DROP_ADMINISTRATOR, True

    def warning(self) -> Note:
        return Note("这个账号还没有启用过，删除后可以重新导入。", "wait")

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        rules.drop_administrator(actor=self.actor, now=self.now, user=user)


class StopForm(KitForm):
    reason = ReasonField("停用理由", help_text="写入审计，并告诉该单位。")


class StopAdministrator(OneAdministrator):
    """停用: who left, or whose account is in wrong hands; the last one too"""

    manual, why, url, title, label = None, WHY, "users/all/stop/", "停用单位管理员", "停用"
    icon, guards, form = "user-off", rules.STOP_ADMINISTRATOR, StopForm

    def warning(self) -> Note:
        last = self.one is not None and len(rules.active_managers(self.one.organization_id)) < 2
        after = "这是该单位唯一启用的管理员，请随后用“开通单位管理员”为接手的人开通。" if last else ""
        return Note(f"停用后该账号不能再登录，正在进行的登录立即退出。{after}", "wait")

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        rules.stop_administrator(actor=self.actor, now=self.now, user=user, reason=data["reason"])


class ResumeAdministrator(OneAdministrator):
    """启用"""

    manual, why, url, title, label = None, WHY, "users/all/resume/", "启用单位管理员", "启用"
    icon, guards = "user-check", rules.RESUME_ADMINISTRATOR

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        rules.resume_administrator(actor=self.actor, now=self.now, user=user)


class ResetAdministrator(OneAdministrator, ResetPassword):
    """重置单位管理员密码"""

    manual, why, url, title, label = None, WHY, "users/all/reset/", "重置单位管理员密码", "重置密码"
    guards, named = rules.RESET_ADMINISTRATOR, False

    def reset(self, user: User, drop_factor: bool) -> str:
        return rules.reset_administrator(actor=self.actor, now=self.now, user=user, drop_factor=drop_factor)


def stopped(now: datetime) -> Q:
    return Q(is_active=False) & ~rules.awaiting()


class AccountState(Active):
    """启用, 停用, or 待核验 of who came by the platform's sheet."""

    def badge(self, row: User) -> Badge:
        return Badge("待核验", "wait", ICONS["wait"]) if row.awaiting else super().badge(row)


class AllUsers(ListPage):
    """各单位账号: no names and no phones (domain 1.3)"""

    manual, why, url, permission, title = None, WHY, "users/all/", "users.view_all", "各单位账号"
    subtitle = "不显示姓名与手机号"
    model, related = User, ("organization", "role")
    columns = [
        Col("username", "登录账号", sort=True, fixed=True), Col("organization__name", "单位"),
        Col("organization__kind", "单位类型"), Col("role__name", "角色"), AccountState("is_active"), When("last_login", "上次登录"),
    ]  # fmt: skip
    filters = [
        Search("账号", "username"), Search("单位", "organization__name"),
        Choice("单位类型", "organization__kind", options=lambda page: Kind.choices),
    ]  # fmt: skip
    tabs = [
        Tab("启用", Q(is_active=True), "active"), Tab("停用", stopped, "stopped"),
        Tab("待核验", lambda now: rules.awaiting(), "awaiting"),
    ]  # fmt: skip
    row = [
        Act(StartAdministrator), Act(ResetAdministrator), Act(StopAdministrator), Act(ResumeAdministrator),
        Act(EditAdministrator), Act(DropAdministrator, danger=True),
    ]  # fmt: skip
    header = [
        Go(OpenAdministrator, primary=True), Group("批量开通", [Go(ImportAdministrators), Go(AdministratorImports)], "file-import"),
        Export("导出"),
    ]  # fmt: skip
    order = ("username",)

    def row_label(self, row: User) -> str:
        return row.username
