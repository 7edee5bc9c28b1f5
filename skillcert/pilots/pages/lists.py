"""证书试点申报: the list of all four kinds of organization (R51), and the record (R68)."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import conditional_escape

from skillcert.kit.pages import (
    Act,
    Batch,
    Choice,
    Col,
    DetailPage,
    Figure,
    Go,
    ListPage,
    Open,
    Search,
    State,
    StateTabs,
    Tab,
    When,
)  # fmt: skip
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.keyset import Order
from skillcert.kit.pages.screen import Card, ColumnView, Event, Fact, Note, RowView, Step, Table
from skillcert.qualifications.models import Grade

from .. import rules
from ..models import PilotApplication, PilotRound, Review
from ..states import APPLICATION, ApplicationState
from .form import EditApplication
from .papers import PrintApplications
from .reports import ExportDeclarations
from .review import DeleteApplications, FinalReview, FirstReview, RejectApplications, ReturnApplications
from .rounds import RoundsToApply, span_words, years_of

WAITING = (ApplicationState.FIRST_REVIEW, ApplicationState.FINAL_REVIEW)
LOOKS = {
    Review.Step.SUBMIT: "wait", Review.Step.PASS_FIRST: "run", Review.Step.APPROVE: "ok", Review.Step.RETURN: "hand",
    Review.Step.REJECT: "bad",
}  # fmt: skip


def waited(row: PilotApplication, now: datetime) -> str:
    """How long the province has had it: 4 天, 今天."""
    if row.state not in WAITING or row.submitted_at is None:
        return ""
    days = (now - row.submitted_at).days
    return f"{days} 天" if days > 0 else "今天"


class PilotApplicationDetail(DetailPage):
    """R68: 院校基本信息、联系人信息、申报明细及审核信息记录."""

    manual, url, permission, title = "4.3", "pilots/<int:pk>/", "pilots.view", "试点申报详情"
    model, machine, template = PilotApplication, APPLICATION, "pilots/detail.html"
    related = ("round", "institution__province", "qualification__awarding_body")
    back = "pilots.PilotApplications"
    acts = [
        Act(DeleteApplications, danger=True), Act(PrintApplications, "打印申报表"), Act(RejectApplications, danger=True),
        Act(ReturnApplications), Act(EditApplication, primary=True), Act(FirstReview, "初审", primary=True),
        Act(FinalReview, "终审", primary=True),
    ]  # fmt: skip

    def heading(self, row: PilotApplication) -> str:
        return str(row.qualification)

    def subtitle_of(self, row: PilotApplication) -> str:
        return f"{row.institution} ・ {row.year} 年度"

    def steps(self, row: PilotApplication) -> list[Step]:
        """Where it stands on the way that this round asks."""
        states = [ApplicationState.DRAFT, ApplicationState.FIRST_REVIEW]
        states += [ApplicationState.FINAL_REVIEW] if row.round.review_levels == 2 else []
        words = dict(zip([*states, ApplicationState.APPROVED], ["填写", "初审", "终审", "审核通过"], strict=False))
        if row.round.review_levels == 1:
            words[ApplicationState.APPROVED] = "审核通过"
        bad = row.state in (ApplicationState.RETURNED, ApplicationState.REJECTED)
        at = ApplicationState.DRAFT if row.state == ApplicationState.RETURNED else row.state
        keys = list(words)
        here = keys.index(at) if at in keys else 1
        done = row.state == ApplicationState.APPROVED
        return [
            Step(word, "bad" if place == here and bad else "done" if place < here or done else "current" if place == here else "coming")
            for place, word in enumerate(words.values())
        ]

    def notes(self, row: PilotApplication) -> list[Note]:
        notes = []
        last = row.reviews.first()
        if row.state in (ApplicationState.RETURNED, ApplicationState.REJECTED) and last:
            where = "、".join(rules.PLACES[place] for place in last.places)
            text = f"{APPLICATION.label(row.state)}（{plain_text(last.at)}）：{last.reason}"
            notes.append(Note(text + (f"　请改：{where}" if where else ""), "wait"))
        if row.state == ApplicationState.RETURNED and row.round.state == "closed":
            notes.append(Note("申报计划已由省厅关闭，不能再提交；如需办理请联系省厅。", "wait"))
        if row.state == ApplicationState.APPROVED and row.registered > row.trainees and not row.majors.exists():
            notes.append(Note(f"本年度报考 {row.registered:,} 人，多于申请培训总人数 {row.trainees:,} 人，请核对。", "wait"))
        return notes

    def cards(self, row: PilotApplication) -> list[Card]:
        school, qualification = row.institution, row.qualification
        found = [
            Card("院校基本信息", (
                Fact("院校名称", school.name), Fact("学校标识码", school.school_code),
                Fact("办学类型", school.get_school_kind_display()), Fact("省份", school.province.name),
                Fact("地址", school.address, wide=True),
            )),
            Card("联系人信息", (Fact("联系人", row.contact), Fact("联系电话", row.phone))),
            Card("申报明细", (
                Fact("申报计划", row.round.name), Fact("年度", str(row.year)), Fact("证书", qualification.name),
                Fact("证书等级", qualification.get_grade_display()), Fact("培训评价组织", qualification.awarding_body.name),
                Fact("申报方式", "按专业" if row.round.by_major else "不按专业"),
                Fact("申请培训总人数", f"{row.trainees:,}"), Fact("提交时间", plain_text(row.submitted_at) or "–"),
                Fact("师资情况", row.faculty, wide=True), Fact("场地情况", row.venue, wide=True),
            )),
            Card("拟申报专业", table=majors_table(row)),
        ]  # fmt: skip
        if (changes := rules.changes_since(row)) and self.actor.organization_kind != "awarding_body":
            found.insert(0, Card("退回后改了什么", template="kit/changes.html", context={"changes": changes}, hint=f"{len(changes)} 处"))
        return found

    def events(self, row: PilotApplication) -> list[Event]:
        """审核信息记录; an awarding body reads the application, not its review."""
        if self.actor.organization_kind == "awarding_body":
            return []
        return [
            Event(str(Review.Step(one.step).label), plain_text(one.at), one.who, one.reason, LOOKS[Review.Step(one.step)])  # type: ignore[arg-type]
            for one in row.reviews.all()
        ]


def majors_table(row: PilotApplication) -> Table:
    """The declared majors with their three figures (R58), and how many are registered (R61)."""
    labels = [("name", "专业名称"), ("code", "专业代码"), ("version", "专业版本")]
    figures = {"students": "本专业在校学生数", "teachers": "本专业专任教师数", "trainees": "申请培训人数"}
    if row.state == ApplicationState.APPROVED:
        figures["registered"] = "实际报考人数"
    columns = [ColumnView(key, label) for key, label in labels] + [
        ColumnView(k, label, "right") for k, label in figures.items()
    ]
    rows = []
    for one in row.majors.select_related("major").order_by("pk"):
        cells = [one.major.name, one.major.code, one.major.version]
        cells += [plain_number(getattr(one, name)) for name in figures]
        rows.append(RowView(str(one.pk), one.major.name, tuple(conditional_escape(cell) for cell in cells)))
    return Table(tuple(columns), tuple(rows), "没有添加专业：证书对应的专业均可报考")


def plain_number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


class PilotApplications(ListPage):
    """R51: 登录院校申请试点的数据; the province's queue, an awarding body's approved ones."""

    manual, url, permission, title = "4.3", "pilots/", "pilots.view", "证书试点申报"
    model, template = PilotApplication, "pilots/list.html"
    related = ("round", "institution", "qualification__awarding_body")
    columns = [
        Col("qualification__name", "证书名称", fixed=True), Col("qualification__grade", "证书等级"),
        Col("institution__name", "院校"), Col("year", "年度", sort=True), Col("round__name", "申报计划", shown=False),
        Col("qualification__awarding_body__name", "培训评价组织", shown=False), Figure("trainees", "申请培训总人数", sort=True),
        Figure("registered", "报考人数", shown=False), State(APPLICATION),
        When("submitted_at", "提交时间", sort=True), Col("waited", "已等", value=lambda row: waited(row, row.seen_at)),
    ]  # fmt: skip
    filters = [
        Search("证书名称", "qualification__name"),
        Choice("证书等级", "qualification__grade", options=lambda page: Grade.choices),
        Search("院校", "institution__name"),
        Choice("年度", "year", options=years_of),
        Choice("申报计划", "round", options=lambda page: rounds_of(page)),
    ]  # fmt: skip
    tabs = StateTabs(APPLICATION)
    row = [
        Act(FirstReview, "初审"), Act(FinalReview, "终审"), Open(PilotApplicationDetail), Act(EditApplication),
        Act(ReturnApplications), Act(RejectApplications, danger=True), Act(PrintApplications, "打印"),
        Act(DeleteApplications, danger=True),
    ]  # fmt: skip
    batch = [
        Batch(FirstReview, "批量初审"), Batch(FinalReview, "批量终审"), Batch(ReturnApplications, "批量退回"),
        Batch(RejectApplications, "批量不通过", danger=True), Batch(PrintApplications, "打印申报表"),
        Batch(DeleteApplications, "批量删除", danger=True),
    ]  # fmt: skip
    header = [Go(RoundsToApply, "申报证书试点", primary=True, icon="plus"), ExportDeclarations.button()]
    order = ("-id",)
    nothing_yet = "还没有试点申报"

    @property
    def _own_tabs(self) -> list[Tab]:
        """The province never sees 未提交, an awarding body only what passed."""
        kind = self.actor.organization_kind
        if kind == "awarding_body":
            return []
        states = list(ApplicationState)[1:] if kind == "province" else list(ApplicationState)
        return StateTabs(APPLICATION, *states)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tabs = self._own_tabs  # type: ignore[misc]

    @cached_property
    def sort(self) -> Order:
        """What waits: the oldest first."""
        if not self.query.get("sort") and self.tab is not None and self.tab.key in WAITING:
            return Order.parse("submitted_at")
        return super().sort

    def notes(self) -> list[Note]:
        """An institution reads which round still takes applications, and until when."""
        if self.actor.organization_kind != "institution" or not self.actor.may("pilots.edit"):
            return []
        rounds = PilotRound.visible_to(self.actor).filter(PilotRound.open_at(self.now)).order_by("end")[:2]
        found = [f"“{row}”还有 {span_words(row.left(self.now))}截止" for row in rounds]
        return [Note("正在申报：" + "，".join(found))] if found else []


def rounds_of(page: ListPage) -> QuerySet[PilotRound]:
    return PilotRound.objects.filter(Q(pk__in=page.visible.order_by().values("round"))).order_by("-year", "-pk")
