"""A student on a phone asks, the clerk answers at the desk, the student takes the copy."""

from __future__ import annotations

import pytest
from django.conf import settings

from skillcert.privacy.models import PersonalRequest

from .test_requests import PhoneCodes, run_jobs, texts


@pytest.mark.django_db(transaction=True)
def test_a_student_asks_by_phone_and_gets_the_copy(world, live_server, phone, page, shot):
    candidate = world.candidate()
    phone.goto("/public/")
    phone.get_by_role("link", name="个人信息保护").click()
    phone.get_by_role("link", name="提出申请").click()
    phone.get_by_label("姓名").fill(candidate.name)
    phone.get_by_label("证件号").fill(candidate.id_number)
    phone.get_by_role("button", name="发送验证码").click()
    phone.get_by_text("验证码已发往登记的手机号").wait_for()
    assert phone.get_by_role("button", name="秒后重发").is_disabled()
    run_jobs()
    phone.get_by_label("短信验证码").fill(texts()[0].split("验证码 ")[1][:6])
    shot(phone, "0.8-ask", manual=True)
    phone.get_by_role("button", name="提出申请").click()
    phone.get_by_role("heading", name="已受理").wait_for()
    number = PersonalRequest.objects.get().number
    assert number in phone.locator("main").inner_text()

    cookie = world.client_as(world.officer).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.goto("/privacy/requests/?tab=pending")
    shot(page, "0.8-requests", manual=True)
    page.get_by_role("link", name="办理", exact=True).first.click()
    page.locator("#dialog[open]").get_by_role("button", name="办理").click()
    page.get_by_text("已办结，答复已告知本人。").wait_for()

    PhoneCodes.forget()
    phone.get_by_role("link", name="查询进度").click()
    phone.get_by_label("受理单号").fill(number)
    phone.get_by_label("姓名").fill(candidate.name)
    phone.get_by_role("button", name="查询").click()
    phone.get_by_role("link", name="下载个人信息副本").click()
    phone.get_by_label("受理单号").fill(number)
    phone.get_by_label("姓名").fill(candidate.name)
    phone.get_by_label("证件号").fill(candidate.id_number)
    phone.get_by_role("button", name="发送验证码").click()
    phone.get_by_text("验证码已发往登记的手机号").wait_for()
    run_jobs()
    phone.get_by_label("短信验证码").fill(texts()[0].split("验证码 ")[1][:6])
    with phone.expect_download() as download:
        phone.get_by_role("button", name="下载 PDF").click()
    assert download.value.suggested_filename == f"个人信息副本-{number}.pdf"
