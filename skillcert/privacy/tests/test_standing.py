"""Who is late with the answers: counts for the province and the platform, no person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from lxml import html

from skillcert.orgs.models import Organization, Province
from skillcert.privacy import rules
from skillcert.privacy.models import PersonalRequest, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world):
    """Two of world.school, one of them late, and one of another school that was answered."""
    candidate = world.candidate(name="周若溪")
    for wish in (Wish.COPY, Wish.CORRECT):
        rules.register_in_person(actor=world.officer, now=world.now, candidate=candidate, wish=wish, text="请更正姓名")
    PersonalRequest.objects.filter(wish=Wish.COPY).update(due_at=world.now - timedelta(days=1))
    other = rules.register_in_person(
        actor=world.stranger, now=world.now, candidate=world.candidate(institution=world.other_school), wish=Wish.COPY, text=""
    )
    PersonalRequest.objects.filter(pk=other.pk).update(state="done")


def rows_of(client, url: str = "/privacy/standing/") -> dict[str, list[str]]:
    page = html.fromstring(client.get(url).content)
    lines = [[re.sub(r"\s+", " ", cell.text_content()).strip() for cell in row.xpath("./td")] for row in page.xpath("//tbody/tr")]
    return {next(cell for cell in line if cell): line for line in lines}


def test_the_province_sees_who_is_late_and_nobody_who_asked(world, asked):
    client = world.client_as(world.actor(world.province))
    found = rows_of(client)
    assert found[world.school.name][2:4] == ["2", "1"] and found[world.other_school.name][2:6:3] == ["0", "1"]
    assert list(rows_of(client, "/privacy/standing/?tab=late")) == [world.school.name]
    page = client.get("/privacy/standing/").content.decode()
    assert "周若溪" not in page and "请更正姓名" not in page
    assert "院校答复个人信息申请已逾期" in client.get("/desk/").content.decode()


def test_another_province_sees_none_of_it_and_the_platform_all(world, asked):
    other = Province.objects.create(kind="province", name="海东省教育厅", province_code="44")
    assert world.school.name not in rows_of(world.client_as(world.user(other)))
    platform = Organization.objects.create(kind="platform", name="平台")
    assert set(rows_of(world.client_as(world.user(platform, "目录与机构")))) == {world.school.name, world.other_school.name}
    assert world.client_as(world.officer).get("/privacy/standing/").status_code == 403
