"""The screens of centers and rooms."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from skillcert.centers.models import ExamRoom
from tests.world import WINDOWS, at

START = at(WINDOWS["seating"][0])


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def once(**data):
    return {"once": str(uuid.uuid4()), **data}


@pytest.fixture
def clerk(world):
    return world.client_as(world.officer)


def form(world, **more):
    return {
        "plan": world.plan.pk, "center": world.center.pk, "qualification": world.qualification.pk,
        "subjects": [world.theory.pk], "name": "机房一", "capacity": "30", "place": "实训楼 301", "remark": "",
    } | more  # fmt: skip


@pytest.mark.rule("R137", "R139", "R142")
def test_a_room_is_set_by_choosing_plan_center_certificate_subject(world, clerk):
    page = clerk.get("/rooms/new/")
    assert world.plan.name in text(page) and world.center.name not in text(page) and "考场类型随科目自动生成" in text(page)
    query = f"?refresh=1&plan={world.plan.pk}"
    assert world.center.name in text(clerk.get(f"/rooms/new/{query}"))
    query += f"&center={world.center.pk}"
    assert "Web前端开发" in text(clerk.get(f"/rooms/new/{query}"))
    assert "理论知识（机考）" in text(clerk.get(f"/rooms/new/{query}&qualification={world.qualification.pk}"))
    clerk.post("/rooms/new/", once(**form(world)))
    room = ExamRoom.objects.get()
    assert (room.room_type, list(room.subjects.all())) == ("computer", [world.theory])


@pytest.mark.rule("R141", "R143")
def test_a_second_room_of_the_name_and_mixed_subjects_are_refused_in_words(world, clerk):
    world.room()
    assert "已有同名考场" in text(clerk.post("/rooms/new/", once(**form(world))))
    mixed = clerk.post("/rooms/new/", once(**form(world, name="二", subjects=[world.theory.pk, world.practical.pk])))
    assert "请分科目创建不同的考场" in text(mixed) and ExamRoom.objects.count() == 1


@pytest.mark.rule("R148", "R149", "R151")
def test_before_seating_a_row_can_be_seen_edited_and_deleted(world, clerk):
    room = world.room()
    page = clerk.get("/rooms/").content.decode()
    for url in (f"/rooms/{room.pk}/", f"/rooms/{room.pk}/edit/", f"/rooms/delete/{room.pk}/"):
        assert url in page
    assert "实训楼 301" in text(clerk.get(f"/rooms/{room.pk}/"))
    clerk.post(f"/rooms/{room.pk}/edit/", once(version=room.version, **form(world, name="机房九", subjects=[world.practical.pk])))
    room.refresh_from_db()
    assert (room.name, room.room_type) == ("机房九", "practical")
    clerk.post(f"/rooms/delete/{room.pk}/", once())
    assert not ExamRoom.objects.exists()


@pytest.mark.rule("R134", "R150")
def test_while_seating_runs_the_form_holds_the_seats_alone(world, clerk):
    room = world.room()
    world.clock(START)
    page = clerk.get("/rooms/").content.decode()
    assert f"/rooms/{room.pk}/edit/" in page and f"/rooms/delete/{room.pk}/" not in page
    edit = clerk.get(f"/rooms/{room.pk}/edit/")
    assert 'name="capacity"' in edit.content.decode() and 'name="name"' not in edit.content.decode()
    less = clerk.post(f"/rooms/{room.pk}/edit/", once(version=room.version, capacity="29"))
    assert "排考中考位数只能增加" in text(less)
    clerk.post(f"/rooms/{room.pk}/edit/", once(version=room.version, capacity="31"))
    assert ExamRoom.objects.get().capacity == 31
    assert "当前没有可设置考场的考试计划" in text(clerk.get("/rooms/new/"))
    world.clock(at(WINDOWS["seating"][1]) + timedelta(seconds=1))
    assert f"/rooms/{room.pk}/edit/" not in clerk.get("/rooms/").content.decode()


@pytest.mark.rule("R136", "R145", "R147")
def test_the_list_has_the_buttons_of_the_manual_and_reuse_is_for_schools(world, clerk):
    room = world.room()
    page = text(clerk.get("/rooms/"))
    for label in ("设置考场", "批量导入考场信息", "导入记录", "批量导出考场信息", "沿用考场"):
        assert label in page
    plan = world.publish_plan("下一批")
    preview = clerk.post("/rooms/reuse/?list=centers.ExamRooms", {"keys": str(room.pk)}, follow=True)
    clerk.post(preview.redirect_chain[-1][0], once(plan=plan.pk))
    assert ExamRoom.objects.get(plan=plan).name == room.name
    body = world.client_as(world.examiner)
    assert "沿用考场" not in text(body.get("/rooms/")) and body.get(f"/rooms/reuse/{room.pk}/").status_code == 403


@pytest.mark.rule("R121", "R131", "R132")
def test_both_schools_read_an_allocation_and_the_borrower_sees_name_and_address_only(world, clerk):
    world.lend(world.other_school)
    borrower = world.client_as(world.stranger)
    for client in (clerk, borrower):
        page = text(client.get("/centers/allocations/"))
        assert world.other_school.name in page and world.center.name in page
    detail = text(borrower.get(f"/centers/{world.center.pk}/"))
    assert world.center.address in detail and world.center.phone not in detail and world.center.equipment not in detail
    assert world.center.name not in text(borrower.get("/centers/"))


@pytest.mark.rule("R126")
def test_ones_own_center_is_shown_in_full_and_a_strangers_not_at_all(world, clerk):
    assert world.center.equipment in text(clerk.get(f"/centers/{world.center.pk}/"))
    assert world.client_as(world.stranger).get(f"/centers/{world.center.pk}/").status_code == 404
    assert world.client_as(world.stranger).get(f"/rooms/{world.room().pk}/").status_code == 404
