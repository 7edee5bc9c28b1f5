"""Chapter 5.2.5: the rooms of a plan at an exam center. Centers themselves are applied for in 5.2.4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.numbers import take
from skillcert.kit.rows import NOBODY, in_scope
from skillcert.kit.states import Guard
from skillcert.plans.models import ExamPlan, Subject
from skillcert.plans.rules import invited
from skillcert.plans.states import PlanState
from skillcert.qualifications.models import Qualification

from .models import CenterAllocation, ExamCenter, ExamRoom
from .states import CenterState, RoomState

declare({
    "centers.room_set": "设置考场", "centers.room_edited": "修改考场", "centers.room_deleted": "删除考场",
    "centers.rooms_imported": "批量导入考场信息",
})  # fmt: skip

MOST_ROOMS = 999
TOO_LATE = "排考已开始，考场须在排考开始前设置；请联系培训评价组织"

before_seating = Guard(lambda actor, now: ExamRoom.in_state(RoomState.OPEN, now), "排考已开始或已结束，不能删除该考场")
editable = Guard(lambda actor, now: ~ExamRoom.in_state(RoomState.OVER, now), "排考已结束，考场信息不能再修改")
all_editable = Guard(
    lambda actor, now: ExamRoom.in_state(RoomState.OPEN, now), "排考已开始，只能增加考位数，其他内容不能修改"
)


def own_rooms(actor: Actor, now: datetime) -> Q:
    """The rooms an actor may change: those of its own center; the awarding body those of its plans."""
    if actor.organization_kind == "institution":
        return Q(institution=actor.organization_id)
    return Q(awarding_body=actor.organization_id) if actor.organization_kind == "awarding_body" else NOBODY


def _of_an_institution(actor: Actor, now: datetime) -> Q:
    return Q(institution=actor.organization_id) if actor.organization_kind == "institution" else NOBODY


reusable = Guard(_of_an_institution, "沿用考场仅试点院校可用")
owned = Guard(own_rooms, "只能修改本院校考核站点的考场")


# --- what may be chosen, in the order of R139 ----------------------------------------------------------
def plans_for_rooms(*, actor: Actor, now: datetime) -> QuerySet[ExamPlan]:
    """R133, R144: published plans whose seating has not begun; for an institution those that name it, or borrow from it."""
    plans = ExamPlan.objects.filter(state=PlanState.PUBLISHED, seating_start__gt=now).order_by("-year", "-id")
    match actor.organization_kind:
        case "institution":
            lent = CenterAllocation.objects.filter(center__institution=actor.organization_id).values("plan")
            return plans.filter(Q(pk__in=invited(actor.organization_id)) | Q(pk__in=lent))
        case "awarding_body":
            return plans.filter(awarding_body=actor.organization_id)
    return plans.filter(NOBODY)


def centers_for_rooms(*, actor: Actor, plan: ExamPlan) -> QuerySet[ExamCenter]:
    """R119: approved centers for a certificate of the plan; an institution sets the rooms of its own."""
    centers = ExamCenter.objects.filter(
        state=CenterState.APPROVED, qualification__in=plan.offers.values("qualification")
    ).order_by("name")
    match actor.organization_kind:
        case "institution":
            return centers.filter(in_scope(actor), institution=actor.organization_id)
        case "awarding_body":
            return centers.filter(awarding_body=actor.organization_id)
    return centers.filter(NOBODY)


def qualifications_for_rooms(*, plan: ExamPlan, center: ExamCenter) -> QuerySet[Qualification]:
    """R142: 考试证书的选择项，是由已选择的考试计划、考核站点共同过滤筛选得到."""
    return Qualification.objects.filter(pk=center.qualification_id, pk__in=plan.offers.values("qualification"))


def subjects_for_rooms(*, plan: ExamPlan, qualification: Qualification) -> QuerySet[Subject]:
    """The subjects of the certificate that the plan examines."""
    sessions = plan.sessions.filter(qualification=qualification).values("subject")
    return Subject.objects.filter(pk__in=sessions).order_by("code")


# --- setting and changing ------------------------------------------------------------------------------
def set_room(
    *,
    actor: Actor,
    now: datetime,
    plan: ExamPlan,
    center: ExamCenter,
    qualification: Qualification,
    subjects: Sequence[Subject],
    values: dict[str, Any],
) -> ExamRoom:
    """R137-R144: a room with its seats; the type comes from the subjects (R140), the name is unique in plan, center and
    certificate (R141). ``values``: name, capacity, place, remark. Raises ``Refused`` at the field.
    """
    actor.need("rooms.edit")
    room_type = _checked_choice(actor, now, plan, center, qualification, subjects)
    with transaction.atomic():
        room = ExamRoom(
            plan=plan, center=center, qualification=qualification, institution_id=center.institution_id,
            awarding_body_id=center.awarding_body_id, number=_room_number(plan, center), room_type=room_type, **values,
        )  # fmt: skip
        gate.create(room, actor=actor, may="rooms.edit", action="centers.room_set")
        room.subjects.set(subjects)
    return room


def _checked_choice(
    actor: Actor,
    now: datetime,
    plan: ExamPlan,
    center: ExamCenter,
    qualification: Qualification,
    subjects: Sequence[Subject],
) -> str:
    """The room's type, when plan, center, certificate and subjects fit together; raises ``Refused`` at the field."""
    if not plans_for_rooms(actor=actor, now=now).filter(pk=plan.pk).exists():
        seen = ExamPlan.visible_to(actor).filter(pk=plan.pk, state=PlanState.PUBLISHED, seating_start__lte=now).exists()
        raise Refused(TOO_LATE if seen else "该考试计划不在可选范围内：须已发布且参考院校包含本院校", field="plan")
    if not centers_for_rooms(actor=actor, plan=plan).filter(pk=center.pk).exists():
        raise Refused("该考核站点未通过审核，或不是本单位在此计划中的考核站点", field="center")
    if not qualifications_for_rooms(plan=plan, center=center).filter(pk=qualification.pk).exists():
        raise Refused("该证书不在所选考试计划与考核站点的范围内", field="qualification")
    keys = [subject.pk for subject in subjects]
    if not keys or subjects_for_rooms(plan=plan, qualification=qualification).filter(pk__in=keys).count() != len(keys):
        raise Refused("请选择此计划中该证书的考试科目", field="subjects")
    return _type_of(subjects)


