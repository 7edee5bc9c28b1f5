"""Chapters 5.2.4 and 5.2.5: exam centers, allocations, rooms. Applying for a center comes later."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    ByClock,
    ChainedChoice,
    ChainedChoices,
    Choice,
    Col,
    DetailPage,
    Dialog,
    Figure,
    FormPage,
    Go,
    Group,
    KitForm,
    ListPage,
    Open,
    Search,
    State,
    StateTabs,
    Tab,
    TextField,
    When,
    clock_badge,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Badge, Card, Fact, Note
from skillcert.plans.models import ExamPlan, RoomType, Subject
from skillcert.qualifications.models import Qualification

from . import rules
from .imports import RoomImport
from .models import CenterAllocation, ExamCenter, ExamRoom
from .states import CENTER, ROOM_LOOK, CenterState, RoomState

CENTERS, ROOMS = "centers.ExamCenters", "centers.ExamRooms"


# --- 5.2.4 centers -------------------------------------------------------------------------------------
class ExamCenterDetail(DetailPage):
    """R126: 查看考核站点详细信息; a borrower sees name and address only (domain 1.3)."""

    manual, url, permission, title = "5.2.4.1", "centers/<int:pk>/", "centers.view", "考核站点"
    model, related, machine, back = ExamCenter, ("institution", "qualification", "awarding_body"), CENTER, CENTERS

    def subtitle_of(self, row: ExamCenter) -> str:
        return row.institution.name

    def cards(self, row: ExamCenter) -> list[Card]:
        named = (
            Fact("考核站点名称", row.name, wide=True), Fact("考核证书", str(row.qualification)),
            Fact("培训评价组织", row.awarding_body.name), Fact("地址", row.address, wide=True),
        )  # fmt: skip
        if self._borrows(row):
            return [Card("站点信息", facts=named)]
        return [
            Card("站点信息", facts=(
                *named, Fact("负责人", row.manager), Fact("联系电话", row.phone), Fact("考场数", f"{row.room_count:,}"),
                Fact("考位数", f"{row.seat_count:,}"), Fact("设备、网络与监控说明", row.equipment, wide=True),
            )),
        ]  # fmt: skip

    def events(self, row: ExamCenter) -> list[Any]:
        return [] if self._borrows(row) else super().events(row)

    def _borrows(self, row: ExamCenter) -> bool:
        return self.actor.organization_kind == "institution" and row.institution_id != self.actor.organization_id


class ExamCenters(ListPage):
    """5.2.4.1 考核站点申报: an institution's own centers, those an awarding body reviews, a province's."""

    manual, url, permission, title = "5.2.4.1", "centers/", "centers.view", "考核站点申报"
    model, related = ExamCenter, ("institution", "qualification", "awarding_body")
    columns = [
        Col("name", "考核站点名称", fixed=True), Col("institution__name", "院校", shown=False),
        Col("qualification", "考核证书", value=lambda row: str(row.qualification)), Col("awarding_body__name", "培训评价组织"),
        Col("address", "地址"), Figure("room_count", "考场数"), Figure("seat_count", "考位数"), State(CENTER),
    ]  # fmt: skip
    filters = [Search("考核站点名称", "name"), Choice("考核证书", "qualification", options=lambda page: qualifications_of(page))]
    tabs = StateTabs(CENTER)
    row = [Open(ExamCenterDetail)]
    nothing_yet = "还没有考核站点"

    def rows(self) -> QuerySet:
        """Borrowed centers stand in 考核站点分配查询, not among one's own."""
        if self.actor.organization_kind == "institution":
            return ExamCenter.objects.filter(institution=self.actor.organization_id)
        return ExamCenter.objects.all()


