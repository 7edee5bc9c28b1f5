"""Many at the same moment: one report of a cycle, and one outcome of a review and a withdrawal."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from skillcert.kit.errors import Refused
from skillcert.weekly import rules
from skillcert.weekly.models import WeeklyReport
from skillcert.weekly.states import ReportState

from .makers import FILLED, draft, put, reviewer


def at_once(*acts):
    """What each of them got: its answer, or the refusal."""
    gate, answers = threading.Barrier(len(acts)), []

    def work(act):
        try:
            gate.wait()
            answers.append(act())
        except Refused as no:
            answers.append(no)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.rule("R224")
def test_many_tabs_make_one_report(transactional_db, world):
    actor, figures, now = world.officer, draft(world), world.now
    answers = at_once(*[
        lambda: rules.save_report(actor=actor, now=now, report=None, values=FILLED, draft=figures) for _ in range(6)
    ])  # fmt: skip
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    row = WeeklyReport.objects.get()
    assert len(answers) == 6 and len(refused) == 5
    assert {(no.sentence, no.url) for no in refused} == {("本周周报已提交，请勿重复提交", f"/weekly/{row.pk}/")}


@pytest.mark.rule("R227")
def test_of_a_review_and_a_withdrawal_one_happens_and_the_other_is_told(transactional_db, world):
    officer, province, now = world.officer, reviewer(world), world.now
    for _ in range(5):
        row = put(world, ReportState.IN_REVIEW)
        withdrawn, approved = "draft", "approved"
        answers = at_once(
            lambda: ("w", rules.withdraw_reports(actor=officer, now=now, reports=[row.pk])),  # noqa: B023
            lambda: ("a", rules.approve_reports(actor=province, now=now, reports=[row.pk])),  # noqa: B023
        )
        done = {name: outcome.done for name, outcome in answers}
        row.refresh_from_db()
        assert sorted(map(len, done.values())) == [0, 1]
        assert row.state == (withdrawn if done["w"] else approved)
        row.delete()
