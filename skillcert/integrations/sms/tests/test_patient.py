"""A provider that is slow or down never keeps a page waiting; what it refuses is told at once."""

from __future__ import annotations

from threading import Event

import pytest

from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.patient import Patient

PHONE, TEXT = "13912345678", "验证码 123456"


class Provider:
    """Answers as the test says: each entry of ``answers`` is a sentence of failure, or "" for sent."""

    def __init__(self, *answers: str, slow: bool = False) -> None:
        self.answers, self.go, self.tried, self.sent = list(answers), Event(), 0, Event()
        if not slow:
            self.go.set()

    def send(self, phone: str, text: str) -> None:
        self.go.wait(10)
        self.tried += 1
        if answer := self.answers.pop(0) if self.answers else "":
            raise SmsFailed(answer)
        self.sent.set()


def test_a_sent_message_is_sent_once() -> None:
    provider = Provider()
    Patient(provider).send(PHONE, TEXT)
    assert provider.tried == 1


def test_one_failure_is_tried_again_before_the_page_answers() -> None:
    provider = Provider("未受理")
    Patient(provider, pauses=(0.0,)).send(PHONE, TEXT)
    assert provider.tried == 2


def test_two_failures_are_told_to_the_person_who_waits() -> None:
    provider = Provider("短信服务暂不可用，请稍后重新获取", "短信服务暂不可用，请稍后重新获取")
    with pytest.raises(SmsFailed, match="短信服务暂不可用"):
        Patient(provider, waited=10).send(PHONE, TEXT)


def test_a_slow_provider_does_not_keep_the_page_and_is_tried_on_behind() -> None:
    provider = Provider("太慢", "太慢", slow=True)
    Patient(provider, waited=0.01, pauses=(0.0, 0.0, 0.0)).send(PHONE, TEXT)
    assert provider.tried == 0, "the page is back before the provider answered"
    provider.go.set()
    assert provider.sent.wait(10) and provider.tried == 3


def test_after_a_message_that_failed_to_the_end_the_next_is_told_at_once() -> None:
    provider = Provider("无法连接", "无法连接", slow=True)
    sender = Patient(provider, waited=0.01, pauses=(0.0,))
    sender.send(PHONE, TEXT)
    provider.go.set()
    sender._threads.shutdown(wait=True)
    with pytest.raises(SmsFailed, match="暂不可用，请约 30 秒后重新获取"):
        sender.send(PHONE, TEXT)
    assert provider.tried == 2


def test_too_many_at_once_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from skillcert.integrations.sms import patient

    monkeypatch.setattr(patient, "MOST_WAITING", 1)
    provider = Provider(slow=True)
    sender = Patient(provider, waited=0.01)
    sender.send(PHONE, TEXT)
    with pytest.raises(SmsFailed, match="发送繁忙"):
        sender.send(PHONE, TEXT)
    provider.go.set()
