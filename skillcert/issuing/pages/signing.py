"""4.2.1 to 4.2.4 on the desktop: one dialog, 确认签发 by QR or 拒绝签发 (R28-R30, R36, R37, R42)."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Avg, Min, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import Act, Dialog, KitForm, Page, ReasonField, url_of
from skillcert.kit.pages.screen import Fact, Figure, Note, Step

from .. import rules
from ..content import short
from ..models import Certificate, SigningSession
from ..states import ISSUE

State = SigningSession.State
WARNING = Note("确认签发后不可撤回。签字只用于本次签发确认，不会出现在证书上。", "wait")
PHRASES = [
    ("photo", "照片与本人不符，请更换照片后重新签发。"), ("name", "姓名或证件号有误，请更正后重新签发。"),
    ("score", "成绩需要复核，复核后重新签发。"), ("wait", "按双方约定暂缓签发。"),
]  # fmt: skip


class RefuseForm(KitForm):
    reason = ReasonField("拒签理由", max_length=300, help_text="对方会看到这段理由，协商处理后可重新签发。")


class Refuse(Dialog):
    """R30: a refusal needs its reason."""

    model, form, final, unit, size = Certificate, RefuseForm, True, "人", 640
    title = label = "拒绝签发"

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.refuse(actor=self.actor, now=self.now, move=self.move, rows=rows, **data)  # type: ignore[arg-type]

    def facts(self, row: Certificate) -> list[Fact]:
        return [Fact("证书", str(row.qualification)), Fact("考试计划", str(row.plan)), Fact("所属院校", row.institution.name)]

    def more(self) -> dict[str, Any]:
        return {"phrases": PHRASES}

    def warning(self) -> Note:
        return Note("拒绝后进入“拒绝签发”列表，双方协商处理后可重新签发，重新签发只能确认。", "wait")

    def submit_label(self, preview: Any) -> str:
        return f"拒绝签发 {preview.able:,} 人"


class Sign(Dialog):
    """The QR dialog. The dialog itself changes nothing: the code in it is fetched by a POST of its own, and the act is
    the phone's.
    """

    model, unit, size, template = Certificate, "人", 760, "issuing/sign_dialog.html"
    label = "签发"

    def post(self) -> HttpResponseBase:
        if "code" not in self.request.POST:
            return super().post()
        try:
            opened = rules.start_signing(actor=self.actor, now=self.now, move=self.move, keys=self._keys())  # type: ignore[arg-type]
        except Refused as no:
            return self.render("issuing/sign_code.html", refused=no.sentence)
        if self.in_dialog:
            return self.render("issuing/sign_code.html", **self._signing(opened))
        return self.draw(self.make_form(), **self._signing(opened))

    def _keys(self) -> list[int]:
        return list(self.rows.order_by("pk").values_list("pk", flat=True))

    def _signing(self, opened: rules.Opened) -> dict[str, Any]:
        session, address = opened.session, f"{settings.BASE_URL}/s/{opened.token}/"
        back = urlencode({"next": self.next_url(self.back_url())})
        signing = {
            "url": address, "expires_at": session.expires_at, "signer": session.user.name, "digest": short(session.digest),
            "poll_url": f"{url_of(SigningStatus, pk=session.pk)}?{back}", "local_url": f"/s/{opened.token}/",
            "steps": steps_of(session),
        }  # fmt: skip
        return {"signing": signing, "renew_url": self.request.get_full_path()}

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        raise Refused("请用手机扫码后签字，或点“在本机打开签字页”。")

    def answer(self, answer: dict[str, Any], form: KitForm) -> HttpResponseBase:
        raise Refused("请用手机扫码后签字，或点“在本机打开签字页”。")

    def _figures(self, preview: Any) -> list[Figure]:
        figures = [Figure("将签发", f"{preview.able:,}", "人")]
        if refused := preview.count - preview.able:
            figures.append(Figure("不可签发", f"{refused:,}", "人", bad=True))
        return figures

    def draw(self, form: Any, status: int = 200, **more: Any) -> HttpResponse:
        return super().draw(
            form, status, facts=self._summary(), figures=self._figures(self.preview), no_submit=True,
            action_url=self.request.get_full_path(), able=self.preview.able, refusals=self.preview.refusals,
            says="拒绝须写明理由" if self.refuse else "", **more,
        )

    def warning(self) -> Note:
        return WARNING

    def heading(self) -> str:
        return f"{self.move.label if self.move else ''}：{self.one.name}" if self.one is not None else self.title

    @cached_property
    def _able(self) -> QuerySet:
        return self.rows.filter(self.allowed(self.actor, self.now)).order_by()

    def _summary(self) -> list[Fact]:
        """Who, what, from where, how good: of those who can be signed."""
        able = self._able
        scores = able.aggregate(mean=Avg("result__total"), least=Min("result__total"))
        facts = []
        if self.one is not None:
            facts.append(Fact("考生", self.one.name))
        facts += [
            Fact("证书", named(able, "qualification")), Fact("考试计划", named(able, "plan")),
            Fact("培训评价组织", named(able, "awarding_body")), Fact("所属院校", named(able, "institution")),
        ]
        if scores["mean"] is not None:
            facts.append(Fact("综合成绩", f"平均 {scores['mean']:.1f} 分，最低 {scores['least']:.1f} 分"))
        return facts


def named(rows: QuerySet, field: str) -> str:
    """The names behind a foreign key: one, or the first of several with their number."""
    keys = list(rows.values_list(field, flat=True).distinct()[:2])
    if not keys:
        return "–"
    model = rows.model._meta.get_field(field).related_model
    first = str(model._default_manager.get(pk=keys[0]))
    count = rows.values(field).distinct().count()
    return first if count == 1 else f"{first} 等 {count} 个"


def steps_of(session: SigningSession) -> list[Step]:
    """二维码已生成 → 等待扫码 → 核对名单并签字."""
    if session.state == State.VOID or (session.state != State.SIGNED and session.expires_at <= timezone.now()):
        return [Step("二维码已失效，请换一个二维码", "bad")]
    scanned, signed = session.state in (State.SCANNED, State.SIGNED), session.state == State.SIGNED
    return [
        Step("二维码已生成", "done"), Step("手机已打开" if scanned else "等待扫码", "done" if scanned else "current"),
        Step("已签字，正在办理" if signed else "核对名单并签字", "current" if scanned else "coming"),
    ]  # fmt: skip


class SigningStatus(Page):
    """The three steps beside the QR code, asked for every second; leads on when the phone has signed."""

    manual, url, permission, title = "4.2.1", "issuing/signing/<uuid:pk>/", "issuing.view", "签字进度"

    def get(self) -> HttpResponseBase:
        session = SigningSession.objects.filter(SigningSession.seen_by(self.actor), pk=self.where["pk"]).first()
        if session is None:
            raise Missing()
        if session.state == State.SIGNED and "done" in session.result:
            messages.success(self.request, said(session))
            return HttpResponseClientRedirect(self.next_url())
        steps = steps_of(session)
        poll = "" if steps[0].state == "bad" else self.request.get_full_path()
        return self.render("issuing/sign_status.html", signing={"steps": steps, "poll_url": poll})


def said(session: SigningSession) -> str:
    """已签发 312 人, and how many a chunk refused."""
    left = session.result.get("left", 0)
    return f"已签发 {session.result.get('done', 0):,} 人" + (f"，{left:,} 人未签发：{session.result['refused'][0]}。" if left else "。")


# --- the four places where it is signed, the two where it is refused -----------------------------------
class BodyRefuse(Refuse):
    manual, url, move, back = "4.2.1", "issuing/awarding-body/refuse/", ISSUE["body_refuse"], "issuing.AwardingBodyToSign"


class BodySign(Sign):
    manual, url, move, back = "4.2.1", "issuing/awarding-body/sign/", ISSUE["body_sign"], "issuing.AwardingBodyToSign"
    refuse = [Act(BodyRefuse, danger=True)]
    title = "批量确认签发"


class BodyResign(Sign):
    manual, url, move, back = "4.2.2", "issuing/awarding-body/resign/", ISSUE["body_resign"], "issuing.AwardingBodyRefused"
    title = "批量重新签发"


class CenterRefuse(Refuse):
    manual, url, move, back = "4.2.3", "issuing/center/refuse/", ISSUE["center_refuse"], "issuing.CenterToSign"


class CenterSign(Sign):
    manual, url, move, back = "4.2.3", "issuing/center/sign/", ISSUE["center_sign"], "issuing.CenterToSign"
    refuse = [Act(CenterRefuse, danger=True)]
    title = "批量确认签发"


class CenterResign(Sign):
    manual, url, move, back = "4.2.4", "issuing/center/resign/", ISSUE["center_resign"], "issuing.CenterRefused"
    title = "批量重新签发"


