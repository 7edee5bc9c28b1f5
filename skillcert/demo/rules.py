"""What the demo alone can do: move the platform's clock. Forward only; back means `make reset`."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from skillcert.kit import audit, clock
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused

declare({"demo.clock_moved": "拨动演示时钟", "demo.tampered": "取用被改动的证书"})

MOST_DAYS = 366


def move_clock(*, actor: Actor, now: datetime, until: datetime) -> datetime:
    """Set the platform's clock to ``until``, with an audit entry; gives it back. Ticks follow within two seconds.

    Raises ``Refused`` outside a demo, for a step back and for more than a year at once.
    """
    if not settings.DEMO:
        raise Refused("只有演示环境可以拨动时钟。")
    seconds = int((until - now).total_seconds())
    if seconds <= 0:
        raise Refused(f"时钟只能向前拨，现在是 {timezone.localtime(now):%Y-%m-%d %H:%M}。要回到开头请运行 make reset。")
    if seconds > MOST_DAYS * 86400:
        raise Refused("一次最多向前拨一年，请选近一些的时间。")
    with transaction.atomic():
        clock.advance(seconds)
        summary = {"from": timezone.localtime(now).isoformat(), "to": timezone.localtime(until).isoformat()}
        audit.record("demo.clock_moved", [audit.Fact("kit.clockshift", "1", "平台时间", summary)], actor=actor)
    return until


def note_tampered(*, actor: Actor) -> None:
    """Somebody took the damaged certificate: the guide's last step counts as walked."""
    with transaction.atomic():
        audit.record("demo.tampered", [audit.Fact("issuing.certificate", "", "被改动的证书.pdf", {})], actor=actor)
