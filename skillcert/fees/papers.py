"""What stands on the 缴费申请单 (look: p6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from skillcert.kit.documents import amount_in_capitals, book, date_in_chinese

from .models import PaymentRequest

FEE_SLIP = Path(__file__).parent / "documents" / "fee_slip"
PLATFORM = "职业技能等级证书信息管理服务平台"
NOTE = (
    "1. 单价按生成时的收费标准固定，明细见考生名单。　2. 汇款时请在附言中填写缴费单号；"
    "到账后由培训评价组织确认，确认后报考记录标为已缴费。"
)


def yuan(fen: int) -> str:
    """30000 fen as 300.00."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def fee_slips(requests: Iterable[PaymentRequest], now: datetime) -> bytes:
    """One page a request, as one PDF. ``plan``, ``qualification``, ``institution`` should be joined."""
    shared = {"platform": PLATFORM, "printed": f"{timezone.localtime(now):%Y-%m-%d %H:%M}", "note": NOTE}
    return next(book(FEE_SLIP, [_entry(request) for request in requests], at=now, shared=shared, report=[], most=10_000))


def _entry(request: PaymentRequest) -> dict[str, Any]:
    plan, qualification = request.plan, request.qualification
    price = request.total // request.head_count if request.head_count else 0
    item = {
        "qualification": qualification.name, "grade": qualification.get_grade_display(),
        "mode": request.get_mode_display().removesuffix("报考"), "count": f"{request.head_count:,}", "unit": yuan(price),
        "amount": yuan(request.total),
    }  # fmt: skip
    return {
        "number": request.number, "qr": {"qr_svg": f"{request.number}:{request.total}"},
        "day": date_in_chinese(timezone.localtime(request.made_at).date()), "state": request.get_state_display(),
        "institution": request.institution.name, "plan": plan.name,
        "payee": plan.account_name or plan.awarding_body.name, "bank": plan.bank, "account": plan.account,
        "items": [item], "capitals": amount_in_capitals(request.total), "total": yuan(request.total),
        "made": [request.made_by.split("（")[0], _moment(request.made_at)], "checked": ["", ""],
        "confirmed": [request.confirmed_by.split("（")[0], _moment(request.confirmed_at)],
        "serial": f"{request.number}-1",
    }  # fmt: skip


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
