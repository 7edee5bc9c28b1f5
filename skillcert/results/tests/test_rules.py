"""Chapters 5.2.9 and 5.2.10: when scores may be written, what passes, what is locked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from skillcert.kit.errors import Conflict, NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.plans.models import PlanSubject
from skillcert.results import rules
from skillcert.results.models import Result, Score
from skillcert.results.states import Mark, Outcome
from tests.world import World


def record(world: World, registration, points="80", mark=Mark.NORMAL, session=None, actor=None):
    session = session or PlanSubject.objects.select_related("plan", "subject").filter(plan=world.plan).order_by("start").first()
    entry = registration.subjects.select_related("registration").get(session=session)
    line = rules.ScoreLine(entry, Decimal(points) if points else None, mark)
    with transaction.atomic():
        return rules.record_scores(actor=actor or world.examiner, now=world.now, session=session, lines=[line])


@pytest.mark.rule("R198")
def test_scores_are_recorded_only_inside_the_window(world):
    registration = world.registered()
    for moment in (world.plan.scoring_start - timedelta(seconds=1), world.plan.scoring_end + timedelta(seconds=1)):
        world.clock(moment)
        with pytest.raises(Refused, match="成绩登记时间为 2026-12-15 00:00 至 2026-12-20 23:59"):
            record(world, registration)
    for moment in (world.plan.scoring_start, world.plan.scoring_end):
        world.clock(moment)
        assert record(world, registration) == 1
    assert Score.objects.count() == 1
    assert Result.objects.get().outcome == Outcome.PENDING  # the other subject is missing


def test_a_school_cannot_record_scores(world):
    world.clock("scoring")
    with pytest.raises(NotAllowed):
        record(world, world.registered(), actor=world.officer)


@pytest.mark.parametrize(("points", "mark", "sentence"), [
    ("80", Mark.NORMAL, ""), ("0", Mark.NORMAL, ""), ("100", Mark.NORMAL, ""), (None, Mark.ABSENT, ""),
    ("100.01", Mark.NORMAL, "成绩须在 0 至 100 之间"), ("-0.01", Mark.NORMAL, "成绩须在 0 至 100 之间"),
    (None, Mark.NORMAL, "成绩为空时须填写标记（缺考或违纪）"), ("60", Mark.CHEATED, "标记为缺考或违纪时不填成绩"),
])  # fmt: skip
def test_what_a_score_may_be(world, points, mark, sentence):
    session = PlanSubject.objects.select_related("subject").first()
    assert rules.wrong_points(Decimal(points) if points else None, mark, session) == sentence


@pytest.mark.parametrize(("rule", "theory", "practical", "outcome"), [
    ({"kind": "each"}, "60", "60", Outcome.PASSED),
    ({"kind": "each"}, "59.99", "100", Outcome.FAILED),
    ({}, "60", "61", Outcome.PASSED),
    ({"kind": "weighted", "pass": 60}, "40", "80", Outcome.PASSED),
    ({"kind": "weighted", "pass": 60}, "40", "79.98", Outcome.FAILED),
])  # fmt: skip
def test_the_pass_rule(world, rule, theory, practical, outcome):
    sessions = list(PlanSubject.objects.select_related("subject").filter(plan=world.plan))
    scores = {s.pk: Score(points=Decimal(p), mark=Mark.NORMAL) for s, p in zip(sessions, (theory, practical), strict=True)}
    assert rules.judge(rule, sessions, scores, final=True)[1] == outcome


@pytest.mark.rule("R200", "R202")
def test_a_score_is_corrected_inside_publicity_with_a_reason_and_the_result_follows(world):
    result = world.result(points="50", final=False)
    assert result.outcome == Outcome.FAILED
    scores = list(Score.objects.select_related("session__subject", "plan", "registration"))
    world.clock(world.plan.publicity_start)
    with pytest.raises(Refused, match="须写明理由"):
        rules.correct_score(actor=world.examiner, now=world.now, score=scores[0], points=Decimal(90), mark=Mark.NORMAL, reason=" ")
    for score in scores:
        rules.correct_score(
            actor=world.examiner, now=world.now, score=score, points=Decimal("90"), mark=Mark.NORMAL, reason="合分有误",
            version=score.version,
        )
    result.refresh_from_db()
    assert (result.outcome, result.total) == (Outcome.PASSED, Decimal("90.00"))
    assert Notice.objects.filter(organization_id=world.school.pk, text__contains="合分有误").count() == 2
    with pytest.raises(Conflict):
        rules.correct_score(
            actor=world.examiner, now=world.now, score=scores[0], points=Decimal("91"), mark=Mark.NORMAL, reason="再改", version=1
        )


@pytest.mark.rule("R203")
def test_after_publicity_scores_and_results_are_locked_for_good(world):
    passed, absent = world.result(final=False), world.registered()
    score = Score.objects.select_related("session__subject", "registration").first()
    assert rules.lock_due(now=world.plan.publicity_end) == 0
    after = world.plan.publicity_end + timedelta(seconds=1)
    with pytest.raises(Refused, match="永久锁定"):
        rules.correct_score(actor=world.examiner, now=after, score=score, points=Decimal(1), mark=Mark.NORMAL, reason="改")
    assert rules.lock_due(now=after) == 1
    assert rules.lock_due(now=after) == 0
    passed.refresh_from_db()
    assert (passed.final, passed.outcome) == (True, Outcome.PASSED)
    assert absent.result.final and absent.result.outcome == Outcome.FAILED
    assert not Score.objects.filter(locked=False).exists()


def test_a_lock_killed_half_way_is_finished_by_the_next_tick(world):
    first, second = world.result(final=False), world.result(final=False)
    rules.recompute([first.registration_id], final=True)  # the first chunk was committed, the plan's mark was not
    assert rules.lock_due(now=world.plan.publicity_end + timedelta(seconds=1)) == 1
    second.refresh_from_db()
    assert second.final
