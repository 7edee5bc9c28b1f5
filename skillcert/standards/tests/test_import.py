"""Both kinds of standards from a sheet: drafts of the awarding body, checked row by row."""

from __future__ import annotations

import pytest

from skillcert.kit.audit import AuditEntry
from skillcert.standards.imports import CenterStandardImport, SkillStandardImport
from skillcert.standards.models import CenterStandard, SkillStandard
from skillcert.standards.states import StandardState
from tests.sheets import uploaded

SKILL, CENTER = "/standards/skill/import/", "/standards/center/import/"


@pytest.fixture
def drafter(world):
    return world.client_as(world.user(world.body, "标准与证书"))


def test_skill_standards_come_in_as_drafts_and_a_bare_name_means_all_its_levels(world, drafter):
    advanced = world.qualification_of("Web前端开发", 101, 3)
    there = uploaded(
        drafter, SKILL, SkillStandardImport,
        ["s102", "前端标准", "2026 年版", "2026/9/1", "Web前端开发", "面向前端"],
        ["S103", "中级标准", "1.0", "", "Web前端开发（中级）", ""],
        ["S104", "别家标准", "1.0", "", "物流管理（高级）", ""], ["S105", "", "1.0", "明天", "Web前端开发", ""],
    )  # fmt: skip
    page = drafter.get(there).content.decode()
    for sentence in ("本单位没有证书“物流管理（高级）”", "标准名称不能为空", "应为日期"):
        assert sentence in page
    drafter.post(there, {"strategy": "good", "act": "next"})
    first, second = SkillStandard.objects.order_by("code")
    assert (first.code, str(first.start_date), first.state, first.description) == ("S102", "2026-09-01", StandardState.DRAFT, "面向前端")
    assert set(first.qualifications.all()) == {world.qualification, advanced}
    assert second.awarding_body_id == world.body.pk and list(second.qualifications.all()) == [world.qualification]
    assert AuditEntry.objects.filter(action="standards.create").count() == 2
    again = drafter.get(uploaded(drafter, SKILL, SkillStandardImport, ["S102", "前端标准", "2026 年版", "", "Web前端开发", ""]))
    assert "本单位已有同一标准编码和版本的标准" in again.content.decode()
    assert "批量新增" in drafter.get("/standards/skill/").content.decode()


def test_center_standards_come_in_as_drafts_of_one_qualification_each(world, drafter):
    world.center_standard()
    whole = ["机房两间", "工位 80 个", "考评员 4 人"]
    there = uploaded(
        drafter, CENTER, CenterStandardImport,
        [str(world.qualification), "建设标准", "2026 年版", "", *whole], [str(world.qualification), "建设标准", "1.0", "", *whole],
        ["Web前端开发（高级）", "建设标准", "1.0", "", *whole], [str(world.qualification), "建设标准", "3.0", "", "机房", "", "考评员"],
    )  # fmt: skip
    page = drafter.get(there).content.decode()
    assert "不在可选项中" in page and "设备要求不能为空" in page
    assert "该证书已有同一版本的考核站点建设标准" in drafter.get(f"{there}?tab=skip").content.decode()
    drafter.post(there, {"strategy": "good", "act": "next"})
    made = CenterStandard.objects.get(edition="2026 年版")
    assert (made.qualification, made.state, made.venue) == (world.qualification, StandardState.DRAFT, "机房两间")
    assert CenterStandard.objects.count() == 2


def test_no_other_side_imports_standards(world):
    for actor in (world.officer, world.actor(world.province)):
        client = world.client_as(actor)
        assert [client.get(url).status_code for url in (SKILL, CENTER)] == [403, 403]
        assert "批量新增" not in client.get("/standards/skill/").content.decode()
