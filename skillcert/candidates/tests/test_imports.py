"""Sheets of candidates: what a file with mistakes does, and that the same file twice does nothing twice."""

from __future__ import annotations

import csv
import io

import pytest

from skillcert.candidates.imports import CandidateModify, CollegeImport, SocialImport
from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState as S
from skillcert.kit.errors import NotAllowed
from skillcert.kit.sheets import engine
from skillcert.kit.sheets.records import ImportMode, ImportRecord, parts_of
from tests.world import id_number

HEADER = "姓名 姓名拼音 证件类型 身份证号 手机号 就读专业 专业代码 专业版本 专业层次 入学年份 学号 班级".split()  # noqa: SIM905


def line(n=1, **changes):
    return {
        "姓名": "欧阳一诺", "姓名拼音": "OUYANG YINUO", "证件类型": "居民身份证", "身份证号": id_number(n),
        "手机号": "13800000000", "就读专业": "软件技术", "专业代码": "510203", "专业版本": "2021", "专业层次": "高职专科",
        "入学年份": "2024", "班级": "软件 2401",
    } | changes  # fmt: skip


def staged(world, spec, *lines, actor=None):
    actor = actor or world.officer
    header = list(dict.fromkeys(name for one in lines for name in one)) if spec is not CollegeImport else HEADER
    file = io.StringIO()
    writer = csv.DictWriter(file, header)
    writer.writeheader()
    writer.writerows(lines)
    record = engine.open_draft(spec, "考生.csv", file.getvalue().encode("gb18030"), actor=actor, now=world.now)
    engine.stage(record, actor=actor, now=world.now)
    return record


def run(world, spec, *lines, actor=None):
    actor = actor or world.officer
    record = staged(world, spec, *lines, actor=actor)
    engine.claim(record, ImportMode.GOOD)
    engine.write(record, actor=actor, now=world.now)
    return ImportRecord.objects.get(pk=record.pk)


def problems(record):
    return {(row.number, p.column): (p.sentence, p.fix) for part in parts_of(record) for row in part.rows() for p in row.problems}


@pytest.mark.rule("R87", "R89", "R109")
def test_good_rows_become_candidates_without_a_photo(world):
    record = run(world, CollegeImport, line(1), line(2, 姓名="单雄信", 姓名拼音="SHAN XIONGXIN", 身份证号=id_number(2).lower()))
    assert (record.succeeded, record.failed) == (2, 0)
    row = Candidate.objects.get(name="欧阳一诺")
    assert (row.state, row.kind, row.pinyin_key, row.phone) == (S.NO_PHOTO, "college", "ouyangyinuo", "13800000000")
    assert (row.id_number, row.major, row.level, row.entry_year) == (id_number(1), world.major, "higher", 2024)
    assert sorted(Candidate.objects.values_list("number", flat=True)) == ["413301234526000001", "413301234526000002"]


def test_the_same_file_again_changes_nothing_and_a_changed_row_is_updated(world):
    lines = [line(1), line(2, 姓名="赵明轩", 姓名拼音="ZHAO MINGXUAN")]
    run(world, CollegeImport, *lines)
    again = run(world, CollegeImport, *lines)
    assert (again.new, again.update, again.skip) == (0, 0, 2)
    before = Candidate.objects.get(name="欧阳一诺")
    changed = run(world, CollegeImport, line(1, 班级="软件 2402"), lines[1])
    row = Candidate.objects.get(pk=before.pk)
    assert (changed.update, changed.skip) == (1, 1)
    assert (row.class_name, row.number, row.version) == ("软件 2402", before.number, before.version + 1)


def test_one_person_spelled_in_three_ways_is_one_row_and_two_repetitions(world):
    number = next(number for number in map(id_number, range(1, 100)) if number.endswith("X"))
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    lines = [line(身份证号=number), line(身份证号=number.lower(), 手机号="13900000001"), line(身份证号=spaced, 手机号="13900000002")]
    record = staged(world, CollegeImport, *lines)
    assert {place: sentence for place, (sentence, _) in problems(record).items()} == {
        (3, "id_number"): "与第 2 行重复", (4, "id_number"): "与第 2 行重复",
    }  # fmt: skip
    assert (record.new, record.bad) == (1, 2)


@pytest.mark.rule("R90")
def test_each_wrong_cell_is_named_with_its_reason_and_what_to_do(world):
    record = staged(
        world, CollegeImport,
        line(1, 身份证号="110105194912310021"), line(2, 专业代码="999999"), line(3, 专业版本="2015"),
        line(4, 就读专业="大数据与会计"), line(5, 专业层次="中职"), line(6, 入学年份="2027"), line(7, 姓名拼音="ouyang yinuo"),
        line(8, 手机号="1380000000"), line(9, 证件类型="学生证"), line(10), line(10, 姓名="另一人"), line(11, 姓名=""),
    )  # fmt: skip
    found = problems(record)
    assert "末位校验码不符" in found[2, "id_number"][0]
    assert found[3, "major_code"][0] == "专业目录中没有这个代码，请核对"
    assert found[4, "major_version"] == ("专业代码 510203 没有 2015 版，目录中有 2021 版", "2021")
    assert found[5, "major"] == ("专业代码 510203（2021 版）是“软件技术”，与所填不符", "软件技术")
    assert found[6, "level"] == ("“软件技术”的层次是高职专科", "高职专科")
    assert found[7, "entry_year"][0] == "应在 1990 至 2026 之间"
    assert found[8, "pinyin"][1] == "OUYANG YINUO"
    assert found[9, "phone"][0] == "缺 1 位，应为 11 位"
    assert "居民身份证" in found[10, "id_type"][0]
    assert found[12, "id_number"][0] == "与第 11 行重复"
    assert found[13, "name"][0] == "姓名不能为空"
    assert record.bad == 11 and record.new == 1


