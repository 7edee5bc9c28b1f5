"""Chapters 5.2.9 科目成绩 and 5.2.10 考证结果."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import localtime

from skillcert.kit.audit import AuditEntry
from skillcert.kit.crypto import mask_id
from skillcert.kit.exports import Export
from skillcert.kit.pages import (
    Act,
    ByClock,
    ChainedChoice,
    Choice,
    Col,
    DetailPage,
    Exact,
    Figure,
    FormDownload,
    FormPage,
    Go,
    IdNumber,
    KitForm,
    ListPage,
    Made,
    Masked,
    Open,
    ReasonField,
    Search,
    Tab,
    TextField,
    When,
    clock_badge,
)  # fmt: skip
from skillcert.kit.pages.columns import badge_of
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Event, Fact, Note, RowView, Table
from skillcert.kit.pages.screen import Figure as Number
from skillcert.kit.sheets.spec import ImportRun
from skillcert.kit.sheets.template import XLSX, template
from skillcert.kit.states import Guard
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.plans.states import PlanState
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Registration

from . import rules
from .imports import ScoreImport, prefilled
from .models import Result, Score, outcome_of
from .states import OUTCOME_LOOK, SCORE_LOOK, Mark, Outcome, ScoreState

SCORES, RESULTS = "results.Scores", "results.Results"


# --- what can be chosen ------------------------------------------------------------------------------
def own_plans(page: Any) -> QuerySet[ExamPlan]:
    return ExamPlan.objects.filter(awarding_body=page.actor.organization_id, state=PlanState.PUBLISHED).order_by("-number")


def plans_in_scoring(page: Any) -> QuerySet[ExamPlan]:
    return own_plans(page).filter(pk__in=ExamPlan.within("scoring", page.now).values("pk"))


def qualifications_in(page: Any, plan: str) -> list[tuple[int, str]]:
    offers = PlanSubject.objects.filter(plan=plan, plan__awarding_body=page.actor.organization_id)
    return [(q.pk, str(q)) for q in Qualification.objects.filter(pk__in=offers.values("qualification"))]


def sessions_in(page: Any, plan: str, qualification: str) -> list[tuple[int, str]]:
    sessions = PlanSubject.objects.filter(plan=plan, qualification=qualification, plan__awarding_body=page.actor.organization_id)
    return [(s.pk, str(s)) for s in sessions.select_related("subject").order_by("start")]


class SubjectForm(KitForm):
    """R198: 按科目: plan, certificate, subject, each after the one before."""

    plan = ChainedChoice("考试计划", options=plans_in_scoring)
    qualification = ChainedChoice("考核证书", after=["plan"], options=qualifications_in)
    session = ChainedChoice("科目", after=["plan", "qualification"], options=sessions_in)

    def clean_session(self) -> int:
        return int(self.cleaned_data["session"])


class AnySubjectForm(SubjectForm):
    plan = ChainedChoice("考试计划", options=own_plans)
    purpose = TextField(label="用途", max_length=100, initial="登记成绩", help_text="成绩登记表含完整证件号，用途记入审计。")


# --- 5.2.9 -------------------------------------------------------------------------------------------
class ImportScores(ImportPage):
    manual, url, title, label = "5.2.9", "scores/import/", "导入科目成绩", "导入成绩"
    spec, back, records, params_form = ScoreImport, SCORES, "results.ScoreImports", SubjectForm
    hints = (
        "先点“下载成绩登记表”：表中已填好参加本科目考试的考生。",
        "填写成绩；缺考、违纪的成绩留空，在“标记”中选择。",
        "准考证号、姓名、身份证号有一项不符的，整行不导入。",
    )

    def params_label(self, params: dict[str, Any]) -> str:
        session = PlanSubject.objects.select_related("plan", "qualification", "subject").get(pk=params["session"])
        return f"{session.plan}，{session.qualification}，{session}"


class ScoreImports(ImportRecordList):
    manual, url, permission, title, label = "5.2.9", "scores/imports/", "results.view", "成绩导入记录", "导入记录"
    pages = [ImportScores]


class ScoreSheet(FormDownload):
    """The template of one subject with its candidates filled in."""

    manual, url, permission, title = "5.2.9", "scores/sheet/", "results.edit", "下载成绩登记表"
    model, form, back = Score, AnySubjectForm, SCORES

    def produce(self, data: dict[str, Any]) -> Made:
        session = PlanSubject.objects.select_related("plan", "subject").get(pk=data["session"])
        rows = list(prefilled(session))
        content = template(ScoreImport(ImportRun(self.actor, self.now, {})), rows)
        return Made(f"成绩登记表-{session}.xlsx", XLSX, content, {"session": session.pk, "rows": len(rows)})


class CorrectForm(KitForm):
    points = forms.DecimalField(label="成绩", max_digits=5, decimal_places=2, required=False)
    mark = forms.ChoiceField(label="标记", choices=Mark.choices)
    reason = ReasonField("更正理由", help_text="院校会收到更正通知和理由。")


class CorrectScore(FormPage):
    """R202: the awarding body, inside 公示, with a reason."""

    manual, url, permission, title, label = "5.2.9", "scores/<int:pk>/correct/", "results.edit", "更正成绩", "更正"
    opens, model, form, back, size = "dialog", Score, CorrectForm, SCORES, 480
    related = ("registration", "session__subject", "plan")
    submit_label = "更正成绩"
    guards = [
        Guard(
            lambda actor, now: Q(plan__in=ExamPlan.within("publicity", now).values("pk")),
            "只能在公示期内更正成绩；公示结束后成绩已永久锁定",
        )
    ]
    columns = 1

    def facts(self, row: Score) -> list[Fact]:
        return [
            Fact("考生", row.registration.name), Fact("准考证号", row.registration.ticket_number or ""),
            Fact("科目", str(row.session)), Fact("满分", f"{row.session.subject.full_marks.normalize():f}"),
        ]  # fmt: skip

    def save(self, row: Score, data: dict[str, Any]) -> Score:
        return rules.correct_score(actor=self.actor, now=self.now, score=row, version=self.version, **data)

    def done(self, row: Score) -> str:
        return "成绩已更正，考证结果已重新计算。"


def within(state: ScoreState, now: datetime) -> Q:
    """The scores in a state that the clock gives."""
    plans = {
        ScoreState.RECORDED: Q(publicity_start__gt=now),
        ScoreState.PUBLICITY: Q(publicity_start__lte=now, publicity_end__gte=now),
        ScoreState.LOCKED: Q(publicity_end__lt=now),
    }
    return Q(plan__in=ExamPlan.objects.filter(plans[state]).values("pk"))


def plans_of(page: ListPage) -> QuerySet[ExamPlan]:
    return ExamPlan.objects.filter(pk__in=page.visible.order_by().values("plan")).order_by("-number")


def qualifications_of(page: ListPage) -> QuerySet[Qualification]:
    return Qualification.objects.filter(pk__in=page.visible.order_by().values("qualification")).order_by("name", "grade")


class Scores(ListPage):
    """5.2.9 科目成绩: an institution's own; an awarding body's of its plans."""

    manual, url, permission, title = "5.2.9", "scores/", "results.view", "科目成绩"
    model = Score
    related = ("registration", "plan", "qualification", "institution", "session__subject")
    columns = [
        Col("registration__ticket_number", "准考证号", fixed=True), Col("registration__name", "姓名"),
        Masked("registration__id_number", "身份证号"), Col("institution__name", "院校", shown=False),
        Col("plan__name", "考试计划"), Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("session", "科目", value=lambda row: str(row.session)), Figure("points", "成绩"),
        Col("mark", "标记", value=lambda row: "" if row.mark == Mark.NORMAL else row.get_mark_display()),
        ByClock(lambda row, now: row.state(now), SCORE_LOOK), When("recorded_at", "登记时间"),
    ]  # fmt: skip
    filters = [
        Search("姓名", "registration__name", "registration__pinyin_key"),
        Exact("准考证号", "registration__ticket_number"), Choice("考试计划", "plan", options=plans_of),
        Choice("证书", "qualification", options=qualifications_of), Choice("标记", "mark", options=lambda page: Mark.choices),
        IdNumber("身份证号", "registration__person_index", "registration__last_six"),
    ]  # fmt: skip
    tabs = [Tab(str(state.label), lambda now, state=state: within(state, now), state.value) for state in ScoreState]
    row = [Act(CorrectScore)]
    header = [Go(ImportScores, primary=True), Go(ScoreSheet), Export("批量导出科目成绩")]
    links = [Go(ScoreImports)]
    nothing_yet = "还没有登记成绩"

    def notes(self) -> list[Note]:
        if not self.actor.may("results.edit"):
            return []
        plans = [f"“{plan}” {localtime(plan.scoring_end):%m-%d %H:%M} 截止" for plan in plans_in_scoring(self)]
        return [Note("正在登记成绩：" + "，".join(plans))] if plans else []


# --- 5.2.10 ------------------------------------------------------------------------------------------
def outcome_q(outcome: Outcome) -> Q:
    """The same in SQL."""
    own = Result.objects.filter(registration=OuterRef("pk"))
    if outcome == Outcome.PENDING:
        return Q(Exists(own.filter(outcome=outcome))) | Q(~Exists(own))
    return Q(Exists(own.filter(outcome=outcome)))


class Attended(Choice):
    """到考: whether any subject was sat."""

    def __init__(self) -> None:
        super().__init__("到考", "attended", options=lambda page: [("yes", "已到考"), ("no", "未到考")])

    def q(self, value: str) -> Q:
        sat = Q(Exists(Score.objects.filter(registration=OuterRef("pk")).exclude(mark=Mark.ABSENT)))
        return sat if value == "yes" else ~sat


def finality(row: Registration) -> str:
    """公示中 while scores may move, 最终结果 once they are locked."""
    result = getattr(row, "result", None)
    return "最终结果" if result and result.final else "公示后锁定"


def total_of(row: Registration) -> Any:
    return getattr(getattr(row, "result", None), "total", None)


class ResultDetail(DetailPage):
    """R208: one candidate's result with the subjects, and what was corrected."""

    manual, url, permission, title = "5.2.10", "results/<int:pk>/", "results.view", "考证结果详情"
    model, back = Registration, RESULTS
    related = ("plan", "qualification", "institution", "result")
    reveals = {"id_number": "身份证号"}

    def subtitle_of(self, row: Registration) -> str:
        return f"{row.plan}，{row.qualification}"

    def heading(self, row: Registration) -> str:
        return row.name

    def badge(self, row: Registration) -> Badge:
        return clock_badge(outcome_of(row, self.now), OUTCOME_LOOK)

    def figures(self, row: Registration) -> list[Number]:
        total = total_of(row)
        return [Number("综合成绩", "–" if total is None else f"{total}", "" if total is None else "分", finality(row))]

    def cards(self, row: Registration) -> list[Card]:
        facts = (
            Fact("考生编号", row.candidate_number), Fact("准考证号", row.ticket_number or ""),
            Fact("身份证号", self.personal(row, "id_number", mask_id)), Fact("学生类型", row.get_kind_display()),
            Fact("院校", row.institution.name), Fact("专业", f"{row.major_name} {row.major_code}".strip()),
        )
        return [Card("考生", facts=facts), Card("各科成绩", table=self._subjects(row))]

    def _subjects(self, row: Registration) -> Table:
        scores = {s.session_id: s for s in row.scores.select_related("plan")}
        labels = (("s", "科目"), ("p", "成绩"), ("f", "满分"), ("l", "合格线"), ("w", "权重"), ("t", "状态"))
        lines = []
        for entry in row.subjects.select_related("session__subject").order_by("session__start"):
            subject, score = entry.session.subject, scores.get(entry.session_id)
            state = badge_of(clock_badge(score.state(self.now), SCORE_LOOK)) if score else "未登记"
            cells = (
                subject.name, score.shown if score else "–", f"{subject.full_marks.normalize():f}",
                f"{subject.pass_mark.normalize():f}", f"{subject.weight}%", state,
            )
            lines.append(RowView(str(entry.pk), subject.name, cells))  # type: ignore[arg-type]  # plain texts are escaped
        return Table(tuple(ColumnView(key, label) for key, label in labels), tuple(lines))

    def events(self, row: Registration) -> list[Event]:
        keys = [str(key) for key in row.scores.values_list("pk", flat=True)]
        entries = AuditEntry.objects.filter(object_type="results.score", object_id__in=keys).select_related("detail")
        return [self.event(entry) for entry in entries.order_by("-id")[:50]]


