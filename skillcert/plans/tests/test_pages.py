"""The screens of subjects and plans."""

from __future__ import annotations

import re
import uuid

import pytest
from django.utils.timezone import localtime

from skillcert.kit.notices import Notice
from skillcert.plans.models import ExamPlan, Subject
from skillcert.plans.states import PlanState
from tests.world import WINDOWS


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def once(**data):
    return {"once": str(uuid.uuid4()), **data}


@pytest.fixture
def body(world):
    return world.client_as(world.examiner)


def form(world, **more):
    data = {"name": "2026 年第五批统一考核", "year": "2026", "fee_required": "on", "institutions": [world.school.pk]}
    for name, (start, end) in WINDOWS.items():
        if name != "exam":
            data |= {f"{name}_start": start[:16].replace(" ", "T"), f"{name}_end": end[:16].replace(" ", "T")}
    data |= {
        f"subject_{world.theory.pk}_start": "2026-12-12T09:00", f"subject_{world.theory.pk}_end": "2026-12-12T11:00",
        f"subject_{world.theory.pk}_fee": "150", f"qualification_{world.qualification.pk}_fee": "300.50",
    }  # fmt: skip
    return data | more


@pytest.mark.rule("R81", "R82")
def test_a_body_makes_and_publishes_a_plan_and_schools_read_its_windows(world, body):
    response = body.post("/plans/new/", once(**form(world, requirements="携带身份证")))
    plan = ExamPlan.objects.get(name="2026 年第五批统一考核")
    assert response.url == f"/plans/{plan.pk}/"
    assert [(one.subject, one.fee) for one in plan.sessions.all()] == [(world.theory, 15000)]
    assert plan.offers.get().fee == 30050 and list(plan.institutions.all()) == [world.school]
    school = world.client_as(world.officer)
    assert school.get(f"/plans/{plan.pk}/").status_code == 404
    body.post(f"/plans/publish/{plan.pk}/", once())
    page = text(school.get(f"/plans/{plan.pk}/"))
    for words in ("2026-11-16 00:00", "2026-12-12 09:00", "携带身份证", "在参考院校内，可以报考", "300.50"):
        assert words in page
    assert "不在参考院校内" in text(world.client_as(world.stranger).get(f"/plans/{plan.pk}/"))
    assert school.get(Notice.objects.get(organization_id=world.school.pk).url).status_code == 200


def test_a_draft_with_windows_out_of_order_is_kept_and_its_problems_are_named(world, body):
    body.post("/plans/new/", once(**form(world, seating_end="2026-12-12T18:00", institutions=[])))
    plan = ExamPlan.objects.get(state=PlanState.DRAFT)
    wrong = "首场考试开始时间（2026-12-12 09:00）须晚于排考结束时间（2026-12-12 18:00）"
    for url in (f"/plans/{plan.pk}/", f"/plans/{plan.pk}/edit/", f"/plans/publish/{plan.pk}/"):
        page = text(body.get(url))
        assert wrong in page and "尚未选择参考院校" in page
    refused = body.post(f"/plans/publish/{plan.pk}/", once())
    assert refused.status_code == 422 and ExamPlan.objects.get(pk=plan.pk).state == PlanState.DRAFT
    mended = body.post(f"/plans/{plan.pk}/edit/", once(version=plan.version, **form(world)))
    assert mended.status_code == 303 and wrong not in text(body.get(f"/plans/{plan.pk}/"))


def test_half_a_time_and_a_time_backwards_are_said_at_their_field(world, body):
    key = f"subject_{world.practical.pk}"
    half = text(body.post("/plans/new/", once(**form(world, **{f"{key}_start": "2026-12-13T09:00"}))))
    assert "开始与结束时间须同时填写" in half
    times = {f"{key}_start": "2026-12-13T09:00", f"{key}_end": "2026-12-13T09:00"}
    assert "考试结束时间须晚于开始时间" in text(body.post("/plans/new/", once(**form(world, **times))))
    assert ExamPlan.objects.count() == 1


def test_a_published_plan_cannot_be_opened_for_editing_and_a_school_has_no_buttons(world, body):
    assert "计划已发布或已取消，不能修改" in text(body.get(f"/plans/{world.plan.pk}/edit/"))
    school = world.client_as(world.officer)
    page = school.get("/plans/")
    assert world.plan.name in text(page) and "取消计划" not in text(page) and "/plans/new/" not in page.content.decode()
    assert school.get("/plans/new/").status_code == 403
    assert world.client_as(world.actor(world.other_body)).get(f"/plans/{world.plan.pk}/").status_code == 404


@pytest.mark.rule("R77", "R78", "R79")
def test_a_subject_is_made_published_and_read_with_its_target(world, body):
    data = {
        "qualification": world.qualification.pk, "code": "s1", "name": "社会实践", "room_type": "paper", "method": "闭卷笔试",
        "target": "social", "full_marks": "100", "pass_mark": "60", "weight": "50", "minutes": "90",
    }  # fmt: skip
    body.post("/subjects/new/", once(**data))
    made = Subject.objects.get(name="社会实践")
    school = world.client_as(world.officer)
    assert "社会实践" not in text(school.get("/subjects/"))
    body.post(f"/subjects/publish/{made.pk}/", once())
    page = text(school.get("/subjects/"))
    assert "社会实践" in page and "社会考生" in page and "新增" not in page
    assert "考试科目以培训评价组织的考试计划为准" in text(school.get(f"/subjects/{made.pk}/"))


def test_a_body_postpones_a_published_plan_and_the_school_reads_the_new_time(world, body):
    url = f"/plans/{world.plan.pk}/postpone/"
    assert url in body.get("/plans/").content.decode() and url in body.get(f"/plans/{world.plan.pk}/").content.decode()
    page = body.get(url)
    shown = page.content.decode()
    assert "已过，不能延期" in text(page) and 'name="registration_start"' not in shown and 'name="registration_end"' in shown
    sent = {name: value[:16].replace(" ", "T") for key, window in WINDOWS.items() if key != "exam"
            for name, value in zip((f"{key}_start", f"{key}_end"), window, strict=True)}  # fmt: skip
    for session in world.plan.sessions.all():
        for side in ("start", "end"):
            sent[f"session_{session.pk}_{side}"] = f"{localtime(getattr(session, side)):%Y-%m-%dT%H:%M}"
    unchanged = body.post(url, once(version=world.plan.version, reason="机房检修", **sent))
    assert unchanged.status_code == 422 and "没有改动任何时间" in text(unchanged)
    sent["registration_end"] = "2026-12-01T18:00"
    empty = body.post(url, once(version=world.plan.version, **sent))
    assert empty.status_code == 422 and "请填写延期理由。" in text(empty) and "2026-12-01T18:00" in empty.content.decode()
    assert body.post(url, once(version=world.plan.version, reason="机房检修", **sent)).url == f"/plans/{world.plan.pk}/"
    school = world.client_as(world.officer)
    read = text(school.get(f"/plans/{world.plan.pk}/"))
    assert "2026-12-01 18:00" in read and "延期" in read
    assert "报考结束时间由 2026-11-30 23:59 改为 2026-12-01 18:00" in Notice.objects.get(organization_id=world.school.pk).text


def test_a_draft_is_edited_and_not_postponed(world, body):
    body.post("/plans/new/", once(**form(world)))
    plan = ExamPlan.objects.get(state=PlanState.DRAFT)
    assert f"/plans/{plan.pk}/postpone/" not in body.get("/plans/").content.decode()
    assert "草稿请直接编辑" in text(body.get(f"/plans/{plan.pk}/postpone/"))
