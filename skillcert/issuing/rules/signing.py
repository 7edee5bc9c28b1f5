"""4.2.1 to 4.2.4: signing off by QR code and phone, and refusing (R25-R42; trust 33, 34).

A ``SigningSession`` is one QR: bound to its signer, its list and the digest of that list, good once, for ten
minutes. The phone knows the token; the first phone that opens it gets a key of its own, every other is turned away.
The code sent to the signer's registered phone ties the act to the person. The phone's POST is the act.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import User
from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.client import client as sms
from skillcert.kit import audit, files, gate, jobs
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.notices import notify
from skillcert.kit.states import Move

from ..content import digest_of
from ..models import Certificate, SigningSession
from ..states import ISSUE, CertificateState

declare({
    "signing.started": "出示签字二维码",
    "signing.scanned": "手机扫码",
    "signing.signed": "手机签字",
    "signing.voided": "签字作废",
})

State = SigningSession.State
LIFETIME = timedelta(minutes=10)
RESEND = timedelta(seconds=60)
MOST_TRIES = 5
AT_ONCE = 300  # more are signed by a job
GONE = "二维码已失效，请回到电脑上换一个二维码后重新扫码。"


@dataclass(frozen=True)
class Opened:
    """A session and its token, which is nowhere stored: the QR is the only place that shows it."""

    session: SigningSession
    token: str


def hashed(secret: str) -> str:
    """How tokens, phone keys and codes are kept: the database alone opens nothing."""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), sha256).hexdigest()


def field_of(move: Move) -> str:
    """Which signature a move gives."""
    return "body_signature" if move.name.startswith("body") else "center_signature"


# --- on the desktop ----------------------------------------------------------------------------------
def start_signing(*, actor: Actor, now: datetime, move: Move, keys: Sequence[int]) -> Opened:
    """R29, R36: the QR for those of ``keys`` that the move allows now; the others are left out.

    Raises Refused when none is left, or when the signer has no phone for the code.
    """
    actor.need(move.by)
    user = User.objects.get(pk=actor.id or 0)
    if not user.phone:
        raise Refused("您的账号没有登记手机号，无法接收签字验证码。请本单位管理员在“用户管理”中补登后再签发。")
    rows = Certificate.visible_to(actor).filter(move.allowed(actor, now))
    able = [key for start in range(0, len(keys), 1000)
            for key in rows.filter(pk__in=keys[start : start + 1000]).values_list("pk", flat=True)]  # fmt: skip
    if not able:
        raise Refused("所选记录现在都不可签发，请回到列表查看原因。")
    able.sort()
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        session = SigningSession.objects.create(
            user=user, move=move.name, keys=able, digest=digest_of(rows, able), token_hash=hashed(token),
            expires_at=timezone.now() + LIFETIME,
        )
        _tell("signing.started", session, actor)
    return Opened(session, token)


def refuse(*, actor: Actor, now: datetime, move: Move, rows: Any, reason: str, progress: Any = None) -> gate.Outcome:
    """R30, R37: refuse with a reason; the other side is told, works it out and the record is signed again."""
    outcome = gate.change_many(
        Certificate, rows, move, actor=actor, now=now, values={"refusal": reason}, reason=reason, progress=progress
    )
    if outcome.done and move.name == "center_refuse":
        _notify_bodies(outcome.done, "{count} 张证书被考核站点拒绝签发：" + reason)
    return outcome


def refuse_by_phone(*, session: SigningSession, now: datetime, reason: str, ip: str = "") -> int:
    """The same on the phone that scanned the QR: the whole list is refused and the QR is spent. Gives how many."""
    move = ISSUE[session.move.replace("_sign", "_refuse")]
    with transaction.atomic():
        session = _locked(session)
        need_open(session)
        outcome = refuse(actor=_signer(session, ip), now=now, move=move, rows=session.keys, reason=reason)
        void(session=session, reason="签发人在手机上拒绝签发")
    return len(outcome.done)


# --- on the phone ------------------------------------------------------------------------------------
def scan(*, token: str, phone_key: str = "", ip: str = "") -> tuple[SigningSession, str]:
    """Bind the first phone to the session; gives the phone's key, to be kept in its cookie. Raises Refused."""
    with transaction.atomic():
        session = SigningSession.objects.select_for_update().filter(token_hash=hashed(token)).first()
        if session is None:
            raise Refused(GONE)
        if session.phone_key and hmac.compare_digest(session.phone_key, hashed(phone_key)):
            return session, phone_key
        need_open(session)
        if session.phone_key:
            raise Refused("这个二维码已在另一台手机上打开。若不是您本人，请立即在电脑上换一个二维码。")
        phone_key = secrets.token_urlsafe(24)
        session.phone_key, session.state = hashed(phone_key), State.SCANNED
        session.save(update_fields=["phone_key", "state"])
        _tell("signing.scanned", session, _signer(session, ip))
    return session, phone_key


