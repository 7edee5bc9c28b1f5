"""Chapter 1: signing in and out, one's own account. Chapter 8.1: 用户管理."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

from skillcert.config.roles import CODES
from skillcert.kit.crypto import mask_phone
from skillcert.kit.errors import Refused
from skillcert.kit.pages import (
    LOGIN,
    PAGES,
    PUBLIC,
    Active,
    Choice,
    Col,
    DetailPage,
    FormPage,
    ListPage,
    Masked,
    Open,
    Page,
    Search,
    Tab,
    When,
    active_badge,
    url_of,
)
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import ActView, Badge, Card, Crumb, Fact, Note

from . import rules
from .actors import actor_of
from .forms import LoginForm, OwnForm, PasswordForm
from .models import Role, User

PUBLIC_LINKS = (("portal.ScoreQuery", "考生成绩查询"), ("portal.VerifyNumber", "证书核验"))


def sign_in(request: HttpRequest, user: User) -> str:
    """Open a session for ``user`` under a new key; the address of what comes first."""
    login(request, user)
    rules.note_login(user=user, actor=actor_of(user, request))
    return url_of(ChangePassword) if user.must_change_password else url_of("home.Desk")


class Login(Page):
    """1 登录"""

    manual, url, permission, title = "1", "login/", PUBLIC, "登录"
    template = "kit/login.html"

    def get(self) -> HttpResponseBase:
        if self.actor.kind == "user":
            return self.redirect(self.next_url(url_of("home.Desk")))
        return self.draw(LoginForm())

    def post(self) -> HttpResponseBase:
        form = LoginForm(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        try:
            user = rules.check_login(**form.cleaned_data, address=self.request.META.get("REMOTE_ADDR", ""))
        except Refused as no:
            form.add_error(None, no.sentence)
            return self.draw(form, 422)
        first = sign_in(self.request, user)
        return self.redirect(first if user.must_change_password else self.next_url(first))

    def draw(self, form: LoginForm, status: int = 200) -> HttpResponseBase:
        links = [Crumb(label, url_of(name)) for name, label in PUBLIC_LINKS if name in PAGES]
        demo = url_of("demo.Guide") if settings.DEMO and "demo.Guide" in PAGES else ""
        response = self.render(
            status=status, form=form, next=self.next_url(""), public_links=links, demo_url=demo, shell=None,
            hint="连续 5 次输错须等 15 分钟再试。忘记密码请联系本单位管理员重置。",
        )  # fmt: skip
        response["Cache-Control"] = "no-store"
        return response


class Logout(Page):
    """退出: a POST, so that no picture or link can sign somebody out."""

    manual, url, permission, title = "1", "logout/", LOGIN, "退出"

    def post(self) -> HttpResponseBase:
        rules.note_logout(user=self.request.user, actor=self.actor)  # type: ignore[arg-type]  # a signed-in user
        logout(self.request)
        return self.redirect(url_of(Login))


class Account(DetailPage):
    """账户: what the platform knows of oneself."""

    manual, why = None, "One's own data; 8.1 is about the accounts of others"
    url, permission, title = "account/", LOGIN, "账户"
    model = User
    related = ("organization", "role")
    acts = ()

    @property
    def row(self) -> User:  # type: ignore[override]  # of the session, not of the address
        return self.request.user  # type: ignore[return-value]

    def subtitle_of(self, row: User) -> str:
        return f"{row.organization.get_kind_display()} ・ {row.organization}"

    def act_views(self, row: User) -> list[ActView]:
        return [
            ActView("own", "修改资料", url_of(EditOwn), "pencil", "dialog"),
            ActView("password", "修改密码", url_of(ChangePassword), "key", primary=True),
        ]

    def cards(self, row: User) -> list[Card]:
        facts = (
            Fact("登录账号", row.username), Fact("姓名", row.name), Fact("手机号", mask_phone(row.phone) if row.phone else "–"),
            Fact("所属机构", row.organization.name), Fact("角色", row.role.name),
            Fact("上次登录", plain_text(row.last_login) or "–"),
        )  # fmt: skip
        return [
            Card("本人资料", facts),
            Card("权限", (Fact("可以办理", "、".join(words_of(row.role)) or "–", wide=True),)),
        ]


class EditOwn(FormPage):
    """修改资料: name and telephone."""

    manual, why = None, "One's own data; 8.1 is about the accounts of others"
    url, permission, title = "account/edit/", LOGIN, "修改资料"
    opens, size, columns = "dialog", 480, 1
    model, form, back = User, OwnForm, Account

    @property
    def row(self) -> User:  # type: ignore[override]
        return self.request.user  # type: ignore[return-value]

    def heading(self, row: Any) -> str:
        return self.title

    def save(self, row: User, data: dict[str, Any]) -> User:
        return rules.edit_own(actor=self.actor, now=self.now, version=self.version, **data)


class ChangePassword(FormPage):
    """修改密码"""

    manual, why = None, "The manual knows only the reset by an administrator (R248)"
    url, permission, title = "account/password/", LOGIN, "修改密码"
    model, form, back, columns = User, PasswordForm, Account, 1

    def notes(self, row: Any) -> list[Note]:
        must = self.request.user.must_change_password  # type: ignore[union-attr]
        return [Note("这是管理员给的临时密码，请先换成自己的密码。", "wait")] if must else []

    def save(self, row: Any, data: dict[str, Any]) -> User:
        user = rules.change_password(actor=self.actor, old=data["old"], new=data["new"])
        update_session_auth_hash(self.request, user)
        return user

    def done(self, row: Any) -> str:
        return "密码已修改，您在其他地方的登录已全部退出。"


class UserDetail(DetailPage):
    """8.1 查看 (R242)"""

    manual, url, permission, title = "8.1", "users/<int:pk>/", "users.view", "账号详情"
    model, related = User, ("organization", "role")
    back = "accounts.Users"

    def subtitle_of(self, row: User) -> str:
        return row.username

    def badge(self, row: User) -> Badge:
        return active_badge(row.is_active)

    def cards(self, row: User) -> list[Card]:
        facts = (
            Fact("登录账号", row.username), Fact("姓名", row.name), Fact("手机号", mask_phone(row.phone) if row.phone else "–"),
            Fact("所属机构", row.organization.name), Fact("角色", row.role.name),
            Fact("证书负责人", "是" if row.is_qualification_owner else "否"),
            Fact("上次登录", plain_text(row.last_login) or "–"), Fact("创建时间", plain_text(row.created_at)),
        )  # fmt: skip
        return [Card("账号", facts), Card("权限", (Fact("可以办理", "、".join(words_of(row.role)) or "–", wide=True),))]


class Users(ListPage):
    """8.1 用户管理"""

    manual, url, permission, title = "8.1", "users/", "users.view", "用户管理"
    model, related = User, ("organization", "role")
    columns = [
        Col("username", "登录账号", sort=True, fixed=True),
        Col("name", "姓名", sort=True),
        Masked("phone", "手机号", mask_phone),
        Col("organization__name", "所属机构"),
        Col("role__name", "角色"),
        Col("is_qualification_owner", "证书负责人"),
        Active("is_active"),
        When("last_login", "上次登录", shown=False),
        When("created_at", "创建时间", sort=True),
    ]
    filters = [
        Search("账号", "username"),
        Search("姓名", "name"),
        Choice("角色", "role", options=lambda page: Role.visible_to(page.actor).order_by("organization_kind", "pk")),
    ]
    tabs = [Tab("启用", Q(is_active=True), "active"), Tab("停用", Q(is_active=False), "stopped")]
    row = [Open(UserDetail)]
    order = ("username",)
    empty = "没有符合条件的账号"


def words_of(role: Role) -> list[str]:
    """What a role may do, in words."""
    return [CODES[code] for code in CODES if code in role.codes]
