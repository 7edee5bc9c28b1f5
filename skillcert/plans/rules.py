"""What may be done with subjects and exam plans (chapters 5.2.1, 5.2.2). Creating and publishing are ours to define:
the manual shows the institution's side only (R77, R81), so the order of the windows is domain 4 [assumption].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.notices import notify_all
from skillcert.kit.numbers import take
from skillcert.kit.rows import NOBODY
from skillcert.kit.states import Guard
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.states import QualificationState

from .models import ExamPlan, PlanQualification, PlanSubject, Subject, Target
from .states import PLAN, SUBJECT, PlanState, SubjectState

declare({
    "plans.subject_created": "新增考试科目", "plans.subject_edited": "修改考试科目",
    "plans.created": "新增考试计划", "plans.edited": "修改考试计划", "plans.postponed": "延期",
})  # fmt: skip

WINDOWS = {"registration": "报考", "seating": "排考", "scoring": "成绩登记", "publicity": "公示"}
SUGGESTED_PUBLICITY_DAYS = 3


def _unused(actor: Actor, now: datetime) -> Q:
    published = PlanSubject.objects.filter(plan__state=PlanState.PUBLISHED)
    return ~Q(pk__in=published.values("subject"))


unused = Guard(_unused, "该科目已用于已发布的考试计划，不能修改；如需调整，请停用后另建科目")
draft_only = Guard(Q(state=PlanState.DRAFT), "计划已发布或已取消，不能修改")
published = Guard(Q(state=PlanState.PUBLISHED), "只有已发布的计划可以延期；草稿请直接编辑")
running = Guard(lambda actor, now: Q(publicity_end__gte=now), "公示已结束，成绩已永久锁定，不能再延期")


# --- subjects ----------------------------------------------------------------------------------------
def create_subject(*, actor: Actor, now: datetime, qualification: Qualification, values: dict[str, Any]) -> Subject:
    """R77, R78: the awarding body sets the subjects of its own published qualification, with the 考场类型 (R140) and the
    参考对象 (R79). ``values``: columns of ``Subject``. Raises ``Refused``.
    """
    _need_own(actor, qualification)
    subject = Subject(awarding_body_id=qualification.awarding_body_id, qualification=qualification, **values)
    return gate.create(
        subject, actor=actor, may="plans.edit", action="plans.subject_created", summary={"code": subject.code}
    )


def edit_subject(
    *, actor: Actor, now: datetime, subject: Subject, values: dict[str, Any], version: int | None = None
) -> Subject:
    """A subject that a published plan uses stays as it is [assumption]: rooms, scores and results go by it."""
    return gate.edit(
        subject,
        values,
        actor=actor,
        may="plans.edit",
        action="plans.subject_edited",
        now=now,
        version=version,
        guards=[unused],
    )


def publish_subjects(*, actor: Actor, now: datetime, subjects: QuerySet[Subject] | Iterable[int]) -> Outcome:
    """R77: published subjects are what institutions see."""
    return gate.change_many(Subject, subjects, SUBJECT["publish"], actor=actor, now=now)


def stop_subjects(*, actor: Actor, now: datetime, subjects: QuerySet[Subject] | Iterable[int]) -> Outcome:
    """A stopped subject cannot be put into a new plan; those that have it keep it."""
    return gate.change_many(Subject, subjects, SUBJECT["stop"], actor=actor, now=now)


def _need_own(actor: Actor, qualification: Qualification) -> None:
    if actor.kind != "system" and qualification.awarding_body_id != actor.organization_id:
        raise Refused("只能为本组织的证书设置考试科目与计划", field="qualification")
    if qualification.state != QualificationState.PUBLISHED:
        raise Refused(f"证书“{qualification}”尚未发布或已停用，请先在证书信息管理中发布", field="qualification")


# --- plans -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Session:
    """A subject's time in a plan, and its price alone in fen."""

    subject_id: int
    start: datetime
    end: datetime
    fee: int = 0


