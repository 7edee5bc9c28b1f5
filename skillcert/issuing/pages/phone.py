"""The signing pages on the phone: open to whom holds the token's phone key, and to nobody else (trust 33, 34)."""

from __future__ import annotations

import base64
import io
import random
from functools import cached_property
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Avg, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from PIL import Image

from skillcert.integrations.sms.embedded import open_outbox
from skillcert.kit.crypto import mask_phone
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.pages import PUBLIC, KitForm, NumberText, Page, TextField, url_of
from skillcert.kit.pages.download import Made, file_response
from skillcert.kit.pages.screen import Fact, Figure, Head, Note
from skillcert.kit.templatetags.kit import second

from .. import rules
from ..content import short
from ..models import Certificate, SigningSession
from ..paper import record_number, signing_record
from ..rules.signing import RESEND, session_of_phone
from ..signature import PREFIX, drawn_signature
from ..states import ISSUE, CertificateState
from .signing import RefuseForm, named, said

SPOT, LISTED = 5, 100
SMALL = (96, 132)  # pixels of a photo beside a name
COOKIE = "signing-phone"
WHY = "The phone's side of 4.2.1 (R29); the token in the QR is its key, so it needs no login"


class PhonePage(Page):
    """What they share: the phone's key in a cookie, no cache, no referrer, and a page of its own for a refusal."""

    permission, manual, why = PUBLIC, None, WHY
    title = "签发确认"

    @classmethod
    def view(cls, request: Any, **where: Any) -> HttpResponseBase:
        try:
            response = super().view(request, **where)
        except Refused as no:
            page = cls(request.actor, request.now, request=request, where=where)
            response = page.render("issuing/phone_closed.html", 410, sentence=no.sentence)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    @cached_property
    def session(self) -> SigningSession:
        return session_of_phone(self.where["pk"], self.request.COOKIES.get(COOKIE, ""))

    @property
    def ip(self) -> str:
        return self.request.META.get("REMOTE_ADDR", "")

    @cached_property
    def rows(self) -> QuerySet[Certificate]:
        """The list as stored; only what its signer may see."""
        from skillcert.accounts.actors import actor_of

        return Certificate.visible_to(actor_of(self.session.user)).filter(pk__in=self.session.keys).order_by()

    def listed(self, after: int = 0) -> QuerySet[Certificate]:
        """The next hundred of the list, and one more where there are more."""
        return self.rows.filter(pk__gt=after).order_by("pk").select_related("result", "registration")[: LISTED + 1]

    def here(self, page: type[Page]) -> str:
        return url_of(page, pk=self.session.pk)

    def qualification(self) -> str:
        return named(self.rows, "qualification")

    def open_only(self) -> HttpResponseBase | None:
        """A signed session shows its receipt, a dead one raises Refused."""
        if self.session.state == SigningSession.State.SIGNED:
            return HttpResponseRedirect(self.here(PhoneReceipt), status=303)
        rules.need_open(self.session)
        return None


class PhoneScan(PhonePage):
    """What the QR opens: it binds this phone, and leaves the token behind."""

    url = "s/<str:token>/"

    def get(self) -> HttpResponseBase:
        session, key = rules.scan(token=self.where["token"], phone_key=self.request.COOKIES.get(COOKIE, ""), ip=self.ip)
        response = HttpResponseRedirect(url_of(PhoneCheck, pk=session.pk), status=303)
        response.set_cookie(COOKIE, key, max_age=3600, path="/", secure=settings.TLS, httponly=True, samesite="Lax")
        return response


class PhoneCheck(PhonePage):
    """Step 1: what, how many, five at random, and the whole list where it is short. 去签字 stands at its end."""

    url = "sign/<uuid:pk>/"

    def get(self) -> HttpResponseBase:
        if leave := self.open_only():
            return leave
        session, count = self.session, len(self.session.keys)
        figures = [Figure("本次签发", f"{count:,}", "人")]
        if (mean := self.rows.aggregate(mean=Avg("result__total"))["mean"]) is not None:
            figures.append(Figure("平均成绩", f"{mean:.1f}"))
        keys = random.sample(session.keys, min(SPOT, count))
        chosen = list(self.rows.filter(pk__in=keys).select_related("result", "registration"))
        return self.render(
            "issuing/phone_check.html", page=Head(self.title), organization=session.user.organization.name,
            signer=session.user.name, qualification=self.qualification(), plan=named(self.rows, "plan"), figures=figures,
            digest=short(session.digest), sample=[self.person(row, photo=True) for row in chosen], count=count,
            people=[person_of(row) for row in self.listed()] if SPOT < count <= LISTED else [],
            shuffle_url="?" if count > SPOT else "", everyone_url=self.here(PhoneEveryone) if count > LISTED else "",
            sign_url=self.here(PhoneSign), refuse_url=self.here(PhoneRefuse) if refusing(session) else "",
        )  # fmt: skip

    def person(self, row: Certificate, *, photo: bool = False) -> dict[str, Any]:
        return person_of(row) | ({"photo": url_of(PhonePhoto, pk=self.session.pk, certificate=row.pk)} if photo else {})


