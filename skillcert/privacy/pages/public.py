"""What everybody may read about their data, and ask for: the notice, a request, its progress. No login."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone

from skillcert.accounts.rules.codes import RESEND
from skillcert.candidates.consents import NOTICE_NAME, NOTICE_VERSION, ConsentSubject
from skillcert.kit.access import SYSTEM
from skillcert.kit.errors import Refused
from skillcert.kit.jobs import enqueue
from skillcert.kit.pages import KitForm, NumberText, TextField, state_badge, url_of
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.download import file_response
from skillcert.kit.pages.screen import ActView, Badge, Fact, Head
from skillcert.portal.frame import PublicPage
from skillcert.portal.rules import TooOften, knock

from .. import rules
from ..copies import personal_copy
from ..models import PersonalRequest, Wish
from ..retention import RETENTION
from ..rules.asking import candidates_of, prove, reachable
from ..states import REQUEST

WHY = "trust 44, 个人信息保护法: what is kept for what, and a person's rights; the manual has no such page"
SENT = "姓名、证件号与登记一致的，验证码已发往登记的手机号，10 分钟内有效。"
NONE_SUCH = "没有查到这件申请，请核对受理单号与姓名。"


class ProofForm(KitForm):
    """Who asks, and the code that proves it."""

    name = TextField(label="姓名", max_length=80, widget=forms.TextInput({"autocomplete": "name"}))
    id_number = NumberText(label="证件号", max_length=30, widget=forms.TextInput({"autocomplete": "off"}))
    code = NumberText(
        label="短信验证码", max_length=6, required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class ProvenPage(PublicPage):
    """A form that a code to the phone on record opens. The same answer, in the same time, for whom nobody knows."""

    manual, why, help = None, WHY, "0.8"
    form: type[ProofForm]
    purpose = "privacy"

    def form_page(self, form: KitForm, status: int = 200, **context: Any) -> HttpResponse:
        raise NotImplementedError

    def act(self, form: Any) -> HttpResponseBase:
        """What the proven person wants. Raises Refused."""
        raise NotImplementedError

    def post(self) -> HttpResponseBase:
        form = self.form(self.request.POST)
        asks_code = self.request.POST.get("act") == "code"
        if not asks_code:
            form.fields["code"].required = True
        if not form.is_valid() and (not asks_code or {"name", "id_number"} & set(form.errors)):
            return self.form_page(form, 422)
        try:
            return self._send_code(form) if asks_code else self.act(form)
        except TooOften as no:
            form.add_error(None, no.sentence)
            return self.form_page(form, 429)
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.sentence)
            return self.form_page(form, 422)

    def _send_code(self, form: KitForm) -> HttpResponse:
        name, number = form.cleaned_data["name"], form.cleaned_data["id_number"]
        self.knock("privacy-code")
        knock("privacy-code-of", number)
        known = reachable(candidates_of(name, number))
        enqueue("privacy.proof", actor=SYSTEM, args={"candidate": known[0].pk if known else None})
        form.errors.clear()
        return self.form_page(form, code_says=SENT, code_at=timezone.now() + RESEND)


# --- the notice ----------------------------------------------------------------------------------------
SENSITIVE = (
    (ConsentSubject.ID_NUMBER.label, "确认是本人、不重复报考，印在准考证和证书上供核对"),
    (ConsentSubject.PHOTO.label, "与公安照片比对确认是本人，印在准考证和证书上供考场与用人单位核对"),
)


class PrivacyNotice(PublicPage):
    """个人信息保护法 14, 17, 30: who keeps what, why, how long, and what one may ask"""

    manual, why, help = None, WHY, "0.8"
    url, title = "privacy/", "个人信息保护"

    def get(self) -> HttpResponseBase:
        return self.draw(
            "privacy/notice.html", page=Head(self.title), name=NOTICE_NAME, version=NOTICE_VERSION, subjects=SENSITIVE,
            retention=RETENTION, days=rules.DAYS, ask_url=url_of(AskRequest), progress_url=url_of(RequestProgress),
        )  # fmt: skip


# --- a request -----------------------------------------------------------------------------------------
class AskForm(ProofForm):
    wish = forms.ChoiceField(label="申请事项", choices=Wish.choices, widget=forms.RadioSelect, initial=Wish.COPY)
    text = TextField(
        label="具体要求", max_length=500, required=False, widget=forms.Textarea({"rows": 3}),
        help_text="更正的，请写明哪一项不对、应当是什么；撤回同意的，请写明是证件号还是照片。",
    )  # fmt: skip
    field_order = ["wish", "text", "name", "id_number", "code"]


class AskRequest(ProvenPage):
    """A request of one's own; the receipt says by when it is answered"""

    url, title, form = "privacy/request/", "申请查阅、更正或删除", AskForm

    def get(self) -> HttpResponseBase:
        return self.form_page(AskForm())

    def form_page(self, form: KitForm, status: int = 200, **context: Any) -> HttpResponse:
        return self.draw("privacy/ask.html", status, form=form, notice_url=url_of(PrivacyNotice), days=rules.DAYS, **context)

    def act(self, form: AskForm) -> HttpResponseBase:
        self.knock("privacy")
        data = form.cleaned_data
        made = rules.ask_online(
            now=self.now, name=data["name"], number=data["id_number"], code=data["code"], wish=data["wish"], text=data["text"],
        )  # fmt: skip
        return self.draw("privacy/receipt.html", requests=made, progress_url=url_of(RequestProgress))


