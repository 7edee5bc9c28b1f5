"""Chapters 5.2.9 and 5.2.10: recording and correcting scores, computing results, locking both for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.timezone import localtime

from skillcert.kit import audit, bulk, gate
from skillcert.kit.access import SYSTEM, Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.notices import notify
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.plans.states import PlanState
from skillcert.registrations.models import Registration, RegistrationSubject

from .models import Result, Score
from .states import Mark, Outcome

declare({
    "results.imported": "导入成绩",
    "results.corrected": "更正成绩",
    "results.locked": "成绩锁定",
})

CENT = Decimal("0.01")


@dataclass(frozen=True)
class ScoreLine:
    """One line to record: which entry, the points, or a mark instead."""

    entry: RegistrationSubject
    points: Decimal | None
    mark: str
    remark: str = ""


# --- who may write when ------------------------------------------------------------------------------
def refuse_recording(plan: ExamPlan, now: datetime) -> None:
    """R198: only inside 成绩登记. Raises Refused with the window."""
    if plan.state != PlanState.PUBLISHED or not plan.scoring.contains(now):
        raise Refused(
            f"“{plan}”的成绩登记时间为 {localtime(plan.scoring_start):%Y-%m-%d %H:%M} 至 "
            f"{localtime(plan.scoring_end):%Y-%m-%d %H:%M}，"
            "现在不能导入成绩。如需改期，请在“考试计划”中延期。"
        )


def wrong_points(points: Decimal | None, mark: str, session: PlanSubject) -> str:
    """What is wrong with a score; "" when nothing is: 0 to full marks, or a mark and no points."""
    full = session.subject.full_marks
    if mark != Mark.NORMAL:
        return "" if points is None else "标记为缺考或违纪时不填成绩"
    if points is None:
        return "成绩为空时须填写标记（缺考或违纪）"
    return "" if 0 <= points <= full else f"成绩须在 0 至 {full.normalize():f} 之间"


# --- recording ---------------------------------------------------------------------------------------
def record_scores(*, actor: Actor, now: datetime, session: PlanSubject, lines: Sequence[ScoreLine]) -> int:
    """R198: record, or record anew, a subject's scores inside 成绩登记; the results follow. One chunk of an import."""
    actor.need("results.edit")
    plan = ExamPlan.objects.select_for_update().get(pk=session.plan_id)
    refuse_recording(plan, now)
    columns = (
        "entry_id", "registration_id", "session_id", "plan_id", "qualification_id", "institution_id", "awarding_body_id",
        "points", "mark", "remark", "recorded_at", "recorded_by", "locked",
    )  # fmt: skip
    rows = [
        (
            line.entry.pk, line.entry.registration_id, session.pk, plan.pk, session.qualification_id,
            line.entry.registration.institution_id, plan.awarding_body_id, line.points, line.mark, line.remark, now,
            actor.label[:40], False,
        )
        for line in lines
    ]  # fmt: skip
    bulk.upsert(Score, columns, rows, conflict=("entry_id",), update=("points", "mark", "remark", "recorded_at", "recorded_by"))
    recompute([line.entry.registration_id for line in lines])
    return len(rows)


def correct_score(
    *, actor: Actor, now: datetime, score: Score, points: Decimal | None, mark: str, reason: str, version: int | None = None
) -> Score:
    """R202: the awarding body mends a score inside 公示, with a reason; afterwards it is locked (R203)."""
    if not reason.strip():
        raise Refused("更正成绩须写明理由。", field="reason")
    if sentence := wrong_points(points, mark, score.session):
        raise Refused(sentence, field="points")
    with transaction.atomic():
        plan = ExamPlan.objects.select_for_update().get(pk=score.plan_id)
        if plan.publicity.after(now) or plan.locked_at:
            raise Refused("公示已结束，成绩已永久锁定，不能更正。")
        if plan.publicity.before(now):
            raise Refused(f"公示自 {localtime(plan.publicity_start):%Y-%m-%d %H:%M} 开始，此前请在成绩登记时间内重新导入。")
        fresh = gate.edit(
            score, {"points": points, "mark": mark}, actor=actor, may="results.edit", action="results.corrected", now=now,
            version=version, reason=reason, beside=_recompute_one,
        )
    notify(score.institution_id, "results.view", f"{score.registration.name} 的“{score.session}”成绩已更正，理由：{reason}")
    return fresh