class CenterAllocations(ListPage):
    """5.2.4.2 考核站点分配查询 (R121, R131)."""

    manual, url, permission, title = "5.2.4.2", "centers/allocations/", "centers.view", "考核站点分配查询"
    model, related = CenterAllocation, ("plan", "institution", "qualification", "center", "awarding_body")
    columns = [
        Col("plan__name", "考试计划", fixed=True), Col("institution__name", "借考院校"),
        Col("qualification", "考核证书", value=lambda row: str(row.qualification)), Col("center__name", "考核站点"),
        Col("center__address", "站点地址"), Col("awarding_body__name", "培训评价组织", shown=False), Figure("head_count", "人数"),
        When("created_at", "分配时间"),
    ]  # fmt: skip
    filters = [
        Choice("考试计划", "plan", options=lambda page: plans_of(page)),
        Choice("考核证书", "qualification", options=lambda page: qualifications_of(page)),
    ]  # fmt: skip
    nothing_yet = "没有考核站点分配；如需借考，请线下向培训评价组织申请"


# --- 5.2.5 rooms ---------------------------------------------------------------------------------------
def plan_options(page: Any) -> QuerySet[ExamPlan]:
    return rules.plans_for_rooms(actor=page.actor, now=page.now)


def center_options(page: Any, plan: str) -> QuerySet[ExamCenter]:
    return rules.centers_for_rooms(actor=page.actor, plan=plan_options(page).get(pk=plan))


def qualification_options(page: Any, plan: str, center: str) -> QuerySet[Qualification]:
    found = plan_options(page).get(pk=plan)
    return rules.qualifications_for_rooms(plan=found, center=center_options(page, plan).get(pk=center))


def subject_options(page: Any, plan: str, center: str, qualification: str) -> list[tuple[int, str]]:
    found = plan_options(page).get(pk=plan)
    chosen = qualification_options(page, plan, center).get(pk=qualification)
    return [
        (subject.pk, f"{subject.name}（{subject.get_room_type_display()}）")
        for subject in rules.subjects_for_rooms(plan=found, qualification=chosen)
    ]


class RoomForm(KitForm):
    """R139, R142: plan, then center, then certificate and subjects; 考场类型 follows from the subjects (R140)."""

    plan = ChainedChoice("考试计划", options=plan_options)
    center = ChainedChoice("考核站点", options=center_options, after=["plan"])
    qualification = ChainedChoice("考试证书", options=qualification_options, after=["plan", "center"])
    subjects = ChainedChoices("科目", options=subject_options, after=["plan", "center", "qualification"])
    name = TextField(label="考场名称", max_length=40)
    capacity = forms.IntegerField(label="考位数", min_value=1, max_value=100_000)
    place = TextField(label="地点", max_length=80)
    remark = TextField(label="备注", max_length=120, required=False)

    def chosen(self) -> dict[str, Any]:
        """The rows that the keys name, and the room's own columns under ``values``."""
        data = self.cleaned_data
        return {
            "plan": ExamPlan.objects.get(pk=data["plan"]), "center": ExamCenter.objects.get(pk=data["center"]),
            "qualification": Qualification.objects.get(pk=data["qualification"]),
            "subjects": list(Subject.objects.filter(pk__in=data["subjects"])),
            "values": {name: data[name] for name in ("name", "capacity", "place", "remark")},
        }  # fmt: skip


class SetRoom(FormPage):
    """R137-R144: 设置考场."""

    manual, url, permission, title = "5.2.5", "rooms/new/", "rooms.edit", "设置考场"
    model, form, opens, size, icon, back = ExamRoom, RoomForm, "dialog", 760, "plus", ROOMS

    def make_form(self, data: Any = None) -> KitForm:
        self._form = super().make_form(data)
        return self._form

    def save(self, row: None, data: dict[str, Any]) -> ExamRoom:
        return rules.set_room(actor=self.actor, now=self.now, **self._form.chosen())  # type: ignore[attr-defined]

    def done(self, row: ExamRoom) -> str:
        return f"已设置考场“{row}”（{row.get_room_type_display()}，{row.capacity} 个考位），编号 {row.number}。"

    def notes(self, row: Any) -> list[Note]:
        if self.row is None and not plan_options(self).exists():
            return [Note("当前没有可设置考场的考试计划：计划须已发布、参考院校包含本院校、且排考尚未开始。", "wait")]
        return [Note("考场类型随科目自动生成。若考场不支持某科目的考试方式，请分科目创建不同的考场。")]


