"""工作台 of each kind of organization: every figure equals the list that it opens."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from skillcert.config.roles import ROLES
from skillcert.home import desks, todos
from skillcert.home.desks.awarding_body import late_words
from skillcert.kit.jobs import Job, JobState
from skillcert.orgs.models import Organization
from tests.world import at


def said(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def count_of(client, url: str) -> str:
    """What the list at ``url`` says that it holds."""
    found = re.search(r"共\s*([\d,+]+)\s*条", re.sub(r"<[^>]+>", "", said(client.get(url))))
    assert found, url
    return found[1]


def anybody(world) -> list:
    """One person per built-in role."""
    platform = Organization.objects.create(kind="platform", name="平台")
    homes = {"institution": world.school, "awarding_body": world.body, "province": world.province, "platform": platform}
    return [world.user(homes[kind], role) for kind, roles in ROLES.items() for role in roles]


def full(world) -> None:
    """Something in every stage, waiting for everybody."""
    for state in ("unverified", "to_confirm", "no_photo"):
        world.candidate(state=state)
    for state in ("body_pending", "center_pending", "body_refused", "center_refused", "to_release", "seal_failed", "released"):
        world.certificate(state)
    world.result(points="40")
    world.center_of(world.school, qualification=world.other_qualification, state="in_review")


def test_every_todo_of_every_role_equals_its_list(world):
    full(world)
    seen = set()
    for user in anybody(world):
        client = world.client_as(user)
        actor = client.get("/todos/").wsgi_request.actor
        for one in todos.waiting(actor, world.now):
            assert count_of(client, one.todo.url) == one.todo.count, (user.role.name, one.todo.label)
            seen.add(one.todo.label)
    assert {"证书待本单位签发", "考核站点待签发", "院校考生信息待认证", "证书待发放", "盖章失败", "考核站点待审核"} <= seen


def test_every_figure_and_link_of_every_desk_equals_its_list(world):
    """The strip, the funnel, the cards of the plans: a link whose text is a number opens so many rows."""
    full(world)
    checked = 0
    for user in anybody(world):
        client = world.client_as(user)
        page = said(client.get("/desk/?table=从报考到发放"))
        figures = re.findall(r'<a href="([^"]+)"><span class="figures__name">.*?figures__value[^>]*>([\d,+]+)', page)
        for url, count in figures + re.findall(r'<a href="([^"#]+)">([\d,]+)</a>', page):
            assert count_of(client, unescape(url)) == count, (user.role.name, url)
            checked += 1
    assert checked > 30


def test_the_funnel_has_five_stages_in_falling_order(world):
    full(world)
    world.registered()
    stages = todos.funnel(world.officer, world.now)
    assert [stage.label for stage in stages] == ["报考", "到考", "合格", "签发", "发放"]
    counts = [stage.value for stage in stages]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[1] > counts[2] > counts[3] > counts[4] == 1


def test_an_absent_candidate_has_not_sat(world):
    registration = world.result().registration
    registration.scores.update(mark="absent", points=None)
    assert todos.funnel(world.officer, world.now)[1].value == 0


def test_each_chart_turns_into_a_table_and_back(world):
    world.result()
    client = world.client_as(world.officer)
    chart = said(client.get("/desk/"))
    assert "上一步的" in chart and 'class="columns-chart"' in chart
    table = said(client.get("/desk/?table=证书通过率"))
    assert 'class="columns-chart"' not in table and "100.0%" in table and "图表" in table


def test_the_rate_counts_who_sat_and_passed(world):
    for points in ("80", "80", "80", "40"):
        world.result(points=points)
    world.registered()
    page = said(world.client_as(world.officer).get("/desk/?table=证书通过率"))
    assert "75.0%" in page


def test_a_deadline_is_named_and_the_late_come_first(world):
    now = at("2026-11-23 10:00")
    assert todos.due_words(at("2026-11-23 18:00"), now) == ("今天 18:00 前", True, False)
    assert todos.due_words(at("2026-11-25 18:00"), now) == ("2 天后截止", False, True)
    assert todos.due_words(at("2026-12-01 18:00"), now) == ("8 天后截止", False, False)
    assert todos.due_words(at("2026-11-21 18:00"), now) == ("已逾期 2 天", True, False)
    assert todos.due_words(at("2026-11-23 09:00"), now) == ("今天已逾期", True, False)
    assert todos.due_words(None, now) == ("", False, False)
    world.clock(world.plan.registration_end - timedelta(hours=2))
    world.certificate("center_pending")
    world.candidate(state="unverified")
    labels = [todo.label for todo in todos.todos(world.officer, world.now)]
    assert labels == ["院校考生信息待认证", "考核站点待签发"]


def test_all_todos_stand_in_groups(world):
    full(world)
    page = said(world.client_as(world.officer).get("/todos/")).partition('id="main"')[2]
    assert page.index("待我签字") < page.index("考核站点待签发") < page.index("待我办理") < page.index("院校考生缺照片")


# --- the awarding body: which institution is where --------------------------------------------------------
def test_an_awarding_body_sees_which_institution_is_where(world):
    registration = world.registered()
    registration.seated = False
    registration.save()
    world.clock("seating")
    page = said(world.client_as(world.examiner).get("/desk/"))
    assert world.plan.name in page and "2 所院校" in page and "林知遥 0571-0000000" in page
    assert f"?plan={world.plan.pk}&amp;institution={world.school.pk}&amp;paid=True" in page
    assert "未报考" in page  # the other school, after 报考 has ended


def test_another_awarding_body_sees_none_of_it(world):
    world.registered()
    page = said(world.client_as(world.user(world.other_body)).get("/desk/"))
    assert world.school.name not in page and world.plan.name not in page


@pytest.mark.parametrize(
    ("when", "counts", "words"),
    [
        ("2026-11-20 10:00", (0, 0, 0), ""), ("2026-11-28 10:00", (0, 0, 0), "未报考"),
        ("2026-11-20 10:00", (9, 3, 0), ""), ("2026-11-29 10:00", (9, 3, 0), "未缴费 6"),
        ("2026-12-01 10:00", (9, 9, 3), ""), ("2026-12-07 10:00", (9, 9, 3), "未排考 6"), ("2026-12-07 10:00", (9, 9, 9), ""),
    ],
)  # fmt: skip
def test_who_is_behind_near_the_end_of_a_window_is_late(world, when, counts, words):
    assert late_words(world.plan, *counts, at(when)) == words


# --- the platform's sub-roles ------------------------------------------------------------------------------
def platform_page(world, role: str) -> str:
    platform = Organization.objects.create(kind="platform", name="平台")
    return said(world.client_as(world.user(platform, role)).get("/desk/"))


def test_the_operator_sees_dead_processes_and_failed_tasks_without_names(world):
    Job.objects.create(
        kind="kit.batch", label="认证 周若溪", actor_kind="user", actor_label="林知遥", organization_kind="institution",
        state=JobState.FAILED, error="对比服务没有应答",
    )  # fmt: skip
    page = platform_page(world, "系统")
    assert "失败任务" in page and "对比服务没有应答" in page and "批量办理" in page and "周若溪" not in page
    assert page.count("没有心跳") == 3


def test_none_of_the_three_administrators_sees_the_work_of_another(world):
    """trust 43."""
    platform = Organization.objects.create(kind="platform", name="平台")
    words = {"系统": "后台进程", "安全": "登录受限账号", "审计": "日志校验"}
    for role, own in words.items():
        page = said(world.client_as(world.user(platform, role)).get("/desk/"))
        assert own in page and not any(word in page for word in words.values() if word != own)


def test_the_catalogue_role_sees_what_to_review(world):
    world.qualification.state = "in_review"
    world.qualification.save()
    page = platform_page(world, "目录与机构")
    assert "证书目录待审核" in page and "试点院校" in page


def test_every_kind_of_organization_has_a_desk():
    assert set(desks.DESKS) == set(ROLES)