@dataclass(frozen=True)
class PlanDraft:
    """What the plan form holds. ``columns`` are columns of ``ExamPlan``; ``fees``: fen per qualification's key."""

    columns: dict[str, Any]
    institutions: Sequence[int] = ()
    fees: dict[int, int] = field(default_factory=dict)
    sessions: Sequence[Session] = ()


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a plan from being published: the form's field and the sentence."""

    field: str
    sentence: str


def create_plan(*, actor: Actor, now: datetime, draft: PlanDraft) -> ExamPlan:
    """R81: a draft that only the awarding body sees; its number is taken at once and goes into ticket numbers."""
    actor.need("plans.edit")
    if actor.organization_kind != "awarding_body":
        raise Refused("考试计划由培训评价组织制定，请使用培训评价组织的账号操作")
    with transaction.atomic():
        plan = ExamPlan(awarding_body_id=actor.organization_id, number=take("plan")[0], **draft.columns)
        plan = gate.create(plan, actor=actor, may="plans.edit", action="plans.created", summary={"number": plan.number})
        _write_parts(plan, draft, actor)
    return plan


def edit_plan(*, actor: Actor, now: datetime, plan: ExamPlan, draft: PlanDraft, version: int | None = None) -> ExamPlan:
    """A draft may change in everything; a published plan is only postponed or cancelled [assumption]."""
    return gate.edit(
        plan,
        draft.columns,
        actor=actor,
        may="plans.edit",
        action="plans.edited",
        now=now,
        version=version,
        guards=[draft_only],
        beside=lambda fresh: _write_parts(fresh, draft, actor),
    )


def _write_parts(plan: ExamPlan, draft: PlanDraft, actor: Actor) -> None:
    """The institutions, prices and sessions of a draft, as the form holds them; nothing else refers to them yet."""
    subjects = {
        subject.pk: subject
        for subject in Subject.objects.filter(awarding_body=plan.awarding_body_id)
        .in_bulk([session.subject_id for session in draft.sessions])
        .values()
    }
    if len(subjects) != len(draft.sessions):
        raise Refused("所选科目中有不属于本组织的，请重新选择", field="sessions")
    institutions = Institution.objects.filter(Institution.seen_by(actor), pk__in=draft.institutions)
    qualifications = Qualification.objects.filter(awarding_body=plan.awarding_body_id, pk__in=draft.fees)
    if len(institutions) != len(set(draft.institutions)) or len(qualifications) != len(draft.fees):
        raise Refused("所选参考院校或证书不在可选范围内，请重新选择", field="institutions")
    plan.institutions.set(institutions)
    plan.sessions.all().delete()
    plan.offers.all().delete()
    PlanQualification.objects.bulk_create(
        [PlanQualification(plan=plan, qualification_id=key, fee=fee) for key, fee in draft.fees.items()]
    )
    PlanSubject.objects.bulk_create([
        PlanSubject(
            plan=plan, subject_id=one.subject_id, qualification_id=subjects[one.subject_id].qualification_id,
            start=one.start, end=one.end, fee=one.fee,
        )
        for one in draft.sessions
    ])  # fmt: skip
    starts, ends = [one.start for one in draft.sessions], [one.end for one in draft.sessions]
    plan.first_exam_start, plan.last_exam_end = min(starts, default=None), max(ends, default=None)
    ExamPlan.objects.filter(pk=plan.pk).update(first_exam_start=plan.first_exam_start, last_exam_end=plan.last_exam_end)


def publish_plan(*, actor: Actor, now: datetime, plan: ExamPlan) -> ExamPlan:
    """R81, R82: from here institutions see the plan and its windows. Every problem is named; the institutions are told."""

    def tell(keys: list[int], rows: dict[int, ExamPlan]) -> None:
        fresh = ExamPlan.objects.get(pk=plan.pk)
        problems = publication_problems(fresh, now)
        if problems:
            raise Refused("；".join(problem.sentence for problem in problems), field=problems[0].field)
        _tell_institutions(fresh, f"考试计划“{fresh.name}”已发布，报考时间 {_span(fresh, 'registration')}")

    return gate.change(plan, PLAN["publish"], actor=actor, now=now, beside=tell)


