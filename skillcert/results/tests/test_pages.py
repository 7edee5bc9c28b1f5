"""5.2.9 and 5.2.10 as they are seen in the browser."""

from __future__ import annotations

import io

import openpyxl
import pytest

from skillcert.kit.audit import AuditEntry
from skillcert.plans.models import PlanSubject
from skillcert.results.models import Result, Score
from skillcert.results.states import Outcome


def text_of(response) -> str:
    return response.content.decode()


@pytest.mark.rule("R199", "R205")
def test_a_school_sees_its_own_scores_and_results_with_ids_masked(world):
    mine = world.result(final=False).registration
    other = world.result(world.registered(world.accurate("沈佳怡", institution=world.other_school)), final=False).registration
    waiting = world.registered(world.accurate("韩子墨"))
    client = world.client_as(world.officer)
    scores, results = text_of(client.get("/scores/")), text_of(client.get("/results/"))
    assert "周若溪" in scores and "沈佳怡" not in scores and "更正" not in scores and "导入成绩" not in scores
    assert "韩子墨" in results and "待定" in results and "沈佳怡" not in results
    for number in (mine.id_number, other.id_number, waiting.id_number):
        assert number not in scores + results
    assert "批量导出科目成绩" in scores and "批量导出证书考核详情" in results


@pytest.mark.rule("R208")
def test_a_result_is_opened_by_its_button_and_not_by_another_school(world):
    registration = world.result().registration
    page = text_of(world.client_as(world.officer).get(f"/results/{registration.pk}/"))
    assert "理论知识" in page and "80.00" in page and "通过" in page and "最终结果" in page
    assert world.client_as(world.stranger).get(f"/results/{registration.pk}/").status_code == 404


@pytest.mark.rule("R202")
def test_the_awarding_body_corrects_in_publicity_through_the_dialog(world):
    world.result(points="50", final=False)
    score = Score.objects.first()
    client = world.client_as(world.examiner)
    world.clock("scoring")
    assert f"/scores/{score.pk}/correct/" not in text_of(client.get("/scores/"))
    assert "只能在公示期内更正成绩" in text_of(client.get(f"/scores/{score.pk}/correct/"))
    world.clock("publicity")
    assert f"/scores/{score.pk}/correct/" in text_of(client.get("/scores/"))
    for one in Score.objects.all():
        form = client.get(f"/scores/{one.pk}/correct/").context["form"]
        values = {"points": "88", "mark": "normal", "reason": "合分有误", "once": form["once"].value(), "version": one.version}
        assert client.post(f"/scores/{one.pk}/correct/", values).status_code == 303
    assert Result.objects.get().outcome == Outcome.PASSED
    assert "合分有误" in text_of(client.get(f"/results/{score.registration_id}/"))
    assert world.client_as(world.officer).get(f"/scores/{score.pk}/correct/").status_code == 403


def test_the_score_sheet_names_the_candidates_of_the_subject_and_is_audited(world):
    registration = world.registered()
    world.clock("scoring")
    session = PlanSubject.objects.filter(plan=world.plan).first()
    values = {"plan": world.plan.pk, "qualification": world.qualification.pk, "session": session.pk, "purpose": "登记成绩"}
    response = world.client_as(world.examiner).post("/scores/sheet/", values)
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content))["导入数据"].values)
    assert rows[2][:3] == (registration.ticket_number, registration.name, registration.id_number)
    assert AuditEntry.objects.get(action="kit.download").detail.read()["purpose"] == "登记成绩"
    assert world.client_as(world.actor(world.other_body)).post("/scores/sheet/", values).status_code == 422


@pytest.mark.rule("R204", "R207")
@pytest.mark.parametrize("url", ["/scores/", "/results/"])
def test_an_export_holds_the_ticked_rows_or_else_all(world, url):
    first = world.result(final=False)
    world.result(final=False)
    client = world.client_as(world.officer)
    ticked = first.registration_id if url == "/results/" else Score.objects.filter(registration=first.registration_id).first().pk
    for keys, count in (({"keys": ticked}, 1), ({}, Result.objects.count() * (1 if url == "/results/" else 2))):
        kept = client.post(f"{url}export/?list=results.{'Results' if url == '/results/' else 'Scores'}", keys)
        dialog = client.get(kept.url)
        once = dict(dialog.context["hidden"])["once"]
        answer = client.post(kept.url, {"once": once})
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
        assert len(rows) == count + 1 and answer["Content-Disposition"].startswith("attachment")
        assert first.registration.id_number not in str(rows)
