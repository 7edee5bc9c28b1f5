"""Candidates: what is locked when, who may be deleted, what a photo does."""

from __future__ import annotations

import pytest

from skillcert.candidates import rules
from skillcert.candidates.consents import NOTICE_VERSION
from skillcert.candidates.models import Candidate, IdType
from skillcert.candidates.names import pinyin_of
from skillcert.candidates.states import CandidateState as S
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Conflict, Missing, NotAllowed, Refused
from skillcert.kit.files import StoredFile
from tests.world import id_number


@pytest.fixture
def values(world):
    return {
        "name": "周若溪", "pinyin": "ZHOU RUOXI", "id_type": IdType.ID_CARD, "id_number": "11010519491231002X",
        "phone": "13800006021", "major": world.major, "level": "higher", "entry_year": 2024,
    }  # fmt: skip


def create(world, values, actor=None, kind="college"):
    return rules.create_candidate(actor=actor or world.officer, now=world.now, kind=kind, values=values, notice=NOTICE_VERSION)


def edit(world, row, **values):
    return rules.edit_candidate(actor=world.officer, now=world.now, candidate=row, values=values)


def delete(world, *rows, actor=None, reason=""):
    keys = [row.pk for row in rows]
    return rules.delete_candidates(actor=actor or world.officer, now=world.now, candidates=keys, reason=reason)


# --- creating ----------------------------------------------------------------------------------------
@pytest.mark.rule("R86", "R109")
def test_a_new_candidate_stands_at_no_photo_with_a_number_of_its_school_and_year(world, values):
    first = create(world, values)
    second = create(world, values | {"id_number": id_number(7), "name": "欧阳一诺"})
    assert (first.state, first.number, second.number) == (S.NO_PHOTO, "413301234526000001", "413301234526000002")
    assert (first.sex, str(first.birth_date), first.complete) == ("女", "1949-12-31", True)