class Results(ListPage):
    """5.2.10 考证结果: all own registered candidates, with what became of them (R205)."""

    manual, url, permission, title = "5.2.10", "results/", "results.view", "考证结果"
    model = Registration
    related = ("plan", "qualification", "institution", "result")
    columns = [
        Col("plan__name", "考试计划", shown=False), Col("qualification__name", "证书", shown=False),
        Col("qualification__grade", "等级", shown=False), Col("candidate_number", "考生编号"),
        Col("name", "姓名", sort="pinyin_key", fixed=True), Masked("id_number", "身份证号"),
        Col("kind", "学生类型", shown=False), Col("institution__name", "院校", shown=False),
        Col("qualification", "报考证书", value=lambda row: str(row.qualification)),
        Col("scores", "各科成绩", value=lambda row: "；".join(f"{s.session} {s.shown}" for s in row.scores.all())),
        Figure("total", "综合成绩", value=total_of), ByClock(outcome_of, OUTCOME_LOOK, "outcome", "考证结果"),
        Col("final", "结果状态", value=finality),
    ]  # fmt: skip
    filters = [
        Search("姓名", "name", "pinyin_key"), Exact("准考证号", "ticket_number"),
        Choice("考试计划", "plan", options=plans_of), Choice("证书", "qualification", options=qualifications_of),
        IdNumber("身份证号"), Attended(),
    ]  # fmt: skip
    tabs = [Tab(str(outcome.label), outcome_q(outcome), outcome.value) for outcome in Outcome]
    row = [Open(ResultDetail)]
    # domain 3: what the export holds, whatever the list shows.
    header = [Export("批量导出证书考核详情", columns=[c for c in columns if c.key not in ("qualification", "final")])]

    def rows(self) -> QuerySet:
        return Registration.objects.prefetch_related("scores__session__subject")
