"""Bad files: each is answered with a sentence a clerk can act on, or read as it was meant."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from skillcert.kit.errors import Refused
from skillcert.kit.sheets import reader
from skillcert.kit.sheets.child import MAX_COLUMNS
from skillcert.kit.sheets.reader import open_sheet
from skillcert.kit.sheets.writer import write_rows
from skillcert.kit.sheets.zips import MAX_ITEM, read_zip

LABELS = ("姓名", "身份证号", "手机号")


def workbook(rows: Sequence[Sequence[Any]], header: Sequence[str] = LABELS, title: str = "考生导入模板") -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("数据")
        if title:
            sheet.merge_range(0, 0, 0, len(header) - 1, title)
        for index, row in enumerate([header, *rows], 1 if title else 0):
            sheet.write_row(index, 0, row)
    return made.getvalue()


def read(data: bytes, name: str = "考生.xlsx") -> list[tuple[int, list[Any]]]:
    with open_sheet(data, name, LABELS) as sheet:
        return list(sheet.rows)


def repacked(data: bytes, changes: dict[str, Any]) -> bytes:
    """The same workbook with parts replaced or added; a value may be a function of the old part."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = changes.pop(name, None)
            new.writestr(name, old.read(name) if change is None else change(old.read(name)))
        for name, content in changes.items():
            new.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("title", ["考生导入模板", ""])
def test_header_is_found_in_row_two_or_one(title: str) -> None:
    first = 3 if title else 2
    assert read(workbook([["张三", "x", "y"]], title=title)) == [(first, ["张三", "x", "y"])]


def test_stars_spaces_and_brackets_in_headers_do_not_matter() -> None:
    with open_sheet(workbook([], ("* 姓名（必填）", "身份证号 ", "手机号")), "a.xlsx", LABELS) as sheet:
        assert sheet.header_row == 2


def test_the_sheet_that_matches_is_read_and_named() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet("封面").write_string(0, 0, "2026 级")
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, LABELS)
        sheet.write_row(1, 0, ["张三", "1", "2"])
    with open_sheet(made.getvalue(), "a.xlsx", LABELS) as found:
        assert found.name == "花名册" and "2 张表" in found.note and "花名册" in found.note
        assert list(found.rows) == [(2, ["张三", "1", "2"])]


def test_a_table_that_begins_in_another_column_keeps_its_addresses() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, LABELS)
        sheet.write_row(4, 2, ["张三", 110105194912, "2"])
    assert read(made.getvalue())[0] == (5, ["", "", "张三", 110105194912.0, "2"])


def test_dates_times_and_truth_become_text() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, LABELS)
        sheet.write_datetime(1, 0, datetime(2024, 9, 1), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_datetime(1, 1, datetime(2024, 9, 1, 8, 30), book.add_format({"num_format": "yyyy/m/d hh:mm"}))
        sheet.write_boolean(1, 2, True)
    assert read(made.getvalue()) == [(2, ["2024-09-01", "2024-09-01 08:30", "是"])]


def test_a_formula_gives_its_value_and_says_so_when_it_has_none() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, LABELS)
        sheet.write_formula(1, 0, '="张"&"三"', None, "张三")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    assert read(made.getvalue()) == [(2, ["张三", ["error"], ""])]
    book = openpyxl.Workbook()
    book.active.append(LABELS)
    book.active.append(["张三", "=A1", "3"])
    made = io.BytesIO()
    book.save(made)
    assert read(made.getvalue()) == [(2, ["张三", ["formula"], "3"])]


