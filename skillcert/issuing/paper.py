"""证书签发确认书: the record of one signing, as look/papers p7 has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.timezone import localtime

from skillcert.kit.audit import AuditEntry
from skillcert.kit.crypto import mask_id
from skillcert.kit.documents import render

from .models import Certificate, SigningSession
from .sheet import PLATFORM
from .states import ISSUE

FOLDER = Path(__file__).parent / "documents" / "signing_record"
FIRST = 8
WEEKDAYS = "一二三四五六日"


def signed_rows(session: SigningSession) -> Any:
    """The certificates that this session signed, in key order."""
    field = "body_signature" if session.move.startswith("body") else "center_signature"
    joined = ("qualification", "institution", "plan", "awarding_body", "result", "registration")
    return Certificate.objects.filter(**{field: session}).select_related(*joined).order_by("pk")


def record_number(session: SigningSession) -> str:
    """QF, the day, and eight digits of the session's own random number."""
    day = localtime(session.signed_at or session.created_at)
    return f"QF{day:%Y%m%d}{session.pk.int % 10**8:08d}"


def signing_record(session: SigningSession) -> bytes:
    """The PDF. ID numbers are masked, whoever prints it."""
    rows, by_body = list(signed_rows(session)), session.move.startswith("body")
    first = rows[0]
    names = [_line(row) for row in rows]
    data = {
        "platform": PLATFORM, "number": record_number(session), "organization": session.user.organization.name,
        "declaration": _declaration(by_body), "plan": _one_of(str(row.plan) for row in rows),
        "counterpart_label": "培训评价组织", "counterpart": first.awarding_body.name,
        "qualification": _one_of(str(row.qualification) for row in rows),
        "center": _one_of(row.institution.name for row in rows), "count": len(rows),
        "refused": session.result.get("left", 0), "names": names[:FIRST], "annex": names if len(names) > FIRST else [],
        "digest": session.digest,
        "signature": session.drawing.read() if session.drawing else typed_svg(session.typed_name),
        "signer": session.user.name, "signer_role": f"{'培训评价组织' if by_body else '试点院校'}签发人",
        "course": _course(session), **_audit(session), "qr": {"qr_svg": f"{settings.BASE_URL}/verify/"},
        "verify_address": f"{settings.BASE_URL}/verify/",
    }  # fmt: skip
    return render(FOLDER, data, at=session.signed_at or session.created_at)


def typed_svg(name: str) -> str:
    """A typed name as what it is: plain type, and the words that say so."""
    shown = escape(f"{name}（输入姓名）")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 110"><text x="160" y="66" text-anchor="middle" '
        f'font-family="Noto Serif SC" font-size="{min(30, 280 / len(shown)):.0f}" fill="#1D1A18">{shown}</text></svg>'
    )


def _line(row: Certificate) -> dict[str, str]:
    return {
        "name": row.name, "id_number": mask_id(row.id_number), "candidate_number": row.candidate_number,
        "institution": row.institution.name,
    }


def _one_of(texts: Iterable[str]) -> str:
    """The one value, or the first and how many there are."""
    found = list(dict.fromkeys(texts))
    return found[0] if len(found) == 1 else f"{found[0]} 等 {len(found)} 项"


def _declaration(by_body: bool) -> str:
    side = "培训评价组织" if by_body else "试点院校"
    return (
        f"本人经{side}授权，已核对下列考试计划中考核结果为“通过”、信息准确的考生名单，确认为其签发职业技能等级证书，"
        "并对名单的真实性、完整性负责。"
    )


def _clock(moment: datetime) -> str:
    return f"{localtime(moment):%H:%M:%S}"


def _course(session: SigningSession) -> list[list[str]]:
    entries = {e.action: e for e in _entries(session)}
    signed = session.signed_at or session.created_at
    day = localtime(signed)
    course = [["日期", f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"]]
    made = _clock(session.created_at)
    course += [[made, "生成名单，计算摘要值"], [made, "出示一次性二维码（10分钟有效）"]]
    if scanned := entries.get("signing.scanned"):
        course.append([_clock(scanned.at), "手机打开，核对摘要值"])
    how = "手写签名" if session.drawing else "输入姓名"
    course.append([_clock(signed), f"{how}并提交，短信验证码相符"])
    target = ISSUE.label(ISSUE[session.move].target)
    course += [[_clock(signed), f"确认生效，转{target}"], ["来源", session.ip or "–"]]
    return course


def _entries(session: SigningSession) -> list[AuditEntry]:
    rows = AuditEntry.objects.filter(object_type="issuing.signingsession", object_id=str(session.pk))
    return list(rows.order_by("pk"))


def _audit(session: SigningSession) -> dict[str, str]:
    last = next((e for e in reversed(_entries(session)) if e.action == "signing.signed"), None)
    return {"audit_number": str(last.pk) if last else "–", "audit_hash": last.digest if last else "0" * 64}
