"""The import wizard, walked as a clerk walks it: with the candidates' own import."""

from __future__ import annotations

import io
import types
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import clear_url_caches, path
from lxml import html

from skillcert.candidates.imports import CollegeImport
from skillcert.candidates.models import Candidate
from skillcert.config import urls
from skillcert.kit.access import Actor
from skillcert.kit.audit import AuditEntry
from skillcert.kit.crypto import person_index
from skillcert.kit.errors import Refused
from skillcert.kit.files import StoredFile
from skillcert.kit.jobs import Job, JobState, run_job
from skillcert.kit.pages.base import PAGES, Page
from skillcert.kit.pages.imports import ImportPage
from skillcert.kit.sheets import engine
from skillcert.kit.sheets.records import ImportMode, ImportPart, ImportRecord, ImportState
from tests.world import World, id_number

pytestmark = pytest.mark.django_db
URL = "/walk/import/"


class Back(Page):
    """Where the wizard leaves to."""

    @classmethod
    def routes(cls) -> list[str]:
        return ["walk/"]

    def get(self) -> HttpResponse:
        return HttpResponse("the list")


class Wizard(ImportPage):
    manual, title = "5.2.3", "批量导入考生信息"
    spec, back = CollegeImport, Back


# Without a url in the class body they are not in the registry, so other tests do not meet them.
Back.url, Back.name, Back.permission = "walk/", "tests.Back", "login"
Wizard.url, Wizard.name = "walk/import/", "tests.Wizard"


@pytest.fixture(autouse=True)
def addresses(settings: Any) -> Iterator[None]:
    module = types.ModuleType("walk_urls")
    own = [path(route, page.view) for page in (Wizard, Back) for route in page.routes()]
    module.urlpatterns = [*own, *urls.urlpatterns]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module
    clear_url_caches()
    yield
    clear_url_caches()
    assert "tests.Wizard" not in PAGES


def person(n: int, **changes: str) -> list[str]:
    known = {
        "name": "周若溪", "pinyin": "ZHOU RUOXI", "id_type": "居民身份证", "id_number": id_number(n), "phone": f"1380000{n:04d}",
        "major": "软件技术", "major_code": "510203", "major_version": "2021", "level": "高职专科", "entry_year": "2024",
        "student_number": f"S{n}", "class_name": "软件 2401",
    }  # fmt: skip
    return list({**known, **changes}.values())


def sheet(rows: Sequence[Sequence[Any]], header: Sequence[str] = ()) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        page = book.add_worksheet()
        for place, row in enumerate([header or [c.label for c in CollegeImport.columns], *rows]):
            page.write_row(place, 0, row)
    return made.getvalue()


@pytest.fixture
def school(world: World) -> World:
    if not world.officer.may("candidates.edit"):
        pytest.fail("the officer may not import")
    from skillcert.qualifications.models import Major

    Major.objects.get_or_create(code="510203", version="2021", defaults={"name": "软件技术", "level": "higher"})
    return world


@pytest.fixture
def client(school: World) -> Client:
    return school.client_as(school.officer)


def upload(client: Client, data: bytes, name: str = "考生.xlsx") -> HttpResponse:
    once = client.get(URL).context["form"]["once"].value()
    return client.post(URL, {"file": SimpleUploadedFile(name, data), "once": str(once), "act": "next"})


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.rule("R87")
def test_the_template_is_filled_in_checked_and_imported(client: Client, school: World) -> None:
    template = client.get(URL + "?template=1")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    page = book["导入数据"]
    assert [cell.value for cell in page[2]][:4] == ["*姓名", "*姓名拼音", "*证件类型", "*身份证号"]
    assert page.column_dimensions["D"].number_format == "@", "an ID number typed there stays text"
    assert book["选项"].sheet_state == "hidden" and "填写说明" in book.sheetnames
    for index, value in enumerate(person(1), 1):
        page.cell(3, index, value)
    filled = io.BytesIO()
    book.save(filled)
    there = upload(client, filled.getvalue()).url
    assert "1 行可导入，0 行有错" in text_of(client.get(there))
    client.post(there, {"act": "next"})
    client.post(there, {"act": "next", "strategy": "all"})
    assert "成功 1 行，跳过 0 行，失败 0 行" in text_of(client.get(there))
    found = Candidate.objects.get(institution=school.school)
    assert (found.name, found.id_number, found.phone) == ("周若溪", id_number(1), "13800000001")


