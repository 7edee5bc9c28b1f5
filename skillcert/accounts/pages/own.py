"""账户: what the platform knows of oneself, one's password, second factor and open sessions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponseBase
from django.utils.html import conditional_escape

from skillcert.config.roles import words_of
from skillcert.kit.crypto import mask_phone
from skillcert.kit.errors import Refused
from skillcert.kit.pages import LOGIN, DetailPage, FormPage, Page, url_of
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import ActView, Card, ColumnView, Fact, Note, RowView, Table

from .. import rules
from ..forms import FactorForm, OwnForm, PasswordForm
from ..models import SignIn, User
from ..sessions import ENROL
from .users import ProvenPhone

WHY = "One's own data; 8.1 is about the accounts of others"


class Account(DetailPage):
    """账户: what the platform knows of oneself."""

    manual, why = None, WHY
    url, permission, title = "account/", LOGIN, "账户"
    model, related, events_title = User, ("organization", "role"), "操作记录"
    acts = ()

    @property
    def row(self) -> User:  # type: ignore[override]  # of the session, not of the address
        return self.request.user  # type: ignore[return-value]

    def subtitle_of(self, row: User) -> str:
        return f"{row.organization.get_kind_display()} ・ {row.organization}"

    def act_views(self, row: User) -> list[ActView]:
        factor = (
            ActView("drop", "解绑动态口令", url_of(DropFactor), "shield-off", "dialog")
            if rules.factor_of(row)
            else ActView("enrol", "绑定动态口令", url_of(Enrol), "shield-check")
        )
        return [
            ActView("own", "修改资料", url_of(EditOwn), "pencil", "dialog"), factor,
            ActView("log", "登录记录", url_of("accounts.OwnLoginLog"), "history"),
            ActView("password", "修改密码", url_of(ChangePassword), "key", primary=True),
        ]  # fmt: skip

    def cards(self, row: User) -> list[Card]:
        facts = (
            Fact("登录账号", row.username), Fact("姓名", row.name), Fact("手机号", mask_phone(row.phone) if row.phone else "–"),
            Fact("所属机构", row.organization.name), Fact("角色", row.role.name),
            Fact("动态口令", "已绑定" if rules.factor_of(row) else "未绑定"), Fact("上次登录", plain_text(row.last_login) or "–"),
        )  # fmt: skip
        return [
            Card("本人资料", facts), self.sessions(),
            Card("权限", (Fact("可以办理", "、".join(words_of(row.role.codes)) or "–", wide=True),)),
        ]  # fmt: skip

    def sessions(self) -> Card:
        """Where one is signed in; what one does not know can be ended."""
        here = self.request.session.session_key
        columns = [ColumnView(key, label) for key, label in (("device", "设备"), ("address", "地址"), ("at", "登录时间"))]
        rows = []
        for one in SignIn.visible_to(self.actor).order_by("-at")[:50]:
            device = one.device + ("（本机）" if one.session_key == here else "")
            cells = tuple(map(conditional_escape, (device, one.address or "–", plain_text(one.at))))
            end = ActView("end", "结束", url_of(EndSession, pk=one.pk), opens="post")
            rows.append(RowView(str(one.pk), device, cells, () if one.session_key == here else (end,)))
        return Card("登录中的设备", table=Table(tuple(columns), tuple(rows), "没有其他登录"))


class EndSession(Page):
    """结束: a session of one's own somewhere else."""

    manual, why = None, WHY
    url, permission, title = "account/sessions/<int:pk>/end/", LOGIN, "结束登录"

    def post(self) -> HttpResponseBase:
        rules.end_session(actor=self.actor, pk=self.where["pk"])
        return self.redirect(url_of(Account))


class EditOwn(ProvenPhone):
    """修改资料: name and telephone; a new number is proven by a code like that of a new account (R241)."""

    manual, why = None, WHY
    url, permission, title = "account/edit/", LOGIN, "修改资料"
    size, columns, own = 480, 1, True
    form, back = OwnForm, Account

    @property
    def row(self) -> User:  # type: ignore[override]
        return self.request.user  # type: ignore[return-value]

    def heading(self, row: Any) -> str:
        return self.title

    def needs_code(self, phone: str) -> bool:
        return phone != self.row.phone

    def save(self, row: User, data: dict[str, Any]) -> User:
        return rules.edit_own(actor=self.actor, now=self.now, version=self.version, **data)


