"""8.1 用户管理: the list, 新增, 查看, 账户维护, and the acts of each state."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase

from skillcert.config.roles import words_of
from skillcert.kit.crypto import mask_phone
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Active,
    Choice,
    Col,
    DetailPage,
    Dialog,
    Export,
    FormPage,
    Go,
    Group,
    KitForm,
    ListPage,
    Masked,
    Open,
    Search,
    Tab,
    When,
    active_badge,
)
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.screen import Badge, Card, Fact, Note

from .. import rules
from ..actors import scope
from ..forms import EditUserForm, ResetForm, UserForm
from ..models import User


# --- what opening, changing and resetting share -----------------------------------------------------------
class ProvenPhone(FormPage):
    """A form whose phone is proven by a code (R241): 获取验证码 sends it; a miss is counted outside the form's transaction."""

    opens, size, columns = "dialog", 640, 2
    model, own = User, False

    def needs_code(self, phone: str) -> bool:
        return True

    def post(self) -> HttpResponseBase:
        form = self.make_form(self.request.POST)
        asked = self.request.POST.get("act") == "code"
        valid = form.is_valid()
        phone = form.cleaned_data.get("phone", "")
        if asked:
            return self.send(form, phone)
        if valid and self.needs_code(phone):
            try:
                rules.try_phone_code(actor=self.actor, phone=phone, code=form.cleaned_data.get("code", ""))
            except Refused as no:
                form.add_error("code", no.sentence)
                return self.draw(form, 422)
        return super().post()

    def send(self, form: KitForm, phone: str) -> HttpResponseBase:
        """Only the number has to be right for that; what else was typed stays as it is."""
        wrong = form.errors.get("phone")
        form.errors.clear()
        if wrong:
            form.add_error("phone", wrong.data)
            return self.draw(form, 422)
        try:
            rules.send_phone_code(actor=self.actor, phone=phone, own=self.own)
        except Refused as no:
            form.add_error("code", no.sentence)
            return self.draw(form, 422)
        what = "请查看短信后填写" if self.own else "请向对方问到后填写"
        note = Note(f"验证码已发往 {mask_phone(phone)}，{what}；收不到时 1 分钟后可再获取。", "ok")
        return self.draw(form, notes=[note])


class ShownOnce:
    """The temporary password, in the answer itself and nowhere else: masked, behind an eye (R248)."""

    temporary: tuple[User, str] | None = None
    named = True  # whether the person's name may stand beside it
    render: Callable[..., Any]

    def shown(self, back: str) -> HttpResponseBase:
        user, password = self.temporary or (None, "")
        response = self.render("accounts/password_shown.html", user=user, password=password, back=back, named=self.named)
        response["Cache-Control"] = "private, no-store"
        return response


class OpensAccount(ShownOnce, ProvenPhone):
    """A form after which somebody can sign in: saving it answers with the temporary password."""

    opened = "已新增"

    def done(self, row: User) -> str:
        """Of a form that arrives twice, the second answer: the password is kept nowhere."""
        return f"{self.opened}账号 {row.username}；临时密码只显示一次，没有记下请重置密码。"

    def post(self) -> HttpResponseBase:
        response = super().post()
        return response if self.temporary is None else self.shown(self.back_url())


# --- 新增, 编辑 ---------------------------------------------------------------------------------------------
class NewUser(OpensAccount):
    """8.1 新增 (R237): 用户维护"""

    manual, url, permission, title = "8.1", "users/new/", "users.edit", "用户维护"
    label, icon, form, back = "新增", "user-plus", UserForm, "accounts.Users"

    def initial(self, row: Any) -> dict[str, Any]:
        return {"is_qualification_owner": "no"}

    def save(self, row: Any, data: dict[str, Any]) -> User:
        self.temporary = rules.create_user(actor=self.actor, **data)
        return self.temporary[0]