def test_merged_cells_name_the_cell_they_belong_to() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, LABELS)
        sheet.merge_range(1, 0, 2, 0, "张三")
        sheet.write_row(1, 1, ["1", "2"])
        sheet.write_row(2, 1, ["3", "4"])
    assert read(made.getvalue()) == [(2, ["张三", "1", "2"]), (3, [["merged", "A2", "张三"], "3", "4"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_every_encoding_that_is_met(encoding: str) -> None:
    name = "张䶮" if encoding not in ("gbk",) else "张三"
    assert read(f"姓名,身份证号,手机号\r\n{name},1,'0012\r\n".encode(encoding), "a.csv") == [(2, [name, "1", "0012"])]


def test_pasted_cells_need_their_header() -> None:
    assert read("姓名\t身份证号\n张三\t1\n".encode(), "粘贴.txt") == [(2, ["张三", "1"])]
    with pytest.raises(Refused, match="连同表头一起复制"):
        read("张三\t1\n".encode(), "粘贴.txt")


def test_a_workbook_of_the_old_kind_is_read() -> None:
    """candidates.xls was written in BIFF8, as Excel 97 to 2003 does."""
    rows = read((Path(__file__).parent / "candidates.xls").read_bytes(), "考生.xls")
    assert rows == [
        (2, ["周若溪", "33010620050101001X", "13800006021"]),
        (3, ["古丽娜尔・艾合买提江", "330106200501010029", 13800006022]),
    ]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.docx", b"PK\x03\x04", "不支持“.docx”的文件"),
        ("a.xlsx", b"", "文件是空的"),
        ("a.xlsx", b"<html><table>", "与扩展名“.xlsx”不符"),
        ("a.xls", b"<html><table>", "与扩展名“.xls”不符"),
        ("a.xlsx", bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "打开密码"),
        ("a.csv", b"PK\x03\x04rest", "把扩展名改回"),
        ("a.csv", b"\x89PNG\r\n\0\0\0", "不是文本"),
        ("a.xlsx", b"PK\x03\x04 no zip at all", "已损坏"),
        ("a.csv", "学号,班级\n1,2\n".encode(), "没有找到表头"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(data, name)


def test_a_workbook_of_something_else_is_refused() -> None:
    with pytest.raises(Refused, match="没有找到表头"):
        read(workbook([["1", "2"]], ("教室", "座位数"), title=""))


def test_two_hundred_thousand_and_one_rows_are_refused_with_the_number() -> None:
    made = io.BytesIO()
    write_rows(made, "数据", LABELS, (("张三", "1", "2") for _ in range(200_001)))
    with pytest.raises(Refused, match="200,001 行"):
        read(made.getvalue())
    text = "姓名,身份证号,手机号\n" + "张三,1,2\n" * 200_001
    with pytest.raises(Refused, match="200,001 行"):
        read(text.encode(), "a.csv")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"xl/worksheets/sheet1.xml": lambda old: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + old}, "DTD"),
        ({"xl/workbook.xml": lambda old: b"<!DOCTYPE lolz>" + old}, "DTD"),
        ({"xl/sharedStrings.xml": lambda old: b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + old}, "DTD"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "其他工作簿"),
        ({"xl/vbaProject.bin": b"x"}, "宏"),
        ({"xl/worksheets/sheet1.xml": lambda old: old[: len(old) // 2]}, "已损坏"),
    ],
)  # fmt: skip
def test_a_hostile_workbook_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(repacked(workbook([["张三", "1", "2"]]), changes))


def bomb(declared: int | None) -> bytes:
    """A workbook with 700 MB of spaces in a sheet; ``declared`` is the size that the directory claims."""
    made = io.BytesIO()
    block = b" " * (1 << 20)
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["张三", "1", "2"]]))) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        with new.open("xl/media/big.xml", "w", force_zip64=True) as part:
            for _ in range(700):
                part.write(block)
    data = bytearray(made.getvalue())
    if declared is not None:
        place = data.rfind(b"PK\x01\x02", 0, data.rfind(b"xl/media/big.xml"))
        data[place + 24 : place + 28] = struct.pack("<I", declared)
    return bytes(data)


# A process's peak begins at that of the one it was forked from: between the tests and the child stands a small one.
WATCH = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-I", *sys.argv[1:]], stdin=sys.stdin)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
"""


def used_by_the_child(data: bytes) -> tuple[dict[str, Any], float, float]:
    """What the reading process says first, its processor seconds, and its MiB at the most."""
    child = Path(reader.__file__).with_name("child.py")
    asked = json.dumps({"labels": LABELS, "suffix": ".xlsx"})
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        done = subprocess.run([sys.executable, "-c", WATCH, str(child), asked], stdin=file, capture_output=True, check=True)
    seconds, mib = map(float, done.stderr.split())
    return json.loads(done.stdout.splitlines()[0]), seconds, mib


@pytest.mark.parametrize("declared", [None, 1000])
def test_a_bomb_costs_a_second_and_64_mib_at_the_most(declared: int | None) -> None:
    _, _, usual = used_by_the_child(workbook([["张三", "1", "2"]]))
    said, seconds, mib = used_by_the_child(bomb(declared))
    assert "展开后过大" in said["refused"] or "已损坏" in said["refused"]
    assert seconds <= 1 and mib <= usual + 64


def test_a_million_texts_that_no_cell_uses_do_no_harm() -> None:
    texts = b"".join(b"<si><t>x%d</t></si>" % n for n in range(1_000_000))
    data = repacked(workbook([["张三", "1", "2"]]), {
        "xl/sharedStrings.xml": lambda old: old.replace(b"</sst>", texts + b"</sst>"),
    })  # fmt: skip
    _, seconds, mib = used_by_the_child(data)
    assert read(data) == [(3, ["张三", "1", "2"])]
    assert seconds <= 10 and mib <= 300


def test_of_sixteen_thousand_columns_those_of_the_template_are_read() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((LABELS, ("张三", "1", "2"))):
            sheet.write_row(row, 0, cells)
            for column in range(3, 16_384):
                sheet.write_string(row, column, "x")
    with open_sheet(made.getvalue(), "a.xlsx", LABELS) as found:
        assert found.header[:3] == list(LABELS) and len(found.header) == MAX_COLUMNS
        assert next(found.rows)[1][:3] == ["张三", "1", "2"]


def test_cells_pasted_from_wps_keep_line_breaks_quotes_and_empty_columns() -> None:
    pasted = '姓名\t身份证号\t手机号\t\t\r\n"张\r\n三"\t1\t"说""是"""\t\t\r\n\t\t\t\t\r\n李四\t\t2\t\t\r\n'
    assert read(pasted.encode(), "粘贴.txt") == [(2, ["张\r\n三", "1", '说"是"']), (4, ["李四", "", "2"])]