def cancel_plan(*, actor: Actor, now: datetime, plan: ExamPlan, reason: str) -> ExamPlan:
    """Only while nobody is registered [assumption]; the institutions are told why."""

    def tell(keys: list[int], rows: dict[int, ExamPlan]) -> None:
        _tell_institutions(plan, f"考试计划“{plan.name}”已取消：{reason}")

    return gate.change(plan, PLAN["cancel"], actor=actor, now=now, reason=reason, beside=tell)


# --- a published plan, postponed -----------------------------------------------------------------------
SIDES = {"start": "开始", "end": "结束"}
MOMENTS = {f"{name}_{side}": f"{label}{word}时间" for name, label in WINDOWS.items() for side, word in SIDES.items()}
MOMENTS["pay_until"] = "缴费截止时间"


@dataclass(frozen=True)
class Postponement:
    """``columns``: of ``MOMENTS``; ``sessions``: start and end by key. What stays may be named as well."""

    columns: dict[str, datetime]
    sessions: dict[int, tuple[datetime, datetime]]
    reason: str


def movable_moments(plan: ExamPlan, now: datetime) -> set[str]:
    """A start until it has come. An end until what follows it begins, so that who missed a deadline can be let in
    again; that of 公示 until it has come, for then the scores are locked (R203).
    """
    following = {
        "registration_end": plan.seating_start, "seating_end": plan.first_exam_start, "scoring_end": plan.publicity_start,
        "pay_until": plan.first_exam_start if plan.pay_until else None,
    }  # fmt: skip
    starts = {name for name in MOMENTS if name.endswith("_start") and getattr(plan, name) > now}
    ends = {name for name, begins in following.items() if begins and now < begins}
    return starts | ends | (set() if plan.publicity.after(now) else {"publicity_end"})


def fixed_because(session: PlanSubject, now: datetime) -> str:
    """Why the time of a subject stays; "" when it may be moved. Tickets that are out keep their time."""
    if session.start <= now:
        return "已开考，不能延期"
    return f"已排考 {session.seated:,} 人，须先在排考时间内撤销排考" if session.seated else ""


def postpone_plan(
    *, actor: Actor, now: datetime, plan: ExamPlan, later: Postponement, version: int | None = None
) -> ExamPlan:
    """domain 4.0: a published plan may be postponed, never brought forward, and all its institutions are told."""
    sessions = list(plan.sessions.select_related("subject", "qualification").order_by("start", "pk"))
    changes, said = _moved_columns(plan, later, now)
    moved = _moved_sessions(sessions, later, now, said)
    if not said:
        raise Refused("没有改动任何时间，请把要延期的时间改晚后再保存")
    changes["first_exam_start"] = min(one.start for one in sessions)
    changes["last_exam_end"] = max(one.end for one in sessions)
    for name, moment in changes.items():
        setattr(plan, name, moment)
    if problems := order_problems(plan, sessions) + overlaps(sessions):
        raise Refused("；".join(problem.sentence for problem in problems))
    told = "，".join(said)

    def write(fresh: ExamPlan) -> None:
        for one in moved:
            if not fresh.sessions.filter(pk=one.pk, seated=0).update(start=one.start, end=one.end):
                raise Refused(f"“{one.subject}”刚刚有考生排考，须先在排考时间内撤销排考")
        _tell_institutions(fresh, f"考试计划“{fresh.name}”延期：{told}。理由：{later.reason}")

    return gate.edit(
        plan, changes, actor=actor, may="plans.edit", action="plans.postponed", now=now, version=version,
        guards=[published, running], beside=write, reason=f"{later.reason}（{told}）",
    )