@pytest.mark.rule("R146")
def test_right_rows_are_imported_and_wrong_ones_come_back_in_a_file_that_can_be_uploaded_again(client: Client) -> None:
    rows = [person(1), person(2, phone="1380000"), person(3, pinyin="zhou ruoxi"), person(1), person(5, name="")]
    there = upload(client, sheet(rows)).url
    page = text_of(client.get(there))
    for sentence in ("缺 4 位，应为 11 位", "采用 ZHOU RUOXI", "与第 2 行重复", "姓名不能为空", "1 行可导入，4 行有错"):
        assert sentence in page
    assert id_number(2) not in page, "ID numbers are masked in the preview"
    client.post(there, {"act": "next", "strategy": "good"})
    record = ImportRecord.objects.get()
    assert (record.state, record.succeeded, record.failed, record.skip) == ("done", 1, 4, 0)
    assert not ImportPart.objects.exists(), "the draft's rows are gone"
    book = openpyxl.load_workbook(io.BytesIO(record.error_file.read()))["导入数据"]
    assert [cell.value for cell in book[2]][-4:] == ["行号", "错误列", "失败原因", "怎么改"]
    assert [cell.value for cell in book[4]][-4:] == [
        "4",
        "姓名拼音",
        "姓名拼音：须为大写字母与空格",
        "姓名拼音改为“ZHOU RUOXI”",
    ]
    again = upload(client, record.error_file.read(), "考生_失败数据.xlsx").url
    page = text_of(client.get(again))
    assert "缺 4 位，应为 11 位" in page and "姓名不能为空" in page
    assert ImportRecord.objects.latest("id").skip == 1, "the twin's first row is there already and the same"


def test_a_cell_is_mended_in_place_suggestions_are_taken_and_a_row_is_skipped(client: Client) -> None:
    rows = [person(1, phone="138"), person(2, pinyin="zhou ruoxi"), person(3, entry_year="20x4"), person(4)]
    there = upload(client, sheet(rows)).url
    client.post(there, {"act": "next", "cell_2:phone": "１３８ ０００００００１", "cell_3:pinyin": "zhou ruoxi"})
    record = ImportRecord.objects.get()
    assert (record.bad, record.new) == (2, 2)
    client.post(there, {"act": "fix_all"})
    client.post(there, {"act": "skip:4"})
    record.refresh_from_db()
    assert (record.bad, record.new, record.skip) == (0, 3, 1)


def test_the_masked_number_that_comes_back_from_the_preview_changes_nothing(client: Client) -> None:
    wrong = id_number(1)[:-1] + ("0" if id_number(1)[-1] != "0" else "1")
    there = upload(client, sheet([person(1, id_number=wrong), person(2)])).url
    client.post(there, {"act": "next", "cell_2:id_number": f"{wrong[:6]}{'*' * 8}{wrong[-4:]}"})
    record = ImportRecord.objects.get()
    assert next(record.parts.all().iterator()).rows()[0].raw["id_number"] == wrong


def test_a_twin_is_no_twin_any_more_when_the_first_is_mended(client: Client) -> None:
    there = upload(client, sheet([person(1), person(1), person(3, phone="1")])).url
    client.post(there, {"act": "next", "cell_3:id_number": id_number(9), "cell_4:phone": "13800000003"})
    record = ImportRecord.objects.get()
    assert (record.bad, record.new) == (0, 3)


def test_all_or_nothing_refuses_while_a_row_is_wrong_and_writes_nothing_when_one_fails(
    client: Client, school: World
) -> None:
    there = upload(client, sheet([person(1), person(2, phone="1")])).url
    refused = client.post(there, {"act": "next", "strategy": "all"})
    assert refused.status_code == 422 and "还有 1 行有错" in text_of(refused)
    client.post(there, {"act": "skip:3"})
    record = ImportRecord.objects.get()
    Candidate.objects.all().delete()
    part = record.parts.get()
    rows = part.rows()
    rows[1].reason, rows[1].values["major_code"], rows[1].verdict = (
        "",
        "999999",
        "new",
    )  # what the check let through is gone now
    part.fill(rows)
    part.save()
    refused = client.post(there, {"act": "next", "strategy": "all"})
    assert refused.status_code == 422 and "没有导入任何一行" in text_of(refused)
    assert not Candidate.objects.exists()