def _type_of(subjects: Sequence[Subject]) -> str:
    """R140, R143: the one type of all subjects; 若不支持请分科目创建不同的考场."""
    types = {subject.room_type: subject for subject in subjects}
    if len(types) > 1:
        named = "、".join(f"“{subject.name}”为{subject.get_room_type_display()}" for subject in types.values())
        raise Refused(f"所选科目的考场类型不同（{named}），请分科目创建不同的考场", field="subjects")
    return next(iter(types))


def _room_number(plan: ExamPlan, center: ExamCenter) -> str:
    """考场编号: three digits within the plan and center, in the caller's transaction."""
    used = (
        ExamRoom.objects.filter(plan=plan, center=center).order_by("-number").values_list("number", flat=True).first()
    )
    series = f"room:{plan.pk}:{center.pk}"
    number = take(series)[0]
    if used and number <= int(used):
        number = take(series, int(used) - number + 1)[-1]
    if number > MOST_ROOMS:
        raise Refused(f"一个考核站点在一个计划中最多设置 {MOST_ROOMS} 个考场")
    return f"{number:03d}"


def edit_room(
    *,
    actor: Actor,
    now: datetime,
    room: ExamRoom,
    values: dict[str, Any],
    subjects: Sequence[Subject] | None = None,
    version: int | None = None,
) -> ExamRoom:
    """R149: 未排考: everything; R150: 排考中: 考位数 only, and only a larger one; afterwards nothing [assumption].

    ``values``: name, capacity, place, remark, and before seating also plan, center, qualification.
    """
    if not ExamRoom.visible_to(actor).filter(pk=room.pk).exists():
        raise Missing()
    changes = {name: value for name, value in values.items() if getattr(room, name) != value}
    guards = [owned, editable]
    if "capacity" in changes and room.state(now) == RoomState.SEATING:
        guards.append(
            Guard(Q(capacity__lt=changes["capacity"]), f"排考中考位数只能增加，不能少于现有的 {room.capacity} 个")
        )
    others = set(changes) - {"capacity"} or (subjects is not None and set(subjects) != set(room.subjects.all()))
    if others:
        guards.append(all_editable)
    with transaction.atomic():
        if others and room.state(now) == RoomState.OPEN:
            changes |= _placed(actor, now, room, changes, subjects)
        return gate.edit(
            room, changes, actor=actor, may="rooms.edit", action="centers.room_edited", now=now, version=version, guards=guards,
            beside=lambda fresh: fresh.subjects.set(subjects) if subjects is not None else None,
        )  # fmt: skip