class ChangePassword(FormPage):
    """修改密码"""

    manual, why = None, "The manual knows only the reset by an administrator (R248)"
    url, permission, title = "account/password/", LOGIN, "修改密码"
    model, form, back, columns = User, PasswordForm, Account, 1

    def notes(self, row: Any) -> list[Note]:
        must = self.request.user.must_change_password  # type: ignore[union-attr]
        return [Note("这是临时密码，或已到本单位规定的更换期限；请先换成自己的新密码，再办理其他事项。", "wait")] if must else []

    def post(self) -> HttpResponseBase:
        """The present password outside the form's transaction: a wrong one has to be counted."""
        form = self.make_form(self.request.POST)
        if form.is_valid():
            try:
                rules.try_old_password(actor=self.actor, old=form.cleaned_data["old"])
            except Refused as no:
                form.add_error("old", no.sentence)
                return self.draw(form, 422)
        return super().post()

    def save(self, row: Any, data: dict[str, Any]) -> User:
        user = rules.change_password(actor=self.actor, old=data["old"], new=data["new"])
        old = self.request.session.session_key or ""
        update_session_auth_hash(self.request, user)
        rules.move_session(user=user, old=old, new=self.request.session.session_key or "")
        return user

    def done(self, row: Any) -> str:
        return "密码已修改，您在其他地方的登录已全部退出。"


class Enrol(Page):
    """绑定动态口令: the QR for the authenticator, the first code, then the recovery codes, shown once."""

    manual, why = None, "trust.md 12: a second factor for administrators and signers; the manual has none"
    url, permission, title = "account/factor/", LOGIN, "绑定动态口令"
    template = "accounts/enrol.html"

    def get(self) -> HttpResponseBase:
        return self.draw(FactorForm(page=self))

    def post(self) -> HttpResponseBase:
        if self.request.POST.get("act") == "start":
            rules.start_enrolment(actor=self.actor)
            return self.redirect(url_of(Enrol))
        form = FactorForm(self.request.POST, page=self)
        if not form.is_valid():
            return self.draw(form, 422)
        try:
            codes = rules.confirm_enrolment(actor=self.actor, code=form.cleaned_data["code"])
        except Refused as no:
            form.add_error("code", no.sentence)
            return self.draw(form, 422)
        self.request.session.pop(ENROL, None)
        return self.draw(None, recovery=codes)

    def draw(self, form: FactorForm | None, status: int = 200, **more: Any) -> HttpResponseBase:
        user: User = self.request.user  # type: ignore[assignment]
        kept = rules.pending_factor(user)
        notes = []
        if self.request.session.get(ENROL):
            notes = [Note("本单位要求管理员与签发人绑定动态口令，请先完成绑定，再办理其他事项。", "wait")]
        if kept is None and form is not None:  # no field to stand beside: the key is gone
            notes += [Note(sentence, "bad") for sentence in form.errors.get("code", [])]
        context = {"form": form, "factor": kept, "uri": rules.enrolment_uri(kept) if kept else "", "bound": rules.factor_of(user)}
        return self.render(status=status, notes=notes, desk=url_of("home.Desk"), **context, **more)


class DropFactor(FormPage):
    """解绑动态口令: with a code of the present one."""

    manual, why = None, WHY
    url, permission, title = "account/factor/drop/", LOGIN, "解绑动态口令"
    opens, size, columns, submit_label = "dialog", 480, 1, "解绑"
    model, form, back = User, FactorForm, Account

    def notes(self, row: Any) -> list[Note]:
        return [Note("解绑后登录只凭账号密码；换了手机请随后重新绑定。", "wait")]

    def post(self) -> HttpResponseBase:
        """Outside the form's transaction: a wrong code has to be counted."""
        form = self.make_form(self.request.POST)
        if form.is_valid():
            try:
                rules.drop_factor(actor=self.actor, code=form.cleaned_data["code"])
                return self.redirect(url_of(Account))
            except Refused as no:
                form.add_error("code", no.sentence)
        return self.draw(form, 422)


