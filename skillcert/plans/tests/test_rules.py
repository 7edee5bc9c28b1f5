"""Subjects and plans: what keeps a plan from being published, who sees it, which one may be chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from skillcert.kit.audit import AuditEntry, history
from skillcert.kit.errors import Conflict, Missing, NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.plans import rules
from skillcert.plans.models import ExamPlan, PlanSubject, RoomType, Subject, Target
from skillcert.plans.rules import PlanDraft, Session
from skillcert.plans.states import PlanState, Stage, SubjectState
from tests.world import WINDOWS, at

COLUMNS = {
    f"{name}_{side}": at(WINDOWS[name][n])
    for name in WINDOWS
    if name != "exam"
    for n, side in enumerate(("start", "end"))
}


@pytest.fixture
def draft(world):
    world.clock("coming")
    return PlanDraft(
        columns=COLUMNS | {"name": "2026 年第五批统一考核", "year": 2026},
        institutions=[world.school.pk],
        fees={world.qualification.pk: 30000},
        sessions=[
            Session(world.theory.pk, at("2026-12-12 09:00"), at("2026-12-12 11:00"), 15000),
            Session(world.practical.pk, at("2026-12-13 09:00"), at("2026-12-13 12:00"), 20000),
        ],
    )


def make(world, draft, **columns):
    draft = replace(draft, columns=draft.columns | columns)
    return rules.create_plan(actor=world.examiner, now=world.now, draft=draft)


def publish(world, plan):
    return rules.publish_plan(actor=world.examiner, now=world.now, plan=plan)


def sees(actor, plan):
    return ExamPlan.visible_to(actor).filter(pk=plan.pk).exists()


@pytest.mark.rule("R81")
def test_institutions_see_a_plan_from_its_publication(world, draft):
    plan = make(world, draft)
    assert not sees(world.officer, plan)
    plan = publish(world, plan)
    assert sees(world.officer, plan) and sees(world.stranger, plan)
    notice = Notice.visible_to(world.officer).get() if hasattr(Notice, "visible_to") else Notice.objects.get()
    assert notice.organization_id == world.school.pk
    assert "2026 年第五批统一考核" in notice.text and "2026-11-16 00:00" in notice.text


@pytest.mark.rule("R81")
def test_another_awarding_body_sees_nothing_of_it(world, draft):
    plan = publish(world, make(world, draft))
    other = world.actor(world.other_body)
    assert not sees(other, plan)
    with pytest.raises(Missing):
        rules.cancel_plan(actor=other, now=world.now, plan=plan, reason="错发")
    assert ExamPlan.objects.get(pk=plan.pk).state == PlanState.PUBLISHED


@pytest.mark.rule("R82")
def test_a_plan_keeps_its_windows_sessions_prices_and_requirements(world, draft):
    plan = publish(world, make(world, draft, requirements="携带准考证与身份证"))
    assert (plan.first_exam_start, plan.last_exam_end) == (at("2026-12-12 09:00"), at("2026-12-13 12:00"))
    assert plan.requirements == "携带准考证与身份证"
    assert [(s.subject.name, s.fee) for s in plan.sessions.order_by("start")] == [
        ("理论知识", 15000),
        ("实操考核", 20000),
    ]
    assert plan.offers.get().fee == 30000


def test_plan_numbers_are_taken_in_order_and_never_repeat(world, draft):
    first, second = make(world, draft), make(world, draft, name="另一批")
    assert second.number == first.number + 1


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("registration_end", "2026-11-16 00:00", "报考结束时间须晚于开始时间（2026-11-16 00:00）"),
        (
            "seating_start",
            "2026-11-30 23:59:59",
            "排考开始时间（2026-11-30 23:59）须晚于报考结束时间（2026-11-30 23:59）",
        ),
        (
            "seating_end",
            "2026-12-12 09:00",
            "首场考试开始时间（2026-12-12 09:00）须晚于排考结束时间（2026-12-12 09:00）",
        ),
        (
            "scoring_start",
            "2026-12-13 12:00",
            "成绩登记开始时间（2026-12-13 12:00）须晚于末场考试结束时间（2026-12-13 12:00）",
        ),
        (
            "publicity_start",
            "2026-12-20 23:59:59",
            "公示开始时间（2026-12-20 23:59）须晚于成绩登记结束时间（2026-12-20 23:59）",
        ),
    ],
)
def test_windows_that_touch_are_named_and_one_second_more_is_enough(world, draft, column, value, sentence):
    plan = make(world, draft, **{column: at(value)})
    with pytest.raises(Refused, match=sentence.replace("（", ".").replace("）", ".")) as no:
        publish(world, plan)
    assert sentence in no.value.sentence
    assert ExamPlan.objects.get(pk=plan.pk).state == PlanState.DRAFT
    step = -1 if column.endswith("end") and column != "registration_end" else 1
    later = at(value) + timedelta(seconds=step)
    repaired = rules.edit_plan(
        actor=world.examiner, now=world.now, plan=plan, draft=replace(draft, columns={column: later})
    )
    assert publish(world, repaired).state == PlanState.PUBLISHED


def test_every_problem_is_named_at_once(world, draft):
    plan = make(world, replace(draft, institutions=[], sessions=[]), publicity_end=COLUMNS["publicity_start"])
    with pytest.raises(Refused) as no:
        publish(world, plan)
    for sentence in ("尚未选择参考院校", "尚未安排任何科目的考试时间", "没有安排科目", "公示结束时间须晚于开始时间"):
        assert sentence in no.value.sentence


def test_two_subjects_of_one_candidate_cannot_run_at_once(world, draft):
    crossing = Session(world.practical.pk, at("2026-12-12 10:59"), at("2026-12-12 12:00"))
    plan = make(world, replace(draft, sessions=[draft.sessions[0], crossing]))
    with pytest.raises(Refused, match="“理论知识”与“实操考核”的考试时间重叠"):
        publish(world, plan)
    touching = Session(world.practical.pk, at("2026-12-12 11:00"), at("2026-12-12 12:00"))
    plan = rules.edit_plan(
        actor=world.examiner, now=world.now, plan=plan, draft=replace(draft, sessions=[draft.sessions[0], touching])
    )
    assert publish(world, plan).state == PlanState.PUBLISHED


def test_subjects_for_different_people_may_run_at_once(world, draft):
    Subject.objects.filter(pk=world.theory.pk).update(target=Target.HIGHER)
    Subject.objects.filter(pk=world.practical.pk).update(target=Target.SECONDARY)
    crossing = Session(world.practical.pk, at("2026-12-12 09:00"), at("2026-12-12 11:00"))
    assert (
        publish(world, make(world, replace(draft, sessions=[draft.sessions[0], crossing]))).state == PlanState.PUBLISHED
    )


def test_a_plan_whose_registration_is_over_is_not_published(world, draft):
    plan = make(world, draft)
    world.clock(COLUMNS["registration_end"] + timedelta(seconds=1))
    with pytest.raises(Refused, match=r"报考结束时间.*已过"):
        publish(world, plan)
    world.clock(COLUMNS["registration_end"])
    assert publish(world, plan).state == PlanState.PUBLISHED


def test_a_published_plan_is_no_longer_edited(world, draft):
    plan = publish(world, make(world, draft))
    with pytest.raises(Refused, match="计划已发布或已取消，不能修改"):
        rules.edit_plan(actor=world.examiner, now=world.now, plan=plan, draft=replace(draft, sessions=[]))
    assert PlanSubject.objects.filter(plan=plan).count() == 2


def test_two_people_editing_one_draft_do_not_overwrite_each_other(world, draft):
    plan = make(world, draft)
    seen = plan.version
    rules.edit_plan(
        actor=world.examiner,
        now=world.now,
        plan=plan,
        draft=replace(draft, columns={"name": "甲改的名称"}),
        version=seen,
    )
    with pytest.raises(Conflict) as no:
        rules.edit_plan(
            actor=world.examiner,
            now=world.now,
            plan=plan,
            draft=replace(draft, columns={"name": "乙改的名称"}),
            version=seen,
        )
    assert no.value.fields == {"计划名称": ("乙改的名称", "甲改的名称")}


def test_a_plan_with_registrations_is_not_cancelled(world):
    ExamPlan.objects.filter(pk=world.plan.pk).update(registered=1)
    with pytest.raises(Refused, match="已有考生报考，不能取消"):
        rules.cancel_plan(actor=world.examiner, now=world.now, plan=world.plan, reason="场地停电")
    ExamPlan.objects.filter(pk=world.plan.pk).update(registered=0)
    with pytest.raises(Refused, match="须写明理由"):
        rules.cancel_plan(actor=world.examiner, now=world.now, plan=world.plan, reason=" ")
    plan = rules.cancel_plan(actor=world.examiner, now=world.now, plan=world.plan, reason="场地停电")
    assert plan.state == PlanState.CANCELLED
    assert set(Notice.objects.values_list("organization_id", flat=True)) == {world.school.pk, world.other_school.pk}
    assert AuditEntry.objects.get(action="plan.cancel").detail.read()["reason"] == "场地停电"


def test_an_institution_and_a_foreign_body_cannot_put_things_into_a_plan(world, draft):
    with pytest.raises(NotAllowed):
        rules.create_plan(actor=world.officer, now=world.now, draft=draft)
    foreign = world.actor(world.other_body)
    with pytest.raises(Refused, match="不属于本组织"):
        rules.create_plan(actor=foreign, now=world.now, draft=draft)
    assert ExamPlan.objects.count() == 1


@pytest.mark.rule("R157", "R160")
def test_a_plan_is_offered_in_its_window_to_the_institutions_it_names(world):
    start, end = COLUMNS["registration_start"], COLUMNS["registration_end"]
    world.plan.institutions.remove(world.other_school)

    def offered(actor, moment, window="registration"):
        return list(rules.open_plans(actor=actor, now=moment, window=window))

    assert offered(world.officer, start) == offered(world.officer, end) == [world.plan]
    assert (
        offered(world.officer, start - timedelta(seconds=1)) == offered(world.officer, end + timedelta(seconds=1)) == []
    )
    assert offered(world.stranger, start) == []
    assert offered(world.examiner, COLUMNS["seating_start"], "seating") == [world.plan]
    assert offered(world.actor(world.other_body), start) == []


@pytest.mark.parametrize(
    ("column", "stage"),
    [("registration_start", Stage.REGISTRATION), ("seating_start", Stage.SEATING), ("first_exam_start", Stage.EXAM),
     ("scoring_start", Stage.SCORING), ("publicity_start", Stage.PUBLICITY)],
)  # fmt: skip
def test_a_stage_begins_with_its_second_and_sql_says_the_same(world, column, stage):
    start = getattr(world.plan, column)
    for moment, expected in ((start - timedelta(seconds=1), Stage(stage - 1)), (start, stage)):
        assert world.plan.stage(moment) == expected
        assert [s for s in Stage if ExamPlan.in_stage(s, moment).filter(pk=world.plan.pk).exists()] == [expected]


# --- subjects ----------------------------------------------------------------------------------------
def subject(world, **values):
    columns = {"code": "T9", "name": "综合", "room_type": RoomType.PAPER, "method": "闭卷笔试"} | values
    return rules.create_subject(actor=world.examiner, now=world.now, qualification=world.qualification, values=columns)


@pytest.mark.rule("R77", "R78")
def test_institutions_see_a_subject_from_its_publication_until_after_its_stop(world):
    made = subject(world, target=Target.SOCIAL)
    assert made not in Subject.visible_to(world.officer)
    rules.publish_subjects(actor=world.examiner, now=world.now, subjects=[made.pk])
    assert Subject.visible_to(world.officer).get(pk=made.pk).get_target_display() == "社会考生"
    rules.stop_subjects(actor=world.examiner, now=world.now, subjects=[made.pk])
    assert Subject.visible_to(world.officer).get(pk=made.pk).state == SubjectState.STOPPED


def test_a_subject_in_a_published_plan_stays_as_it_is(world):
    with pytest.raises(Refused, match="已用于已发布的考试计划"):
        rules.edit_subject(
            actor=world.examiner, now=world.now, subject=world.theory, values={"room_type": RoomType.PAPER}
        )
    made = subject(world)
    assert rules.edit_subject(actor=world.examiner, now=world.now, subject=made, values={"minutes": 90}).minutes == 90


def test_a_stopped_subject_keeps_a_draft_from_publication(world, draft):
    plan = make(world, draft)
    rules.stop_subjects(actor=world.examiner, now=world.now, subjects=[world.theory.pk])
    with pytest.raises(Refused, match="科目“理论知识”未发布或已停用"):
        publish(world, plan)


def test_code_and_name_are_once_in_a_qualification(world):
    with pytest.raises(Refused, match="该证书下已有此科目代码"):
        subject(world, code="T1")
    with pytest.raises(Refused, match="该证书下已有同名且参考对象相同的科目"):
        subject(world, name="理论知识")
    with pytest.raises(Refused, match="合格分不能高于满分"):
        subject(world, pass_mark=101)


def test_a_body_sets_subjects_of_its_own_qualifications_only(world):
    with pytest.raises(Refused, match="只能为本组织的证书"):
        rules.create_subject(
            actor=world.actor(world.other_body), now=world.now, qualification=world.qualification, values={"code": "X"}
        )


# --- postponed ---------------------------------------------------------------------------------------
def postpone(world, *, sessions=None, actor=None, **columns):
    plan = ExamPlan.objects.get(pk=world.plan.pk)
    later = rules.Postponement({name: at(moment) for name, moment in columns.items()}, sessions or {}, "机房检修")
    return rules.postpone_plan(actor=actor or world.examiner, now=world.now, plan=plan, later=later, version=plan.version)


def plus(moment, **delta):
    return f"{timezone.localtime(moment) + timedelta(**delta):%Y-%m-%d %H:%M}"


def test_who_missed_the_registration_is_let_in_again_until_seating_begins(world):
    world.clock(world.plan.registration_end + timedelta(seconds=1))
    assert not rules.open_plans(actor=world.officer, now=world.now).exists()
    until = plus(world.plan.registration_end, hours=12)
    plan = postpone(world, registration_end=until)
    assert rules.open_plans(actor=world.officer, now=world.now).get() == plan
    notices = Notice.objects.filter(organization_id=world.school.pk)
    assert f"改为 {until}" in notices.get().text and "机房检修" in notices.get().text
    entry = history(plan)[0]
    assert entry.sentence == "延期" and f"改为 {until}" in entry.detail.read()["reason"]
    world.clock(world.plan.seating_start)
    with pytest.raises(Refused, match="已过，不能再延期"):
        postpone(world, registration_end=plus(world.plan.seating_start, hours=1))


@pytest.mark.parametrize(("columns", "sentence"), [
    ({}, "没有改动任何时间"),
    ({"seating_end": -1}, "只能延后，不能早于原定的"),
    ({"registration_end": 60}, "排考开始时间（.*）须晚于报考结束时间"),
    ({"registration_start": 1}, "报考开始时间（.*）已过，不能再延期"),
])  # fmt: skip
def test_it_is_never_brought_forward_nor_put_out_of_order(world, columns, sentence):
    world.clock("registration")
    wanted = {name: plus(getattr(world.plan, name), days=days) for name, days in columns.items()}
    with pytest.raises(Refused, match=sentence):
        postpone(world, **wanted)
    assert not Notice.objects.exists() and ExamPlan.objects.get(pk=world.plan.pk).version == world.plan.version


def test_a_subject_moves_with_the_plans_first_and_last_exam_until_somebody_is_seated(world):
    world.clock("registration")
    session = world.plan.sessions.get(subject=world.practical)
    wanted = {session.pk: (session.start + timedelta(hours=3), session.end + timedelta(hours=3))}
    plan = postpone(world, sessions=wanted)
    assert plan.last_exam_end == session.end + timedelta(hours=3)
    told = Notice.objects.get(organization_id=world.school.pk).text
    assert "“实操考核”考试开始时间由 2026-12-13 09:00 改为 2026-12-13 12:00" in told
    PlanSubject.objects.filter(pk=session.pk).update(seated=1)
    with pytest.raises(Refused, match="已排考 1 人，须先在排考时间内撤销排考"):
        postpone(world, sessions={session.pk: (session.start + timedelta(hours=5), session.end + timedelta(hours=5))})


def test_two_subjects_of_a_candidate_are_not_moved_onto_each_other(world):
    world.clock("registration")
    one, other = (world.plan.sessions.get(subject=subject) for subject in (world.theory, world.practical))
    with pytest.raises(Refused, match="考试时间重叠"):
        postpone(world, sessions={one.pk: (other.start, other.end)})


def test_after_publicity_the_scores_are_locked_and_nothing_is_postponed(world):
    world.clock(world.plan.publicity_end)
    assert postpone(world, publicity_end=plus(world.plan.publicity_end, days=2)).publicity_end > world.plan.publicity_end
    world.clock(ExamPlan.objects.get(pk=world.plan.pk).publicity_end + timedelta(seconds=1))
    with pytest.raises(Refused, match="不能再延期"):
        postpone(world, publicity_end=plus(world.now, days=5))


def test_only_its_own_body_postpones_and_the_second_of_two_is_told(world):
    world.clock("registration")
    until = plus(world.plan.registration_end, hours=6)
    for actor, error in ((world.officer, NotAllowed), (world.actor(world.other_body), Missing)):
        with pytest.raises(error):
            postpone(world, actor=actor, registration_end=until)
    stale = ExamPlan.objects.get(pk=world.plan.pk)
    postpone(world, registration_end=until)
    later = rules.Postponement({"registration_end": at(plus(world.plan.registration_end, hours=9))}, {}, "机房检修")
    with pytest.raises(Conflict):
        rules.postpone_plan(actor=world.examiner, now=world.now, plan=stale, later=later, version=stale.version)
