"""Steps 1 and 3 of the road in a real browser: the body publishes a plan, the school sets a room for it."""

from __future__ import annotations

import pytest
from django.conf import settings

from skillcert.centers.models import ExamRoom
from skillcert.plans.models import ExamPlan
from skillcert.plans.states import PlanState
from tests.world import WINDOWS


def enter(page, client, live_server) -> None:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R81", "R139", "R142")
def test_from_a_plan_to_its_room(transactional_db, world, live_server, new_page, shot):
    body, school = new_page(), new_page()
    enter(body, world.client_as(world.examiner), live_server)
    enter(school, world.client_as(world.officer), live_server)

    body.goto("/plans/")
    body.get_by_role("link", name="新增").click()
    body.get_by_label("计划名称").fill("2026 年第五批统一考核")
    times = {name: WINDOWS[name] for name in WINDOWS if name != "exam"} | {
        f"subject_{world.theory.pk}": ("2026-12-12 09:00", "2026-12-12 11:00")
    }
    for name, (start, end) in times.items():
        for side, moment in (("start", start), ("end", end)):
            body.locator(f"[name={name}_{side}]").fill(moment[:16].replace(" ", "T"))
    body.get_by_label(world.school.name).check()
    shot(body, "5.2.2-plan-editor", full=True)
    body.get_by_role("button", name="保存草稿").click()
    body.get_by_text("已保存草稿").wait_for()
    body.get_by_role("link", name="发布").click()
    body.locator("dialog").get_by_role("button", name="发布").click()
    body.get_by_text("报考中").first.wait_for()
    plan = ExamPlan.objects.get(name="2026 年第五批统一考核")
    assert plan.state == PlanState.PUBLISHED
    shot(body, "5.2.2-plan")

    asked: list[str] = []
    school.on("request", lambda request: asked.append(request.url))
    school.goto("/rooms/")
    school.get_by_role("link", name="设置考场").click()
    dialog = school.locator("dialog")
    dialog.get_by_label("考场名称").fill("机房一")
    dialog.get_by_label("考试计划").select_option(label=plan.name)
    dialog.get_by_label("考核站点").select_option(label=world.center.name)
    dialog.get_by_label("考试证书").select_option(label="Web前端开发（中级）")
    dialog.get_by_label("理论知识（机考）").check()
    dialog.get_by_label("考位数").fill("30")
    dialog.get_by_label("地点").fill("实训楼 301")
    shot(school, "5.2.5-set-room")
    assert dialog.get_by_label("考场名称").input_value() == "机房一"
    dialog.get_by_role("button", name="保存").click()
    school.get_by_text("已设置考场“机房一”（机考，30 个考位），编号 001。").wait_for()
    assert ExamRoom.objects.get().plan == plan
    assert any("refresh=1" in url for url in asked)  # the later choices were asked for by the earlier ones
    assert not [url for url in asked if "csrfmiddlewaretoken" in url]
    shot(school, "5.2.5-rooms")