def _placed(
    actor: Actor, now: datetime, room: ExamRoom, changes: dict[str, Any], subjects: Sequence[Subject] | None
) -> dict[str, Any]:
    """What follows when a room changes its plan, center or subjects: type, owners and number."""
    plan, center = changes.get("plan", room.plan), changes.get("center", room.center)
    qualification = changes.get("qualification", room.qualification)
    chosen = list(room.subjects.all()) if subjects is None else subjects
    found: dict[str, Any] = {"room_type": _checked_choice(actor, now, plan, center, qualification, chosen)}
    if (plan, center) != (room.plan, room.center):
        found |= {
            "number": _room_number(plan, center), "institution": center.institution, "awarding_body": center.awarding_body
        }  # fmt: skip
    return found


def delete_rooms(*, actor: Actor, now: datetime, rooms: QuerySet[ExamRoom] | Iterable[int]) -> Outcome:
    """R151: 对于未排考的考场信息，可以删除该考场信息数据."""

    def unlink(keys: list[int], rows: dict[int, ExamRoom]) -> None:
        ExamRoom.subjects.through.objects.filter(examroom__in=keys).delete()

    return gate.delete_many(
        ExamRoom, rooms, actor=actor, may="rooms.edit", action="centers.room_deleted", now=now,
        guards=(owned, before_seating), beside=unlink,
    )  # fmt: skip


def reuse_rooms(*, actor: Actor, now: datetime, rooms: QuerySet[ExamRoom] | Iterable[int], plan: ExamPlan) -> Outcome:
    """R136: 延用之前的考场设置记录（仅试点院校）. Copies rooms of earlier plans into ``plan``; subjects are checked again,
    those that the plan does not examine are left out. ``done`` are the keys of the rooms copied from.
    """
    actor.need("rooms.edit")
    if actor.organization_kind != "institution":
        raise Refused("沿用考场仅试点院校可用")
    outcome = Outcome()
    for keys in gate.chunks(rooms, 200):
        found = (
            ExamRoom.visible_to(actor).filter(pk__in=keys).select_related("center", "qualification").order_by("number")
        )
        for room in found:
            try:
                _copy_room(actor, now, room, plan)
                outcome.done.append(room.pk)
            except Refused as no:
                outcome.refused.append((room.pk, no.sentence))
    return outcome


def _copy_room(actor: Actor, now: datetime, room: ExamRoom, plan: ExamPlan) -> None:
    if room.plan_id == plan.pk:
        raise Refused("该考场已在所选考试计划中")
    here = subjects_for_rooms(plan=plan, qualification=room.qualification)
    subjects = list(here.filter(pk__in=room.subjects.values("pk")))
    if not subjects:
        raise Refused(f"“{plan}”不考核该考场的科目")
    values = {name: getattr(room, name) for name in ("name", "capacity", "place", "remark")}
    set_room(
        actor=actor,
        now=now,
        plan=plan,
        center=room.center,
        qualification=room.qualification,
        subjects=subjects,
        values=values,
    )
