"""Chapter 6 at the gate: who may do what when, and what is refused with which sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from skillcert.kit import jobs
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Conflict, NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.kit.rows import constraints_as_sentences
from skillcert.orgs.models import Province
from skillcert.weekly import rules
from skillcert.weekly.content import changes_since_return
from skillcert.weekly.models import ONLY_ONCE, CycleSetting, Reminder, WeeklyReport
from skillcert.weekly.states import REPORT, ReportState
from tests.world import at

from .makers import FILLED, draft, put, reviewer, saved

S = ReportState
TOO_LATE = "提交时间已过，该周报目前不能提交，谢谢"
SECOND = timedelta(seconds=1)


def refused(outcome):
    return [sentence for _, sentence in outcome.refused]


# --- states --------------------------------------------------------------------------------------------
MOVES = {
    (S.DRAFT, "submit"): S.IN_REVIEW, (S.RETURNED, "submit"): S.IN_REVIEW, (S.IN_REVIEW, "withdraw"): S.DRAFT,
    (S.IN_REVIEW, "approve"): S.APPROVED, (S.IN_REVIEW, "return"): S.RETURNED,
}  # fmt: skip


@pytest.mark.parametrize("state", S.values)
@pytest.mark.parametrize("move", ["submit", "withdraw", "approve", "return"])
@pytest.mark.rule("R223", "R229")
def test_every_state_and_move_against_the_table(world, state, move):
    row = put(world, state)
    actor = world.officer if move in ("submit", "withdraw") else reviewer(world)
    act = {
        "submit": rules.submit_reports, "withdraw": rules.withdraw_reports, "approve": rules.approve_reports,
        "return": lambda **more: rules.return_reports(**more, reason="请补充"),
    }[move]  # fmt: skip
    outcome = act(actor=actor, now=world.now, reports=[row.pk])
    row.refresh_from_db()
    target = MOVES.get((state, move))
    assert row.state == (target or state)
    if target is None:
        unseen = state == S.DRAFT and move in ("approve", "return")  # a draft is its institution's alone
        wrong = f"当前状态为“{S(state).label}”，不可{REPORT[move].label}"
        assert refused(outcome) == ["记录不存在，或不属于您的单位" if unseen else wrong]


def test_an_institution_does_not_review_and_a_province_does_not_fill_in(world):
    row = put(world, S.IN_REVIEW)
    with pytest.raises(NotAllowed):
        rules.approve_reports(actor=world.officer, now=world.now, reports=[row.pk])
    with pytest.raises(NotAllowed):
        rules.withdraw_reports(actor=reviewer(world), now=world.now, reports=[row.pk])
    assert rules.withdraw_reports(actor=world.stranger, now=world.now, reports=[row.pk]).done == []
    row.refresh_from_db()
    assert row.state == S.IN_REVIEW


def test_who_sees_which_report(world):
    row = put(world, S.DRAFT)
    other = world.actor(Province.objects.create(kind="province", name="海东省教育厅", province_code="44"))
    seen = {
        state: [
            WeeklyReport.visible_to(actor).filter(pk=row.pk).exists()
            for actor in (world.officer, world.stranger, reviewer(world), other, world.examiner)
            if WeeklyReport.objects.filter(pk=row.pk).update(state=state)
        ]
        for state in S.values
    }
    assert seen == {
        S.DRAFT: [True, False, False, False, False], S.IN_REVIEW: [True, False, True, False, False],
        S.APPROVED: [True, False, True, False, False], S.RETURNED: [True, False, True, False, False],
    }  # fmt: skip


# --- saving and submitting -----------------------------------------------------------------------------
@pytest.mark.rule("R222", "R223")
def test_saving_keeps_a_draft_and_submitting_tells_the_province(world):
    row = saved(world)
    assert (row.state, row.label, row.start) == (S.DRAFT, "第 48 周", at("2026-11-23 00:00"))
    assert Notice.objects.count() == 0
    rules.submit_reports(actor=world.officer, now=world.now, reports=[row.pk])
    row.refresh_from_db()
    assert (row.state, row.submitted_at, row.submitted_by) == (S.IN_REVIEW, world.now, "院校管理员")
    told = Notice.objects.get()
    assert (told.organization_id, told.code) == (world.province.pk, "weekly.review")
    assert told.text == f"云州职业技术学院提交了{row.cycle.full_label}周报，请审核"


@pytest.mark.rule("R224")
@pytest.mark.parametrize("cycle", [Province.Cycle.WEEK, Province.Cycle.HALF_MONTH])
@pytest.mark.parametrize("state", S.values)
def test_the_second_report_of_a_cycle_is_refused_and_led_to_the_first(world, cycle, state):
    Province.objects.update(report_cycle=cycle)
    world.province.refresh_from_db()
    row = put(world, state)
    with pytest.raises(Refused) as no:
        saved(world)
    assert no.value.sentence == "本周周报已提交，请勿重复提交"
    assert no.value.url == f"/weekly/{row.pk}/" and S(state).label in no.value.link
    assert WeeklyReport.objects.count() == 1


@pytest.mark.rule("R224")
def test_the_database_itself_holds_one_report_per_institution_and_cycle(world):
    row = put(world, S.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        put(world, S.DRAFT)
    row.pk = None
    with pytest.raises(Refused, match=ONLY_ONCE), constraints_as_sentences(WeeklyReport):
        row.save(force_insert=True)


@pytest.mark.rule("R220", "R221", "R228")
@pytest.mark.parametrize(("away", "open_"), [(-SECOND, True), (timedelta(0), False), (SECOND, False)])
@pytest.mark.parametrize("cycle", [Province.Cycle.WEEK, Province.Cycle.HALF_MONTH])
def test_a_report_is_submitted_until_the_next_cycle_begins(world, away, open_, cycle):
    Province.objects.update(report_cycle=cycle)
    world.province.refresh_from_db()
    row = saved(world)
    world.clock(row.end + away)
    outcome = rules.submit_reports(actor=world.officer, now=world.now, reports=[row.pk])
    assert refused(outcome) == ([] if open_ else [TOO_LATE])
    row.refresh_from_db()
    assert row.state == (S.IN_REVIEW if open_ else S.DRAFT)


@pytest.mark.rule("R221", "R228")
def test_nothing_is_filled_in_after_its_cycle(world):
    row = saved(world)
    started, figures = row.start, draft(world)
    world.clock(row.end)
    edit = {"actor": world.officer, "now": world.now, "values": FILLED | {"progress": "补"}, "draft": figures}
    for submit, sentence in ((True, TOO_LATE), (False, "下一周期已经开始，上期周报不允许补填；只能查看，未提交的可以删除")):
        with pytest.raises(Refused, match=sentence):
            rules.save_report(**edit, report=row, version=row.version, submit=submit)
    row.delete()
    for submit, sentence in ((True, TOO_LATE), (False, "下一周期已经开始")):
        with pytest.raises(Refused, match=sentence):
            rules.save_report(**edit, report=None, started=started, submit=submit)
    assert WeeklyReport.objects.count() == 0


@pytest.mark.rule("R230")
def test_a_returned_report_comes_again_after_its_cycle(world):
    row = saved(world, submit=True)
    rules.return_reports(actor=reviewer(world), now=world.now, reports=[row.pk], reason="请补充场次", places=["plan"])
    world.clock(row.end + timedelta(days=3))
    row.refresh_from_db()
    row = rules.save_report(
        actor=world.officer, now=world.now, report=row, values=FILLED | {"next_plan": "两场，60 人。"}, draft=draft(world),
        version=row.version, submit=True,
    )  # fmt: skip
    assert row.state == S.IN_REVIEW
    rules.withdraw_reports(actor=world.officer, now=world.now, reports=[row.pk])
    assert rules.submit_reports(actor=world.officer, now=world.now, reports=[row.pk]).refused == []


@pytest.mark.rule("R227")
def test_what_is_empty_or_unexplained_is_not_submitted(world):
    with pytest.raises(Refused, match="须填写后才能提交，没有的请写“无”"):
        saved(world, submit=True, problems="")
    with pytest.raises(Refused, match="还没有写明原因"):
        saved(world, submit=True, figures=draft(world, changed=31))
    assert WeeklyReport.objects.count() == 0
    row = saved(world, submit=True, figures=draft(world, changed=31, reason="3 人补报，平台次日登记"))
    assert row.state == S.IN_REVIEW
    assert row.figures.get(reason="3 人补报，平台次日登记").value == 31


@pytest.mark.rule("R226")
def test_only_a_draft_is_deleted(world):
    for state in (S.IN_REVIEW, S.APPROVED, S.RETURNED):
        row = put(world, state)
        outcome = rules.delete_reports(actor=world.officer, now=world.now, reports=[row.pk])
        assert refused(outcome) == ["只有“未提交”的周报可以删除"]
        row.delete()
    row = saved(world)
    assert rules.delete_reports(actor=world.officer, now=world.now, reports=[row.pk]).done == [row.pk]
    assert WeeklyReport.objects.count() == 0


@pytest.mark.rule("R227", "R229")
def test_withdrawing_what_was_just_reviewed_is_refused_and_says_so(world):
    row = saved(world, submit=True)
    rules.approve_reports(actor=reviewer(world), now=world.now, reports=[row.pk])
    outcome = rules.withdraw_reports(actor=world.officer, now=world.now, reports=[row.pk])
    assert refused(outcome) == ["当前状态为“审核通过”，不可撤回"]
    row.refresh_from_db()
    assert row.state == S.APPROVED


@pytest.mark.rule("R225")
def test_of_two_editors_the_second_sees_both_values(world):
    row = saved(world, figures=draft(world, changed=5, reason="补报"))
    first = rules.save_report(
        actor=world.officer, now=world.now, report=row, values=FILLED | {"progress": "甲写的"},
        draft=draft(world, changed=6, reason="补报"), version=row.version,
    )  # fmt: skip
    with pytest.raises(Conflict) as both:
        rules.save_report(
            actor=world.officer, now=world.now, report=row, values=FILLED | {"progress": "乙写的"},
            draft=draft(world, changed=7, reason="补报"), version=row.version,
        )  # fmt: skip
    assert both.value.fields["工作进展与典型做法"] == ("乙写的", "甲写的")
    assert both.value.fields["Web前端开发（中级） 报考人数"] == ("7", "6")
    first.refresh_from_db()
    assert first.progress == "甲写的"


# --- return --------------------------------------------------------------------------------------------
@pytest.mark.rule("R230", "R231")
def test_a_return_keeps_what_was_there_and_shows_what_changed(world):
    row = saved(world, submit=True, figures=draft(world, changed=31, reason="补报"), next_plan="一场考核")
    rules.return_reports(actor=reviewer(world), now=world.now, reports=[row.pk], reason="人数不一致", places=["exams", "plan"])
    told = Notice.objects.get(code="weekly.edit")
    assert told.organization_id == world.school.pk and "被退回：人数不一致" in told.text
    row.refresh_from_db()
    rules.save_report(
        actor=world.officer, now=world.now, report=row, values=FILLED | {"next_plan": "详" * 146},
        draft=draft(world, changed=28, reason="已核对"), version=row.version,
    )  # fmt: skip
    row.refresh_from_db()
    found = {change.label: (change.before, change.after) for change in changes_since_return(row)}
    assert found == {
        "Web前端开发（中级） 报考人数": ("31", "28"), "下期计划": ("4 字", "146 字"), "附件": ("0 个", "未变"),
    }  # fmt: skip


def test_a_return_needs_a_reason_and_known_tabs(world):
    row = put(world, S.IN_REVIEW)
    for more, sentence in (({"reason": " "}, "退回须写明理由"), ({"reason": "x", "places": ["nope"]}, "没有这个页签")):
        with pytest.raises(Refused, match=sentence):
            rules.return_reports(actor=reviewer(world), now=world.now, reports=[row.pk], **more)
    row.refresh_from_db()
    assert row.state == S.IN_REVIEW


# --- the setting ---------------------------------------------------------------------------------------
@pytest.mark.rule("R218")
def test_a_change_of_the_cycle_begins_with_the_next_and_leaves_reports_alone(world):
    row = saved(world)
    rules.set_cycle(actor=reviewer(world), now=world.now, kind="half_month")
    assert rules.cycle_of(world.officer, world.now).kind == "week"
    following = rules.cycle_of(world.officer, row.end)
    assert (following.kind, following.start) == ("half_month", row.end)
    row.refresh_from_db()
    assert row.kind == "week"
    assert "半月报" in Notice.objects.filter(organization_id=world.school.pk, code="weekly.edit").get().text
    rules.set_cycle(actor=reviewer(world), now=world.now, kind="week")
    assert CycleSetting.objects.count() == 0
    with pytest.raises(NotAllowed):
        rules.set_cycle(actor=world.officer, now=world.now, kind="week")


# --- reminders -----------------------------------------------------------------------------------------
def test_reminding_tells_by_message_and_sms_and_not_twice_within_a_day(world, monkeypatch):
    sent = []
    monkeypatch.setattr("skillcert.weekly.jobs.sms", lambda: type("Sms", (), {"send": lambda _, phone, text: sent.append((phone, text))})())
    actor = reviewer(world)
    world.user(world.school)  # the administrator, who is asked where nobody fills in reports
    filler = world.user(world.other_school, "周报填报员")
    type(filler).objects.filter(pk=filler.pk).update(phone="13900001111")
    put(world, S.DRAFT)
    keys = [world.school.pk, world.other_school.pk]
    assert sorted(rules.remind(actor=actor, now=world.now, institutions=keys).done) == keys
    jobs.run_job.func(str(jobs.Job.objects.get().pk))
    assert sorted(phone for phone, _ in sent) == ["13800000000", "13900001111"]
    assert "还没有提交，请登录平台提交。" in sent[0][1]
    assert Notice.objects.filter(code="weekly.edit").count() == 2
    again = rules.remind(actor=actor, now=world.now + timedelta(hours=23, minutes=59), institutions=keys)
    assert refused(again) == ["24 小时内已提醒过，不重复提醒"] * 2 and len(sent) == 2
    later = rules.remind(actor=actor, now=world.now + timedelta(days=1), institutions=keys)
    assert len(later.done) == 2 and Reminder.objects.count() == 4


def test_who_has_submitted_is_not_reminded_and_a_stranger_reminds_nobody(world):
    put(world, S.IN_REVIEW)
    other = world.actor(Province.objects.create(kind="province", name="海东省教育厅", province_code="44"))
    assert refused(rules.remind(actor=reviewer(world), now=world.now, institutions=[world.school.pk])) == ["本期周报已提交，不用提醒"]
    assert rules.remind(actor=other, now=world.now, institutions=[world.other_school.pk]).done == []
    assert Reminder.objects.count() == 0 and not AuditEntry.objects.filter(action="weekly.reminded").exists()


def test_a_registration_counts_in_the_cycle_of_its_business_time(world):
    """The demo's clock runs ahead of the one that dates the rows."""
    registration = world.registered()
    type(registration).objects.update(registered_at=at("2026-11-22 23:59:59"), created_at=at("2026-11-24 10:00"))
    world.clock("2026-11-25 10:00")
    first = draft(world).figures[0]
    assert (first.measure, first.drafted, first.previous, first.total) == ("registered", 0, 1, 1)