def _moved_columns(plan: ExamPlan, later: Postponement, now: datetime) -> tuple[dict[str, Any], list[str]]:
    """The columns that change, and each change in words."""
    changes, said, movable = {}, [], movable_moments(plan, now)
    for name, moment in later.columns.items():
        if _same(moment, old := getattr(plan, name)):
            continue
        if name not in movable:
            raise Refused(f"{MOMENTS[name]}（{_at(old)}）已过，不能再延期", field=name)
        said.append(_later(MOMENTS[name], old, moment, now, name))
        changes[name] = moment
    return changes, said


def _moved_sessions(
    sessions: Sequence[PlanSubject], later: Postponement, now: datetime, said: list[str]
) -> list[PlanSubject]:
    """The sessions that change, with their new times; each change is added to ``said`` in words."""
    moved = []
    for one in sessions:
        start, end = later.sessions.get(one.pk, (one.start, one.end))
        if _same(start, one.start) and _same(end, one.end):
            continue
        if why := fixed_because(one, now):
            raise Refused(f"“{one.subject}”{why}", field=f"session_{one.pk}_start")
        if end <= start:
            raise Refused(f"“{one.subject}”的考试结束时间须晚于开始时间", field=f"session_{one.pk}_end")
        for side, new in (("start", start), ("end", end)):
            if not _same(new, old := getattr(one, side)):
                said.append(_later(f"“{one.subject}”考试{SIDES[side]}时间", old, new, now, f"session_{one.pk}_{side}"))
                setattr(one, side, new)
        moved.append(one)
    return moved


def _later(label: str, old: datetime, new: datetime, now: datetime, field: str) -> str:
    if new < old and not _same(new, old):
        raise Refused(f"{label}只能延后，不能早于原定的 {_at(old)}", field=field)
    if new <= now:
        raise Refused(f"{label}须晚于现在（{_at(now)}）", field=field)
    return f"{label}由 {_at(old)} 改为 {_at(new)}"


def _same(one: datetime, other: datetime) -> bool:
    """To the minute: a form shows no seconds."""
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


def _tell_institutions(plan: ExamPlan, text: str) -> None:
    notify_all(plan.institutions.values_list("pk", flat=True), "plans.view", text, f"/plans/{plan.pk}/")


# --- the order of the windows ------------------------------------------------------------------------
def publication_problems(plan: ExamPlan, now: datetime) -> list[Problem]:
    """All that is wrong with a draft, in the order of the form."""
    sessions = list(plan.sessions.select_related("subject", "qualification").order_by("start", "id"))
    problems = [] if plan.institutions.exists() else [Problem("institutions", "尚未选择参考院校")]
    if not sessions:
        problems.append(Problem("sessions", "尚未安排任何科目的考试时间"))
    without = plan.offers.exclude(qualification__in=[one.qualification_id for one in sessions]).select_related(
        "qualification"
    )
    problems += [Problem("sessions", f"证书“{one.qualification}”没有安排科目") for one in without]
    problems += [
        Problem("sessions", f"科目“{one.subject}”未发布或已停用，请先在考试科目中发布")
        for one in sessions if one.subject.state != SubjectState.PUBLISHED
    ]  # fmt: skip
    if plan.registration_end < now:
        problems.append(
            Problem("registration", f"报考结束时间（{_at(plan.registration_end)}）已过，发布后院校无法报考")
        )
    return problems + order_problems(plan, sessions) + overlaps(sessions)


def order_problems(plan: ExamPlan, sessions: Sequence[PlanSubject]) -> list[Problem]:
    """报考 < 排考 < first 考试; last 考试 < 成绩登记 < 公示, each start before its end, all strictly (domain 4)."""
    first = min((one.start for one in sessions), default=None)
    last = max((one.end for one in sessions), default=None)
    steps = [
        (name, label, getattr(plan, f"{name}_start"), getattr(plan, f"{name}_end")) for name, label in WINDOWS.items()
    ]
    problems = [
        Problem(name, f"{label}结束时间须晚于开始时间（{_at(start)}）")
        for name, label, start, end in steps
        if end <= start
    ]
    registration, seating, scoring, publicity = steps
    following = [
        ("seating", "排考开始", seating[2], "报考结束", registration[3]),
        ("seating", "首场考试开始", first, "排考结束", seating[3]),
        ("scoring", "成绩登记开始", scoring[2], "末场考试结束", last),
        ("publicity", "公示开始", publicity[2], "成绩登记结束", scoring[3]),
    ]
    for name, later, start, earlier, end in following:
        if start and end and start <= end:
            problems.append(Problem(name, f"{later}时间（{_at(start)}）须晚于{earlier}时间（{_at(end)}）"))
    return problems