class CapacityForm(KitForm):
    """R150: 排考中只能修改考位数，且只能增加."""

    capacity = forms.IntegerField(label="考位数", min_value=1, max_value=100_000, help_text="排考中只能增加，不能减少")


class EditRoom(SetRoom):
    """R149: 未排考 everything; R150: 排考中 only more seats; nothing afterwards."""

    url, title, label, icon = "rooms/<int:pk>/edit/", "编辑考场", "编辑", "pencil"
    related = ("plan", "center", "qualification")
    guards = (rules.owned, rules.editable)

    @property
    def seating(self) -> bool:
        return self.row.state(self.now) == RoomState.SEATING

    def make_form(self, data: Any = None) -> KitForm:
        self.form = CapacityForm if self.seating else RoomForm  # type: ignore[misc]
        return super().make_form(data)

    def initial(self, row: ExamRoom) -> dict[str, Any]:
        found = {name: getattr(row, name) for name in ("name", "capacity", "place", "remark")}
        keys = {name: getattr(row, f"{name}_id") for name in ("plan", "center", "qualification")}
        return found | keys | {"subjects": list(row.subjects.values_list("pk", flat=True))}

    def save(self, row: ExamRoom, data: dict[str, Any]) -> ExamRoom:  # type: ignore[override]
        if self.seating:
            return rules.edit_room(actor=self.actor, now=self.now, room=row, values=data, version=self.version)
        chosen = self._form.chosen()  # type: ignore[attr-defined]
        subjects, values = chosen.pop("subjects"), chosen.pop("values")
        return rules.edit_room(
            actor=self.actor, now=self.now, room=row, values=values | chosen, subjects=subjects, version=self.version
        )

    def done(self, row: ExamRoom) -> str:
        return f"已保存考场“{row}”。"

    def notes(self, row: Any) -> list[Note]:
        return [Note("排考正在进行，只能增加考位数。", "wait")] if self.seating else super().notes(row)


class DeleteRooms(Dialog):
    """R151."""

    manual, url, permission, title = "5.2.5", "rooms/delete/", "rooms.edit", "删除考场"
    label, unit, model, guards, final, icon, back = "删除", "个考场", ExamRoom, (rules.owned, rules.before_seating), True, "trash", ROOMS

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_rooms(actor=self.actor, now=self.now, rooms=rows)


class ReuseForm(KitForm):
    plan = ChainedChoice("沿用到考试计划", options=plan_options)


class ReuseRooms(Dialog):
    """R136: 延用之前的考场设置记录（仅试点院校）."""

    manual, url, permission, title = "5.2.5", "rooms/reuse/", "rooms.edit", "沿用考场"
    label, unit, model, form, icon, back = "沿用", "个考场", ExamRoom, ReuseForm, "copy", ROOMS
    guards = (rules.reusable,)
    kinds = ("institution",)  # 仅试点院校

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        plan = ExamPlan.objects.get(pk=data["plan"])
        return rules.reuse_rooms(actor=self.actor, now=self.now, rooms=rows, plan=plan)

    def notes(self) -> list[Note]:
        return [Note("把所选考场的名称、考位数、地点和科目复制到新的考试计划；新计划不考核的科目不复制。")]


class ImportRooms(ImportPage):
    """R145."""

    manual, url, title, label = "5.2.5", "rooms/import/", "批量导入考场信息", "导入"
    spec, back, records = RoomImport, ROOMS, "centers.RoomImports"


class RoomImports(ImportRecordList):
    """R146."""

    manual, url, permission, title, label = "5.2.5", "rooms/imports/", "rooms.view", "考场导入记录", "导入记录"
    pages = [ImportRooms]


