"""The copy that a person may have (个人信息保护法 45): everything kept about them at one institution, on paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from skillcert.candidates.models import Candidate, Consent
from skillcert.issuing.models import Certificate
from skillcert.kit.documents import book
from skillcert.kit.pages import Made
from skillcert.kit.pages.columns import plain_text
from skillcert.registrations.models import Registration

from .models import PersonalRequest

PAPER = Path(__file__).parent / "documents" / "personal_copy"
PLATFORM = "职业技能等级证书信息管理服务平台"


def personal_copy(request: PersonalRequest, now: datetime) -> Made:
    """The paper of the request's candidate, made now: what is kept today. ``candidate`` must still be there."""
    candidate = Candidate.objects.select_related("institution", "major", "photo").get(pk=request.candidate_id)
    shared = {"platform": PLATFORM, "made": f"{timezone.localtime(now):%Y-%m-%d %H:%M}", "receipt": request.number}
    content = next(book(PAPER, [_entry(candidate)], at=now, shared=shared, report=[]))
    return Made(f"个人信息副本-{request.number}.pdf", "application/pdf", content, {"request": request.number})


def _entry(row: Candidate) -> dict[str, Any]:
    return {
        "institution": row.institution.name, "name": row.name, "photo": row.photo.read() if row.photo else None,
        "facts": _facts(row), "consents": _consents(row), "registrations": _registrations(row), "certificates": _certificates(row),
    }  # fmt: skip


def _facts(row: Candidate) -> list[list[str]]:
    major = f"{row.major.name}（{row.major.code}，{row.major.version} 版）" if row.major else ""
    pairs = [
        ("姓名", row.name), ("姓名拼音", row.pinyin), ("性别", row.sex), ("出生日期", plain_text(row.birth_date)),
        ("证件类型", row.get_id_type_display()), ("证件号", row.id_number), ("手机号", row.phone), ("考生编号", row.number),
        ("学生类型", row.get_kind_display()), ("就读专业", major), ("专业层次", row.get_level_display()),
        ("入学年份", plain_text(row.entry_year)), ("学号", row.student_number), ("班级", row.class_name),
        ("工作单位", row.employer), ("最高学历", row.education), ("状态", row.get_state_display()),
        ("照片比对结果", row.comparison), ("登记时间", plain_text(row.created_at)), ("最近改动", plain_text(row.updated_at)),
    ]  # fmt: skip
    return [[label, value] for label, value in pairs if value]


def _consents(row: Candidate) -> list[list[str]]:
    return [
        [one.get_subject_display(), one.get_given_by_display(), one.get_way_display(), one.notice, plain_text(one.given_at),
         plain_text(one.withdrawn_at) or "–"]
        for one in Consent.objects.filter(candidate=row).order_by("given_at", "pk")
    ]  # fmt: skip


def _registrations(row: Candidate) -> list[list[str]]:
    """Plan, certificate, ticket, then seats and scores subject by subject."""
    found = Registration.objects.filter(candidate=row).select_related("plan", "qualification", "awarding_body", "result")
    lines = []
    for one in found.prefetch_related("scores__session__subject", "seats__arrangement__room").order_by("registered_at", "pk"):
        seats = "；".join(f"{seat.arrangement.room} {seat.number} 号" for seat in one.seats.all())
        scores = "；".join(f"{score.session.subject.name} {score.shown}" for score in one.scores.all())
        result = getattr(one, "result", None)
        lines.append([
            plain_text(one.registered_at), f"{one.plan.name}\n{one.qualification}", one.awarding_body.name,
            "\n".join(filter(None, (one.ticket_number, seats))) or "–",
            "\n".join(filter(None, (scores, result.get_outcome_display() if result else ""))) or "–",
        ])  # fmt: skip
    return lines


def _certificates(row: Candidate) -> list[list[str]]:
    found = Certificate.objects.filter(candidate=row).select_related("qualification", "awarding_body").order_by("pk")
    return [
        [one.number or "–", str(one.qualification), one.awarding_body.name, one.get_state_display(), plain_text(one.issued_on) or "–"]
        for one in found
    ]