@pytest.mark.rule("R83", "R84", "R85")
def test_a_school_keeps_students_and_trainees_apart_and_sees_only_its_own(world, values):
    student = create(world, values)
    trainee = create(
        world,
        {"name": "赵明轩", "pinyin": "ZHAO MINGXUAN", "id_number": id_number(8), "phone": "15000007783"},
        kind="social",
    )
    assert trainee.complete and trainee.major is None
    assert set(Candidate.visible_to(world.officer)) == {student, trainee}
    for other in (world.stranger, world.examiner, world.actor(world.province)):
        assert not Candidate.visible_to(other).exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id_number", "110105194912310021", "身份证号末位校验码不符"),
        ("id_number", "11010519490231002X", "第 7 至 14 位不是有效的出生日期"),
        ("id_number", "99010519491231002", "身份证号应为 18 位，现为 17 位"),
        ("id_number", "00010519491231002X", "地区代码不存在"),
        ("phone", "12800006021", "手机号"),
        ("pinyin", "zhou ruoxi", "姓名拼音须为大写字母与空格"),
        ("name", "周1", "姓名中不能有数字或符号"),
        ("name", "", "姓名不能为空"),
        ("entry_year", 1989, "入学年份应在 1990 至 2026 之间"),
        ("entry_year", 2027, "入学年份应在 1990 至 2026 之间"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(world, values, field, value, sentence):
    with pytest.raises(Refused) as no:
        create(world, values | {field: value})
    assert sentence in no.value.sentence and no.value.field == field
    assert not Candidate.objects.exists()


def test_one_id_number_is_once_in_a_school_and_may_be_in_another(world, values):
    create(world, values)
    with pytest.raises(Refused, match="本院校已有该证件号的考生"):
        create(world, values | {"name": "别人"})
    assert create(world, values, actor=world.stranger).institution == world.other_school


def test_only_schools_with_the_permission_create(world, values):
    for actor in (world.examiner, world.actor(world.school, "只读"), world.actor(world.school, "财务")):
        with pytest.raises(NotAllowed):
            create(world, values, actor=actor)


# --- changing ----------------------------------------------------------------------------------------
@pytest.mark.rule("R104")
@pytest.mark.parametrize("state", [S.NO_PHOTO, S.UNVERIFIED, S.TO_CONFIRM])
def test_before_accurate_everything_changes_and_a_new_identity_is_verified_again(world, state):
    row = edit(
        world, world.candidate(state=state, similarity=50, comparison="相似度不足"), name="周若兮", phone="13900000000"
    )
    assert (row.name, row.phone) == ("周若兮", "13900000000")
    assert row.state == (S.UNVERIFIED if state == S.TO_CONFIRM else state)
    if state == S.TO_CONFIRM:
        assert row.similarity is None and row.comparison == ""


@pytest.mark.rule("R104")
def test_a_change_of_other_data_leaves_the_state(world):
    row = edit(world, world.candidate(state=S.TO_CONFIRM, similarity=50), class_name="软件 2402", name="周若溪")
    assert (row.state, row.class_name) == (S.TO_CONFIRM, "软件 2402")


@pytest.mark.rule("R105")
@pytest.mark.parametrize(
    ("field", "value"), [("name", "周若兮"), ("id_number", "11010519491231002X"), ("id_type", IdType.PASSPORT)]
)
def test_at_accurate_name_and_id_are_locked(world, field, value):
    row = world.candidate(state=S.ACCURATE)
    with pytest.raises(Refused, match="信息准确后不能修改姓名"):
        edit(world, row, **{field: value, "class_name": "软件 2402"})
    assert Candidate.objects.get(pk=row.pk).class_name == "软件 2401"


@pytest.mark.rule("R105")
def test_at_accurate_the_rest_changes_and_the_state_stays(world):
    row = edit(world, world.candidate(state=S.ACCURATE), name="周若溪", phone="13900000000", pinyin="ZHOU RUO XI")
    assert (row.phone, row.pinyin_key, row.state) == ("13900000000", "zhouruoxi", S.ACCURATE)


def test_a_new_id_number_moves_the_search_with_it(world):
    row = edit(world, world.candidate(), id_number="11010519491231002X")
    from skillcert.kit.crypto import last_six_index, person_index

    assert row.person_index == person_index("111", "11010519491231002X")
    assert row.last_six == last_six_index("31002X")


@pytest.mark.rule("R101")
def test_filling_the_gaps_of_an_old_record_makes_it_complete(world):
    row = world.candidate(phone="", pinyin="", complete=False)
    row = edit(world, row, phone="13900000000")
    assert not row.complete
    assert edit(world, row, pinyin="ZHOU RUOXI").complete
    assert not edit(world, row, major=None).complete


def test_another_school_cannot_edit_and_the_second_saver_sees_both_values(world):
    row = world.candidate()
    with pytest.raises(Missing):
        rules.edit_candidate(actor=world.stranger, now=world.now, candidate=row, values={"class_name": "x"})
    seen = row.version
    edit(world, row, class_name="软件 2402")
    with pytest.raises(Conflict) as no:
        rules.edit_candidate(
            actor=world.officer, now=world.now, candidate=row, values={"class_name": "软件 2403"}, version=seen
        )
    assert no.value.fields == {"班级": ("软件 2403", "软件 2402")}


# --- deleting ----------------------------------------------------------------------------------------
@pytest.mark.rule("R116", "R117")
def test_only_candidates_without_a_registration_are_deleted_in_one_batch(world):
    free, registered = world.candidate(), world.candidate(registration_count=1)
    outcome = delete(world, free, registered)
    assert outcome.done == [free.pk]
    assert outcome.refused[0][0] == registered.pk and "已报考证书数不为 0" in outcome.refused[0][1]
    assert list(Candidate.objects.all()) == [registered]


@pytest.mark.rule("R108")
def test_an_accurate_candidate_is_deleted_only_by_the_administrator_with_a_reason(world):
    row = world.candidate(state=S.ACCURATE)
    clerk = world.actor(world.school, "考生信息员")
    assert "请由院校管理员写明理由办理" in delete(world, row, actor=clerk, reason="重复录入").refused[0][1]
    assert "须写明理由" in delete(world, row).refused[0][1]
    assert delete(world, row, reason="重复录入").done == [row.pk]
    assert AuditEntry.objects.get(action="candidates.deleted").detail.read()["reason"] == "重复录入"


def test_another_schools_candidate_is_not_deleted(world):
    row = world.candidate()
    assert delete(world, row, actor=world.stranger).done == []
    assert Candidate.objects.filter(pk=row.pk).exists()


def test_the_photo_goes_with_the_candidate(world, portrait, django_capture_on_commit_callbacks):
    row = world.candidate()
    rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=portrait(1), notice=NOTICE_VERSION)
    with django_capture_on_commit_callbacks(execute=True):
        delete(world, row)
    assert not StoredFile.objects.filter(shelf="photo").exists()


# --- names -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("单雄信", "SHAN XIONGXIN"), ("仇和", "QIU HE"), ("解缙", "XIE JIN"), ("查良镛", "ZHA LIANGYONG"),
        ("曾国藩", "ZENG GUOFAN"), ("区寄", "OU JI"), ("朴正熙", "PIAO ZHENGXI"), ("欧阳一诺", "OUYANG YINUO"),
        ("吕布", "LV BU"), ("䶮䶮", "YAN YAN"), ("古丽娜尔·艾力", "GULINAER AILI"), ("万俟卨", "MOQI XIE"),
    ],
)  # fmt: skip
def test_pinyin_knows_surnames(name, pinyin):
    assert pinyin_of(name) == pinyin