class EditUser(ProvenPhone):
    """8.1 编辑 (R245): 账户维护"""

    manual, url, permission, title = "8.1", "users/<int:pk>/edit/", "users.edit", "账户维护"
    label, icon, opens, form, back = "编辑", "pencil", "page", EditUserForm, "accounts.Users"
    guards, related = rules.EDIT, ("organization", "role")

    def initial(self, row: User) -> dict[str, Any]:
        return {
            "name": row.name, "phone": row.phone, "role": str(row.role_id),
            "is_qualification_owner": "yes" if row.is_qualification_owner else "no",
            "qualifications": sorted(map(str, scope().of(row))),
        }  # fmt: skip

    def facts(self, row: User) -> list[Fact]:
        return [Fact("登录账号", row.username), Fact("所属机构", row.organization.name), Fact("状态", "停用")]

    def needs_code(self, phone: str) -> bool:
        return rules.needs_code(self.row, phone)

    def save(self, row: User, data: dict[str, Any]) -> User:
        return rules.edit_user(actor=self.actor, now=self.now, user=row, version=self.version, **data)

    def done(self, row: User) -> str:
        return f"已保存账号 {row.username}，启用后可以登录。"


# --- 停用, 启用, 删除, 重置密码 -------------------------------------------------------------------------------
class OneUser(Dialog):
    """An act on one account, confirmed by name."""

    model, back, unit, permission = User, "accounts.Users", "个", "users.edit"
    single = True

    def facts(self, row: User) -> list[Fact]:
        return [Fact("登录账号", row.username), Fact("姓名", row.name), Fact("角色", row.role.name)]

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        user = rows.select_related("organization", "role").get()
        self.act_on(user, data)
        return Outcome(done=[user.pk])


class StopUser(OneUser):
    """8.1 停用 (R243)"""

    manual, url, title, label, icon, guards = "8.1", "users/stop/", "停用账号", "停用", "user-off", rules.STOP

    def warning(self) -> Note:
        return Note("停用后该账号不能再登录，正在进行的登录立即退出。", "wait")

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        rules.stop_user(actor=self.actor, now=self.now, user=user)


class StartUser(OneUser):
    """8.1 启用 (R247)"""

    manual, url, title, label, icon, guards = "8.1", "users/start/", "启用账号", "启用", "user-check", rules.START

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        rules.start_user(actor=self.actor, now=self.now, user=user)


class DeleteUser(OneUser):
    """8.1 删除 (R246)"""

    manual, url, title, label, icon, guards, final = (
        "8.1", "users/delete/", "删除账号", "删除", "trash", rules.DELETE, True,
    )  # fmt: skip

    def warning(self) -> Note:
        return Note("删除后不能恢复。办理过业务的账号不能删除，保持停用即可。", "wait")

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        rules.delete_user(actor=self.actor, now=self.now, user=user)


class ResetPassword(ShownOnce, OneUser):
    """8.1 重置密码 (R248, R249)"""

    manual, url, title, label, icon, guards = "8.1", "users/reset/", "重置密码", "重置密码", "key", rules.RESET
    form = ResetForm

    def make_form(self, data: Any = None) -> KitForm:
        form = super().make_form(data)
        if self.one is not None and rules.factor_of(self.one) is None:
            del form.fields["drop_factor"]
        return form

    @property
    def texted(self) -> bool:
        """安全 does not see the password of 审计 or 系统: it goes to the person."""
        return self.one is not None and self.one.role.organization_kind == "platform"

    def warning(self) -> Note:
        shown = "用短信发到本人手机" if self.texted else "只显示一次"
        return Note(f"将生成临时密码，{shown}，24 小时内有效，首次登录须修改；该账号正在进行的登录立即退出。", "wait")

    def reset(self, user: User, drop_factor: bool) -> str:
        return rules.reset_password(actor=self.actor, now=self.now, user=user, drop_factor=drop_factor)

    def act_on(self, user: User, data: dict[str, Any]) -> None:
        self.temporary = (user, self.reset(user, data.get("drop_factor", False)))

    def answer(self, answer: dict[str, Any], form: KitForm) -> HttpResponseBase:
        return self.shown(self.back_url()) if self.temporary and self.temporary[1] else super().answer(answer, form)

    def done(self, count: int) -> str:
        if self.texted:
            return "密码已重置，临时密码已用短信发到本人手机。"
        return "密码已重置；临时密码只显示一次，没有记下请再重置一次。"


