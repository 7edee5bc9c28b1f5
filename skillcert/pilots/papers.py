"""What stands on the 试点申报表 [layout: assumption]."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from skillcert.kit.documents import book

from .models import PilotApplication, Review

FORM = Path(__file__).parent / "documents" / "pilot_application"
PLATFORM = "职业技能等级证书信息管理服务平台"


def application_forms(applications: Iterable[PilotApplication], now: datetime, *, reviewed: bool) -> bytes:
    """One paper an application, as one PDF; ``reviewed``: with its 审核信息记录. Round, institution, qualification, majors
    and reviews should be joined.
    """
    shared = {"platform": PLATFORM, "printed": _moment(now)}
    entries = [_entry(one, reviewed) for one in applications]
    return next(book(FORM, entries, at=now, shared=shared, report=[], most=10_000))


def _entry(row: PilotApplication, reviewed: bool) -> dict[str, Any]:
    school, qualification = row.institution, row.qualification
    majors = sorted(row.majors.all(), key=lambda one: (one.major.code, one.major.version))
    figures = ("students", "teachers", "trainees")
    return {
        "title": f"{row.year} 年度职业技能等级证书试点申报表", "state": row.get_state_display(), "round": row.round.name,
        "province": school.province.name, "institution": school.name, "school_code": school.school_code,
        "school_kind": school.get_school_kind_display(), "address": school.address, "contact": row.contact,
        "phone": row.phone, "qualification": qualification.name, "grade": qualification.get_grade_display(),
        "awarding_body": qualification.awarding_body.name, "way": "按专业" if row.round.by_major else "不按专业",
        "submitted": _moment(row.submitted_at), "total": f"{row.trainees:,}",
        "majors": [
            [one.major.name, one.major.code, one.major.version, *(_number(getattr(one, name)) for name in figures)]
            for one in majors
        ],
        "sums": [f"{sum(getattr(one, name) or 0 for one in majors):,}" for name in figures],
        "faculty": row.faculty, "venue": row.venue, "serial": f"{row.year}-{row.pk:07d}",
        "reviews": [
            [_moment(one.at), str(Review.Step(one.step).label), one.who, one.reason]
            for one in reversed(row.reviews.all() if reviewed else [])
        ],
    }  # fmt: skip


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
