"""5.2.9: importing the scores of one subject, as the awarding body does it."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest

from skillcert.candidates.models import Candidate
from skillcert.kit.crypto import person_index
from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.sheets import engine
from skillcert.kit.sheets.records import ImportMode, ImportRecord, parts_of
from skillcert.plans.models import PlanSubject
from skillcert.results.imports import ScoreImport
from skillcert.results.models import Result, Score
from skillcert.results.states import Mark, Outcome
from tests.world import World, id_number

HEADER = ["准考证号", "姓名", "身份证号", "成绩", "标记", "备注"]


def sheet(*lines: list[str]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def line(registration, score="86.5", mark="", **changes):
    values = {"ticket": registration.ticket_number, "name": registration.name, "id": registration.id_number} | changes
    return [values["ticket"], values["name"], values["id"], score, mark, ""]


def session(world: World, place: int = 0) -> PlanSubject:
    return PlanSubject.objects.filter(plan=world.plan).order_by("start")[place]


def load(world: World, *lines: list[str], actor=None, place: int = 0) -> ImportRecord:
    actor = actor or world.examiner
    record = engine.open_draft(
        ScoreImport, "成绩.xlsx", sheet(*lines), actor=actor, now=world.now, params={"session": session(world, place).pk}
    )
    engine.stage(record, actor=actor, now=world.now)
    found = [problem.sentence for part in parts_of(record) for row in part.rows() for problem in row.problems]
    engine.claim(record, ImportMode.GOOD)
    record.refresh_from_db()
    engine.write(record, actor=actor, now=world.now)
    record.refresh_from_db()
    record.found = found
    return record


@pytest.fixture
def scoring(world):
    world.clock("scoring")
    return world


@pytest.mark.rule("R198", "R199")
def test_scores_come_in_by_subject_and_make_the_result(scoring):
    registration = scoring.registered()
    load(scoring, line(registration, "86.5"))
    assert Result.objects.get().outcome == Outcome.PENDING
    load(scoring, line(registration, "60"), place=1)
    result = Result.objects.get()
    assert (result.outcome, result.total) == (Outcome.PASSED, Decimal("73.25"))
    assert Score.visible_to(scoring.officer).count() == 2


@pytest.mark.parametrize(("change", "sentence"), [
    ({"ticket": "26999933000001"}, "没有这个准考证号的考生"), ({"name": "周若兮"}, "考生姓名不一致，整行不导入"),
    ({"id": id_number(777)}, "身份证号不一致，整行不导入"), ({"score": "100.5"}, "成绩须在 0 至 100 之间"),
    ({"score": "-1"}, ""), ({"score": ""}, "成绩为空时须填写标记"), ({"score": "50", "mark": "缺考"}, "标记为缺考或违纪时不填成绩"),
    ({"score": "", "mark": "旷考"}, "不在可选项中"),
])  # fmt: skip
def test_a_row_that_does_not_agree_is_refused_whole_and_the_others_go_in(scoring, change, sentence):
    good, bad = scoring.registered(), scoring.registered()
    record = load(scoring, line(good), line(bad, change.pop("score", "86.5"), change.pop("mark", ""), **change))
    assert (record.succeeded, record.failed) == (1, 1)
    assert any(sentence in found for found in record.found)
    assert Score.objects.get().registration == good


def test_absent_and_cheated_leave_the_points_empty_and_fail(scoring):
    absent, cheated = scoring.registered(), scoring.registered()
    load(scoring, line(absent, "", "缺考"), line(cheated, "", "违纪"))
    assert set(Score.objects.values_list("mark", "points")) == {(Mark.ABSENT, None), (Mark.CHEATED, None)}
    assert set(Result.objects.values_list("outcome", flat=True)) == {Outcome.FAILED}


def test_the_verified_name_and_number_match_too(scoring):
    registration = scoring.registered()
    number = id_number(888)
    Candidate.objects.filter(pk=registration.candidate_id).update(
        name="周若曦", id_number=number, person_index=person_index("111", number)
    )
    record = load(scoring, line(registration, name="周若曦", id=number))
    assert record.succeeded == 1
    assert load(scoring, line(registration, name="周若曦")).failed == 1  # the new name with the old number


def test_importing_again_updates_skips_and_never_doubles(scoring):
    registration = scoring.registered()
    load(scoring, line(registration, "86.5"))
    assert load(scoring, line(registration, "86.5")).succeeded == 0
    assert load(scoring, line(registration, "87")).succeeded == 1
    assert Score.objects.get().points == Decimal("87")


def test_outside_the_window_or_for_anothers_plan_nothing_begins(world):
    registration = world.registered()
    world.clock(world.plan.scoring_end + timedelta(seconds=1))
    with pytest.raises(Refused, match="现在不能导入成绩"):
        load(world, line(registration))
    world.clock("scoring")
    with pytest.raises(Refused, match="请先选择"):
        load(world, line(registration), actor=world.actor(world.other_body))
    with pytest.raises(NotAllowed):
        load(world, line(registration), actor=world.officer)
