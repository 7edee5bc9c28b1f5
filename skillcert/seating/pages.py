"""Chapter 5.2.8: 考核站点编排, 考场编排, 排考明细."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpResponseBase
from django.utils.timezone import localtime

from skillcert.kit.crypto import mask_id
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    ByClock,
    Choice,
    Col,
    DetailPage,
    Dialog,
    Download,
    Exact,
    Figure,
    IdNumber,
    ListPage,
    Made,
    Masked,
    Open,
    Page,
    Search,
    Tab,
    clock_badge,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.acts import BatchOrAll
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Fact, Note, RowView, Table
from skillcert.kit.states import Guard
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.plans.states import PlanState
from skillcert.registrations.models import Registration

from . import papers, rules
from .models import RoomArrangement, Seat, SubjectArrangement
from .states import ARRANGEMENT_LOOK, ArrangementState, arrangement_state, in_arrangement_state

ROOMS, SEATS, SUBJECTS = "seating.RoomArrangements", "seating.Seats", "seating.SubjectArrangements"



IN_WINDOW = Guard(
    lambda actor, now: Q(plan__in=ExamPlan.within("seating", now).filter(awarding_body=actor.organization_id).values("pk")),
    "不在排考时间内，或不是本组织的考试计划",
)
UNSEATED_LEFT = Guard(Q(seated__lt=F("registered")), "该科目已全部排完")
SOME_SEATED = Guard(Q(seated__gt=0), "该科目还没有排考")


def plan_choices(page: ListPage) -> QuerySet[ExamPlan]:
    return ExamPlan.objects.filter(pk__in=page.visible.order_by().values("plan")).order_by("-year", "-pk")


# --- 5.2.8.1 -------------------------------------------------------------------------------------------------


class SubjectArrangementDetail(DetailPage):
    """R185: the centers of a subject, how many sit at each."""

    manual, url, permission, title = "5.2.8.1", "seating/subjects/<int:pk>/", "seating.view", "考点编排明细"
    model, related, back = SubjectArrangement, ("plan", "subject", "qualification"), SUBJECTS

    def subtitle_of(self, row: SubjectArrangement) -> str:
        return f"{row.plan} · {row.qualification}"

    def badge(self, row: SubjectArrangement) -> Badge:
        return clock_badge(arrangement_state(row, self.now), ARRANGEMENT_LOOK)

    def cards(self, row: SubjectArrangement) -> list[Card]:
        facts = (
            Fact("考试时间", f"{localtime(row.start):%Y-%m-%d %H:%M} 至 {localtime(row.end):%H:%M}"),
            Fact("排考时间", f"{plain_text(row.plan.seating_start)} 至 {plain_text(row.plan.seating_end)}"),
            Fact("报考人数", f"{row.registered:,}"), Fact("已排人数", f"{row.seated:,}"),
        )  # fmt: skip
        return [Card("科目", facts=facts), Card("考点编排", table=self._centers(row))]

    def _centers(self, row: SubjectArrangement) -> Table:
        found = RoomArrangement.visible_to(self.actor).filter(session=row.pk, occupied__gt=0)
        centers = found.values("center__name", "center__address").annotate(rooms=Count("pk"), seated=Sum("occupied"))
        columns = (
            ColumnView("c", "考核站点"), ColumnView("a", "地址"), ColumnView("r", "考场数", "right"),
            ColumnView("s", "已排人数", "right"),
        )  # fmt: skip
        return Table(columns, tuple(
            RowView(str(n), one["center__name"], (
                one["center__name"], one["center__address"], str(one["rooms"]), f"{one['seated']:,}",
            ))  # type: ignore[arg-type]
            for n, one in enumerate(centers.order_by("center__name"))
        ), empty="还没有排考")  # fmt: skip


class RoomsOfSubject(Page):
    """R186: the rooms of this subject, in the list of 考场编排."""

    manual, url, permission, title = "5.2.8.1", "seating/subjects/<int:pk>/rooms/", "seating.view", "查看考场编排"

    def get(self) -> HttpResponseBase:
        if not SubjectArrangement.visible_to(self.actor).filter(pk=self.where["pk"]).exists():
            raise Missing()
        return self.redirect(f"{url_of(ROOMS)}?session={self.where['pk']}")


class SeatSubjects(Dialog):
    """R181-R183: everybody of these subjects who has no seat yet gets one."""

    manual, url, permission, title = "5.2.8.1", "seating/subjects/seat/", "seating.edit", "排考"
    label, unit, model, back = "排考", "个科目", SubjectArrangement, SUBJECTS
    guards = [IN_WINDOW, UNSEATED_LEFT]

    def facts(self, row: SubjectArrangement) -> list[Fact]:
        return [Fact("报考人数", f"{row.registered:,}"), Fact("待排人数", f"{row.registered - row.seated:,}")]

    def notes(self) -> list[Note]:
        return [Note("按考核站点、考场编号依次排座；借考考生排入分配的站点。重复排考只安排尚未排座的考生。")]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        outcome, self.left, self.given = Outcome(), Counter(), 0
        for session in rules.sessions_to_seat(self.actor, rows.values_list("pk", flat=True)):
            seating = rules.seat_session(actor=self.actor, now=self.now, session=session)
            self.given += seating.seated
            self.left.update(dict(seating.reasons()))
            outcome.done.append(session.pk)
        return outcome

    def done(self, count: int) -> str:
        left = "；".join(f"{number:,} 人{sentence}" for sentence, number in self.left.most_common())
        return f"已排 {self.given:,} 人。" + (f"未排：{left}。" if left else "")


class UndoSeating(Dialog):
    """Inside the window the seats of a subject can be taken back; ticket numbers stay."""

    manual, url, permission, title = "5.2.8.1", "seating/subjects/undo/", "seating.edit", "撤销排考"
    label, unit, model, back, guards = "撤销排考", "个科目", SubjectArrangement, SUBJECTS, [IN_WINDOW, SOME_SEATED]

    def warning(self) -> Note:
        return Note("座位全部收回，可重新排考；准考证号不变，已下载的考务材料作废。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        outcome = Outcome()
        for session in rules.sessions_to_seat(self.actor, rows.values_list("pk", flat=True)):
            rules.undo_session(actor=self.actor, now=self.now, session=session)
            outcome.done.append(session.pk)
        return outcome


class SubjectArrangements(ListPage):
    """5.2.8.1 考核站点编排: R180 every subject of a published plan."""

    manual, url, permission, title = "5.2.8.1", "seating/subjects/", "seating.view", "考核站点编排"
    model, related = SubjectArrangement, ("plan", "subject", "qualification")
    columns = [
        Col("plan__name", "考试计划"), Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("subject__name", "科目", fixed=True), Col("subject__room_type", "考场类型"),
        Col("time", "考试时间", value=lambda row: f"{localtime(row.start):%Y-%m-%d %H:%M}–{localtime(row.end):%H:%M}"),
        Figure("registered", "报考人数"), Figure("seated", "已排人数"),
        ByClock(arrangement_state, ARRANGEMENT_LOOK),
    ]  # fmt: skip
    filters = [Choice("考试计划", "plan", options=plan_choices), Search("科目", "subject__name")]
    tabs = [
        Tab(str(state.label), lambda now, state=state: in_arrangement_state(state, now), state.value)
        for state in ArrangementState
    ]
    row = [
        Open(SubjectArrangementDetail), Act(RoomsOfSubject), Act(SeatSubjects), Act(UndoSeating, danger=True),
    ]  # fmt: skip
    batch = [Batch(SeatSubjects, "排考")]
    header = [Batch(SeatSubjects, "排考", primary=True), Export("批量导出考场编排明细")]
    order = ("-start",)

    def rows(self) -> QuerySet:
        return SubjectArrangement.objects.filter(plan__state=PlanState.PUBLISHED)


# --- 5.2.8.2 -------------------------------------------------------------------------------------------------


class RoomArrangementDetail(DetailPage):
    """R189: who sits where; the host sees names and masked numbers, never phones."""

    manual, url, permission, title = "5.2.8.2", "seating/rooms/<int:pk>/", "seating.view", "考点编排详情"
    model, related, back = RoomArrangement, ("plan", "session__subject", "room", "center", "qualification"), ROOMS

    def subtitle_of(self, row: RoomArrangement) -> str:
        return f"{row.plan} · {row.qualification}"

    def cards(self, row: RoomArrangement) -> list[Card]:
        facts = (
            Fact("考核站点", row.center.name), Fact("地址", row.center.address), Fact("考场", f"{row.room.number} {row.room}"),
            Fact("地点", row.room.place), Fact("科目", str(row.session)),
            Fact("考试时间", f"{localtime(row.session.start):%Y-%m-%d %H:%M} 至 {localtime(row.session.end):%H:%M}"),
            Fact("考位数", f"{row.room.capacity:,}"), Fact("已排人数", f"{row.occupied:,}"),
        )  # fmt: skip
        return [Card("考场", facts=facts), Card("座位", table=self._seats(row))]

    def _seats(self, row: RoomArrangement) -> Table:
        seats = row.seats.select_related("registration__institution").order_by("number")
        columns = (
            ColumnView("n", "座位号", "right"), ColumnView("t", "准考证号"), ColumnView("p", "姓名"), ColumnView("i", "身份证号"),
            ColumnView("s", "院校"),
        )  # fmt: skip
        return Table(columns, tuple(
            RowView(str(seat.pk), seat.registration.name, (
                f"{seat.number:02d}", seat.registration.ticket_number, seat.registration.name,
                mask_id(seat.registration.id_number), seat.registration.institution.name,
            ))  # type: ignore[arg-type]
            for seat in seats
        ))  # fmt: skip


class RoomPaper(Download):
    """A paper of the selected rooms; nothing ticked means all that match."""

    manual, permission, unit, model, back = "5.2.8.2", "seating.view", "个考场", RoomArrangement, ROOMS
    else_all, in_request = True, 60
    action = "seating.printed"
    paper: Callable[..., Any]

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        found = list(rows.select_related(
            "plan__awarding_body", "session__subject", "room", "center", "qualification"
        ).order_by("plan", "center", "room__number", "session__start"))  # fmt: skip
        report: list[str] = []
        name, kind, content = papers.bound(type(self).paper(found, self.now, report), f"{self.paper_name}-{self.now:%Y%m%d-%H%M%S}")
        return Made(name, kind, content, {"rooms": len(found), "not_printed": len(report)})

    @property
    def paper_name(self) -> str:
        return self.title.removeprefix("下载")


class DoorNotices(RoomPaper):
    url, title, label = "seating/rooms/door-notices/", "下载考场门贴", "下载考场门贴"
    paper = papers.door_notices


class DeskLabels(RoomPaper):
    url, title, label = "seating/rooms/desk-labels/", "下载考场桌贴", "下载考场桌贴"
    paper = papers.desk_labels


class AttendanceSheets(RoomPaper):
    url, title, label = "seating/rooms/attendance-sheets/", "下载考场签到表", "下载考场签到表"
    paper = papers.attendance_sheets


class TicketsOfRooms(Download):
    """R193: the tickets of one's own candidates in these rooms."""

    manual, url, permission, title = "5.2.8.2", "seating/rooms/tickets/", "seating.view", "导出准考证"
    label, unit, model, back, else_all, in_request, action = "导出准考证", "个考场", RoomArrangement, ROOMS, True, 20, "seating.printed"

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        seats = Seat.visible_to(self.actor).filter(arrangement__in=rows.values("pk"))
        own = Registration.visible_to(self.actor).filter(pk__in=seats.values("registration"), ticket_number__isnull=False)
        found = list(own.select_related("plan__awarding_body", "institution", "qualification", "photo").order_by(
            "plan", "institution", "ticket_number"
        ))  # fmt: skip
        if not found:
            raise Refused("这些考场里没有本单位的考生；准考证由考生的报考院校下载。")
        report: list[str] = []
        name, kind, content = papers.bound(
            papers.admission_tickets(found, self.now, report), f"准考证-{self.now:%Y%m%d-%H%M%S}"
        )
        return Made(name, kind, content, {"tickets": len(found), "not_printed": len(report)})


