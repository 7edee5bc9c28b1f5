"""Chapter 4.3 in a real browser: applied for by major, returned, mended in the dialog, passed twice, seen by the school.

UPDATE_PICTURES=1 copies the pictures into docs/manual/pictures.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from skillcert.pilots.models import PilotApplication
from skillcert.pilots.states import ApplicationState as S

PICTURES = Path(settings.ROOT) / "docs" / "manual" / "pictures"


def enter(page, client, live_server):
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


@pytest.fixture
def round_(transactional_db, world):
    world.other_qualification.majors.add(world.other_major)
    for code, name in (("510201", "计算机应用技术"), ("510202", "计算机网络技术")):
        world.major_of(name, code)
    return world.open_round("2026 年度试点补充申报")


def fill(page, major, students, teachers, trainees):
    for name, value in (("students", students), ("teachers", teachers), ("trainees", trainees)):
        page.locator(f"[name=major_{major.pk}_{name}]").fill(str(value))


def choose(page, text, *names):
    """选择专业: search, tick, add."""
    page.get_by_role("button", name="选择专业").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("专业名称、代码或版本").fill(text)
    for name in names:
        dialog.locator("#picker-results label", has_text=name).locator("input").check()


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R52", "R54", "R69")
def test_from_the_round_to_an_approval_with_a_return_between(world, round_, live_server, new_page, picture, watched):
    school, office = new_page(), new_page()
    enter(school, world.client_as(world.officer), live_server)
    enter(office, world.client_as(world.actor(world.province)), live_server)

    school.goto("/pilots/")
    school.get_by_role("link", name="申报证书试点").first.click()
    school.get_by_role("link", name="立即申报").wait_for()
    picture(school, "pilots-rounds")
    school.get_by_role("link", name="立即申报").click()
    school.get_by_text("还差").wait_for()
    school.get_by_label("证书", exact=False).first.select_option(label="物流管理（中级）")
    school.get_by_text("本年度尚未申报过此证书此等级").wait_for()
    assert world.body.name in school.locator("[data-body-name]").inner_text()
    choose(school, "软件", "软件技术")
    school.get_by_label("专业名称、代码或版本").fill("5303")
    school.get_by_text("已勾选 1 个").wait_for()
    school.locator("#picker-results label", has_text="大数据与会计").locator("input").check()
    picture(school, "pilots-choose-majors")
    school.get_by_role("button", name="添加到列表").click()

    school.locator(f"[name=major_{world.other_major.pk}_students]").wait_for()
    fill(school, world.major, 486, 21, 160)
    fill(school, world.other_major, 96, 6, 120)
    assert school.locator("[data-sum]").all_inner_texts() == ["582", "27", "280"]
    school.get_by_text("大数据与会计：申请培训 120 人，多于在校学生 96 人。").wait_for()
    assert "1 处须改正后才能提交" in school.locator("[data-application-says]").inner_text()
    picture(school, "pilots-application")
    school.get_by_role("button", name="改为 96").click()
    assert school.locator("[data-sum]").all_inner_texts()[2] == "256"
    school.get_by_label("师资情况").fill("专任教师 27 人，双师型 16 人。")
    school.get_by_label("场地情况").fill("机房 6 间共 312 工位。")
    assert "内容已齐" in school.locator("[data-application-says]").inner_text()
    school.get_by_role("button", name="保存并提交").last.click()
    school.wait_for_url(re.compile(r"/pilots/$"))
    school.locator(".badge", has_text="待初审").first.wait_for()
    made = PilotApplication.objects.get(round=round_)
    assert (made.state, made.trainees) == (S.FIRST_REVIEW, 256)

    returned(office, picture)
    mended(school, world, picture)
    passed_twice(office, picture)
    school.goto("/pilots/?tab=approved")
    school.locator("tr", has_text="物流管理").get_by_text("审核通过").wait_for()
    made.refresh_from_db()
    assert (made.state, made.trainees) == (S.APPROVED, 250)


def returned(office, picture):
    office.goto("/pilots/?tab=first_review")
    office.get_by_role("link", name="初审", exact=True).click()
    office.locator("#dialog .dialog__foot").get_by_role("link", name="退回").click()
    dialog = office.locator("#dialog")
    dialog.get_by_label("退回原因").wait_for()
    dialog.get_by_label("师资情况").check()
    dialog.get_by_role("button", name="师资情况请补充行业企业兼职教师的单位与职务").click()
    assert "22 / 500" in dialog.inner_text() or "/ 500" in dialog.inner_text()
    picture(office, "pilots-return")
    dialog.get_by_role("button", name="退回", exact=True).click()
    office.get_by_text("已退回").first.wait_for()


def mended(school, world, picture):
    """The dialog shows what was filled in (R69); the picker opens within it and comes back to it."""
    school.goto("/pilots/?tab=returned")
    school.get_by_role("link", name="编辑", exact=True).click()
    dialog = school.locator("#dialog")
    dialog.get_by_text("师资情况请补充行业企业兼职教师的单位与职务").wait_for()
    assert dialog.locator(f"[name=major_{world.major.pk}_students]").input_value() == "486"
    picture(school, "pilots-edit")
    dialog.get_by_role("button", name="选择专业").click()
    dialog.get_by_text("已在列表中").first.wait_for()
    dialog.get_by_role("button", name="取消").click()
    dialog.locator(f"[name=major_{world.other_major.pk}_trainees]").fill("90")
    dialog.get_by_label("师资情况").fill("专任教师 27 人，双师型 16 人；兼职教师 8 人，均为企业工程师。")
    dialog.get_by_role("button", name="保存并提交").click()
    school.get_by_text("没有符合条件").or_(school.get_by_text("还没有试点申报")).first.wait_for()


def passed_twice(office, picture):
    office.goto("/pilots/?tab=first_review")
    office.get_by_role("link", name="查看", exact=True).click()
    office.get_by_text("退回后改了什么").wait_for()
    picture(office, "pilots-record")
    office.get_by_role("link", name="初审", exact=True).click()
    office.locator("#dialog").get_by_role("button", name="初审通过").click()
    office.locator(".head .badge", has_text="待终审").wait_for()
    office.get_by_role("link", name="终审", exact=True).click()
    office.locator("#dialog").get_by_role("button", name="终审通过").click()
    office.locator(".head .badge", has_text="审核通过").wait_for()


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_survives_a_lost_session_with_its_majors(world, round_, live_server, new_page, watched):
    watched.expect("40[0-9]")
    page = new_page()
    officer = world.client_as(world.officer)
    enter(page, officer, live_server)
    page.goto(f"/pilots/apply/{round_.pk}/")
    page.locator("[name=qualification]").select_option(label="物流管理（中级）")
    choose(page, "", "软件技术")
    page.get_by_role("button", name="添加到列表").click()
    page.locator(f"[name=major_{world.major.pk}_students]").wait_for()
    fill(page, world.major, 486, 21, 160)
    page.get_by_label("师资情况").fill("写了很久的师资情况")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.wait_for_url(re.compile("/login/"))
    assert not PilotApplication.objects.filter(round=round_).exists()

    enter(page, world.client_as(world.officer), live_server)
    page.goto(f"/pilots/apply/{round_.pk}/")
    page.get_by_text("已恢复上次没有保存的内容").wait_for()
    assert page.locator(f"[name=major_{world.major.pk}_students]").input_value() == "486"
    assert page.get_by_label("师资情况").input_value() == "写了很久的师资情况"
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.wait_for_url(re.compile(r"/pilots/$"))
    made = PilotApplication.objects.get(round=round_)
    assert (made.state, made.faculty, made.trainees) == (S.DRAFT, "写了很久的师资情况", 160)


@pytest.mark.django_db(transaction=True)
def test_it_all_works_without_scripts(world, round_, live_server, new_page):
    page = new_page(java_script_enabled=False)
    enter(page, world.client_as(world.officer), live_server)
    page.goto(f"/pilots/apply/{round_.pk}/")
    page.locator("[name=qualification]").select_option(label="物流管理（中级）")
    page.get_by_label("师资情况").fill("专任教师 21 人")
    page.get_by_role("button", name="选择专业").click()
    page.locator("#picker-q").fill("软件")
    page.get_by_role("button", name="查询").last.click()
    page.locator("#picker-results label", has_text="软件技术").locator("input").check()
    page.get_by_role("button", name="添加到列表").click()
    fill(page, world.major, 486, 21, 160)
    assert page.get_by_label("师资情况").input_value() == "专任教师 21 人"
    page.get_by_role("button", name="保存", exact=True).last.click()
    assert page.url.endswith("/pilots/")
    assert PilotApplication.objects.get(round=round_).trainees == 160