def session_of_phone(session_id: Any, phone_key: str) -> SigningSession:
    """The session that this phone is bound to. Raises Refused for every other phone."""
    session = SigningSession.objects.select_related("user__organization", "user__role").filter(pk=session_id).first()
    if session is None or not session.phone_key or not hmac.compare_digest(session.phone_key, hashed(phone_key)):
        raise Refused(GONE)
    return session


def send_code(*, session: SigningSession) -> None:
    """A six-digit code to the signer's registered phone; again after a minute. Raises Refused."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    with transaction.atomic():
        session = _locked(session)
        need_open(session)
        wait = session.code_sent_at and session.code_sent_at + RESEND - timezone.now()
        if wait and wait > timedelta(0):
            raise Refused(f"验证码刚刚发出，请 {int(wait.total_seconds()) + 1} 秒后再重发。", field="code")
        session.code_hash, session.code_sent_at = hashed(f"{session.pk}:{code}"), timezone.now()
        session.save(update_fields=["code_hash", "code_sent_at"])
    text = f"【职业技能等级证书平台】签发验证码 {code}，10 分钟内有效，仅用于本次签发签字，请勿转告他人。"
    try:
        sms().send(session.user.phone, text)
    except SmsFailed as no:
        SigningSession.objects.filter(pk=session.pk).update(code_sent_at=None)
        raise Refused(f"{no}。", field="code") from no


def sign(
    *, session: SigningSession, now: datetime, code: str, drawing: bytes = b"", typed_name: str = "", ip: str = ""
) -> SigningSession:
    """The act (R29, R31, R32): the digest is recomputed over the whole stored set; any difference voids the session
    and moves nothing. Then the rows move, in the same transaction, or as a job when there are more than 300.

    Raises Refused with what the signer can do.
    """
    _check_code(session, code)
    typed_name = "".join(typed_name.split())
    if not drawing and typed_name != session.user.name:
        raise Refused(f"请手写签名，或输入签发人本人姓名“{session.user.name}”。", field="typed_name")
    with transaction.atomic():
        session = _locked(session)
        need_open(session)
        actor = _signer(session, ip)
        actor.need(ISSUE[session.move].by)
        rows = Certificate.visible_to(actor)
        if len(session.keys) <= AT_ONCE:
            gate.locked(rows.filter(pk__in=session.keys))
        intact = digest_of(rows, session.keys) == session.digest
        if intact:
            _keep_signature(session, drawing, typed_name, ip, actor)
            if len(session.keys) > AT_ONCE:
                jobs.enqueue("issuing.sign", actor=actor, args={"session": str(session.pk)})
            else:
                resume(session=session, actor=actor, now=now)
    if not intact:
        void(session=session, reason="名单内容在出示二维码后有变动")
        raise Refused("名单内容在出示二维码后有变动，本次签字已作废，没有签发任何证书。请在电脑上重新发起签发。")
    return session


def resume(*, session: SigningSession, actor: Actor, now: datetime, progress: Any = None) -> gate.Outcome:
    """Move the rows of a signed session, chunk by chunk; called again after a crash it does what is left.

    A row that a chunk refuses is reported in ``result``, not signed.
    """
    move = ISSUE[session.move]
    values = {field_of(move): session, "refusal": ""}
    outcome = gate.change_many(
        Certificate, session.keys, move, actor=actor, now=now, values=values, progress=progress
    )
    signed = Certificate.objects.filter(**{field_of(move): session})
    done = set(signed.values_list("pk", flat=True))
    refused = [(key, sentence) for key, sentence in outcome.refused if key not in done]
    session.result = {"done": len(done), "refused": [sentence for _, sentence in refused][:100], "left": len(refused)}
    session.save(update_fields=["result"])
    if outcome.done:
        _tell_next(move, outcome.done)
    return outcome


def void(*, session: SigningSession, reason: str) -> None:
    """End a session that has not been signed; its list stays as it was."""
    with transaction.atomic():
        if SigningSession.objects.filter(pk=session.pk, state__in=[State.WAITING, State.SCANNED]).update(state=State.VOID):
            session.state = State.VOID
            _tell("signing.voided", session, _signer(session), reason)


# --- parts -------------------------------------------------------------------------------------------
def _check_code(session: SigningSession, code: str) -> None:
    """Count the try first, in a transaction of its own: a refused act leaves its count."""
    with transaction.atomic():
        fresh = SigningSession.objects.select_for_update().get(pk=session.pk)
        need_open(fresh)
        if fresh.state != State.SCANNED or not fresh.code_hash:
            raise Refused("请先获取短信验证码。", field="code")
        SigningSession.objects.filter(pk=fresh.pk).update(tries=F("tries") + 1)
        right = hmac.compare_digest(fresh.code_hash, hashed(f"{fresh.pk}:{''.join(code.split())}"))
    left = MOST_TRIES - fresh.tries - 1
    if right:
        return
    if left <= 0:
        void(session=session, reason="验证码连续输错")
        raise Refused("验证码连续输错 5 次，本次签字已作废。请在电脑上换一个二维码重新发起。", field="code")
    raise Refused(f"验证码不正确，还可以试 {left} 次。", field="code")


def _locked(session: SigningSession) -> SigningSession:
    rows = SigningSession.objects.select_for_update(of=("self",))
    return rows.select_related("user__organization", "user__role").get(pk=session.pk)


def need_open(session: SigningSession) -> None:
    """Raise Refused for a session that is signed, void, expired or guessed at too often."""
    if session.state == State.SIGNED:
        raise Refused("这份名单已经签字，不能重复签。")
    if session.state == State.VOID or session.expires_at <= timezone.now() or session.tries >= MOST_TRIES:
        raise Refused(GONE)


def _signer(session: SigningSession, ip: str = "") -> Actor:
    """The signer as the actor, with the phone's address. Raises Refused for a stopped account."""
    user = session.user
    if not user.is_active or not user.organization.active:
        raise Refused("您的账号已停用，不能签发。请联系本单位管理员。")
    return replace(actor_of(user), ip=ip)


