"""考试计划: the list by stage (R81), the plan with all its windows and requirements (R82), publish and cancel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    ByClock,
    Choice,
    Col,
    DetailPage,
    Dialog,
    Figure,
    Go,
    KitForm,
    ListPage,
    Open,
    ReasonField,
    Search,
    Tab,
    When,
    clock_badge,
)  # fmt: skip
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Fact, Note, RowView, Step, Table
from skillcert.orgs.models import AwardingBody

from .. import rules
from ..models import ExamPlan
from ..rules import WINDOWS
from ..states import PLAN, STAGE_LOOK, PlanState, Stage
from .editor import EditPlan, NewPlan
from .postpone import PostponePlan
from .timeline import timeline

LIST = "plans.ExamPlans"


class PublishPlan(Dialog):
    """From here institutions see it; what is wrong is named before anyone presses the button."""

    manual, url, title, label = "5.2.2", "plans/publish/", "发布考试计划", "发布"
    model, move, unit, back, size = ExamPlan, PLAN["publish"], "个计划", LIST, 640
    single = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        rules.publish_plan(actor=self.actor, now=self.now, plan=self.one)
        return Outcome(done=[self.one.pk])

    def facts(self, row: ExamPlan) -> list[Fact]:
        return [
            Fact("参考院校", f"{row.institutions.count():,} 所"), Fact("科目", f"{row.sessions.count():,} 场"),
            Fact("报考时间", _span(row, "registration")),
        ]  # fmt: skip

    def notes(self) -> list[Note]:
        wrong = [Note(one.sentence, "bad") for one in rules.publication_problems(self.one, self.now)]
        short = rules.short_publicity(self.one)
        return wrong or ([Note(short, "wait")] if short else [])

    def draw(self, form: Any, status: int = 200, **more: Any) -> HttpResponse:
        if rules.publication_problems(self.one, self.now):
            more["no_submit"] = True
        return super().draw(form, status, **more)

    def warning(self) -> Note:
        return Note("发布后参考院校会收到通知，计划不能再修改，只能延期。", "wait")


class CancelForm(KitForm):
    reason = ReasonField("取消理由", help_text="参考院校会收到这条理由。")


class CancelPlan(Dialog):
    manual, url, title, label = "5.2.2", "plans/cancel/", "取消考试计划", "取消计划"
    model, move, form, final, back = ExamPlan, PLAN["cancel"], CancelForm, True, LIST
    single = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        rules.cancel_plan(actor=self.actor, now=self.now, plan=self.one, reason=data["reason"])
        return Outcome(done=[self.one.pk])


class ExamPlanDetail(DetailPage):
    """R82: the school reads times and requirements here and follows them."""

    manual, url, permission, title = "5.2.2", "plans/<int:pk>/", "plans.view", "考试计划"
    model, related, machine, back = ExamPlan, ("awarding_body",), PLAN, LIST
    acts = [Act(CancelPlan, danger=True), Act(EditPlan), Act(PostponePlan), Act(PublishPlan, primary=True)]

    def subtitle_of(self, row: ExamPlan) -> str:
        return row.awarding_body.name

    def badge(self, row: ExamPlan) -> Badge:
        return clock_badge(standing(row, self.now), {**STAGE_LOOK, **PLAN.look})

    def steps(self, row: ExamPlan) -> list[Step]:
        if row.state != PlanState.PUBLISHED:
            return []
        here = row.stage(self.now)
        named = {
            Stage.REGISTRATION: ("报考", row.registration_start), Stage.SEATING: ("排考", row.seating_start),
            Stage.EXAM: ("考试", row.first_exam_start), Stage.SCORING: ("成绩登记", row.scoring_start),
            Stage.PUBLICITY: ("成绩公示", row.publicity_start),
        }  # fmt: skip
        return [
            Step(label, "done" if stage < here else "current" if stage == here else "coming", f"{_day(start)} 起" if start else "")
            for stage, (label, start) in named.items()
        ]

    def notes(self, row: ExamPlan) -> list[Note]:
        if row.state == PlanState.DRAFT:
            return [Note(one.sentence, "wait") for one in rules.publication_problems(row, self.now)]
        return []

    def cards(self, row: ExamPlan) -> list[Card]:
        sessions = list(row.sessions.select_related("subject", "qualification").order_by("start", "pk"))
        windows = [(label, getattr(row, f"{name}_start"), getattr(row, f"{name}_end")) for name, label in WINDOWS.items()]
        windows[2:2] = [(f"考试 · {one.subject}", one.start, one.end) for one in sessions]
        bars = {"timeline": timeline(windows, self.now)}
        return [
            Card("时间窗口", template="plans/timeline.html", context=bars, hint="北京时间，起止均含当秒"),
            Card("科目与费用标准", table=self._sessions(row, sessions)),
            Card("要求说明", facts=(Fact("要求", row.requirements or "无", wide=True),)),
            Card("计划信息", facts=self._facts(row), side=True),
            Card("参考院校", facts=self._institutions(row), side=True),
        ]  # fmt: skip

    def _sessions(self, row: ExamPlan, sessions: list[Any]) -> Table:
        fees = {offer.qualification_id: offer.fee for offer in row.offers.all()}
        columns = (
            ColumnView("q", "证书"), ColumnView("s", "科目"), ColumnView("r", "考场类型"), ColumnView("t", "参考对象"),
            ColumnView("f", "按证书（元/人）", "right"), ColumnView("g", "按科目（元）", "right"),
        )  # fmt: skip
        return Table(columns, tuple(
            RowView(str(one.pk), str(one.subject), tuple(format_html("{}", text) for text in (
                str(one.qualification), one.subject.name, one.subject.get_room_type_display(), one.subject.get_target_display(),
                _yuan(fees.get(one.qualification_id, 0)), _yuan(one.fee),
            )))
            for one in sessions
        ))  # fmt: skip

    def _facts(self, row: ExamPlan) -> tuple[Fact, ...]:
        paying = (
            Fact("缴费方式", row.payment_method), Fact("收款户名", row.account_name), Fact("开户行", row.bank),
            Fact("收款账号", row.account), Fact("缴费截止", f"{row.pay_until:%Y-%m-%d %H:%M}" if row.pay_until else "不限"),
        )  # fmt: skip
        return (
            Fact("计划编号", f"{row.number:04d}"), Fact("年度", str(row.year)), Fact("报考人数", f"{row.registered:,}"),
            Fact("须缴费", "是" if row.fee_required else "否"), *(paying if row.fee_required else ()),
        )  # fmt: skip

    def _institutions(self, row: ExamPlan) -> tuple[Fact, ...]:
        """An awarding body reads all; an institution whether it is among them."""
        if self.actor.organization_kind == "institution":
            named = row.institutions.filter(pk=self.actor.organization_id).exists()
            return (Fact("本院校", "在参考院校内，可以报考" if named else "不在参考院校内，不能报考"),)
        names = list(row.institutions.order_by("name").values_list("name", flat=True)[:50])
        total = row.institutions.count()
        return (Fact("共", f"{total:,} 所"), Fact("名单", "、".join(names) + ("等" if total > 50 else ""), wide=True))


def bodies_of(page: ListPage) -> list[tuple[int, str]]:
    used = AwardingBody.objects.filter(pk__in=page.visible.order_by().values("awarding_body")).order_by("name")
    return [(body.pk, body.name) for body in used]


def years_of(page: ListPage) -> list[tuple[str, str]]:
    return [(str(year), str(year)) for year in range(page.now.year + 1, page.now.year - 5, -1)]


def standing(row: ExamPlan, now: datetime) -> Stage | PlanState:
    """The stage of a published plan; a draft and a cancelled one have none."""
    return row.stage(now) if row.state == PlanState.PUBLISHED else PlanState(row.state)


class ExamPlans(ListPage):
    """5.2.2 考试计划 (R81)."""

    manual, url, permission, title = "5.2.2", "plans/", "plans.view", "考试计划"
    model, related = ExamPlan, ("awarding_body",)
    columns = [
        Col("name", "计划名称", fixed=True), Col("awarding_body__name", "培训评价组织"), Col("year", "年度", sort=True),
        Col("registration", "报考时间", value=lambda row: _span(row, "registration")),
        Col("seating", "排考时间", value=lambda row: _span(row, "seating"), shown=False),
        When("first_exam_start", "首场考试"), Col("publicity", "公示时间", value=lambda row: _span(row, "publicity"), shown=False),
        Figure("registered", "报考人数"), ByClock(standing, {**STAGE_LOOK, **PLAN.look}),
        Col("number", "计划编号", value=lambda row: f"{row.number:04d}", shown=False),
    ]  # fmt: skip
    filters = [
        Search("计划名称", "name"), Choice("培训评价组织", "awarding_body", options=bodies_of), Choice("年度", "year", options=years_of),
    ]  # fmt: skip
    tabs = [
        Tab(str(stage.label), lambda now, stage=stage: Q(pk__in=ExamPlan.in_stage(stage, now).values("pk")), f"stage{stage.value}")
        for stage in Stage
    ] + [Tab("草稿", Q(state=PlanState.DRAFT), "draft"), Tab("已取消", Q(state=PlanState.CANCELLED), "cancelled")]
    row = [Act(PublishPlan), Open(ExamPlanDetail), Act(EditPlan), Act(PostponePlan), Act(CancelPlan, danger=True)]
    header = [Go(NewPlan, primary=True)]
    order = ("-id",)
    nothing_yet = "还没有考试计划"

    def notes(self) -> list[Note]:
        if self.actor.organization_kind != "institution":
            return []
        plans = rules.open_plans(actor=self.actor, now=self.now)
        found = [f"“{plan}”报考至 {_minute(plan.registration_end)}" for plan in plans[:3]]
        return [Note("正在报考：" + "，".join(found))] if found else []


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}" if fen else "–"


def _span(row: ExamPlan, window: str) -> str:
    return f"{_minute(getattr(row, f'{window}_start'))} 至 {_minute(getattr(row, f'{window}_end'))}"


def _minute(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _day(moment: Any) -> str:
    return _minute(moment)[5:10]
