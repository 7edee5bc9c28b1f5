"""A sheet of rooms: each row passes the same rule as one set by hand."""

from __future__ import annotations

import csv
import io

import pytest

from skillcert.centers.imports import RoomImport
from skillcert.centers.models import ExamRoom
from skillcert.kit.sheets import engine
from skillcert.kit.sheets.records import ImportMode, ImportRecord, parts_of


def staged(world, *changes, actor=None):
    base = {
        "考试计划": world.plan.name, "考核站点": world.center.name, "考试证书": "Web前端开发", "证书等级": "中级", "科目": "理论知识",
        "考场名称": "机房一", "考位数": "30", "地点": "实训楼 301", "备注": "",
    }  # fmt: skip
    file = io.StringIO()
    writer = csv.DictWriter(file, list(base))
    writer.writeheader()
    writer.writerows(base | change for change in changes)
    actor = actor or world.officer
    record = engine.open_draft(RoomImport, "考场.csv", file.getvalue().encode(), actor=actor, now=world.now)
    engine.stage(record, actor=actor, now=world.now)
    return record


def write(world, record):
    engine.claim(record, ImportMode.GOOD)
    engine.write(record, actor=world.officer, now=world.now)
    return ImportRecord.objects.get(pk=record.pk)


@pytest.mark.rule("R140", "R145", "R146")
def test_good_rooms_are_set_and_wrong_ones_come_back(world):
    world.room("机房九")
    record = staged(
        world, {}, {"考场名称": "机房二", "考位数": "12"}, {"考场名称": "机房三", "考位数": "0"}, {"考场名称": "机房九"},
        {"考场名称": "机房四", "科目": "口语"}, {"考场名称": "机房五", "科目": "理论知识、实操考核"}, {},
        {"考场名称": "机房六", "证书等级": "高级"},
    )  # fmt: skip
    found = {row.number: row.problems[0].sentence for part in parts_of(record) for row in part.rows() if row.problems}
    assert found[4] == "考位数至少为 1"
    assert "已有同名考场" in found[5]
    assert found[6] == "此计划中该证书没有科目“口语”，可选：理论知识、实操考核"
    assert "请分科目创建不同的考场" in found[7]
    assert found[8] == "与第 2 行重复"
    assert found[9] == "该站点考核的证书是“Web前端开发（中级）”"
    record = write(world, record)
    assert (record.succeeded, record.failed, record.user_label) == (2, 6, world.officer.label)
    rooms = ExamRoom.objects.exclude(name="机房九").order_by("number")
    assert [(r.name, r.capacity, r.room_type) for r in rooms] == [("机房一", 30, "computer"), ("机房二", 12, "computer")]


@pytest.mark.rule("R144")
def test_once_seating_has_begun_no_plan_can_be_named(world):
    world.clock("seating")
    record = staged(world, {})
    assert record.bad == 1 and not ExamRoom.objects.exists()
