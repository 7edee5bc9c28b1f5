"""Chapter 4.3: the list and the record."""

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
def test_view_shows_the_declared_majors_and_the_review_record(world):
    page = said(world.client_as(world.officer).get(f"/pilots/{world.application.pk}/"))
    assert "软件技术" in page and "本专业在校学生数" in page and "申请培训总人数" in page


def test_the_province_sees_what_was_submitted_only(world):
    world.application.state = "draft"
    world.application.save()
    client = world.client_as(world.user(world.province))
    assert client.get(f"/pilots/{world.application.pk}/").status_code == 404