# --- what goes out (sheets are .xlsx only: there is no .csv to go out) -----------------------------------
DANGEROUS = st.tuples(
    st.sampled_from(["=", "+", "-", "@", "\t=", "\0=", "\r=", "＝", "＋", "－", "＠", "'=", '="', " =", ""]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
).map("".join)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(DANGEROUS, min_size=1, max_size=40), fast=st.booleans())
def test_whatever_a_cell_says_it_goes_out_as_text(texts: list[str], fast: bool) -> None:
    made = io.BytesIO()
    lines = [[text, "x"] for text in texts]
    with nullcontext() if fast else patch.dict(sys.modules, {"rustpy_xlsxwriter": None}):
        assert write_rows(made, "导出", ["内容", "其他"], lines) == len(texts)
    with zipfile.ZipFile(made) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert not any(re.search(rb"<f[ />]", part) for part in parts.values())
    rows = list(openpyxl.load_workbook(made).active.iter_rows(min_row=2))
    assert len(rows) == len(texts)
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} <= {"s"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "110105194912310021"])
def test_text_goes_out_as_text_and_never_as_a_formula(text: str) -> None:
    made = io.BytesIO()
    assert write_rows(made, "导出", ["内容", "分数"], [[text, 86.5]]) == 1
    cell, figure = openpyxl.load_workbook(made).active[2]
    assert (cell.data_type, cell.value.strip()) == ("s", text.strip())
    assert figure.value == 86.5


def test_an_export_without_rows_still_has_its_header() -> None:
    made = io.BytesIO()
    assert write_rows(made, "导[出]", ["姓名"], []) == 0
    assert [cell.value for cell in openpyxl.load_workbook(made).active[1]] == ["姓名"]


# --- photo archives ------------------------------------------------------------------------------------
def test_every_entry_of_a_photo_archive_is_accounted_for_by_name() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("照片/二班/110.jpg", b"one")
        archive.writestr("__MACOSX/._110.jpg", b"noise")
        archive.writestr("照片/.DS_Store", b"noise")
        archive.writestr("../../etc/passwd.jpg", b"evil")
        archive.writestr("/abs.jpg", b"evil")
        archive.writestr("C:\\win.jpg", b"evil")
        archive.writestr("别处/110.JPG", b"two")
        archive.writestr("inner.zip", b"PK")
        archive.writestr("big.jpg", b"\0" * (MAX_ITEM + 1))
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = {item.path: item.error or item.data for item in read_zip(made)}
    assert found == {
        "照片/二班/110.jpg": b"one",
        "../../etc/passwd.jpg": "路径中含有 ..，可能是恶意文件，已拒绝",
        "/abs.jpg": "使用了绝对路径，可能是恶意文件，已拒绝",
        "C:\\win.jpg": "使用了绝对路径，可能是恶意文件，已拒绝",
        "别处/110.JPG": "与“照片/二班/110.jpg”同名，只取先出现的一个",
        "inner.zip": "压缩包里还有压缩包，请把照片直接放在一个压缩包里",
        "big.jpg": "展开后超过 10 MB，已拒绝",
        "link.jpg": "是一个链接，不是文件，已拒绝",
    }


def test_names_in_gbk_are_read() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("aaaa.jpg", b"x")
    data = made.getvalue().replace(b"aaaa", "张三".encode("gbk"))
    assert [item.name for item in read_zip(io.BytesIO(data))] == ["张三.jpg"]


def test_no_zip_and_an_encrypted_entry_are_said() -> None:
    with pytest.raises(Refused, match=r"不是 \.zip 压缩包"):
        list(read_zip(io.BytesIO(b"Rar!")))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.jpg", b"x")
    data = bytearray(made.getvalue())
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert "密码" in next(read_zip(io.BytesIO(bytes(data)))).error