class RoomArrangements(ListPage):
    """5.2.8.2 考场编排: R188 only the rooms of subjects that are fully seated."""

    manual, url, permission, title = "5.2.8.2", "seating/rooms/", "seating.view", "考场编排"
    model, related = RoomArrangement, ("plan", "session__subject", "room", "center", "qualification")
    columns = [
        Col("plan__name", "考试计划"), Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("session__subject__name", "科目"),
        Col("time", "考试时间", value=lambda row: f"{localtime(row.session.start):%m-%d %H:%M}–{localtime(row.session.end):%H:%M}"),
        Col("center__name", "考核站点"), Col("room__number", "考场编号"), Col("room__name", "考场名称", fixed=True),
        Col("room__room_type", "考场类型", shown=False), Figure("room__capacity", "考位数"), Figure("occupied", "已排人数"),
    ]  # fmt: skip
    filters = [
        Choice("考试计划", "plan", options=plan_choices), Search("考场名称", "room__name"), Search("考核站点", "center__name"),
        Choice("科目", "session", options=lambda page: PlanSubject.objects.filter(
            pk__in=page.visible.order_by().values("session")).select_related("subject")),
    ]  # fmt: skip
    row = [Open(RoomArrangementDetail)]
    header = [
        BatchOrAll(DoorNotices), BatchOrAll(DeskLabels), BatchOrAll(AttendanceSheets), BatchOrAll(TicketsOfRooms),
        Export("批量导出考场编排记录"),
    ]  # fmt: skip
    order = ("-id",)

    def rows(self) -> QuerySet:
        return RoomArrangement.objects.filter(occupied__gt=0)