def test_who_is_in_the_other_list_or_accurate_is_not_overwritten(world):
    world.candidate(kind="social", id_number=id_number(1))
    accurate = world.candidate("周若溪", state=S.ACCURATE, id_number=id_number(2))
    record = staged(world, CollegeImport, line(1), line(2), line(3))
    found = problems(record)
    assert "已在社会考生中" in found[2, "id_number"][0]
    assert found[3, "name"] == ("该考生信息已准确，姓名不可再改", "周若溪")
    run(world, CollegeImport, line(2, 姓名="周若溪", 手机号="13900000000"))
    accurate.refresh_from_db()
    assert (accurate.phone, accurate.state) == ("13900000000", S.ACCURATE)


def test_a_new_name_sends_a_doubted_candidate_back_to_verification(world):
    row = world.candidate("周若溪", state=S.TO_CONFIRM, similarity=30, comparison="x", id_number=id_number(1))
    run(world, CollegeImport, line(1))
    row.refresh_from_db()
    assert (row.name, row.state, row.similarity) == ("欧阳一诺", S.UNVERIFIED, None)


def test_another_schools_candidate_with_the_same_number_stays_its_own(world):
    other = world.candidate("周若溪", institution=world.other_school, id_number=id_number(1))
    assert run(world, CollegeImport, line(1)).succeeded == 1
    other.refresh_from_db()
    assert other.name == "周若溪" and Candidate.objects.count() == 2


def test_a_reader_and_an_awarding_body_import_nothing(world):
    for actor in (world.actor(world.school, "只读"), world.examiner):
        with pytest.raises(NotAllowed):
            staged(world, CollegeImport, line(1), actor=actor)


@pytest.mark.rule("R85", "R86")
def test_trainees_need_no_major(world):
    base = {name: line(1)[name] for name in HEADER[:5]}
    record = run(world, SocialImport, base | {"工作单位": "云州软件公司", "最高学历": "大专"})
    row = Candidate.objects.get()
    assert (record.succeeded, row.kind, row.employer, row.education, row.major, row.complete) == (
        1, "social", "云州软件公司", "大专", None, True,
    )  # fmt: skip


# --- 批量修改 --------------------------------------------------------------------------------------------
@pytest.mark.rule("R101", "R102")
def test_an_exported_old_record_is_completed_by_its_number(world):
    old = world.candidate(pinyin="", phone="", major=None, level="", entry_year=None, complete=False, class_name="")
    run(world, CandidateModify, {
        "考生编号": old.number, "身份证号": "330106********1234", "姓名拼音": "ZHOU RUOXI", "手机号": "13900000000",
        "就读专业": "软件技术", "专业代码": "510203", "专业版本": "2021", "专业层次": "高职专科", "入学年份": "2024",
    })  # fmt: skip
    old.refresh_from_db()
    assert old.complete and (old.phone, old.major, old.pinyin_key) == ("13900000000", world.major, "zhouruoxi")


@pytest.mark.rule("R102")
def test_empty_and_masked_cells_change_nothing(world):
    row = world.candidate(id_number=id_number(1))
    record = run(world, CandidateModify, {"考生编号": row.number, "手机号": "138****6021", "班级": ""})
    assert (record.skip, record.succeeded) == (1, 0)
    run(world, CandidateModify, {"证件类型": "居民身份证", "身份证号": id_number(1), "班级": "软件 2402", "手机号": ""})
    row.refresh_from_db()
    assert (row.class_name, row.phone, row.entry_year) == ("软件 2402", "13800006021", 2024)


@pytest.mark.rule("R104", "R105")
def test_a_name_is_modified_only_before_accurate(world):
    open_, locked = world.candidate(state=S.TO_CONFIRM), world.candidate(state=S.ACCURATE)
    lines = [{"考生编号": one.number, "姓名": "周若兮", "班级": "新班"} for one in (open_, locked)]
    record = run(world, CandidateModify, *lines)
    open_.refresh_from_db()
    locked.refresh_from_db()
    assert (open_.name, open_.state) == ("周若兮", S.UNVERIFIED)
    assert (locked.name, locked.class_name, record.failed) == ("周若溪", "软件 2401", 1)


def test_unknown_and_foreign_candidates_are_not_found(world):
    foreign = world.candidate(institution=world.other_school)
    record = staged(world, CandidateModify, *({"考生编号": number, "班级": "x"} for number in (foreign.number, "1", "")))
    assert [p[0][:10] for p in problems(record).values()] == ["本院校没有这名考生，请"[:10]] * 2 + ["请填写考生编号，或证件"[:10]]
