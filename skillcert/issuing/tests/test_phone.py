"""The signing page on a phone of 390 x 844: read to the end before signing, light, and whole without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skillcert.integrations.sms.embedded import open_outbox
from skillcert.issuing import rules
from skillcert.issuing.models import Certificate
from skillcert.issuing.states import ISSUE, CertificateState

PAGE_BYTES = 100 * 1024
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""


@pytest.fixture
def codes(monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr("skillcert.issuing.rules.signing.sms", lambda: type("Sms", (), {"send": lambda s, p, t: sent.append(t)})())
    return sent


@pytest.fixture
def token(transactional_db, world):
    """The QR over thirty certificates."""
    keys = [world.certificate().pk for _ in range(30)]
    return rules.start_signing(actor=world.examiner, now=world.now, move=ISSUE["body_sign"], keys=keys).token


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R29")
def test_signing_is_offered_at_the_end_of_the_list_and_the_page_is_light(phone, shot, token, codes):
    phone.goto(f"/s/{token}/")
    waiting = phone.get_by_role("button", name="请先看到名单末尾")
    assert waiting.is_disabled() and not phone.get_by_role("button", name="核对无误，去签字").count()
    assert phone.evaluate(WEIGHT) <= PAGE_BYTES
    assert not phone.evaluate("window.htmx")
    shot(phone, "4.2.1-phone-unread")
    phone.get_by_text("名单到此为止").scroll_into_view_if_needed()
    go = phone.get_by_role("button", name="核对无误，去签字")
    go.wait_for()
    shot(phone, "4.2.1-phone-read")
    go.click()
    phone.locator("canvas").wait_for()
    assert len(codes) == 1 and phone.evaluate(WEIGHT) <= PAGE_BYTES


@pytest.mark.django_db(transaction=True)
def test_without_scripts_the_button_comes_after_the_list_and_a_typed_name_signs(new_page, token, codes):
    phone = new_page(phone=True, java_script_enabled=False)
    phone.goto(f"/s/{token}/")
    go = phone.get_by_role("button", name="核对无误，去签字")
    last = phone.locator(".spot li").last.bounding_box()
    assert go.bounding_box()["y"] > last["y"] + last["height"] > 844
    go.click()
    phone.get_by_text("输入姓名", exact=True).click()
    phone.get_by_label("本人姓名").fill(phone.get_by_label("本人姓名").get_attribute("placeholder") or "")
    phone.get_by_label("短信验证码", exact=True).fill(re.search(r"\d{6}", codes[-1])[0])
    phone.get_by_text("我已核对名单与成绩").click()
    phone.get_by_role("button", name="确认签发 30 人").click()
    phone.get_by_text("已签发 30 人").wait_for()
    assert Certificate.objects.filter(state=CertificateState.CENTER_PENDING).count() == 30


def test_the_signing_step_cannot_be_opened_past_the_list(world, client, codes):
    certificate = world.certificate()
    opened = rules.start_signing(actor=world.examiner, now=world.now, move=ISSUE["body_sign"], keys=[certificate.pk])
    check = client.get(f"/s/{opened.token}/").url
    assert client.get(f"{check}name/").url == check and not codes


@pytest.mark.parametrize("demo", [False, True])
def test_only_a_demo_shows_the_message_that_it_does_not_send(world, client, settings, demo):
    settings.DEMO = demo
    certificate = world.certificate()
    opened = rules.start_signing(actor=world.examiner, now=world.now, move=ISSUE["body_sign"], keys=[certificate.pk])
    check = client.get(f"/s/{opened.token}/").url
    client.post(f"{check}name/", {"act": "code"})
    page = client.get(f"{check}name/").content.decode()
    code = re.search(r"验证码 (\d{6})", open_outbox(Path(settings.DATA)).recent()[0].text)[1]
    assert (code in page) == demo and ("演示环境不发短信" in page) == demo