class ExamRoomDetail(DetailPage):
    """R148: 查看考场详细信息."""

    manual, url, permission, title = "5.2.5", "rooms/<int:pk>/", "rooms.view", "考场"
    model, related, back = ExamRoom, ("plan", "center", "qualification", "institution"), ROOMS
    acts = [Act(DeleteRooms, danger=True), Act(EditRoom, primary=True)]

    def subtitle_of(self, row: ExamRoom) -> str:
        return row.plan.name

    def badge(self, row: ExamRoom) -> Badge:
        return clock_badge(row.state(self.now), ROOM_LOOK)

    def cards(self, row: ExamRoom) -> list[Card]:
        subjects = "、".join(row.subjects.values_list("name", flat=True))
        return [Card("考场信息", facts=(
            Fact("考场名称", row.name), Fact("考场编号", row.number), Fact("考场类型", row.get_room_type_display()),
            Fact("考位数", f"{row.capacity:,}"), Fact("考试计划", row.plan.name), Fact("考核站点", row.center.name),
            Fact("考试证书", str(row.qualification)), Fact("科目", subjects), Fact("地点", row.place), Fact("备注", row.remark),
            Fact("排考时间", f"{_minute(row.plan.seating_start)} 至 {_minute(row.plan.seating_end)}"),
        ))]  # fmt: skip


def plans_of(page: ListPage) -> QuerySet[ExamPlan]:
    return ExamPlan.objects.filter(pk__in=page.visible.order_by().values("plan")).order_by("-year", "-pk")


def qualifications_of(page: ListPage) -> QuerySet[Qualification]:
    used = page.visible.order_by().values("qualification")
    return Qualification.objects.filter(pk__in=used).order_by("name", "grade")


class ExamRooms(ListPage):
    """5.2.5 考场管理."""

    manual, url, permission, title = "5.2.5", "rooms/", "rooms.view", "考场管理"
    model, related = ExamRoom, ("plan", "center", "qualification", "institution")
    columns = [
        Col("name", "考场名称", fixed=True), Col("number", "考场编号"), Col("plan__name", "考试计划"), Col("center__name", "考核站点"),
        Col("qualification", "考试证书", value=lambda row: str(row.qualification), shown=False),
        Col("grade", "证书等级", value=lambda row: row.qualification.get_grade_display(), shown=False),
        Col("subjects", "科目", value=lambda row: "、".join(subject.name for subject in row.subjects.all())),
        Col("room_type", "考场类型"), Figure("capacity", "考位数"), Col("place", "地点"), Col("remark", "备注", shown=False),
        Col("institution__name", "院校", shown=False), ByClock(lambda row, now: row.state(now), ROOM_LOOK),
    ]  # fmt: skip
    filters = [
        Search("考场名称", "name"), Choice("考试计划", "plan", options=plans_of),
        Choice("考试证书", "qualification", options=qualifications_of),
        Choice("考场类型", "room_type", options=lambda page: RoomType.choices),
    ]  # fmt: skip
    tabs = [Tab(str(state.label), lambda now, state=state: ExamRoom.in_state(state, now), state.value) for state in RoomState]
    row = [Open(ExamRoomDetail), Act(EditRoom), Act(DeleteRooms, danger=True)]
    batch = [Batch(ReuseRooms), Batch(DeleteRooms, "批量删除", danger=True)]
    header = [
        Go(SetRoom, primary=True), Group("批量导入考场信息", [Go(ImportRooms), Go(RoomImports)], "file-import"),
        Export("批量导出考场信息"), Batch(ReuseRooms, "沿用考场"),
    ]  # fmt: skip
    nothing_yet = "还没有考场"

    def rows(self) -> QuerySet:
        return ExamRoom.objects.prefetch_related("subjects")

    def notes(self) -> list[Note]:
        """R144: what waits for its rooms, and until when."""
        if self.actor.organization_kind != "institution" or not self.actor.may("rooms.edit"):
            return []
        own = ExamCenter.objects.filter(institution=self.actor.organization_id, state=CenterState.APPROVED)
        plans = plan_options(self).filter(
            Q(offers__qualification__in=own.values("qualification")), ~Q(pk__in=self.visible.order_by().values("plan"))
        )
        found = [f"“{plan}”须在 {_minute(plan.seating_start)} 前设置" for plan in plans.order_by(F("seating_start")).distinct()[:3]]
        return [Note("还没有考场的计划：" + "，".join(found), "wait")] if found else []


def _minute(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