def person_of(row: Certificate) -> dict[str, Any]:
    """Name, major and score: nothing more personal leaves for the phone."""
    registration, total = row.registration, row.result.total
    return {
        "name": row.name, "hint": f"{registration.major_name} {registration.major_code}".strip() or row.candidate_number,
        "score": "" if total is None else f"{total:.1f}", "result": row.result.get_outcome_display(),
    }  # fmt: skip


def refusing(session: SigningSession) -> str:
    """The refusal that belongs to a first signing; signing again has none (R36, R42)."""
    return {"body_sign": "body_refuse", "center_sign": "center_refuse"}.get(session.move, "")


class PhoneEveryone(PhonePage):
    """The whole list, a hundred at a time."""

    url = "sign/<uuid:pk>/all/"

    def get(self) -> HttpResponseBase:
        if leave := self.open_only():
            return leave
        after = int(self.query["after"]) if self.query.get("after", "").isdecimal() else 0
        rows = list(self.listed(after))
        more = f"?after={rows[LISTED - 1].pk}" if len(rows) > LISTED else ""
        return self.render(
            "issuing/phone_everyone.html", page=Head("全部名单"), people=[person_of(row) for row in rows[:LISTED]],
            count=len(self.session.keys), check_url=self.here(PhoneCheck), next_url=more,
        )


class PhonePhoto(PhonePage):
    url = "sign/<uuid:pk>/photo/<int:certificate>/"

    def get(self) -> HttpResponseBase:
        rules.need_open(self.session)
        row = self.rows.filter(pk=self.where["certificate"]).select_related("photo").first()
        if row is None:
            raise Missing()
        response = HttpResponse(small(row.photo.read()), content_type="image/jpeg")
        response["Content-Security-Policy"] = "sandbox"
        return response


def small(photo: bytes) -> bytes:
    """A photo as large as the list shows it on a sharp screen: five of them must not weigh down a slow line."""
    with Image.open(io.BytesIO(photo), formats=("JPEG", "PNG")) as image:
        out, shown = io.BytesIO(), image.convert("RGB")
    shown.thumbnail(SMALL)
    shown.save(out, "JPEG", quality=82)
    return out.getvalue()


class SignForm(KitForm):
    method = forms.ChoiceField(choices=[("draw", "手写签名"), ("type", "输入姓名")], initial="draw")
    signature = forms.CharField(required=False)
    typed_name = TextField(required=False, max_length=40)
    code = NumberText(max_length=6, error_messages={"required": "请填写短信验证码。"})
    agree = forms.BooleanField(error_messages={"required": "请先勾选“我已核对名单与成绩”。"})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        drawn = data.get("method") == "draw"
        if drawn and not data.get("signature"):
            self.add_error("signature", "还没有签名，请在框内写清本人姓名，或改用“输入姓名”。")
        if not drawn and not data.get("typed_name"):
            self.add_error("typed_name", "请输入本人姓名。")
        return data


