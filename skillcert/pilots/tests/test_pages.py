"""Chapter 4.3: who sees which applications."""

from __future__ import annotations

import pytest


def said(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.rule("R51")
def test_a_school_sees_its_own_applications(world):
    world.approve_pilot(world.other_school, qualification=world.other_qualification)
    page = said(world.client_as(world.officer).get("/pilots/"))
    assert "Web前端开发" in page and "物流管理" not in page and "审核通过" in page


@pytest.mark.rule("R68")
def test_view_shows_the_declared_majors(world):
    page = said(world.client_as(world.officer).get(f"/pilots/{world.application.pk}/"))
    assert "软件技术" in page and "本专业在校学生数" in page and "申请培训总人数" in page


def test_the_province_sees_what_was_submitted_only(world):
    world.application.state = "draft"
    world.application.save()
    client = world.client_as(world.user(world.province))
    assert client.get(f"/pilots/{world.application.pk}/").status_code == 404


@pytest.mark.rule("R52")
def test_the_button_leads_to_the_rounds_and_from_there_to_the_form(world):
    round_ = world.open_round()
    school = world.client_as(world.officer)
    assert '<a href="/pilots/apply/" class="btn btn--primary">' in said(school.get("/pilots/"))
    assert f'<a href="/pilots/apply/{round_.pk}/"' in said(school.get("/pilots/apply/"))
    page = said(school.get(f"/pilots/apply/{round_.pk}/"))
    assert "申报证书试点" in page and "保存并提交" in page and "选择专业" in page


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1"])
def test_a_list_s_page_and_size_that_are_no_numbers_open_the_first_page(world, number):
    client = world.client_as(world.officer)
    for name in ("size", "page"):
        assert "Web前端开发" in said(client.get("/pilots/", {name: number}))