def overlaps(sessions: Sequence[PlanSubject]) -> list[Problem]:
    """Two subjects that one candidate takes cannot run at once."""
    problems = []
    for one, other in combinations(sorted(sessions, key=lambda session: session.start), 2):
        same = one.qualification_id == other.qualification_id and _shared(one.subject, other.subject)
        if same and other.start < one.end:
            span = f"{_at(other.start)} 至 {_at(min(one.end, other.end))}"
            sentence = f"“{one.subject}”与“{other.subject}”的考试时间重叠（{span}），同一考生无法都参加"
            problems.append(Problem("sessions", sentence))
    return problems


def _shared(one: Subject, other: Subject) -> bool:
    return Target.EVERYONE in (one.target, other.target) or one.target == other.target


def short_publicity(plan: ExamPlan) -> str:
    """A hint, no refusal: fewer than three days of 公示 leave candidates little time; "" when long enough."""
    days = (plan.publicity_end - plan.publicity_start).total_seconds() / 86400
    return (
        ""
        if days >= SUGGESTED_PUBLICITY_DAYS
        else f"公示期不足 {SUGGESTED_PUBLICITY_DAYS} 天，建议延长，以便考生查询与申请复核"
    )


def _at(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _span(plan: ExamPlan, window: str) -> str:
    return f"{_at(getattr(plan, f'{window}_start'))} 至 {_at(getattr(plan, f'{window}_end'))}"


# --- which plans may be chosen -------------------------------------------------------------------------
def open_plans(*, actor: Actor, now: datetime, window: str = "registration") -> QuerySet[ExamPlan]:
    """R157, R160: 当前处于报考的考试计划，且参考院校包含您所在的院校; for the awarding body its own plans in that window."""
    plans = ExamPlan.within(window, now)
    match actor.organization_kind:
        case "institution":
            return plans.filter(pk__in=invited(actor.organization_id))
        case "awarding_body":
            return plans.filter(awarding_body=actor.organization_id)
    return plans if actor.kind == "system" else plans.filter(NOBODY)


def invited(institution_id: int | None) -> QuerySet:
    """The keys of the plans that name an institution among their 参考院校, as a subquery."""
    return ExamPlan.institutions.through.objects.filter(institution=institution_id).values("examplan")


def offered_qualifications(plan: ExamPlan) -> QuerySet[Qualification]:
    """The certificates of a plan."""
    return Qualification.objects.filter(pk__in=plan.offers.values("qualification")).order_by("name", "grade")


def offered_institutions(body: AwardingBody | int) -> QuerySet[Institution]:
    """Who may be named as 参考院校: the institutions that pilot a qualification of the body."""
    key = body if isinstance(body, int) else body.pk
    return Institution.objects.filter(partnerships__awarding_body=key).order_by("name")


# --- what other rooms note here ------------------------------------------------------------------------------


def count_registered(plan: ExamPlan, changes: Counter[int]) -> None:
    """registrations: subjects of the plan (by session id) gained or lost so many; the plan's own count follows."""
    for session, change in changes.items():
        PlanSubject.objects.filter(pk=session).update(registered=F("registered") + change)
    ExamPlan.objects.filter(pk=plan.pk).update(registered=plan.registrations.count())


def count_seated(session: PlanSubject, change: int) -> None:
    """seating: so many more (or fewer) of this subject have a seat."""
    PlanSubject.objects.filter(pk=session.pk).update(seated=F("seated") + change)
