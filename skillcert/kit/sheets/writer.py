"""Rows out: many, fast, in constant memory; and no cell is ever a formula."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

MAX_WIDTH, MIN_WIDTH = 40, 8


def write_rows(
    path: Path | str | BinaryIO,
    sheet_name: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    widths: Sequence[float] = (),
) -> int:
    """Write an xlsx of one sheet to a path or a binary file; returns the number of rows.

    ``str`` becomes a text cell whatever it looks like (``=1+1``, an ID number), numbers become figures, None stays
    empty, everything else is written as its text. Raises ValueError for two equal headers.
    """
    if len(set(headers)) != len(headers):
        raise ValueError(f"two columns have the same header: {headers}")
    counted = Counted(headers, rows)
    title = "".join("_" if mark in "[]:*?/\\'" else mark for mark in sheet_name)[:31] or "数据"
    target = str(path) if isinstance(path, Path) else _as_path(path)
    wide = [float(width) for width in widths] or [_width_of(header) for header in headers]
    try:
        import rustpy_xlsxwriter
    except ImportError:
        _write_slowly(target, title, headers, counted, wide)
        return counted.number
    lines = iter(counted)
    first = next(lines, None)
    if first is None:
        _write_slowly(target, title, headers, iter(()), wide)  # a header without rows
        return 0
    rustpy_xlsxwriter.write_worksheet(
        _chained(first, lines), target, sheet_name=title, freeze_row=1, bold_headers=True, autofilter=True,
        column_widths=wide,
    )  # fmt: skip
    return counted.number


def _as_path(target: str | BinaryIO) -> str | BinaryIO:
    """An open file by its path below /proc, where there is one, nameless or not: into a path the writer streams, for an
    object it holds the whole file.
    """
    if isinstance(target, str):
        return target
    try:
        path = f"/proc/self/fd/{target.fileno()}"
    except OSError:  # a BytesIO
        return target
    return path if os.path.exists(path) else target


class Counted:
    """The rows as dictionaries by header, counted as they go by."""

    def __init__(self, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.headers, self.rows, self.number = headers, rows, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            self.number += 1
            yield dict(zip(self.headers, map(_cell, row), strict=True))


def _chained(first: dict[str, Any], others: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from others


def _cell(value: Any) -> Any:
    """Text, figures and nothing; Excel holds at most 32,767 characters and 15 digits of a figure."""
    if type(value) is str:
        return value if len(value) <= 32767 else value[:32767]
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return value if abs(value) < 10**15 else str(value)
    return str(value)


def _width_of(header: str) -> float:
    return float(min(MAX_WIDTH, max(MIN_WIDTH, 2 * len(header) + 4)))


def _write_slowly(
    target: str | BinaryIO, title: str, headers: Sequence[str], rows: Iterable[dict[str, Any]], widths: Sequence[float]
) -> None:
    """The same by xlsxwriter, eight times slower, where the fast writer has no wheel."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(title)
        bold = book.add_format({"bold": True})
        for index, (header, width) in enumerate(zip(headers, widths, strict=True)):
            sheet.set_column(index, index, width)
            sheet.write_string(0, index, header, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            for index, value in enumerate(row.values()):
                if isinstance(value, str):
                    sheet.write_string(number, index, value)
                elif value is not None:
                    sheet.write_number(number, index, value)
