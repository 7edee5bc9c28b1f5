"""申报: saving, submitting, and everything that stands against it, each with its sentence and nothing lost."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from skillcert.kit.errors import Missing, Refused
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Province
from skillcert.pilots import rules
from skillcert.pilots.models import PilotApplication, PilotMajor, Review
from skillcert.pilots.states import ApplicationState as S
from skillcert.qualifications.models import Participation
from tests.world import at

TEXTS = {"contact": "林知遥", "phone": "0571-0000000", "faculty": "专任教师 12 人。", "venue": "机房 4 间。"}


@pytest.fixture
def round_(world):
    return world.open_round()


@pytest.fixture
def school(world):
    return world.client_as(world.officer)


def words(response) -> str:
    return response.content.decode()


def posted(world, act="submit", **more):
    """What the form sends for the second certificate with one major."""
    key = f"major_{world.major.pk}"
    return {
        "once": str(uuid.uuid4()), "act": act, "qualification": world.other_qualification.pk, **TEXTS, "major": [world.major.pk],
        f"{key}_students": "200", f"{key}_teachers": "12", f"{key}_trainees": "60", **more,
    }  # fmt: skip


def draft(world, **more) -> rules.Draft:
    lines = (rules.MajorLine(world.major.pk, 200, 12, 60),)
    return rules.Draft(**{"qualification_id": world.other_qualification.pk, "majors": lines, **TEXTS, **more})


def save(world, round_, given, **more):
    return rules.save_application(actor=world.officer, now=world.now, round_=round_, draft=given, **more)


# --- both buttons, both ways -----------------------------------------------------------------------------
@pytest.mark.rule("R53", "R60")
def test_save_keeps_an_incomplete_draft(world, round_, school):
    answer = school.post(f"/pilots/apply/{round_.pk}/", posted(world, "save", faculty="", **{f"major_{world.major.pk}_teachers": ""}))
    assert answer.status_code == 303 and answer["Location"] == "/pilots/"
    made = PilotApplication.objects.get(round=round_)
    assert (made.state, made.trainees, made.majors.get().teachers) == (S.DRAFT, 60, None)
    assert not Notice.objects.exists() and not made.reviews.exists()


@pytest.mark.rule("R54", "R58", "R59")
def test_save_and_submit_leads_to_first_review_and_the_server_adds_up(world, round_, school):
    world.other_qualification.majors.add(world.other_major)
    key = f"major_{world.other_major.pk}"
    more = {"major": [world.major.pk, world.other_major.pk], f"{key}_students": "５０", f"{key}_teachers": "3", f"{key}_trainees": "40"}
    school.post(f"/pilots/apply/{round_.pk}/", posted(world, **more, trainees="9999"))
    made = PilotApplication.objects.get(round=round_)
    assert (made.state, made.trainees, made.submitted_at) == (S.FIRST_REVIEW, 100, world.now)
    assert dict(made.majors.values_list("major__code", "students")) == {"510203": 200, "530302": 50}
    assert Notice.objects.get().organization_id == world.province.pk
    assert made.reviews.get().content["majors"]["软件技术 510203（2021）"]["trainees"] == 60
    assert "待初审" in words(school.get("/pilots/"))


@pytest.mark.rule("R7", "R10")
def test_submitting_notes_that_the_certificate_was_applied_for(world, round_):
    save(world, round_, draft(world), submit=True)
    noted = Participation.objects.get(institution=world.school, qualification=world.other_qualification)
    assert (noted.year, noted.approved) == (2026, False)


@pytest.mark.rule("R55")
def test_cancel_leads_back_to_the_plan_page(world, round_, school):
    page = words(school.get(f"/pilots/apply/{round_.pk}/"))
    assert '<a class="btn" href="/pilots/apply/">取消</a>' in page


@pytest.mark.rule("R57")
def test_by_major_the_majors_are_required_to_submit(world, round_, school):
    answer = school.post(f"/pilots/apply/{round_.pk}/", posted(world, major=[], trainees="60"))
    assert answer.status_code == 422 and "本计划要求按专业申报" in words(answer)
    assert not PilotApplication.objects.filter(round=round_).exists()


@pytest.mark.rule("R63", "R64")
def test_not_by_major_the_number_is_required_and_majors_are_not(world, school):
    round_ = world.open_round(by_major=False)
    answer = school.post(f"/pilots/apply/{round_.pk}/", posted(world, major=[], trainees=""))
    assert answer.status_code == 422 and "请填写申请培训人数" in words(answer)
    school.post(f"/pilots/apply/{round_.pk}/", posted(world, major=[], trainees="80"))
    made = PilotApplication.objects.get(round=round_)
    assert (made.state, made.trainees, made.majors.count()) == (S.FIRST_REVIEW, 80, 0)


# --- bad input: the sentence, and nothing lost ------------------------------------------------------------
def refused(world, round_, school, data, sentence):
    """The form comes back with the sentence at its place and with what was typed; nothing is written."""
    before = PilotApplication.objects.count()
    answer = school.post(f"/pilots/apply/{round_.pk}/", data)
    page = words(answer)
    assert answer.status_code == 422 and sentence in page
    assert "专任教师 12 人。" in page and 'value="0571-0000000"' in page and f'name="major_{world.major.pk}_trainees"' in page
    assert PilotApplication.objects.count() == before
    return page


@pytest.mark.rule("R56", "R70")
@pytest.mark.parametrize("state", list(S))
def test_a_second_one_of_the_year_is_refused_whatever_the_state_of_the_first(world, round_, school, state):
    world.apply(state=state)
    refused(world, round_, school, posted(world, "save"), "同一证书同一等级，当年度只能申报一次")


@pytest.mark.rule("R56")
def test_the_database_refuses_it_too(world, round_):
    world.apply(state="rejected")
    with pytest.raises(IntegrityError), transaction.atomic():
        world.apply(state="draft")


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R56", "R70")
def test_two_tabs_at_once_leave_one_application_and_a_sentence(transactional_db, world):
    """Both passed the check that asks first; the constraint decides, and says the same."""
    round_ = world.open_round()
    barrier, answers = threading.Barrier(2), []
    asked = rules.applying.applied_this_year

    def ask_together(*args, **more):
        found = asked(*args, **more)
        if connection.vendor == "postgresql":  # on SQLite the transaction of the first holds the second
            barrier.wait(10)
        return found

    def tab():
        try:
            save(world, round_, draft(world))
            answers.append("saved")
        except Refused as no:
            answers.append(no.sentence)
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules.applying, "applied_this_year", ask_together)
        _ = world.officer
        tabs = [threading.Thread(target=tab) for _ in range(2)]
        for one in tabs:
            one.start()
        for one in tabs:
            one.join(30)
    assert PilotApplication.objects.filter(round=round_).count() == 1
    assert sorted(answers, key=len)[0] == "saved" and "当年度只能申报一次" in sorted(answers, key=len)[1]


@pytest.mark.parametrize("typed", ["-5", "１２3456", "1e9", "3.5", "六十"])
def test_a_negative_or_absurd_number_is_refused_even_in_a_draft(world, round_, school, typed):
    page = refused(world, round_, school, posted(world, "save", **{f"major_{world.major.pk}_trainees": typed}), "须为 0 至 99,999 的整数")
    assert f'value="{typed}"' in page


def test_the_rule_refuses_such_numbers_whoever_calls_it(world, round_):
    lines = (rules.MajorLine(world.major.pk, -1, 0, 5),)
    with pytest.raises(Refused, match="0 至 99,999"):
        save(world, round_, draft(world, majors=lines))


@pytest.mark.rule("R62")
def test_a_major_that_the_qualification_lacks_is_refused(world, round_, school):
    key = f"major_{world.other_major.pk}"
    more = {"major": [world.major.pk, world.other_major.pk], f"{key}_students": "50", f"{key}_teachers": "3", f"{key}_trainees": "40"}
    page = refused(world, round_, school, posted(world, "save", **more), "大数据与会计 530302不在“物流管理（中级）”的对应专业内")
    assert f'value="remove-{world.other_major.pk}"' in page


def test_a_qualification_outside_the_round_is_refused(world, round_, school):
    refused(world, round_, school, posted(world, "save", qualification=world.qualification.pk), "不在本申报计划的证书范围内")


def test_more_trainees_than_students_is_saved_but_not_submitted_and_one_click_mends_it(world, round_, school):
    key = f"major_{world.major.pk}"
    over = {f"{key}_students": "96", f"{key}_trainees": "120"}
    page = refused(world, round_, school, posted(world, **over), "申请培训 120 人，多于在校学生 96 人")
    assert f'value="fix-{world.major.pk}"' in page and "改为 <span>96</span>" in page and "1 处须改正后才能提交" in page
    fixed = words(school.post(f"/pilots/apply/{round_.pk}/", posted(world, f"fix-{world.major.pk}", **over)))
    assert f'name="{key}_trainees" value="96"' in fixed and "多于在校学生" not in fixed
    school.post(f"/pilots/apply/{round_.pk}/", posted(world, "save", **over))
    assert PilotApplication.objects.get(round=round_).trainees == 120


def test_a_round_closed_while_the_form_is_open(world, round_, school):
    assert school.get(f"/pilots/apply/{round_.pk}/").status_code == 200
    rules.close_rounds(actor=world.actor(world.province), now=world.now, rounds=[round_.pk])
    refused(world, round_, school, posted(world), "已由省厅关闭，不能再申报；您填写的内容还在本页")


@pytest.mark.parametrize(("offset", "taken"), [(-1, True), (0, True), (1, False)])
def test_submitting_one_second_before_at_and_after_the_end(world, school, offset, taken):
    round_ = world.open_round(end=at("2026-12-10 17:59:59"))
    world.clock(round_.end + timedelta(seconds=offset))
    if taken:
        school.post(f"/pilots/apply/{round_.pk}/", posted(world))
        assert PilotApplication.objects.get(round=round_).state == S.FIRST_REVIEW
    else:
        refused(world, round_, school, posted(world), "已过申报截止时间，不能再申报")


def test_before_the_start_nobody_applies(world, school):
    round_ = world.open_round(start=at("2026-12-01 09:00"))
    world.clock(round_.start - timedelta(seconds=1))
    refused(world, round_, school, posted(world), "尚未开始申报")
    assert school.get(f"/pilots/apply/{round_.pk}/").status_code == 400


def test_a_saved_draft_is_not_submitted_after_the_end_and_stays(world, round_, school):
    made = world.apply(state="draft")
    world.clock(round_.end + timedelta(seconds=1))
    answer = school.post(f"/pilots/{made.pk}/edit/", posted(world, version=made.version, faculty="专任教师 13 人。"))
    assert answer.status_code == 422 and "不在申报时间内，不能提交" in words(answer) and "专任教师 13 人。" in words(answer)
    made.refresh_from_db()
    assert (made.state, made.faculty) == (S.DRAFT, "专任教师 12 人，双师型 8 人。")


def test_a_returned_one_comes_again_after_the_end_until_the_province_closes(world, round_):
    made = world.apply(state="returned")
    world.clock(round_.end + timedelta(days=3))
    rules.close_rounds(actor=world.actor(world.province), now=world.now, rounds=[round_.pk])
    with pytest.raises(Refused, match="已由省厅关闭，不能再提交"):
        save(world, round_, draft(world), application=made, submit=True)
    rules.reopen_rounds(actor=world.actor(world.province), now=world.now, rounds=[round_.pk])
    made.refresh_from_db()
    made = PilotApplication.objects.get(pk=made.pk)
    assert save(world, round_, draft(world), application=made, submit=True).state == S.FIRST_REVIEW


def test_another_province_s_round_is_not_there(world, school):
    other = Province.objects.create(kind="province", name="海东省教育厅", province_code="44")
    foreign = world.open_round("海东省试点申报")
    foreign.province = other
    foreign.save()
    assert school.post(f"/pilots/apply/{foreign.pk}/", posted(world)).status_code == 404
    with pytest.raises(Missing):
        save(world, foreign, draft(world))
    assert not PilotApplication.objects.filter(round=foreign).exists()


# --- editing and deleting ----------------------------------------------------------------------------------
@pytest.mark.rule("R69")
@pytest.mark.parametrize("state", list(S))
def test_only_a_draft_or_a_returned_one_is_edited_in_a_dialog_with_its_data(world, round_, school, state):
    made = world.apply(state=state)
    listed = words(school.get("/pilots/"))
    able = state in (S.DRAFT, S.RETURNED)
    assert (f'href="/pilots/{made.pk}/edit/" class="link" hx-get="/pilots/{made.pk}/edit/" hx-target="#dialog"' in listed) is able
    answer = school.get(f"/pilots/{made.pk}/edit/", headers={"HX-Request": "true"})
    if not able:
        assert answer.status_code == 400 and "只能编辑未提交或审核退回的申报" in words(answer)
        return
    page = words(answer)
    figure = f'name="major_{world.major.pk}_students" value="200"'
    for text in ("机房 4 间 160 工位。", figure, ">保存</button>", ">保存并提交</button>", ">取消</button>"):
        assert text in page


@pytest.mark.rule("R69", "R71")
def test_a_returned_one_is_mended_and_submitted_and_its_certificate_stays(world, round_, school):
    made = world.apply(state="returned")
    school.post(f"/pilots/{made.pk}/edit/", posted(world, version=made.version, faculty="专任教师 20 人。"))
    made.refresh_from_db()
    assert (made.state, made.faculty, made.qualification) == (S.FIRST_REVIEW, "专任教师 20 人。", world.other_qualification)
    assert made.reviews.get().step == Review.Step.SUBMIT


def test_two_who_edit_at_once_both_see_both_values(world, round_, school):
    made = world.apply(state="draft")
    data = posted(world, "save", version=made.version, venue="机房 6 间。")
    PilotApplication.objects.filter(pk=made.pk).update(venue="机房 5 间。", version=made.version + 1)
    answer = school.post(f"/pilots/{made.pk}/edit/", data)
    assert answer.status_code == 409 and "机房 5 间。" in words(answer) and "机房 6 间。" in words(answer)


def test_two_who_edit_the_majors_at_once_both_see_both_figures(world, round_, school):
    made = world.apply(state="draft", venue=TEXTS["venue"], faculty=TEXTS["faculty"])
    world.other_qualification.majors.add(world.other_major)
    data = posted(world, "save", version=made.version)
    made.majors.update(students=180)
    PilotMajor.objects.create(application=made, major=world.other_major, students=90, teachers=5, trainees=30)
    PilotApplication.objects.filter(pk=made.pk).update(version=made.version + 1)
    answer = school.post(f"/pilots/{made.pk}/edit/", data)
    page = words(answer)
    assert answer.status_code == 409 and "拟申报专业 软件技术 510203" in page and "拟申报专业 大数据与会计 530302" in page
    assert "在校学生数 180，专任教师数 12，申请培训人数 60" in page and "在校学生数 90，专任教师数 5，申请培训人数 30" in page
    assert made.majors.get(major=world.major).students == 180 and made.majors.count() == 2


@pytest.mark.parametrize("state", list(S))
def test_only_an_unsubmitted_one_is_deleted(world, round_, state):
    made = world.apply(state=state)
    outcome = rules.delete_applications(actor=world.officer, now=world.now, applications=[made.pk])
    assert PilotApplication.objects.filter(pk=made.pk).exists() is (state != S.DRAFT)
    if state != S.DRAFT:
        assert outcome.refused[0][1] == "只能删除未提交的申报"


def test_another_school_neither_edits_nor_deletes_it(world, round_):
    made = world.apply(state="draft")
    with pytest.raises(Missing):
        rules.save_application(actor=world.stranger, now=world.now, round_=round_, draft=draft(world), application=made)
    assert rules.delete_applications(actor=world.stranger, now=world.now, applications=[made.pk]).done == []
    assert world.client_as(world.stranger).get(f"/pilots/{made.pk}/edit/").status_code == 404


# --- 选择专业 ------------------------------------------------------------------------------------------------
@pytest.mark.rule("R58")
def test_the_picker_searches_the_catalogue_keeps_what_is_ticked_and_what_was_typed(world, round_, school):
    world.other_qualification.majors.add(world.other_major)
    key = f"major_{world.major.pk}"
    url = f"/pilots/apply/{round_.pk}/"
    page = words(school.post(url, posted(world, "choose", **{f"{key}_students": "321"})))
    assert f'name="{key}_students" value="321"' in page and "已在列表中" in page and "大数据与会计" in page
    stranger = world.major_of("护理", "520201")
    page = words(school.post(url, posted(world, "search", q="护理", pick=[world.other_major.pk])))
    assert f'value="{world.other_major.pk}" checked' in page and "不在该证书的对应专业内" in page
    assert f'value="{stranger.pk}" disabled' in page
    page = words(school.post(url, posted(world, "search", q="5303", pick=[])))
    assert "大数据与会计" in page and "护理" not in page
    page = words(school.post(url, posted(world, "add", pick=[world.other_major.pk], venue="机房 9 间。")))
    assert f'name="major_{world.other_major.pk}_students"' in page and "机房 9 间。" in page
    page = words(school.post(url, posted(world, f"remove-{world.major.pk}")))
    assert f'name="{key}_students"' not in page
    assert not PilotApplication.objects.filter(round=round_).exists()


def test_the_picker_asks_for_the_certificate_first(world, round_, school):
    page = words(school.post(f"/pilots/apply/{round_.pk}/", posted(world, "choose", qualification="")))
    assert "请先在申报表中选择证书" in page


def test_the_certificate_choice_says_what_was_applied_for_and_names_the_awarding_body(world, round_, school):
    round_.qualifications.add(world.qualification)
    page = words(school.get(f"/pilots/apply/{round_.pk}/"))
    assert "Web前端开发（中级） 本年度已申报，审核通过" in page and "本年度尚未申报过此证书此等级" in page
    assert f'data-body="{world.body.name}"' in page
    for text in ("按专业", "2026-11-16 00:00 至 2026-12-10 18:00", "离截止还有", "林知遥"):
        assert text in page


@pytest.mark.parametrize("key", ["²", "9" * 30, "一"])
@pytest.mark.parametrize("act", ["choose", "search", "add", "save", "submit", "fix-²"])
def test_keys_that_are_none_are_no_error_of_the_server(world, round_, school, act, key):
    data = posted(world, act, qualification=key, major=[key], pick=[key])
    answer = school.post(f"/pilots/apply/{round_.pk}/", data)
    assert answer.status_code in (200, 422) and TEXTS["venue"] in words(answer)
    assert PilotApplication.objects.filter(round=round_).count() == 0
