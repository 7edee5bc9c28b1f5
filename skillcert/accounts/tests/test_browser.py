"""Chapters 1 and 8.1 in a real browser, with the keyboard where it matters; the pictures are the manual's."""

from __future__ import annotations

import pytest
from django.conf import settings

from skillcert.accounts import rules
from skillcert.accounts.models import SecondFactor, User
from skillcert.orgs.models import Organization

from .helpers import PASSWORD, newest_code

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(transactional_db, world) -> User:
    rules.sync_roles()
    admin = User.objects.get(pk=world.officer.id)
    User.objects.filter(pk=admin.pk).update(username="yunzhou-admin", name="林知遥")
    for name, role, username in (("罗一凡", "考务管理员", "yunzhou-exam"), ("何雨桐", "财务", "yunzhou-fee")):
        world.user(world.school, role, username=username, name=name)
    admin.refresh_from_db()
    return admin


def enter(page, client, live_server) -> None:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.mark.rule("R1")
def test_signing_in_by_keyboard_with_the_sum_and_the_code(people, page, shot, watched):
    watched.expect("422")
    page.goto("/login/")
    shot(page, "1-login", manual=True)
    for _ in range(3):
        page.get_by_label("登录账号").fill("yunzhou-fee")
        page.get_by_label("密码", exact=True).fill("wrong")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        page.get_by_text("账号或密码不正确").wait_for()
        page.goto("/login/")
    asked = page.get_by_label("请计算")
    shot(page, "1-sum", manual=True)
    words = page.locator("label", has_text="请计算").inner_text()
    figures = "零一二三四五六七八九十"
    page.get_by_label("登录账号").fill("yunzhou-fee")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert asked.evaluate("field => field === document.activeElement")
    page.keyboard.type(str(figures.index(words[4]) + figures.index(words[6])))
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    page.goto("/account/factor/")
    page.get_by_role("button", name="显示二维码").click()
    shot(page, "1-factor", manual=True)
    factor = SecondFactor.objects.get(user__username="yunzhou-fee")
    page.get_by_label("动态口令").fill(rules.present_code(factor))
    page.get_by_role("button", name="完成绑定").click()
    page.get_by_text("请保存恢复码").wait_for()
    code = page.locator(".recovery code").first.inner_text()
    page.get_by_role("link", name="我已保存").click()
    page.context.clear_cookies()
    page.goto("/login/")
    page.get_by_label("登录账号").fill("yunzhou-fee")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    if page.get_by_label("请计算").count():
        words = page.locator("label", has_text="请计算").inner_text()
        page.get_by_label("请计算").fill(str(figures.index(words[4]) + figures.index(words[6])))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/login/code/**")
    shot(page, "1-second-step", manual=True)
    page.get_by_label("动态口令").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    page.goto("/account/")
    shot(page, "1-account", manual=True)


@pytest.mark.rule("R237", "R238", "R240")
def test_a_new_account_from_the_dialog_to_its_password(people, world, live_server, page, shot, watched):
    watched.expect("422")
    enter(page, world.client_as(people), live_server)
    page.goto("/users/")
    shot(page, "8.1-users", manual=True)
    page.get_by_role("link", name="新增", exact=True).click()
    dialog = page.locator("dialog")
    dialog.get_by_label("登录账号").fill("yunzhou-owner")
    dialog.get_by_label("姓名").fill("苏晓彤")
    dialog.get_by_label("手机号").fill("1391234567")
    dialog.get_by_role("button", name="获取验证码").click()
    dialog.get_by_text("手机号须为 1 开头的 11 位数字").wait_for()
    dialog.get_by_label("手机号").fill("13912345678")
    dialog.get_by_role("button", name="获取验证码").click()
    dialog.get_by_text("验证码已发往 139****5678").wait_for()
    assert dialog.get_by_label("登录账号").input_value() == "yunzhou-owner", "nothing typed is lost"
    dialog.get_by_label("角色").select_option(label="证书负责人")
    dialog.get_by_text("证书负责人：").wait_for()
    assert dialog.get_by_text("财务：").is_hidden() and dialog.get_by_text("负责的证书").is_hidden()
    dialog.get_by_label("是", exact=True).check()
    dialog.get_by_label(str(world.qualification)).check()
    dialog.get_by_label("验证码").fill(newest_code("13912345678"))
    shot(page, "8.1-new", manual=True)
    dialog.get_by_role("button", name="保存").click()
    dialog.get_by_text("苏晓彤的临时密码").wait_for()
    field = dialog.get_by_label("临时密码", exact=True)
    assert field.get_attribute("type") == "password"
    shot(page, "8.1-password", manual=True)
    dialog.get_by_role("button", name="显示密码").click()
    assert field.get_attribute("type") == "text" and len(field.input_value()) == 14
    dialog.get_by_role("button", name="完成").click()
    page.get_by_role("cell", name="yunzhou-owner").wait_for()
    assert User.objects.get(username="yunzhou-owner").owned_qualifications.count() == 1


@pytest.mark.rule("R243", "R245", "R247")
def test_stop_edit_and_start(people, world, live_server, page, shot):
    enter(page, world.client_as(people), live_server)
    page.goto("/users/")
    row = page.get_by_role("row", name="yunzhou-exam")
    row.get_by_role("link", name="停用").click()
    page.locator("dialog").get_by_text("罗一凡").first.wait_for()
    shot(page, "8.1-stop", manual=True)
    page.locator("dialog").get_by_role("button", name="停用", exact=True).click()
    row.get_by_role("link", name="启用").wait_for()
    row.get_by_text("更多").click()
    shot(page, "8.1-stopped", manual=True)
    row.get_by_role("link", name="编辑").click()
    page.get_by_role("heading", name="账户维护").wait_for()
    page.get_by_label("姓名").fill("罗一帆")
    shot(page, "8.1-edit", manual=True)
    page.get_by_role("button", name="保存").click()
    row.get_by_text("罗一帆").wait_for()
    row.get_by_role("link", name="启用").click()
    page.locator("dialog").get_by_role("button", name="启用", exact=True).click()
    row.get_by_role("link", name="停用").wait_for()
    assert User.objects.get(username="yunzhou-exam").is_active
    page.goto("/roles/")
    shot(page, "8.1-roles", manual=True)


@pytest.mark.rule("R241")
def test_a_first_administrator_from_the_sheet_to_the_password(people, world, live_server, page, shot):
    platform = Organization.objects.create(kind="platform", name="平台")
    enter(page, world.client_as(world.user(platform, "安全")), live_server)
    page.goto("/users/all/")
    page.get_by_text("批量开通").click()
    page.get_by_role("link", name="导入", exact=True).click()
    lines = ["单位类型,单位,登录账号,姓名,手机号", f"试点院校,{world.other_school.name},linjiang-1,许一鸣,13912345678"]
    page.set_input_files("input[type=file]", {"name": "管理员.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()})
    page.get_by_role("button", name="上传并校验").click()
    page.get_by_text("1 行可导入").wait_for()
    page.locator("button.btn--primary[value=next]").click()
    page.get_by_text("导入正确的 1 行").wait_for()
    page.locator("button.btn--primary[value=next]").click()
    page.get_by_text("成功").first.wait_for()
    shot(page, "8.1-administrators-result")
    page.goto("/users/all/?tab=awaiting")
    row = page.get_by_role("row", name="linjiang-1")
    shot(page, "8.1-awaiting")
    row.get_by_role("link", name="核验并启用").click()
    dialog = page.locator("dialog")
    dialog.get_by_role("button", name="获取验证码").click()
    dialog.get_by_text("验证码已发往 139****5678").wait_for()
    dialog.get_by_label("验证码").fill(newest_code("13912345678"))
    shot(page, "8.1-administrator", manual=True)
    dialog.get_by_role("button", name="启用", exact=True).click()
    dialog.get_by_text("许一鸣的临时密码").wait_for()
    dialog.get_by_role("button", name="完成").click()
    row.wait_for(state="detached")
    assert User.objects.get(username="linjiang-1").is_active