# --- its progress --------------------------------------------------------------------------------------
class ProgressForm(KitForm):
    number = NumberText(label="受理单号", max_length=20, widget=forms.TextInput({"inputmode": "numeric"}))
    name = TextField(label="姓名", max_length=80, widget=forms.TextInput({"autocomplete": "name"}))


def request_of(number: str, name: str) -> PersonalRequest | None:
    """By receipt and name; both must agree."""
    rows = PersonalRequest.objects.filter(number=number, name="".join(name.split())).select_related("institution", "candidate")
    return rows.first()


class RequestProgress(PublicPage):
    """Where a request stands, by receipt and name: nothing that tells more than the person knows"""

    manual, why, help = None, WHY, "0.8"
    url, title = "privacy/progress/", "查询申请进度"

    def get(self) -> HttpResponseBase:
        return self.form_page(ProgressForm())

    def form_page(self, form: KitForm, status: int = 200) -> HttpResponse:
        return self.draw("privacy/progress.html", status, form=form)

    def post(self) -> HttpResponseBase:
        form = ProgressForm(self.request.POST)
        if not form.is_valid():
            return self.form_page(form, 422)
        try:
            self.knock("privacy")
            knock("privacy-of", form.cleaned_data["number"])
        except TooOften as no:
            form.add_error(None, no.sentence)
            return self.form_page(form, 429)
        row = request_of(form.cleaned_data["number"], form.cleaned_data["name"])
        if row is None:
            form.add_error(None, NONE_SUCH)
            return self.form_page(form, 422)
        return self.draw("privacy/progress.html", form=form, found=row, badge=badge_of(row), facts=self._facts(row), act=self._act(row))

    def _facts(self, row: PersonalRequest) -> list[Fact]:
        facts = [
            Fact("受理单号", row.number), Fact("申请事项", row.get_wish_display()), Fact("受理院校", row.institution.name),
            Fact("受理时间", plain_text(row.received_at)), Fact("答复期限", plain_text(row.due_at)),
        ]  # fmt: skip
        return [*facts, Fact("答复时间", plain_text(row.closed_at)), Fact("答复", row.answer, wide=True)] if row.closed_at else facts

    def _act(self, row: PersonalRequest) -> ActView | None:
        until = rules.copy_until(row)
        if until is None or self.now > until or row.candidate is None:
            return None
        label = f"下载个人信息副本（{timezone.localtime(until):%m-%d} 前）"
        return ActView("copy", label, url_of(TakeCopy), "download", primary=True)


def badge_of(row: PersonalRequest) -> Badge:
    return state_badge(REQUEST, row.state)


# --- the copy ------------------------------------------------------------------------------------------
class CopyForm(ProofForm):
    number = NumberText(label="受理单号", max_length=20, widget=forms.TextInput({"inputmode": "numeric"}))
    field_order = ["number", "name", "id_number", "code"]


class TakeCopy(ProvenPage):
    """The copy itself: receipt, name, document and a fresh code"""

    url, title, form = "privacy/copy/", "下载个人信息副本", CopyForm

    def get(self) -> HttpResponseBase:
        return self.form_page(CopyForm())

    def form_page(self, form: KitForm, status: int = 200, **context: Any) -> HttpResponse:
        return self.draw("privacy/copy.html", status, form=form, **context)

    def act(self, form: CopyForm) -> HttpResponseBase:
        self.knock("privacy")
        data = form.cleaned_data
        proven = prove(data["name"], data["id_number"], data["code"])
        row = request_of(data["number"], data["name"])
        if row is None or row.candidate not in proven:
            raise Refused(NONE_SUCH, field="number")
        until = rules.copy_until(row)
        if until is None:
            raise Refused("这件申请没有可下载的副本：院校办结“查阅、复制”申请后才能下载。", field="number")
        if self.now > until:
            raise Refused(f"副本的下载期（{rules.COPY_DAYS} 天）已过，请重新申请。", field="number")
        return file_response(personal_copy(row, self.now))