def _keep_signature(session: SigningSession, drawing: bytes, typed_name: str, ip: str, actor: Actor) -> None:
    if drawing:
        session.drawing = files.store(
            drawing, shelf="signature", name=f"签名-{session.pk}.png", content_type="image/png", actor=actor
        )
    session.state, session.signed_at, session.ip = State.SIGNED, timezone.now(), ip or None
    session.typed_name = "" if drawing else typed_name
    session.save(update_fields=["state", "signed_at", "ip", "typed_name", "drawing"])
    _tell("signing.signed", session, actor)


def _tell(action: str, session: SigningSession, actor: Actor, reason: str = "") -> None:
    summary = {"move": session.move, "count": len(session.keys), "digest": session.digest}
    label = f"{ISSUE[session.move].label} {len(session.keys)} 人"
    fact = audit.Fact("issuing.signingsession", str(session.pk), label, summary, {"reason": reason} if reason else None)
    audit.record(action, [fact], actor=actor)


def _tell_next(move: Move, keys: list[int]) -> None:
    """R26, R39: the side that acts next is told."""
    if move.target == CertificateState.CENTER_PENDING:
        for institution, count in _counted(keys, "institution_id"):
            notify(institution, "issuing.sign_center", f"培训评价组织已确认签发，{count} 张证书等待贵校签字。", "/issuing/center/")
    else:
        _notify_bodies(keys, "考核站点已确认签发，{count} 张证书等待发放。", "/issuing/to-release/")


def _notify_bodies(keys: list[int], text: str, url: str = "/issuing/center/refused/") -> None:
    code = "issuing.release" if "等待发放" in text else "issuing.sign_body"
    for body, count in _counted(keys, "awarding_body_id"):
        notify(body, code, text.replace("{count}", str(count)), url)


def _counted(keys: list[int], column: str) -> list[tuple[int, int]]:
    rows = Certificate.objects.filter(pk__in=keys).order_by(column)
    return list(rows.values_list(column).annotate(count=Count("pk")))

