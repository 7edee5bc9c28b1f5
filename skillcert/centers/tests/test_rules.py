"""Rooms: set before seating, typed by their subjects, widened but never narrowed while seating runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from skillcert.centers import rules
from skillcert.centers.models import ExamCenter, ExamRoom
from skillcert.centers.states import CenterState, RoomState
from skillcert.kit.errors import Missing, NotAllowed, Refused
from skillcert.plans.models import ExamPlan, RoomType, Subject
from tests.world import WINDOWS, at

START, END = map(at, WINDOWS["seating"])
SECOND = timedelta(seconds=1)


def set_room(world, name="机房一", actor=None, plan=None, center=None, subjects=None, qualification=None, **values):
    return rules.set_room(
        actor=actor or world.officer, now=world.now, plan=plan or world.plan, center=center or world.center,
        qualification=qualification or world.qualification, subjects=subjects or [world.theory],
        values={"name": name, "capacity": 30, "place": "实训楼 301"} | values,
    )  # fmt: skip


def edit(world, room, subjects=None, actor=None, **values):
    return rules.edit_room(actor=actor or world.officer, now=world.now, room=room, values=values, subjects=subjects)


def delete(world, *rooms, actor=None):
    return rules.delete_rooms(actor=actor or world.officer, now=world.now, rooms=[room.pk for room in rooms])


# --- setting -----------------------------------------------------------------------------------------
@pytest.mark.rule("R137", "R138", "R140")
def test_a_room_has_seats_a_number_and_the_type_of_its_subject(world):
    first, second = set_room(world), set_room(world, "工位一", subjects=[world.practical], capacity=1)
    assert (first.number, first.capacity, first.room_type) == ("001", 30, RoomType.COMPUTER)
    assert (second.number, second.room_type) == ("002", RoomType.PRACTICAL)
    assert list(first.subjects.all()) == [world.theory] and first.institution == world.school


@pytest.mark.rule("R143")
def test_subjects_of_different_types_need_rooms_of_their_own(world):
    with pytest.raises(Refused, match=r"“理论知识”为机考、“实操考核”为实操.*请分科目创建不同的考场") as no:
        set_room(world, subjects=[world.theory, world.practical])
    assert no.value.field == "subjects"
    Subject.objects.filter(pk=world.practical.pk).update(room_type=RoomType.COMPUTER)
    both = list(Subject.objects.filter(qualification=world.qualification))
    assert set_room(world, subjects=both).subjects.count() == 2


@pytest.mark.rule("R141")
def test_a_name_is_once_in_plan_center_and_certificate(world):
    set_room(world)
    with pytest.raises(Refused, match="同一考试计划、考核站点、考核证书下已有同名考场"):
        set_room(world)
    assert set_room(world, plan=world.publish_plan("另一批")).number == "001"
    assert ExamRoom.objects.count() == 2


@pytest.mark.rule("R133", "R144")
def test_rooms_are_set_until_the_second_before_seating_begins(world):
    world.clock(START - SECOND)
    room = set_room(world)
    assert room.state(world.now) == RoomState.OPEN
    world.clock(START)
    with pytest.raises(Refused, match="排考已开始，考场须在排考开始前设置"):
        set_room(world, "机房二")


@pytest.mark.rule("R139")
def test_choices_follow_plan_then_center_then_certificate_and_subject(world):
    draft = world.publish_plan("草稿", state="draft")
    assert list(rules.plans_for_rooms(actor=world.officer, now=world.now)) == [world.plan]
    assert list(rules.centers_for_rooms(actor=world.officer, plan=world.plan)) == [world.center]
    assert list(rules.qualifications_for_rooms(plan=world.plan, center=world.center)) == [world.qualification]
    subjects = rules.subjects_for_rooms(plan=world.plan, qualification=world.qualification)
    assert set(subjects) == {world.theory, world.practical}
    with pytest.raises(Refused, match="该考试计划不在可选范围内"):
        set_room(world, plan=draft)


@pytest.mark.rule("R142")
def test_a_certificate_must_be_of_the_plan_and_of_the_center(world):
    other = world.center_of(world.school, qualification=world.other_qualification)
    assert other not in rules.centers_for_rooms(actor=world.officer, plan=world.plan)
    assert not rules.qualifications_for_rooms(plan=world.plan, center=other).exists()
    with pytest.raises(Refused, match="该证书不在所选考试计划与考核站点的范围内"):
        set_room(world, qualification=world.other_qualification)
    foreign = world.subject_of("别的科目", "X1", RoomType.COMPUTER, qualification=world.other_qualification)
    with pytest.raises(Refused, match="请选择此计划中该证书的考试科目"):
        set_room(world, subjects=[foreign])


@pytest.mark.rule("R119")
@pytest.mark.parametrize("state", [CenterState.DRAFT, CenterState.IN_REVIEW, CenterState.RETURNED])
def test_a_center_that_is_not_approved_has_no_rooms(world, state):
    ExamCenter.objects.filter(pk=world.center.pk).update(state=state)
    with pytest.raises(Refused, match="该考核站点未通过审核"):
        set_room(world)


def test_a_school_sets_rooms_of_its_own_center_only_and_the_body_of_its_plans(world):
    with pytest.raises(Refused, match="不是本单位"):
        set_room(world, actor=world.stranger)
    with pytest.raises(NotAllowed):
        set_room(world, actor=world.actor(world.school, "只读"))
    assert set_room(world, actor=world.examiner).institution == world.school
    with pytest.raises(Refused, match="不在可选范围内"):
        set_room(world, "机房二", actor=world.actor(world.other_body))


def test_a_host_that_the_plan_does_not_name_sets_rooms_for_its_guests(world):
    world.plan.institutions.remove(world.school)
    with pytest.raises(Refused, match="不在可选范围内"):
        set_room(world)
    world.lend(world.other_school)
    assert set_room(world).center == world.center


def test_a_room_has_at_least_one_seat(world):
    with pytest.raises(Refused, match="考位数至少为 1"):
        set_room(world, capacity=0)


# --- states by the clock -------------------------------------------------------------------------------
@pytest.mark.rule("R133", "R134", "R135")
@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (START - SECOND, RoomState.OPEN),
        (START, RoomState.SEATING),
        (END, RoomState.SEATING),
        (END + SECOND, RoomState.OVER),
    ],
)
def test_a_room_follows_the_seating_window_to_the_second(world, moment, state):
    room = world.room()
    assert room.state(moment) == state
    assert [s for s in RoomState if ExamRoom.objects.filter(ExamRoom.in_state(s, moment)).exists()] == [state]


# --- changing ------------------------------------------------------------------------------------------
@pytest.mark.rule("R149")
def test_before_seating_everything_changes(world):
    room = edit(
        world, world.room(), name="机房二", capacity=10, place="二楼", remark="靠窗", subjects=[world.practical]
    )
    assert (room.name, room.capacity, room.place, room.remark) == ("机房二", 10, "二楼", "靠窗")
    assert room.room_type == RoomType.PRACTICAL and list(room.subjects.all()) == [world.practical]
    plan = world.publish_plan("另一批")
    assert edit(world, room, plan=plan).plan == plan


@pytest.mark.rule("R150")
def test_while_seating_runs_seats_are_only_added(world):
    room = world.room()
    world.clock(START)
    assert edit(world, room, capacity=31, name=room.name).capacity == 31
    room.refresh_from_db()
    with pytest.raises(Refused, match="排考中考位数只能增加，不能少于现有的 31 个"):
        edit(world, room, capacity=30)
    for values in (
        {"name": "机房二"},
        {"place": "二楼"},
        {"capacity": 40, "remark": "x"},
        {"subjects": [world.practical]},
    ):
        with pytest.raises(Refused, match="只能增加考位数，其他内容不能修改"):
            edit(world, room, **values)
    assert ExamRoom.objects.get(pk=room.pk).capacity == 31


def test_after_seating_nothing_changes(world):
    room = world.room()
    world.clock(END + SECOND)
    for values in ({"capacity": 50}, {"name": "机房二"}):
        with pytest.raises(Refused, match="排考已结束，考场信息不能再修改"):
            edit(world, room, **values)


@pytest.mark.rule("R151")
def test_a_room_is_deleted_only_before_seating(world):
    first, second = world.room(), world.room("机房二")
    assert delete(world, first).done == [first.pk]
    world.clock(START)
    assert delete(world, second).refused == [(second.pk, "排考已开始或已结束，不能删除该考场")]
    assert list(ExamRoom.objects.all()) == [second]


def test_another_school_neither_changes_nor_deletes(world):
    room = world.room()
    with pytest.raises(Missing):
        edit(world, room, actor=world.stranger, name="x")
    assert delete(world, room, actor=world.stranger).done == []
    assert ExamRoom.objects.get(pk=room.pk).name == "机房一"


# --- reusing -------------------------------------------------------------------------------------------
@pytest.mark.rule("R136")
def test_rooms_of_an_earlier_plan_are_set_again_for_a_new_one(world):
    old = ExamPlan.objects.get(pk=world.plan.pk)
    rooms = [world.room(), world.room("工位一", world.practical), world.room("机房二")]
    plan = world.publish_plan("下一批")
    plan.sessions.filter(subject=world.practical).delete()
    world.room("机房二", plan=plan)

    def reuse(actor=world.officer):
        return rules.reuse_rooms(actor=actor, now=world.now, rooms=[room.pk for room in rooms], plan=plan)

    with pytest.raises(Refused, match="仅试点院校可用"):
        reuse(world.examiner)
    outcome = reuse()
    assert outcome.done == [rooms[0].pk]
    assert dict(outcome.refused)[rooms[1].pk] == "“下一批”不考核该考场的科目"
    assert "已有同名考场" in dict(outcome.refused)[rooms[2].pk]
    made = ExamRoom.objects.get(plan=plan, name="机房一")
    assert (made.capacity, made.place, made.number) == (30, "实训楼 301", "002")
    assert list(made.subjects.all()) == [world.theory] and old.rooms.count() == 3
    assert reuse(world.stranger).done == []
