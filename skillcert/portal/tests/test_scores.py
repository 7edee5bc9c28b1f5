"""成绩查询: from the first second of 公示 (R201), one's own only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from skillcert.candidates.models import Candidate
from skillcert.registrations.models import Registration

PUBLIC = Client()


def ask(name: str, number: str) -> str:
    return PUBLIC.post("/score/", {"name": name, "id_number": number}).content.decode()


@pytest.mark.rule("R200", "R201")
def test_scores_open_at_the_first_second_of_publicity(world):
    registration = world.result(final=False).registration
    world.clock(world.plan.publicity_start - timedelta(seconds=1))
    page = ask(registration.name, registration.id_number)
    assert "公示自 2026-12-22 00:00 开始" in page and "80" not in page.split("公示自")[1][:40] and "理论知识" not in page
    world.clock(world.plan.publicity_start)
    for number in (registration.id_number, registration.id_number.lower(), registration.ticket_number):
        page = ask(registration.name, number)
        assert "成绩公示中" in page and "理论知识" in page and "80.00" in page and "通过" in page
    assert registration.phone not in page and registration.id_number not in ask(registration.name, registration.ticket_number)


@pytest.mark.rule("R203")
def test_after_publicity_it_is_the_final_result(world):
    registration = world.result(points="50").registration
    world.clock(world.plan.publicity_end)
    assert "成绩公示中" in ask(registration.name, registration.ticket_number)
    world.clock(world.plan.publicity_end + timedelta(seconds=1))
    assert "最终结果：未通过" in ask(registration.name, registration.ticket_number)


def test_whose_data_were_mended_since_finds_the_score_with_the_old_and_the_new(world):
    registration = world.registered(world.accurate("周若西"))
    Candidate.objects.filter(pk=registration.candidate_id).update(name="周若溪")
    world.clock(world.plan.publicity_start)
    assert "成绩公示中" in ask("周若西", registration.id_number)
    assert "成绩公示中" in ask("周若溪", registration.id_number)
    assert "周若西" in ask("周若溪", registration.id_number)
    Registration.objects.filter(pk=registration.pk).update(accepted_name="周若溪")
    page = ask("周若溪", registration.id_number)
    assert "周若西" not in page  # accepted: the name that the certificate will carry
    assert "成绩公示中" not in ask("周若兮", registration.id_number)


def test_a_wrong_name_and_an_unknown_number_get_the_same_answer(world):
    registration = world.result(final=False).registration
    world.clock("publicity")
    for page in (ask("沈佳怡", registration.id_number), ask(registration.name, "330106200501019999")):
        assert "没有查到公示中的成绩" in page and "理论知识" not in page


def test_guessing_one_persons_name_ends_soon(world):
    registration = world.result(final=False).registration
    world.clock("publicity")
    codes = [PUBLIC.post("/score/", {"name": f"张{n}", "id_number": registration.id_number}).status_code for n in range(12)]
    assert codes[0] == 200 and codes[-1] == 429