def test_an_import_that_closes_before_the_last_step_is_a_draft_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when 报考 ends between the check and the button: it must not hang at 导入中 for ever."""
    there = upload(client, sheet([person(1)])).url

    def closed(spec: CollegeImport, run: Any) -> None:
        raise Refused("不在报考时间内。")

    with monkeypatch.context() as patched:
        patched.setattr(CollegeImport, "prepare", closed)
        refused = client.post(there, {"act": "next", "strategy": "good"})
    assert refused.status_code == 422 and "不在报考时间内，没有导入任何一行" in text_of(refused)
    assert ImportRecord.objects.get().state == ImportState.CHECKED
    client.post(there, {"act": "next", "strategy": "good"})
    assert "成功 1 行" in text_of(client.get(there))


def test_many_corrections_are_looked_through_once(school: World) -> None:
    """采用全部建议 of a long sheet: once a row, it was rows times corrections."""
    record = draft(school, [person(n, pinyin="zhou ruoxi") for n in range(1, 40)])
    looks = []

    class Changes(dict):
        def items(self) -> Any:
            looks.append(len(self))
            return super().items()

    changes = Changes({(number, "pinyin"): "ZHOU RUOXI" for number in range(2, 41)})
    engine.correct(record, changes, actor=school.officer, now=school.now)
    assert (record.bad, record.new, looks) == (0, 39, [39])


def test_a_second_click_has_no_second_effect(client: Client) -> None:
    once = str(client.get(URL).context["form"]["once"].value())
    data = sheet([person(1)])
    urls_ = {client.post(URL, {"file": SimpleUploadedFile("a.xlsx", data), "once": once}).url for _ in range(2)}
    assert len(urls_) == 1 and ImportRecord.objects.count() == 1
    there = urls_.pop()
    for _ in range(2):
        client.post(there, {"act": "next", "strategy": "good"})
    assert Candidate.objects.count() == 1
    assert AuditEntry.objects.filter(action=CollegeImport.action, object_type="kit.importrecord").count() == 1


def test_the_browser_may_be_closed_in_the_middle(client: Client, school: World) -> None:
    there = upload(client, sheet([person(1, phone="1")])).url
    page = text_of(school.client_as(school.officer).get(URL))
    assert "还没有导入" in page and there in page


def test_a_draft_is_found_again_in_the_list_of_records(school: World) -> None:
    client, there = school.client_as(school.officer), "/candidates/college/import/"
    once = client.get(there).context["form"]["once"].value()
    data = {"file": SimpleUploadedFile("考生.xlsx", sheet([person(1, phone="1")])), "once": str(once), "notice": "on"}
    draft = client.post(there, data).url
    records = text_of(school.client_as(school.officer).get("/candidates/imports/"))
    assert "待导入" in records and f'href="{draft}"' in records
    assert "缺 10 位，应为 11 位" in text_of(client.get(draft))


def test_a_digit_that_is_no_number_is_no_error_of_the_server(client: Client) -> None:
    """² counts as a digit and is none that ``int`` reads."""
    there = upload(client, sheet([person(1, phone="1")])).url
    assert client.get(f"{there}?page=²").status_code == 200
    assert client.post(there, {"act": "skip:²", "cell_²:phone": "13800000001"}).status_code == 303
    assert client.get("/candidates/college/", {"size": "²", "page": "²"}).status_code == 200


def test_two_windows_mend_one_draft_and_neither_undoes_the_other(client: Client) -> None:
    there = upload(client, sheet([person(1, phone="1380000"), person(2, phone="1380000", name="")])).url
    stale = {"cell_2:phone": "1380000", "cell_3:phone": "1380000", "cell_3:name": ""}
    client.post(there, {**stale, "act": "check", "cell_2:phone": "13800000001", "cell_3:phone": "13800000002"})
    client.post(there, {**stale, "act": "check", "cell_3:name": "赵明轩"})
    rows = [row.values for part in ImportPart.objects.all() for row in part.rows()]
    assert [(row["name"], row["phone"]) for row in rows] == [("周若溪", "13800000001"), ("赵明轩", "13800000002")]
    assert "2 行可导入，0 行有错" in text_of(client.get(there))


def test_what_one_window_has_imported_another_cannot_mend(school: World) -> None:
    record = draft(school, [person(1), person(2, phone="1")])
    stale = ImportRecord.objects.get()
    engine.claim(record, ImportMode.GOOD)
    with pytest.raises(Refused, match="这次导入已经提交，不能再修改。请在导入记录中查看结果。"):
        engine.correct(stale, {(3, "phone"): "13800000001"}, actor=school.officer, now=school.now)
    assert not engine.claim(stale, ImportMode.GOOD), "and not import a second time"
    assert [row.ok for row in ImportPart.objects.get().rows()] == [True, False]


def test_dates_in_cells_and_as_text_are_read_as_years(client: Client) -> None:
    lines: list[list[Any]] = [person(1), person(2, entry_year="2024/9/1"), person(3, entry_year="9月1日")]
    lines[0][9] = date(2024, 9, 1)
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"default_date_format": "yyyy年m月"}) as book:
        for place, row in enumerate([[c.label for c in CollegeImport.columns], *lines]):
            book.worksheets()[0].write_row(place, 0, row) if place else book.add_worksheet().write_row(0, 0, row)
    there = upload(client, made.getvalue()).url
    page = text_of(client.get(there))
    assert "2 行可导入，1 行有错" in page and "应为四位年份，如 2024" in page
    client.post(there, {"act": "next", "strategy": "good"})
    assert list(Candidate.objects.values_list("entry_year", flat=True)) == [2024, 2024]


def test_a_large_upload_has_no_name_on_the_disk_while_it_is_read(
    client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """trust 41: a worker killed in the middle left the sheet in the open under /tmp."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.FILE_UPLOAD_TEMP_DIR = 10, str(tmp_path)
    seen, open_draft = [], engine.open_draft

    def look(*given: Any, **more: Any) -> ImportRecord:
        seen.append(list(tmp_path.iterdir()))
        return open_draft(*given, **more)

    monkeypatch.setattr(engine, "open_draft", look)
    there = upload(client, sheet([person(1)])).url
    assert "1 行可导入，0 行有错" in text_of(client.get(there))
    assert seen == [[]]


