"""The sheet a clerk fills in, and the one that comes back with the rows that failed: the same columns."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from skillcert.kit import files
from skillcert.kit.access import Actor
from skillcert.kit.files import StoredFile

from .records import KEPT_DAYS, ImportRecord, parts_of
from .spec import BAD, Column, ImportSpec, ParsedRow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATTED_ROWS = 5000
ERROR_HEADERS = ("行号", "错误列", "失败原因", "怎么改")
FONT = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter"}
HEAD = {**FONT, "bold": True, "border": 1}


def template(spec: ImportSpec, rows: Iterable[ParsedRow] = ()) -> bytes:
    """The template as xlsx: title, headers, text cells, drop-downs, comments, and a sheet 填写说明. ``rows`` are there
    already, as in a score sheet that names the candidates.
    """
    return _book(spec, f"{spec.label}导入模板", (), rows)


def error_sheet(record: ImportRecord, spec: ImportSpec) -> tuple[str, bytes]:
    """Name and bytes: the rows that are wrong, with their reasons; uploaded again as it is, the added columns are
    ignored.
    """
    rows = (row for part in parts_of(record) for row in part.rows(BAD))
    data = _book(spec, f"{spec.label}导入失败数据", ERROR_HEADERS, rows)
    return f"{PurePath(record.source.name).stem}_失败数据.xlsx", data


def error_file(record: ImportRecord, spec: ImportSpec, *, actor: Actor) -> StoredFile:
    """The same, sealed and kept with the record."""
    name, data = error_sheet(record, spec)
    return files.store(
        data, shelf="errors", name=name, content_type=XLSX, actor=actor, organization_id=record.organization_id, days=KEPT_DAYS
    )


def _book(spec: ImportSpec, title: str, more: Iterable[str], rows: Iterable[ParsedRow]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("导入数据")
        formats = {
            "title": book.add_format({**FONT, "bold": True, "font_size": 12, "text_wrap": True}),
            "required": book.add_format({**HEAD, "font_color": "#B42318", "bg_color": "#FDF3F2"}),
            "header": book.add_format({**HEAD, "bg_color": "#F2F5FA"}),
            "text": book.add_format({**FONT, "num_format": "@"}),
            "wrong": book.add_format({**FONT, "num_format": "@", "bg_color": "#FDE7E5", "font_color": "#B42318"}),
        }
        more = tuple(more)
        _headers(sheet, spec, title, more, formats)
        last = _rows(sheet, spec, rows, bool(more), formats)
        _drop_downs(book, sheet, spec, max(last, FORMATTED_ROWS))
        _notes(book, spec, formats)
    return made.getvalue()


def _headers(sheet: Any, spec: ImportSpec, title: str, more: tuple[str, ...], formats: dict[str, Any]) -> None:
    width = len(spec.columns) + len(more)
    hint = "带 * 的列必填；从第 3 行开始填写，一行一条；不要改动第 2 行的表头。下拉选项、示例和说明见“填写说明”。"
    sheet.merge_range(0, 0, 0, max(width - 1, 1), f"{title}    {hint}", formats["title"])
    sheet.set_row(0, 34)
    for index, column in enumerate(spec.columns):
        sheet.set_column(index, index, column.width, formats["text"])
        label = f"*{column.label}" if column.required else column.label
        sheet.write_string(1, index, label, formats["required" if column.required else "header"])
        if column.note:
            sheet.write_comment(1, index, column.note, {"font_size": 9, "x_scale": 1.4})
    for index, label in enumerate(more, len(spec.columns)):
        sheet.set_column(index, index, 10 if label == "行号" else 30, formats["text"])
        sheet.write_string(1, index, label, formats["header"])
    sheet.freeze_panes(2, 1)


def _rows(sheet: Any, spec: ImportSpec, rows: Iterable[ParsedRow], reasons: bool, formats: dict[str, Any]) -> int:
    number = 1
    labels = {column.name: column.label for column in spec.columns}
    for number, row in enumerate(rows, 2):
        wrong = {problem.column for problem in row.problems}
        for index, column in enumerate(spec.columns):
            look = formats["wrong" if column.name in wrong else "text"]
            sheet.write_string(number, index, row.text(column.name), look)
        if reasons:
            for index, text in enumerate(_reasons(row, labels), len(spec.columns)):
                sheet.write_string(number, index, text, formats["text"])
    return number


def _reasons(row: ParsedRow, labels: dict[str, str]) -> Iterator[str]:
    """行号, 错误列, 失败原因, 怎么改."""
    yield str(row.number)
    yield "；".join(labels[problem.column] for problem in row.problems)
    yield "；".join(f"{labels[problem.column]}：{problem.sentence}" for problem in row.problems)
    fixes = [f"{labels[p.column]}改为“{p.fix}”" for p in row.problems if p.fix]
    others = [labels[p.column] for p in row.problems if not p.fix]
    yield "；".join(fixes + ([f"核对后重新填写{'、'.join(others)}"] if others else []))


def _drop_downs(book: xlsxwriter.Workbook, sheet: Any, spec: ImportSpec, last: int) -> None:
    """Choices by a hidden sheet: a list inside the cell is limited to 255 characters."""
    if not spec.options:
        return
    hidden = book.add_worksheet("选项")
    hidden.hide()
    for place, (name, options) in enumerate(spec.options.items()):
        hidden.write_column(0, place, options)
        index = next(i for i, column in enumerate(spec.columns) if column.name == name)
        if options:
            letters = xl_col_to_name(place, True)
            sheet.data_validation(2, index, last, index, {
                "validate": "list", "source": f"=选项!{letters}$1:{letters}${len(options)}",
                "error_title": "不在可选项中", "error_message": "请从下拉列表中选择。",
            })  # fmt: skip


def _notes(book: xlsxwriter.Workbook, spec: ImportSpec, formats: dict[str, Any]) -> None:
    """The sheet 填写说明: each column, the choices, an example."""
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 18, formats["text"])
    sheet.set_column(1, 1, 8, formats["text"])
    sheet.set_column(2, 2, 70, formats["text"])
    notes = (*spec.notes, "证件号、手机号等长数字须为文本，直接在本模板中填写即可。")
    sheet.write_column(0, 0, notes, formats["title"])
    head = len(notes)
    sheet.write_row(head, 0, ("列", "必填", "说明"), formats["header"])
    for place, column in enumerate(spec.columns, head + 1):
        line = (column.label, "是" if column.required else "", _hint(spec, column))
        sheet.write_row(place, 0, line, formats["text"])
    example = head + len(spec.columns) + 2
    sheet.write_string(example, 0, "示例（不会被导入）", formats["title"])
    for index, column in enumerate(spec.columns):
        sheet.write_string(example + 1, index, column.label, formats["header"])
        for place, row in enumerate(spec.sample, example + 2):
            sheet.write_string(place, index, row.get(column.name, ""), formats["text"])


def _hint(spec: ImportSpec, column: Column) -> str:
    options = spec.options.get(column.name, [])
    choices = f"可选：{'、'.join(options[:20])}{' 等' if len(options) > 20 else ''}" if options else ""
    return "；".join(filter(None, (column.note, choices)))
