"""The bar above every page of a demo: what time it is, where the guide's plan stands, messages and codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from skillcert.accounts.models import User
from skillcert.accounts.rules import factor_of, present_code
from skillcert.integrations.sms.embedded import open_outbox
from skillcert.kit import clock
from skillcert.kit.pages import url_of
from skillcert.kit.web import shell_part

from . import plan as guide

MESSAGES = 8


@dataclass(frozen=True)
class Bar:
    """What ``demo/bar.html`` draws. ``jumps``: (label, moment in ISO format)."""

    now: datetime
    stage: str
    day_url: str
    jump_url: str
    jumps: list[tuple[str, str]]
    reset_url: str
    guide_url: str
    outbox: list[tuple[str, str]]
    totp: str


@shell_part("demo")
def bar_of(request: HttpRequest) -> Bar:
    now, plan = clock.now(), guide.guide_plan()
    sent = open_outbox(Path(settings.DATA)).recent(MESSAGES)
    return Bar(
        now=now, stage=guide.stage_sentence(plan, now), day_url=url_of("demo.NextDay"), jump_url=url_of("demo.Jump"),
        jumps=[(f"{label}（{moment:%m-%d %H:%M}）", moment.isoformat()) for label, moment in guide.jumps(plan, now)],
        reset_url=url_of("demo.Reset"), guide_url=url_of("demo.Guide"),
        outbox=[(f"{timezone.localtime(one.at):%H:%M:%S}", f"{one.phone[-4:]} {one.text}") for one in sent],
        totp=totp_of(request),
    )  # fmt: skip


def totp_of(request: HttpRequest) -> str:
    """The present code of the signed-in user's second factor; "" for who has none."""
    factor = factor_of(request.user) if isinstance(request.user, User) else None
    return present_code(factor) if factor else ""
