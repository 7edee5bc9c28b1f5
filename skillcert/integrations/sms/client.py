"""What the platform asks of a sender of text messages, and which one the settings name.

Settings: SMS "outbox" (default: a file under DATA/outbox that the demo shows) or "http" (SMS_HTTP = {"url": ...,
"headers": {...}, "template": {...}, "timeout": seconds}).
"""

from functools import cache
from pathlib import Path
from typing import Protocol


class SmsFailed(Exception):
    """The message was not accepted; the sentence is for the person who waits for it."""


class Sms(Protocol):
    """A sender."""

    def send(self, phone: str, text: str) -> None:
        """Hand over one message; raises SmsFailed. Called after the commit of what it tells about."""


def checked(phone: str, text: str) -> tuple[str, str]:
    """A mainland mobile number (11 digits from 1) and a text of 1 to 500 characters without control characters."""
    digits = phone.strip()
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit() or digits[0] != "1":
        raise SmsFailed("手机号应为 11 位数字，请在用户或考生信息中更正后重试")
    if not 0 < len(text) <= 500 or any(ord(character) < 32 for character in text):
        raise SmsFailed("短信内容应为 1 至 500 字的单行文字，请联系平台运维")
    return digits, text


@cache
def client() -> Sms:
    """The sender that the settings name, one for the process."""
    from django.conf import settings

    kind = getattr(settings, "SMS", "outbox")
    if kind == "outbox":
        from skillcert.integrations.sms.embedded import open_outbox

        return open_outbox(Path(settings.DATA))
    if kind == "http":
        from skillcert.integrations.sms.gateway import HttpSms
        from skillcert.integrations.sms.patient import Patient

        return Patient(HttpSms(**getattr(settings, "SMS_HTTP", {})))
    raise SmsFailed(f"设置 SMS 的值 {kind!r} 无法识别，可用 outbox 或 http")