# --- results -----------------------------------------------------------------------------------------
def recompute(registrations: Iterable[int], *, final: bool = False) -> int:
    """Results of these registrations from their scores by the pass rule, inserted or updated; ``final`` locks them."""
    keys = sorted(set(registrations))
    scores: dict[int, dict[int, Score]] = defaultdict(dict)
    for score in Score.objects.filter(registration__in=keys).only("registration_id", "session_id", "points", "mark"):
        scores[score.registration_id][score.session_id] = score
    sat: dict[int, list[PlanSubject]] = defaultdict(list)
    entries = RegistrationSubject.objects.filter(registration__in=keys).select_related("session__subject").order_by("session")
    for entry in entries:
        sat[entry.registration_id].append(entry.session)
    rows = []
    for registration in Registration.objects.filter(pk__in=keys).select_related("qualification"):
        rule = registration.qualification.pass_rule
        total, outcome = judge(rule, sat[registration.pk], scores[registration.pk], final=final)
        rows.append((
            registration.pk, registration.plan_id, registration.qualification_id, registration.institution_id,
            registration.awarding_body_id, registration.person_index, total, outcome, final,
        ))  # fmt: skip
    columns = (
        "registration_id", "plan_id", "qualification_id", "institution_id", "awarding_body_id", "person_index", "total",
        "outcome", "final",
    )  # fmt: skip
    bulk.upsert(Result, columns, rows, conflict=("registration_id",), update=("total", "outcome", "final"))
    return len(rows)


def judge(
    rule: dict, sessions: Sequence[PlanSubject], scores: dict[int, Score], *, final: bool
) -> tuple[Decimal | None, str]:
    """The total and the outcome (domain 2.8): every subject at its pass mark, or the weighted sum.

    A subject that is missing, 缺考 or 违纪 fails the whole once the scores are final; until then a missing one leaves
    it open, and the total too. The total is the weighted mean of the points, to two places; None without a score.
    """
    points = {key: score.points for key, score in scores.items() if score.mark == Mark.NORMAL and score.points is not None}
    here = [session for session in sessions if session.pk in points]
    weight = sum(session.subject.weight for session in sessions) or 1
    total = None
    if here:
        weighted = sum((points[session.pk] * session.subject.weight for session in here), Decimal(0))
        total = (weighted / weight).quantize(CENT, ROUND_HALF_UP)
    if any(score.mark != Mark.NORMAL for score in scores.values()):
        return total, Outcome.FAILED
    if not sessions or len(here) < len(sessions):
        return (total, Outcome.FAILED) if final else (None, Outcome.PENDING)
    if rule.get("kind") == "weighted":
        passed = total is not None and total >= Decimal(str(rule.get("pass", 60)))
    else:
        passed = all(points[session.pk] >= session.subject.pass_mark for session in here)
    return total, Outcome.PASSED if passed else Outcome.FAILED


def _recompute_one(score: Score) -> None:
    recompute([score.registration_id])


# --- the lock ----------------------------------------------------------------------------------------
def lock_due(*, now: datetime) -> int:
    """R203: lock the scores and results of every plan whose 公示 is over. Idempotent; gives the number of plans."""
    due = ExamPlan.objects.filter(state=PlanState.PUBLISHED, publicity_end__lt=now, locked_at=None)
    return sum(_lock(plan, now) for plan in due.order_by("pk"))


def _lock(plan: ExamPlan, now: datetime) -> bool:
    """Chunk by chunk, the plan's own mark last: killed in between, the next tick goes on."""
    for keys in gate.chunks(Registration.objects.filter(plan=plan).exclude(result__final=True)):
        with transaction.atomic():
            Score.objects.filter(registration__in=keys).update(locked=True)
            recompute(keys, final=True)
    with transaction.atomic():
        fresh = ExamPlan.objects.select_for_update().get(pk=plan.pk)
        if fresh.locked_at or not fresh.publicity.after(now):
            return False
        ExamPlan.objects.filter(pk=plan.pk).update(locked_at=now)
        passed = Result.objects.filter(plan=plan, outcome=Outcome.PASSED).count()
        total = Result.objects.filter(plan=plan).count()
        audit.record("results.locked", [audit.fact_of(plan, {"results": total, "passed": passed})], actor=SYSTEM)
    return True