# --- 查看, the list --------------------------------------------------------------------------------------------
ACTS = [Act(StopUser), Act(StartUser), Act(EditUser), Act(DeleteUser, danger=True), Act(ResetPassword)]


class UserDetail(DetailPage):
    """8.1 查看 (R242)"""

    manual, url, permission, title = "8.1", "users/<int:pk>/", "users.view", "账号详情"
    model, related, events_title = User, ("organization", "role"), "操作记录"
    back, acts = "accounts.Users", ACTS

    @cached_property
    def row(self) -> User:
        """Of the own organization alone: of the others' the platform's 安全 sees the list without personal data."""
        row = row_of(self, User, self.related)
        if row.organization_id != self.actor.organization_id:
            raise Missing()
        return row

    def subtitle_of(self, row: User) -> str:
        return row.username

    def badge(self, row: User) -> Badge:
        return active_badge(row.is_active)

    def notes(self, row: User) -> list[Note]:
        return [] if row.phone_verified else [Note("手机号还没有核验：编辑并填写验证码后才能启用。", "wait")]

    def cards(self, row: User) -> list[Card]:
        facts = (
            Fact("登录账号", row.username), Fact("姓名", row.name), Fact("手机号", mask_phone(row.phone) if row.phone else "–"),
            Fact("所属机构", row.organization.name), Fact("角色", row.role.name),
            Fact("证书负责人", "是" if row.is_qualification_owner else "否"),
            Fact("动态口令", "已绑定" if rules.factor_of(row) else "未绑定"),
            Fact("上次登录", plain_text(row.last_login) or "–"), Fact("创建时间", plain_text(row.created_at)),
        )  # fmt: skip
        cards = [Card("账号", facts), Card("权限", (Fact("可以办理", "、".join(words_of(row.role.codes)) or "–", wide=True),))]
        if row.is_qualification_owner:
            owned = scope().of(row)
            names = [label for key, label in scope().options(self.actor) if key in owned]
            cards.append(Card("负责的证书", (Fact("只能看到和办理", "、".join(names) or "–", wide=True),)))
        return cards


class Users(ListPage):
    """8.1 用户管理 (R235, R236)"""

    manual, url, permission, title = "8.1", "users/", "users.view", "用户管理"
    model, related = User, ("organization", "role")
    columns = [
        Col("username", "登录账号", sort=True, fixed=True),
        Col("name", "姓名", sort=True),
        Masked("phone", "手机号", mask_phone),
        Col("role__name", "角色"),
        Col("is_qualification_owner", "证书负责人"),
        Active("is_active"),
        When("last_login", "上次登录"),
        When("created_at", "创建时间", sort=True, shown=False),
    ]
    filters = [
        Search("账号", "username"),
        Search("姓名", "name"),
        Choice("角色", "role", options=lambda page: rules.roles_of(page.actor)),
    ]
    tabs = [Tab("启用", Q(is_active=True), "active"), Tab("停用", Q(is_active=False), "stopped")]
    row = [Open(UserDetail), *ACTS]
    header = [
        Go(NewUser, primary=True),
        Group("批量导入", [Act("accounts.ImportUsers", "导入"), Act("accounts.UserImports", "导入记录")], "file-import"),
        Export("批量导出"),
    ]
    links = [Act("accounts.Roles"), Act("accounts.LoginLog"), Act("accounts.EditPolicy")]
    order = ("username",)
    empty = "没有符合条件的账号"

    def rows(self) -> QuerySet:
        return User.objects.filter(organization=self.actor.organization_id)
