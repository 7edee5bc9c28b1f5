"""申报审核, what an approval leaves behind, and what it means later."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Partnership, Province
from skillcert.pilots import papers, rules
from skillcert.pilots.models import PilotApplication, PilotMajor, PilotRound, Review
from skillcert.pilots.states import ApplicationState as S
from skillcert.qualifications.models import Participation


@pytest.fixture
def province(world):
    return world.actor(world.province)


@pytest.fixture
def office(world, province):
    return world.client_as(province)


def words(response) -> str:
    return response.content.decode()


def once(**data):
    return {"once": str(uuid.uuid4()), **data}


def participation(made) -> bool:
    return Participation.objects.filter(
        institution=made.institution, qualification=made.qualification, year=made.year, approved=True
    ).exists()


# --- every state, every verb, every kind of organization ---------------------------------------------------
TABLE = {
    "pass_first": {S.FIRST_REVIEW: S.FINAL_REVIEW},
    "pass_final": {S.FINAL_REVIEW: S.APPROVED},
    "return_applications": {S.FIRST_REVIEW: S.RETURNED, S.FINAL_REVIEW: S.RETURNED, S.APPROVED: S.RETURNED},
    "reject_applications": {S.FIRST_REVIEW: S.REJECTED, S.FINAL_REVIEW: S.REJECTED},
}


@pytest.mark.parametrize("verb", TABLE)
@pytest.mark.parametrize("state", list(S))
def test_each_verb_moves_just_the_states_of_the_table(world, province, verb, state):
    made = world.apply(state=state)
    more = {"reason": "请核对"} if verb.startswith("re") else {}
    outcome = getattr(rules, verb)(actor=province, now=world.now, applications=[made.pk], **more)
    made.refresh_from_db()
    assert made.state == TABLE[verb].get(state, state)
    assert bool(outcome.done) is (state in TABLE[verb])
    assert made.reviews.count() == len(outcome.done) == made.reviews.filter(at=world.now).count()


@pytest.mark.parametrize("verb", TABLE)
@pytest.mark.parametrize("who", ["officer", "examiner"])
def test_nobody_but_the_province_reviews(world, verb, who):
    made = world.apply(state="first_review")
    more = {"reason": "请核对"} if verb.startswith("re") else {}
    with pytest.raises(NotAllowed):
        getattr(rules, verb)(actor=getattr(world, who), now=world.now, applications=[made.pk], **more)


def test_another_province_changes_nothing(world):
    made = world.apply(state="first_review")
    foreign = world.actor(Province.objects.create(kind="province", name="海东省教育厅", province_code="44"))
    assert rules.pass_first(actor=foreign, now=world.now, applications=[made.pk]).done == []
    made.refresh_from_db()
    assert made.state == S.FIRST_REVIEW and not Notice.objects.exists()


def test_one_level_of_review_passes_by_the_second(world, province, office):
    made = world.apply(round=world.open_round(review_levels=1))
    assert "本计划只有初审" in words(office.get(f"/pilots/first-review/{made.pk}/"))
    rules.pass_first(actor=province, now=world.now, applications=[made.pk])
    made.refresh_from_db()
    assert made.state == S.APPROVED and participation(made)
    assert list(made.reviews.values_list("step", flat=True)) == ["approve", "pass_first"]


# --- what it leaves behind ----------------------------------------------------------------------------------
def test_an_approval_leaves_participation_and_partnership_and_tells_the_school(world, province):
    Partnership.objects.filter(institution=world.school).delete()
    made = world.apply(state="final_review")
    rules.pass_final(actor=province, now=world.now, applications=[made.pk])
    assert participation(made)
    assert Partnership.objects.filter(institution=world.school, awarding_body=world.body).exists()
    notice = Notice.objects.get()
    assert notice.organization_id == world.school.pk and "审核通过" in notice.text
    assert world.client_as(world.officer).get(notice.url).status_code == 200


@pytest.mark.rule("R71")
def test_returning_a_passed_one_withdraws_what_it_opened(world, province, office):
    rules.reopen_rounds(actor=province, now=world.now, rounds=[world.application.round_id])
    assert "不能再凭它报考" in words(office.get(f"/pilots/return/{world.application.pk}/"))
    answer = office.post(f"/pilots/return/{world.application.pk}/", once(reason="申请人数须核减", places=["majors"]))
    assert answer.status_code == 303
    world.application.refresh_from_db()
    assert world.application.state == S.RETURNED and not participation(world.application)
    assert not Partnership.objects.filter(institution=world.school).exists()
    assert not rules.eligibility(world.school.pk, world.qualification.pk, 2026).approved
    school = world.client_as(world.officer)
    assert "申请人数须核减" in words(school.get(f"/pilots/{world.application.pk}/"))
    dialog = words(school.get(f"/pilots/{world.application.pk}/edit/", headers={"HX-Request": "true"}))
    assert 'href="#place-majors">拟申报专业</a>' in dialog


@pytest.mark.rule("R71")
def test_a_partnership_stays_while_another_approval_of_that_body_stands(world, province):
    world.approve_pilot(world.school, qualification=world.other_qualification)
    rules.reopen_rounds(actor=province, now=world.now, rounds=[world.application.round_id])
    rules.return_applications(actor=province, now=world.now, applications=[world.application.pk], reason="请核对")
    assert Partnership.objects.filter(institution=world.school, awarding_body=world.body).exists()


@pytest.mark.rule("R71")
def test_a_passed_one_with_registrations_is_not_returned(world, province):
    rules.reopen_rounds(actor=province, now=world.now, rounds=[world.application.round_id])
    PilotApplication.objects.filter(pk=world.application.pk).update(registered=1)
    outcome = rules.return_applications(actor=province, now=world.now, applications=[world.application.pk], reason="请核对")
    assert outcome.done == [] and "已有考生凭这份申报报考，不能退回" in outcome.refused[0][1]
    assert participation(world.application)


def test_what_belongs_to_a_closed_round_is_not_returned_for_it_could_not_come_again(world, province):
    outcome = rules.return_applications(actor=province, now=world.now, applications=[world.application.pk], reason="请核对")
    assert outcome.done == [] and "重新开放" in outcome.refused[0][1]


def test_a_return_without_a_reason_is_refused(world, office):
    made = world.apply(state="first_review")
    answer = office.post(f"/pilots/return/{made.pk}/", once(reason="　", places=["majors"]))
    assert answer.status_code == 422
    made.refresh_from_db()
    assert made.state == S.FIRST_REVIEW and not made.reviews.exists()


def test_an_unknown_place_is_refused(world, province):
    made = world.apply(state="first_review")
    with pytest.raises(Refused, match="没有这一项"):
        rules.return_applications(actor=province, now=world.now, applications=[made.pk], reason="请核对", places=["password"])


# --- in batch, with its preview -------------------------------------------------------------------------------
def test_many_at_once_with_a_preview_of_who_is_not_able(world, office):
    first, passed = world.apply(), world.approve_pilot(world.other_school)
    keys = {"keys": [first.pk, passed.pk]}
    preview = office.post("/pilots/first-review/?list=pilots.PilotApplications", keys, follow=True)
    page = words(preview)
    assert "将初审通过" in page and "不可初审通过" in page and "当前状态为“审核通过”，不可初审通过" in page
    answer = office.post(preview.request["PATH_INFO"] + "?" + preview.request["QUERY_STRING"], once())
    assert "成功" in words(answer)
    first.refresh_from_db()
    passed.refresh_from_db()
    assert (first.state, passed.state) == (S.FINAL_REVIEW, S.APPROVED)


def test_the_queue_shows_the_oldest_first_and_how_long_it_waits(world, office):
    young = world.apply(submitted_at=world.now - timedelta(hours=2))
    old = world.apply(world.other_school, submitted_at=world.now - timedelta(days=4))
    page = words(office.get("/pilots/?tab=first_review"))
    assert page.index(f"/pilots/{old.pk}/") < page.index(f"/pilots/{young.pk}/")
    assert "4 天" in page and "今天" in page and "未提交" not in page


# --- the record -------------------------------------------------------------------------------------------------
@pytest.mark.rule("R68")
def test_the_record_shows_school_contact_details_and_the_review_with_what_changed(world, province, office):
    round_ = world.open_round()
    lines = (rules.MajorLine(world.major.pk, 200, 12, 60),)
    draft = rules.Draft(world.other_qualification.pk, "林知遥", "0571-0000000", "教师 12 人", "机房 4 间", majors=lines)
    made = rules.save_application(actor=world.officer, now=world.now, round_=round_, draft=draft, submit=True)
    rules.return_applications(actor=province, now=world.now, applications=[made.pk], reason="教师人数偏少", places=["faculty"])
    made.refresh_from_db()
    lines = (rules.MajorLine(world.major.pk, 200, 15, 48),)
    draft = rules.Draft(world.other_qualification.pk, "林知遥", "0571-0000000", "教师 15 人", "机房 4 间", majors=lines)
    rules.save_application(actor=world.officer, now=world.now, round_=round_, draft=draft, application=made, submit=True)
    found = {(one.label, one.old, one.new) for one in rules.changes_since(made)}
    assert found == {
        ("师资情况", "教师 12 人", "教师 15 人"), ("申请培训总人数", "60", "48"),
        ("软件技术 510203（2021） 专任教师数", "12", "15"), ("软件技术 510203（2021） 申请培训人数", "60", "48"),
    }  # fmt: skip
    page = words(office.get(f"/pilots/{made.pk}/"))
    for text in (
        "院校基本信息", "4133012345", "联系人信息", "申报明细", "拟申报专业", "审核记录", "教师人数偏少",
        "退回后改了什么", '<del class="was">教师 12 人</del>', "<ins>教师 15 人</ins>",
    ):  # fmt: skip
        assert text in page
    assert "退回后改了 4 处" in words(office.get(f"/pilots/first-review/{made.pk}/"))


def test_an_awarding_body_reads_what_passed_and_not_its_review(world, province):
    made, waiting = world.apply(state="final_review"), world.apply(world.other_school)
    rules.pass_final(actor=province, now=world.now, applications=[made.pk])
    Review.objects.filter(application=made).update(reason="内部意见")
    body = world.client_as(world.examiner)
    assert "内部意见" not in words(body.get(f"/pilots/{made.pk}/"))
    assert body.get(f"/pilots/{waiting.pk}/").status_code == 404


# --- the export and the paper ---------------------------------------------------------------------------------
def sheet(answer) -> list[list]:
    return [list(row) for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)]


@pytest.mark.rule("R67")
def test_the_export_has_a_line_a_major_ticked_or_all_that_match(world, office):
    made = world.apply()
    PilotMajor.objects.create(application=made, major=world.other_major, students=50, teachers=3, trainees=20)
    school = world.client_as(world.officer)
    url = "/pilots/export/?list=pilots.PilotApplications"
    lines = sheet(school.post(url, {"query": "tab=first_review"}))
    assert lines[0] == [
        "年度", "证书名称", "等级", "培训评价组织", "专业名称", "专业代码", "专业版本", "本专业在校学生数", "本专业专任教师数",
        "申请培训人数", "申请培训总人数", "审核状态", "提交时间",
    ]  # fmt: skip
    body = world.body.name
    assert lines[1:] == [
        [2026, "物流管理", "中级", body, "软件技术", "510203", "2021", 200, 12, 60, 60, "待初审", "2026-11-18 09:00"],
        [2026, "物流管理", "中级", body, "大数据与会计", "530302", "2021", 50, 3, 20, 60, "待初审", "2026-11-18 09:00"],
    ]
    ticked = sheet(school.post(url, {"keys": [world.application.pk]}))
    assert [line[1] for line in ticked[1:]] == ["Web前端开发"]
    everyone = sheet(office.post(url, {}))
    assert everyone[0][0] == "院校" and {line[0] for line in everyone[1:]} == {world.school.name}


def test_the_export_never_holds_another_school_s(world):
    stranger = world.client_as(world.stranger)
    answer = stranger.post("/pilots/export/?list=pilots.PilotApplications", {"keys": [world.application.pk]})
    assert answer.status_code == 400 and "没有可下载的数据" in words(answer)


def test_the_paper_of_one_application(world, office):
    made = world.apply()
    answer = office.post(f"/pilots/print/{made.pk}/", once())
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")


@pytest.mark.rule("R71")
@pytest.mark.parametrize(
    ("state", "registered", "sentence"),
    [
        ("closed", 0, "申报计划已关闭，退回后院校无法再提交；请先在“申报计划”中重新开放"),
        ("published", 3, "已有考生凭这份申报报考，不能退回；请院校先在“报考管理”中删除未排考、未缴费的报考"),
    ],
)
def test_the_province_finds_the_return_of_a_passed_one_and_reads_what_comes_first(world, office, state, registered, sentence):
    made = world.application
    PilotRound.objects.filter(pk=made.round_id).update(state=state)
    PilotApplication.objects.filter(pk=made.pk).update(registered=registered)
    for url in ("/pilots/", f"/pilots/{made.pk}/"):
        assert f'href="/pilots/return/{made.pk}/"' in words(office.get(url))
    assert sentence in words(office.get(f"/pilots/return/{made.pk}/"))
    pressed = office.post(f"/pilots/return/{made.pk}/", once(reason="请核对"))
    made.refresh_from_db()
    assert pressed.status_code == 422 and sentence in words(pressed) and made.state == S.APPROVED


def test_the_awarding_body_s_paper_holds_no_review(world, office, monkeypatch):
    made = world.apply(state="approved")
    Review.objects.create(application=made, step=Review.Step.RETURN, at=world.now, who="审核员甲", reason="师资名单不实")
    printed = []
    monkeypatch.setattr(papers, "book", lambda form, entries, **more: iter([str(printed.append(str(entries))).encode()]))
    for reader in (office, world.client_as(world.officer), world.client_as(world.examiner)):
        reader.post(f"/pilots/print/{made.pk}/", once())
    assert ["林知遥" in text for text in printed] == [True, True, True]
    assert ["师资名单不实" in text for text in printed] == [True, True, False]


# --- what it means later ----------------------------------------------------------------------------------------
@pytest.mark.rule("R62", "R65", "R66")
@pytest.mark.parametrize(
    ("state", "declared", "year", "majors"),
    [
        (S.APPROVED, {"510203": 60}, 2026, {"510203"}),
        (S.APPROVED, {"510203": 60, "530302": 20}, 2026, {"510203", "530302"}),
        (S.APPROVED, {}, 2026, {"510203", "530302"}),
        (S.APPROVED, {"510203": 60}, 2027, None),
        (S.DRAFT, {"510203": 60}, 2026, None),
        (S.FIRST_REVIEW, {"510203": 60}, 2026, None),
        (S.FINAL_REVIEW, {"510203": 60}, 2026, None),
        (S.RETURNED, {"510203": 60}, 2026, None),
        (S.REJECTED, {"510203": 60}, 2026, None),
    ],
)
def test_who_may_register(world, state, declared, year, majors):
    """Declared majors alone; without any, all that the certificate is mapped to; nothing unless passed, and that year."""
    world.other_qualification.majors.set([world.major, world.other_major])
    made = world.apply(state=state)
    made.majors.all().delete()
    of = {"510203": world.major, "530302": world.other_major}
    for code, trainees in declared.items():
        PilotMajor.objects.create(application=made, major=of[code], students=200, teachers=5, trainees=trainees)
    found = rules.eligibility(world.school.pk, world.other_qualification.pk, year)
    assert found.approved is (majors is not None)
    assert {code for code, major in of.items() if major.pk in found.majors} == (majors or set())
    assert found.caps == ({of[code].pk: n for code, n in declared.items()} if majors else {})


@pytest.mark.rule("R61")
def test_the_cap_of_a_major_is_held_by_the_rule_and_by_the_database(world):
    held = rules.hold_application(institution_id=world.school.pk, qualification_id=world.qualification.pk, year=2026)
    rules.count_registered(held, people=60, majors={("510203", "2021"): 60})
    with pytest.raises(Refused, match="本年度申请培训人数为 60 人，已报考 60 人，不能再报考 1 人"), transaction.atomic():
        rules.count_registered(held, people=1, majors={("510203", "2021"): 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        PilotMajor.objects.filter(application=world.application).update(registered=61)
    rules.count_registered(held, people=-60, majors={("510203", "2021"): -60})
    world.application.refresh_from_db()
    assert (world.application.registered, world.application.majors.get().registered) == (0, 0)


@pytest.mark.rule("R61")
def test_the_report_lays_declared_beside_registered_by_code_and_version(world, office):
    PilotMajor.objects.filter(application=world.application).update(registered=12)
    other = world.approve_pilot(world.other_school, trainees=30)
    PilotMajor.objects.filter(application=other).update(registered=30)
    world.apply(state="first_review")
    page = words(office.get("/pilots/majors/"))
    assert page.count("510203") == 2 and "-48" in page
    different = words(office.get("/pilots/majors/?tab=different"))
    assert "临江职业学院" not in different and "云州职业技术学院" in different
    own = words(world.client_as(world.stranger).get("/pilots/majors/"))
    assert "云州职业技术学院" not in own and "一致" in own


def test_nobody_returns_what_somebody_is_registering_on(world, province):
    """The registration comes after the return: its count finds the approval gone."""
    rules.reopen_rounds(actor=province, now=world.now, rounds=[world.application.round_id])
    rules.return_applications(actor=province, now=world.now, applications=[world.application.pk], reason="请核对")
    held = rules.hold_application(institution_id=world.school.pk, qualification_id=world.qualification.pk, year=2026)
    with pytest.raises(Refused, match="刚被省厅退回，不能报考"):
        rules.count_registered(held, people=1, majors={("510203", "2021"): 1})