def test_rows_pasted_from_wps_are_imported(client: Client) -> None:
    once = str(client.get(URL).context["form"]["once"].value())
    text = "\r\n".join("\t".join([*cells, ""]) for cells in ([c.label for c in CollegeImport.columns], person(1)))
    there = client.post(URL, {"pasted": text, "once": once}).url
    assert "1 行可导入，0 行有错" in text_of(client.get(there))
    refused = client.post(URL, {"pasted": "周若溪\t110", "once": str(uuid.uuid4())})
    assert refused.status_code == 422 and "请在 Excel 或 WPS 中连同表头一起复制" in text_of(refused)
    assert not Candidate.objects.exists()


def test_merged_cells_and_empty_formulas_are_named_by_their_cell(client: Client) -> None:
    book = openpyxl.Workbook()
    book.active.append([c.label for c in CollegeImport.columns])
    for cells in (person(1), person(2), person(3, class_name='=A2&"班"')):
        book.active.append(cells)
    book.active.merge_cells("J2:J3")
    made = io.BytesIO()
    book.save(made)
    page = text_of(client.get(upload(client, made.getvalue()).url))
    for sentence in ("J3 与 J2 合并，请取消合并后逐行填写", "L4 的公式没有计算结果，请在 Excel 中打开并保存一次"):
        assert sentence in page
    assert "1 行可导入，2 行有错" in page


def test_foreign_headers_are_matched_by_hand(client: Client) -> None:
    header = [
        "姓名",
        "拼音",
        "证件类型",
        "身份证号",
        "手机号",
        "专业名",
        "专业代码",
        "版本",
        "专业层次",
        "入学年份",
        "学号",
        "班级",
    ]
    there = upload(client, sheet([person(1)], header)).url
    response = client.get(there)
    assert "没有找到这些必填列：姓名拼音、就读专业、专业版本" in text_of(response)
    assert text_of(response).count("按列名推测，请核对") == 3
    below = {cell.get("for"): cell.text for cell in html.fromstring(text_of(response)).iter("output")}
    number = id_number(1)
    assert (below["match-name"], below["match-id_number"]) == (person(1)[0], f"{number[:6]}********{number[-4:]}")
    assert number not in response.content.decode() and person(1)[4] not in response.content.decode()
    chosen = {f"match_{match.key}": match.chosen for match in response.context["matches"]}
    client.post(there, {"act": "next", **chosen, "match_pinyin": "1", "match_major": "5", "match_major_version": "7"})
    assert "1 行可导入" in text_of(client.get(there))


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("考生.xlsx", b"<html>", "与扩展名“.xlsx”不符"),
        ("考生.pdf", b"%PDF", "不支持“.pdf”"),
        ("考生.csv", "课程\n1\n".encode(), "没有找到表头"),
        ("考生.csv", "姓名,身份证号\n".encode(), ""),
    ],
)
def test_a_bad_file_is_answered_in_the_form_and_nothing_is_left(
    client: Client, name: str, data: bytes, sentence: str
) -> None:
    response = upload(client, data, name)
    if sentence:
        assert response.status_code == 422 and sentence in text_of(response)
    else:
        assert "没有找到这些必填列" in text_of(client.get(response.url))
    assert not ImportPart.objects.exists() and not Candidate.objects.exists()


