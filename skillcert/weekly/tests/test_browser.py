"""The whole round in a real browser: fill, save, submit, withdraw, submit, returned, mended, submitted again, passed.

UPDATE_PICTURES=1 copies the pictures of chapter 6 into docs/manual/pictures.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from skillcert.weekly.models import WeeklyReport
from skillcert.weekly.states import ReportState

from .makers import put, reviewer

PICTURES = Path(settings.MANUAL) / "pictures"


def enter(page, client, live_server) -> None:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def picture(shot):
    """A picture for the manual."""

    def take(page, name):
        path = shot(page, name)
        if os.environ.get("UPDATE_PICTURES") == "1":
            PICTURES.mkdir(exist_ok=True)
            shutil.copy(path, PICTURES / f"{name}.png")

    return take


def state() -> str:
    return WeeklyReport.objects.get().state


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R223", "R229", "R230")
def test_the_round_of_a_report(transactional_db, world, live_server, new_page, picture, watched):
    watched.expect("422")  # the refusal that loses nothing
    school, province = new_page(), new_page()
    enter(school, world.client_as(world.officer), live_server)
    enter(province, world.client_as(reviewer(world)), live_server)

    school.goto("/weekly/")
    school.get_by_role("link", name="提交周报").last.click()
    school.get_by_role("heading", name="周报").wait_for()
    tab = lambda name: school.get_by_label("周报的各部分").get_by_role("link", name=name)  # noqa: E731
    tab("培训情况").click()
    school.get_by_label("本期培训人数").fill("40")
    school.get_by_label("累计培训人数").fill("120")
    school.get_by_label("师资培训人次").fill("2")
    tab("工作进展与典型做法").click()
    school.locator("#id_progress").fill("组织两个班的集中实训。")
    tab("存在问题与建议").click()
    school.locator("#id_problems").fill("无")
    tab("下期计划").click()
    school.locator("#id_next_plan").fill("一场考核")
    tab("考核情况").click()
    field = school.get_by_label("Web前端开发（中级）本期报考人数", exact=True)
    field.fill("31")
    assert school.locator("[data-sum='0']").inner_text() == "31"
    why = school.get_by_label("提交前请写明原因").first
    assert why.is_visible()
    school.get_by_role("button", name="提交").click()  # nothing typed is lost by the refusal
    school.get_by_text("还没有写明原因").wait_for()
    tab("考核情况").click()
    school.get_by_label("提交前请写明原因").first.fill("3 人现场补报，次日登记")
    picture(school, "6.1-exams")
    school.get_by_role("button", name="保存").click()
    school.get_by_text("已保存，状态为“未提交”").wait_for()
    assert state() == ReportState.DRAFT
    assert school.get_by_label("Web前端开发（中级）本期报考人数", exact=True).input_value() == "31"
    school.get_by_role("button", name="提交").click()
    school.get_by_text("等待省厅审核").wait_for()
    assert state() == ReportState.IN_REVIEW
    picture(school, "6.1-list")

    school.get_by_role("link", name="撤回", exact=True).click()
    school.locator("dialog").get_by_role("button", name="撤回").click()
    school.get_by_text("已撤回。").wait_for()
    assert state() == ReportState.DRAFT
    school.get_by_role("link", name="提交", exact=True).click()
    school.locator("dialog").get_by_role("button", name="提交").click()
    school.get_by_text("已提交。").wait_for()

    province.goto("/weekly/review/")
    province.get_by_role("link", name="退回", exact=True).click()
    dialog = province.locator("dialog")
    dialog.get_by_label("考核情况").check()
    dialog.get_by_label("下期计划").check()
    dialog.get_by_role("button", name="“下期计划”请写明场次、时间与人数").click()
    picture(province, "6.1-return")
    dialog.get_by_role("button", name="退回").click()
    province.get_by_text("已退回。").wait_for()
    assert state() == ReportState.RETURNED

    school.goto("/weekly/")
    school.get_by_role("link", name="编辑").click()
    school.get_by_role("link", name="去改“下期计划”").first.click()
    school.locator("#id_next_plan").fill("12 月 5 日考核一场，约 60 人；12 月 9 日补考一场，约 12 人。")
    school.get_by_role("button", name="保存").click()
    school.get_by_text("已保存，状态为“审核退回”").wait_for()
    tab("审核记录").click()
    school.get_by_role("heading", name="退回后改了什么").wait_for()
    picture(school, "6.1-record")
    school.get_by_role("button", name="提交").click()
    school.get_by_text("等待省厅审核").wait_for()

    province.goto("/weekly/review/")
    province.get_by_role("link", name="通过", exact=True).click()
    province.locator("dialog").get_by_role("button", name="通过").click()
    province.get_by_text("已通过。").wait_for()
    assert state() == ReportState.APPROVED
    province.goto("/weekly/overview/")
    picture(province, "6.1-overview")


@pytest.mark.django_db(transaction=True)
def test_typed_text_survives_a_lost_session(transactional_db, world, live_server, new_page):
    page = new_page()
    client = world.client_as(world.officer)
    enter(page, client, live_server)
    page.goto("/weekly/new/#progress")
    page.locator("#id_progress").fill("写了半个小时的工作进展")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="保存").click()
    page.get_by_label("账号").wait_for()
    page.goto("about:blank")
    enter(page, world.client_as(world.officer), live_server)
    page.goto("/weekly/new/#progress")
    page.get_by_text("已恢复上次没有保存的内容").wait_for()
    assert page.locator("#id_progress").input_value() == "写了半个小时的工作进展"


@pytest.mark.django_db(transaction=True)
def test_without_scripts_the_tabs_still_switch_and_everything_is_sent(transactional_db, world, live_server, new_page):
    page = new_page(java_script_enabled=False)
    enter(page, world.client_as(world.officer), live_server)
    put(world, ReportState.DRAFT)
    page.goto("/weekly/")
    page.get_by_role("link", name="编辑").click()
    page.get_by_label("周报的各部分").get_by_role("link", name="工作进展与典型做法").click()
    page.locator("#id_progress").fill("没有脚本也能写")
    page.get_by_label("周报的各部分").get_by_role("link", name="下期计划").click()
    page.locator("#id_next_plan").fill("下期一场")
    assert not page.locator("#id_progress").is_visible()
    page.get_by_role("button", name="保存").click()
    row = WeeklyReport.objects.get()
    assert (row.progress, row.next_plan) == ("没有脚本也能写", "下期一场")
