"""1 登录: account and password, the sum after failures, the one-time code, and out again."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from skillcert.kit.errors import Refused
from skillcert.kit.pages import LOGIN, PAGES, PUBLIC, Page, url_of
from skillcert.kit.pages.screen import Crumb, Note

from .. import rules
from ..forms import CodeForm, LoginForm, VouchForm
from ..models import User
from ..rules.codes import RESEND
from ..sessions import attempt_of, remember_device, sign_in

PUBLIC_LINKS = (
    ("portal.ScoreQuery", "考生成绩查询"), ("portal.VerifyNumber", "证书核验"), ("home.Help", "操作手册"),
    ("privacy.PrivacyNotice", "个人信息保护"),
)  # fmt: skip
PENDING = "second_step"
PENDING_SECONDS = 600


class Entrance(Page):
    """What both steps of signing in share."""

    template = "kit/login.html"

    def entered(self, user: User, attempt: rules.Attempt) -> HttpResponseBase:
        """The session is opened; a temporary password leads to its change before anything else."""
        self.request.session.pop(PENDING, None)
        sign_in(self.request, user, attempt)
        must = url_of("accounts.ChangePassword") if user.must_change_password else ""
        response = self.redirect(must or self.next_url(url_of("home.Desk")))
        remember_device(self.request, response, attempt)
        return response

    def draw(self, form: Any, status: int = 200, **more: Any) -> HttpResponseBase:
        links = [Crumb(label, url_of(name)) for name, label in PUBLIC_LINKS if name in PAGES]
        response = self.render(
            status=status, form=form, next=self.next_url(""), public_links=links, shell=None, **more
        )
        response["Cache-Control"] = "no-store"
        return response


class Login(Entrance):
    """1 登录"""

    manual, url, permission, title = "1", "login/", PUBLIC, "登录"

    def get(self) -> HttpResponseBase:
        if self.actor.kind == "user":
            return self.redirect(self.next_url(url_of("home.Desk")))
        return self.draw_login(LoginForm(), attempt_of(self.request, ""))

    def post(self) -> HttpResponseBase:
        form = LoginForm(self.request.POST)
        attempt = attempt_of(self.request, self.request.POST.get("username", ""))
        if not form.is_valid():
            return self.draw_login(form, attempt, 422)
        try:
            told = {name: self.request.POST.get(name, "") for name in ("answer", "token")}
            user = rules.check_login(attempt=attempt, password=form.cleaned_data["password"], **told)
        except Refused as no:
            if no.url:
                return self.draw_login(form, attempt, 422, notes=[Note(no.sentence, "bad", no.url, no.link)])
            form.add_error(None, no.sentence)
            return self.draw_login(form, attempt, 422)
        rules.demand_change_of_old(user)
        if rules.factor_of(user) is None:
            return self.entered(user, attempt)
        self.request.session.cycle_key()
        self.request.session[PENDING] = {"user": user.pk, "at": int(time.time()), "hash": user.get_session_auth_hash()}
        following = self.next_url("")
        return self.redirect(url_of(SecondStep) + (f"?{urlencode({'next': following})}" if following else ""))

    def draw_login(self, form: LoginForm, attempt: rules.Attempt, status: int = 200, **more: Any) -> HttpResponseBase:
        form.ask(rules.sum_for(attempt))
        demo = url_of("demo.Guide") if settings.DEMO and "demo.Guide" in PAGES else ""
        hint = "连续 5 次输错须等 15 分钟再试。忘记密码请联系本单位管理员重置。"
        return self.draw(form, status, demo_url=demo, hint=hint, **more)


class VouchBrowser(Entrance):
    """证明是本人: a code to the account's phone, and no stranger's failures count in this browser any more"""

    manual, why = None, "trust.md 8: no lock-out of the real user by a stranger"
    url, permission, title, template = "login/browser/", PUBLIC, "证明是本人", "accounts/vouch.html"

    def get(self) -> HttpResponseBase:
        return self.draw_vouch(VouchForm())

    def post(self) -> HttpResponseBase:
        form, asks_code = VouchForm(self.request.POST), self.request.POST.get("act") == "code"
        form.fields["code"].required = not asks_code
        attempt = attempt_of(self.request, self.request.POST.get("username", ""))
        if not form.is_valid():
            return self.draw_vouch(form, 422)
        try:
            if asks_code:
                rules.ask_vouch(attempt)
                says = "账号正确的，核验码已发到该账号登记的手机，请填入。"
                return self.draw_vouch(form, code_says=says, code_at=timezone.now() + RESEND)
            rules.check_vouch(attempt=attempt, code=form.cleaned_data["code"])
        except Refused as no:
            form.add_error("code", no.sentence)
            return self.draw_vouch(form, 422)
        messages.warning(self.request, "已证明是您本人，请输入账号和密码登录。")  # the entrance shows no fainter ones
        response = self.redirect(url_of(Login))
        remember_device(self.request, response, attempt)
        return response

    def draw_vouch(self, form: VouchForm, status: int = 200, **more: Any) -> HttpResponseBase:
        return self.draw(form, status, title=self.title, login_url=url_of(Login), **more)


class SecondStep(Entrance):
    """动态口令: the second step of who has bound an authenticator (trust 12). Bound to the browser that gave the
    password, for ten minutes.
    """

    manual, why = None, "The manual knows account and password alone; trust.md 12 asks administrators and signers for more"
    url, permission, title = "login/code/", PUBLIC, "动态口令"

    def pending(self) -> User | None:
        kept = self.request.session.get(PENDING) or {}
        if int(time.time()) - kept.get("at", 0) > PENDING_SECONDS:
            return None
        user = User.objects.select_related("organization", "role").filter(pk=kept["user"]).first()
        if user is None or not user.usable:
            return None  # what ends a session ends this first step too: a reset, another role
        return user if constant_time_compare(kept.get("hash", ""), user.get_session_auth_hash()) else None

    def get(self) -> HttpResponseBase:
        user = self.pending()
        return self.draw_code(user, CodeForm()) if user else self.redirect(url_of(Login))

    def post(self) -> HttpResponseBase:
        user = self.pending()
        if user is None:
            return self.redirect(url_of(Login))
        form, attempt = CodeForm(self.request.POST), attempt_of(self.request, user.username)
        if not form.is_valid():
            return self.draw_code(user, form, 422)
        try:
            rules.check_second_step(user=user, attempt=attempt, code=form.cleaned_data["code"])
        except Refused as no:
            form.add_error("code", no.sentence)
            return self.draw_code(user, form, 422)
        return self.entered(user, attempt)

    def draw_code(self, user: User, form: CodeForm, status: int = 200) -> HttpResponseBase:
        factor = rules.factor_of(user) if settings.DEMO else None
        notes = [Note(f"演示环境：当前动态口令 {rules.present_code(factor)}")] if factor else []
        return self.draw(
            form, status, title=self.title, says=f"{user.username}：请输入手机身份验证器上显示的 6 位数字", notes=notes,
            hint="手机不在身边时可以输入一个恢复码，每个恢复码只能用一次。手机遗失请联系管理员重置。", submit_label="验证并登录",
        )  # fmt: skip


class Logout(Page):
    """退出: a POST, so that no picture or link can sign somebody out."""

    manual, url, permission, title = "1", "logout/", LOGIN, "退出"

    def post(self) -> HttpResponseBase:
        key = self.request.session.session_key or ""
        rules.note_logout(user=self.request.user, actor=self.actor, session_key=key)  # type: ignore[arg-type]  # a signed-in user
        logout(self.request)
        return self.redirect(url_of(Login))