def test_gbk_csv_full_width_digits_and_a_small_x_are_read_as_meant(client: Client) -> None:
    number = next(n for n in range(500) if id_number(n).endswith("X"))
    cells = person(7, id_number=id_number(number).lower(), entry_year="２０２４级")
    lines = [",".join(c.label for c in CollegeImport.columns), ",".join(cells)]
    there = upload(client, "\r\n".join(lines).encode("gbk"), "考生.csv").url
    client.post(there, {"act": "next", "strategy": "good"})
    assert Candidate.objects.get().id_number == id_number(number)


def test_an_id_number_stored_as_a_figure_is_refused_with_its_cell(client: Client) -> None:
    cells: list[Any] = person(1)
    cells[3], cells[4] = int(id_number(3)[:17]) * 10, 13800000001.0
    page = text_of(client.get(upload(client, sheet([cells])).url))
    assert "D2 是数字格式，末几位已丢失" in page
    assert "手机号" not in "".join(p.sentence for r in ImportPart.objects.get().rows() for p in r.problems)


def test_nobody_else_reaches_the_draft_and_another_school_not_even_the_record(client: Client, school: World) -> None:
    there = upload(client, sheet([person(1)])).url
    stranger = school.client_as(school.stranger)
    assert stranger.get(there).status_code == 404
    assert stranger.post(there, {"act": "next", "strategy": "good"}).status_code == 404
    assert client.get("/walk/import/999999/").status_code == 404
    assert not Candidate.objects.exists()


def test_without_the_permission_there_is_no_import(school: World) -> None:
    reader = school.client_as(school.user(school.school, "只读"))
    assert reader.get(URL).status_code == 403
    assert reader.post(URL, {"file": SimpleUploadedFile("a.xlsx", sheet([person(1)]))}).status_code == 403


def test_a_permission_lost_in_between_stops_the_writing(client: Client, school: World) -> None:
    there = upload(client, sheet([person(1)])).url
    record = ImportRecord.objects.get()
    engine.claim(record, ImportMode.GOOD)
    with pytest.raises(Exception, match="没有这项权限"):
        engine.write(record, actor=school.without(school.officer, "candidates.edit"), now=school.now)
    assert not Candidate.objects.exists() and there


def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CollegeImport, "chunk", 3)


def draft(school: World, rows: Sequence[Sequence[Any]]) -> ImportRecord:
    record = engine.open_draft(CollegeImport, "a.xlsx", sheet(rows), actor=school.officer, now=school.now)
    engine.stage(record, actor=school.officer, now=school.now)
    return record