class PhoneSign(PhonePage):
    """Step 2: signature and code. Its POST is the act (R29, R31)."""

    url = "sign/<uuid:pk>/name/"
    title = "签字"

    def get(self) -> HttpResponseBase:
        """Only after the list: the code is sent from its end."""
        if leave := self.open_only():
            return leave
        return self.draw(SignForm()) if self.session.code_sent_at else HttpResponseRedirect(self.here(PhoneCheck), status=303)

    def post(self) -> HttpResponseBase:
        if leave := self.open_only():
            return leave
        if self.request.POST.get("act") == "code":
            return self.send()
        form = SignForm(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        data = form.cleaned_data
        drawn = data["method"] == "draw"
        try:
            rules.sign(
                session=self.session, now=self.now, code=data["code"], ip=self.ip,
                drawing=drawn_signature(data["signature"]) if drawn else b"", typed_name="" if drawn else data["typed_name"],
            )
        except Refused as no:
            self.session.refresh_from_db()
            if self.session.state == SigningSession.State.VOID:
                raise
            form.add_error(no.field if no.field in form.fields else None, no.sentence)
            return self.draw(form, 422)
        return HttpResponseRedirect(self.here(PhoneReceipt), status=303)

    def send(self) -> HttpResponseBase:
        try:
            rules.send_code(session=self.session)
        except Refused as no:
            if not self.session.code_sent_at:
                form = SignForm()
                return self.draw(form, 422, notes=[Note(no.sentence, "bad")])
        return HttpResponseRedirect(self.here(PhoneSign), status=303)

    def draw(self, form: SignForm, status: int = 200, **more: Any) -> HttpResponse:
        session = self.session
        return self.render(
            "issuing/phone_sign.html", status, page=Head(self.title), qualification=self.qualification(),
            count=len(session.keys), signer=session.user.name, check_url=self.here(PhoneCheck), form=form,
            phone=mask_phone(session.user.phone), code_at=session.code_sent_at and session.code_sent_at + RESEND,
            unsent=unsent_message(session.user.phone), **more,
        )  # fmt: skip


def unsent_message(phone: str) -> str:
    """In a demo no message leaves the machine: the page says what the newest one holds. "" everywhere else."""
    if not settings.DEMO:
        return ""
    sent = open_outbox(Path(settings.DATA)).recent()
    return next((message.text for message in sent if message.phone == phone), "")


class PhoneRefuse(PhonePage):
    """R30, R37: the signer may refuse on the phone as well, with the reason."""

    url = "sign/<uuid:pk>/refuse/"
    title = "拒绝签发"

    def get(self) -> HttpResponseBase:
        return self.open_only() or self.draw(RefuseForm())

    def post(self) -> HttpResponseBase:
        if leave := self.open_only():
            return leave
        form = RefuseForm(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        count = rules.refuse_by_phone(session=self.session, now=self.now, reason=form.cleaned_data["reason"], ip=self.ip)
        return self.render(
            "issuing/phone_receipt.html", page=Head(self.title), title=f"已拒绝签发 {count:,} 人", bad=True,
            says="电脑页面可以关闭", facts=[Fact("理由", form.cleaned_data["reason"])],
        )

    def draw(self, form: RefuseForm, status: int = 200) -> HttpResponse:
        return self.render(
            "issuing/phone_refuse.html", status, page=Head(self.title), qualification=self.qualification(),
            count=len(self.session.keys), form=form, check_url=self.here(PhoneCheck),
        )


class PhoneReceipt(PhonePage):
    """Step 3: what was signed, when, by whom."""

    url = "sign/<uuid:pk>/receipt/"
    title = "签发回执"

    def get(self) -> HttpResponseBase:
        session = self.session
        if session.state != SigningSession.State.SIGNED:
            return HttpResponseRedirect(self.here(PhoneCheck), status=303)
        count, target = len(session.keys), ISSUE[session.move].target
        done = session.result.get("done")
        facts = [
            Fact("回执编号", record_number(session)), Fact("签发人", f"{session.user.organization.name} {session.user.name}"),
            Fact("证书", self.qualification()), Fact("签字时间", second(session.signed_at)),
            Fact("名单摘要", short(session.digest)),
        ]  # fmt: skip
        follows = "已通知试点院校签字。" if target == CertificateState.CENTER_PENDING else "已通知培训评价组织发放。"
        drawing = PREFIX + base64.b64encode(session.drawing.read()).decode() if session.drawing else ""
        return self.render(
            "issuing/phone_receipt.html", page=Head(self.title),
            title=said(session).rstrip("。") if done is not None else f"已签字，正在签发 {count:,} 人",
            facts=facts, signature=drawing, typed_name=session.typed_name, next=Note(f"双方都确认签发后，学生才可正式获证。{follows}"),
            receipt_url=self.here(PhoneRecord) if done else "",
        )  # fmt: skip


class PhoneRecord(PhonePage):
    """证书签发确认书 as PDF; ID numbers are masked in it."""

    url = "sign/<uuid:pk>/record/"

    def get(self) -> HttpResponseBase:
        session = self.session
        if session.state != SigningSession.State.SIGNED or not session.result.get("done"):
            raise Missing()
        return file_response(Made(f"证书签发确认书-{record_number(session)}.pdf", "application/pdf", signing_record(session)))