# --- 5.2.8.3 -------------------------------------------------------------------------------------------------


class Seats(ListPage):
    """5.2.8.3 排考明细: R195, R196 one's own candidates, seat by seat."""

    manual, url, permission, title = "5.2.8.3", "seating/seats/", "seating.view", "排考明细"
    model = Seat
    related = (
        "registration__institution", "qualification", "arrangement__session__subject", "arrangement__room",
        "arrangement__center", "plan",
    )  # fmt: skip
    columns = [
        Col("registration__ticket_number", "准考证号", fixed=True), Col("registration__name", "姓名"),
        Masked("registration__id_number", "身份证号"), Col("registration__institution__name", "院校", shown=False),
        Col("plan__name", "考试计划", shown=False), Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("arrangement__session__subject__name", "科目"),
        Col("time", "考试时间", value=lambda row: f"{localtime(row.arrangement.session.start):%Y-%m-%d %H:%M}"),
        Col("arrangement__center__name", "考核站点"), Col("arrangement__center__address", "地址", shown=False),
        Col("arrangement__room__name", "考场"), Figure("number", "座位号"),
    ]  # fmt: skip
    filters = [
        Search("姓名", "registration__name", "registration__pinyin_key"),
        IdNumber("身份证号", person="registration__person_index", last_six="registration__last_six"),
        Exact("准考证号", "registration__ticket_number"), Choice("考试计划", "plan", options=plan_choices),
    ]  # fmt: skip
    header = [Export("导出排考明细")]
    order = ("-id",)