def test_after_a_crash_writing_goes_on_where_it_stopped(school: World, monkeypatch: pytest.MonkeyPatch) -> None:
    small_chunks(monkeypatch)
    record = draft(school, [person(n) for n in range(8)])
    engine.claim(record, ImportMode.GOOD)
    calls: list[int] = []
    real = CollegeImport.write

    def dying(self: CollegeImport, rows: list[Any]) -> None:
        calls.append(len(rows))
        real(self, rows)
        if len(calls) == 2:
            raise KeyboardInterrupt  # after its rows, before its commit

    monkeypatch.setattr(CollegeImport, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        engine.write(record, actor=school.officer, now=school.now)
    assert Candidate.objects.count() == 3
    fresh = ImportRecord.objects.get()
    assert fresh.cursor == 0
    engine.write(fresh, actor=school.officer, now=school.now)
    assert (calls, Candidate.objects.count(), fresh.succeeded) == ([3, 3, 3, 2], 8, 8)
    assert AuditEntry.objects.filter(object_type="kit.importrecord", action=CollegeImport.action).count() == 3


def test_after_a_crash_checking_goes_on_and_still_knows_the_twins(
    school: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch)
    data = sheet([*(person(n) for n in range(5)), person(0)])
    record = engine.open_draft(CollegeImport, "a.xlsx", data, actor=school.officer, now=school.now)

    def die(done: int, total: int) -> None:
        transaction_ends.append(done)
        if done > 3:
            raise KeyboardInterrupt

    transaction_ends: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        engine.stage(record, actor=school.officer, now=school.now, progress=die)
    assert ImportPart.objects.count() == 1
    fresh = ImportRecord.objects.get()
    engine.stage(fresh, actor=school.officer, now=school.now)
    assert (fresh.state, fresh.new, fresh.bad) == (ImportState.CHECKED, 5, 1)


def test_what_one_window_cancels_while_it_is_checked_stays_cancelled(school: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it came back as a draft without the rows that were thrown away."""
    monkeypatch.setattr(CollegeImport, "chunk", 2)
    data = sheet([person(n) for n in range(1, 8)])
    record = engine.open_draft(CollegeImport, "考生.xlsx", data, actor=school.officer, now=school.now)
    cancel = lambda done, total: done == 4 and engine.cancel(ImportRecord.objects.get(pk=record.pk))  # noqa: E731
    with pytest.raises(Refused, match="已在别的窗口取消"):
        engine.stage(record, actor=school.officer, now=school.now, progress=cancel)
    record.refresh_from_db()
    assert (record.state, record.parts.count()) == (ImportState.CANCELLED, 0)


def test_a_constraint_that_fires_fails_one_row_and_not_its_chunk(
    school: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = draft(school, [person(n) for n in range(5)])
    engine.claim(record, ImportMode.GOOD)
    school.candidate(name="已有", id_number=id_number(3))

    def bare(self: CollegeImport, rows: list[Any]) -> None:
        taken = {"institution": school.school, "kind": "college", "id_type": "111"}
        for row in rows:
            index = person_index("111", row["id_number"])
            Candidate.objects.create(**taken, number=f"n{row.number}", id_number=row["id_number"], person_index=index)

    monkeypatch.setattr(CollegeImport, "write", bare)
    monkeypatch.setattr(CollegeImport, "known", lambda self, indexes: [])
    engine.write(record, actor=school.officer, now=school.now)
    assert (record.succeeded, record.failed, Candidate.objects.count()) == (4, 1, 5)
    book = openpyxl.load_workbook(io.BytesIO(record.error_file.read()))["导入数据"]
    assert "本院校已有该证件号的考生" in str([cell.value for cell in book[3]])


def test_a_large_file_is_checked_and_written_by_the_worker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skillcert.kit.pages.imports.wizard.AT_ONCE_BYTES", 0)
    monkeypatch.setattr("skillcert.kit.pages.imports.strategy.AT_ONCE_ROWS", 0)
    there = upload(client, sheet([person(n) for n in range(4)])).url
    assert "hx-get" in text_of(client.get(there)) and Job.objects.get().kind == "kit.import_stage"
    work()
    assert "4 行可导入" in text_of(client.get(there))
    client.post(there, {"act": "next", "strategy": "good"})
    work()
    assert "成功 4 行" in text_of(client.get(there))


def work() -> None:
    for job in Job.objects.filter(state=JobState.WAITING):
        run_job.func(str(job.pk))


def test_nothing_personal_lies_open_in_the_tables_of_an_import(school: World, client: Client) -> None:
    upload(client, sheet([person(1), person(2, phone="138000")]))
    number = id_number(1).encode()
    for part in ImportPart.objects.all():
        assert number not in bytes(part.content)
    record = ImportRecord.objects.values().get()
    assert number.decode() not in str(record)
    assert StoredFile.objects.filter(shelf="import").count() == 1


def test_the_digest_in_the_audit_is_no_plain_hash_of_the_rows(school: World) -> None:
    record = draft(school, [person(1)])
    engine.claim(record, ImportMode.GOOD)
    engine.write(record, actor=school.officer, now=school.now)
    summary = AuditEntry.objects.get(object_type="kit.importrecord", action=CollegeImport.action).summary
    assert summary["rows"] == 1 and len(summary["digest"]) == 32
    assert id_number(1) not in str(summary)


def test_an_actor_without_an_organization_is_not_a_hole(school: World) -> None:
    draft(school, [person(1)])
    nobody = Actor(kind="public", label="公众")
    assert not ImportRecord.visible_to(nobody).exists()
