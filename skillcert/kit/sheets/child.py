"""Reads one workbook in a process of its own, with limits on memory and time; run by ``reader`` as a script.

Standard input is the file, the only argument a JSON object {"labels": [...], "suffix": ".xlsx"}. Standard output is
JSON lines: first {"sheet", "header", "header_row", "note"} or {"refused": sentence}, then arrays of
[row number, cells]. A cell is text, a number where the sheet holds a figure, or [kind, ...] for a cell to be
mended: ["formula"] without a result, ["error"], ["merged", "B5", value].

It imports nothing of ours: what parses a stranger's file has neither keys nor database.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO
from xml.etree import ElementTree

MEMORY, SECONDS = 1 << 30, 60
MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 200_000, 200, 2000
MAX_INFLATED, MAX_PARTS = 512 << 20, 2000
HEAD_ROWS, BATCH_CHARACTERS = 10, 200_000

EMPTY_FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
ERROR_CELL = re.compile(rb'<c r="([A-Z]+\d+)"(?=[^>]* t="e")[^>]*>')


Marks = dict[int, dict[int, list[Any]]]
DTD = "文件中含有外部定义（DTD），不是 Excel 生成的文件，已拒绝。"


class Refusal(Exception):
    """The sentence for the clerk."""


def header_key(text: str) -> str:
    """A header without star, spaces and what stands in brackets: ``*姓名（必填）`` is ``姓名``."""
    return re.sub(r"[*＊\s:：]|[（(\[【].*?[)）\]】]", "", text).lower()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    asked = json.loads(sys.argv[1])
    try:
        for line in read(sys.stdin.buffer, asked["suffix"], {header_key(label) for label in asked["labels"]}):
            say(line)
    except Refusal as no:
        say({"refused": str(no)})
    except MemoryError:
        say({"refused": "文件展开后过大，无法读取。请拆成几个文件，或另存为新的 .xlsx 后再上传。"})


def say(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


def read(file: BinaryIO, suffix: str, labels: set[str]) -> Iterator[Any]:
    holes = inspect(file) if suffix == ".xlsx" else {}
    file.seek(0)
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(file)
        yield from sheet_lines(*best_sheet(book, labels), holes)
    except calamine.PasswordError:
        raise Refusal("文件设了打开密码，请取消密码后再上传。") from None
    except calamine.CalamineError:
        raise Refusal("文件已损坏或不是标准的表格文件，请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。") from None


# --- before parsing: what is inside, and how large it really is ---------------------------------------
def inspect(file: BinaryIO) -> dict[str, dict[str, str]]:
    """Inflate every part once, counting real bytes; refuse bombs, DTDs, macros and links to other workbooks.
    Returns the cells without a usable value by sheet name: {"Sheet1": {"B6": "formula"}}.
    """
    try:
        with zipfile.ZipFile(file) as book:
            names = book.namelist()
            check_parts(book, names)
            sheets = sheet_names(book)
            holes, left = {}, MAX_INFLATED
            for name in names:
                found, size = inspect_part(book, name, left, name in sheets)
                left -= size
                if found:
                    holes[sheets[name]] = found
            return holes
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError, SyntaxError, ValueError):
        raise Refusal("文件已损坏或结构异常，请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。") from None


def check_parts(book: zipfile.ZipFile, names: list[str]) -> None:
    if len(names) > MAX_PARTS or sum(part.file_size for part in book.infolist()) > MAX_INFLATED:
        raise Refusal("文件展开后过大（超过 512 MB），请拆成几个文件，或另存为新的 .xlsx 后再上传。")
    if len(set(names)) != len(names) or "xl/workbook.xml" not in names:
        raise Refusal("文件内容不是 Excel 工作簿，请用 Excel 或 WPS 另存为 .xlsx 后再上传。")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refusal("文件中含有宏，请另存为不含宏的 .xlsx 后再上传。")
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise Refusal("文件中有引用其他工作簿的公式，请全选后“复制—选择性粘贴—数值”，再上传。")


def inspect_part(book: zipfile.ZipFile, name: str, left: int, is_sheet: bool) -> tuple[dict[str, str], int]:
    """Inflate one part: (its cells without a value, its real size)."""
    size, rows, tail = 0, 0, b""
    holes: dict[str, str] = {}
    with book.open(name) as part:
        while block := part.read(1 << 20):
            size += len(block)
            if size > left:
                raise Refusal("文件展开后过大（超过 512 MB），请拆成几个文件后再上传。")
            if name.endswith((".xml", ".rels")) and has_dtd(tail[-9:] + block):
                raise Refusal(DTD)
            if not is_sheet:
                tail = block[-9:]
                continue
            text = tail + block
            rows += text.count(b"<row ") + text.count(b"<row>")
            if rows > MAX_ROWS + 2:
                tail = text[-4:]
                continue
            cut = max(text.rfind(b"</c>") + 4, len(text) - 65536)
            holes |= holes_in(text[:cut])
            tail = text[cut:]
            rows -= tail.count(b"<row ") + tail.count(b"<row>")
    if rows > MAX_ROWS + 2:
        raise Refusal(too_many(rows - 2, "（含设过格式的空行）"))
    return holes, size


def has_dtd(text: bytes) -> bool:
    """A document type or an entity; text in UTF-16 could hide one, and no program writes a sheet so."""
    return b"<!DOCTYPE" in text or b"<!ENTITY" in text or text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in text[:100]


def holes_in(text: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    if b"<f" in text:
        found |= {match[1].decode(): "formula" for match in EMPTY_FORMULA.finditer(text)}
    if b't="e"' in text:
        found |= {match[1].decode(): "error" for match in ERROR_CELL.finditer(text)}
    return found


def too_many(rows: int, hint: str = "") -> str:
    return f"文件有 {rows:,} 行{hint}，超过一次导入的上限 {MAX_ROWS:,} 行，请拆成几个文件后再上传。"


def sheet_names(book: zipfile.ZipFile) -> dict[str, str]:
    """The part of each sheet and its name. Small files, and a DTD in them is refused before they are used."""
    parts = {}
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        with book.open(name) as part:
            parts[name] = part.read(1 << 20)
        if has_dtd(parts[name]):
            raise Refusal(DTD)
    targets = {}
    for link in ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"]):  # noqa: S314  # no DTD, 1 MB at most
        target = link.get("Target", "")
        targets[link.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    names = {}
    for node in ElementTree.fromstring(parts["xl/workbook.xml"]).iter():  # noqa: S314
        if node.tag.endswith("}sheet"):
            key = next((value for label, value in node.items() if label.endswith("}id")), None)
            names[targets.get(key, "")] = node.get("name", "")
    return names


# --- the sheet that is meant, and its rows ------------------------------------------------------------
def best_sheet(book: Any, labels: set[str]) -> tuple[Any, int, str]:
    """The visible sheet and the row (of its first ten) whose cells match most of the template's headers."""
    shown = [meta.name for meta in book.sheets_metadata if meta.visible == type(meta.visible).Visible]
    best, found = 0, None
    for name in shown or book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        for index, cells in enumerate(islice(rows_of(sheet), HEAD_ROWS)):
            score = len(labels & {header_key(as_text(cell)) for cell in cells[:MAX_COLUMNS]})
            if score > best:
                best, found = score, (sheet, index)
        if best == len(labels):
            break
    if found is None:
        raise Refusal("没有找到表头：第 1、2 行中没有模板的任何一列。请下载模板，按模板的表头填写后再上传。")
    note = f"工作簿有 {len(shown)} 张表，读取的是“{found[0].name}”" if len(shown) > 1 else ""
    return *found, note


def rows_of(sheet: Any) -> Iterator[list[Any]]:
    """All rows from row 1, each from column A: calamine leaves out empty columns on the left."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    return (left + cells for cells in sheet.iter_rows()) if left else sheet.iter_rows()


def sheet_lines(sheet: Any, header_index: int, note: str, holes: dict[str, dict[str, str]]) -> Iterator[Any]:
    """The line about the sheet, then its rows in batches."""
    if sheet.total_height > MAX_ROWS:
        count = sum(1 for cells in sheet.iter_rows() if any(cell != "" for cell in cells))
        if count - header_index - 1 > MAX_ROWS:
            raise Refusal(too_many(count - header_index - 1))
    rows = islice(enumerate(rows_of(sheet), 1), header_index, None)
    number, cells = next(rows)
    header = [as_text(cell) for cell in cells[:MAX_COLUMNS]]
    while header and not header[-1]:
        header.pop()
    yield {"sheet": sheet.name, "header": header, "header_row": number, "note": note}
    marks = marked_cells(holes.get(sheet.name, {}), sheet.merged_cell_ranges or (), number, len(header))
    yield from batches(rows, len(header), marks)


def marked_cells(holes: dict[str, str], merged: Any, header_row: int, width: int) -> Marks:
    """{row number: {column index: what to say}} for cells without a value and for the hidden part of merged ones."""
    marks: Marks = {}
    for address, kind in holes.items():
        letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", address).groups()  # type: ignore[union-attr]
        marks.setdefault(int(digits), {})[column_index(letters)] = [kind]
    for (first, left), (last, right) in merged:
        marks.setdefault(first + 1, {})[left] = ["origin"]
        for row in range(max(first, header_row), min(last, first + MAX_ROWS) + 1):
            for column in range(left, min(right + 1, width)):
                if (row, column) != (first, left):
                    marks.setdefault(row + 1, {})[column] = ["merged", first + 1, left]
    return marks


def column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def column_letters(index: int) -> str:
    letters, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def batches(rows: Iterator[tuple[int, list[Any]]], width: int, marks: Marks) -> Iterator[Any]:
    batch: list[Any] = []
    size = 0
    origins: dict[tuple[int, int], str] = {}
    for number, cells in rows:
        line = [cell if type(cell) is str and len(cell) <= MAX_TEXT else as_cell(cell) for cell in cells[:width]]
        if number in marks:
            line += [""] * (width - len(line))
            mark(line, number, marks, origins)
        if not any(cell != "" for cell in line):
            continue
        batch.append([number, line])
        size += sum(map(len, filter(is_text, line))) + 8 * width
        if size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def is_text(cell: Any) -> bool:
    return type(cell) is str


def mark(line: list[Any], number: int, marks: Marks, origins: dict[tuple[int, int], str]) -> None:
    """Replace the cells to be mended; the top left value of a merge is remembered for its other cells."""
    for column, what in marks[number].items():
        if column >= len(line):
            continue
        if what[0] == "origin":
            origins[number, column] = as_text(line[column])
        elif what[0] == "merged":
            line[column] = ["merged", f"{column_letters(what[2])}{what[1]}", origins.get((what[1], what[2]), "")]
        else:
            line[column] = what


def as_cell(cell: Any) -> Any:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return cell if isinstance(cell, int | float) else as_text(cell)


def as_text(cell: Any) -> str:
    """Dates as 2026-11-23, with the time where there is one."""
    if isinstance(cell, str):
        return cell[: MAX_TEXT + 1]
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


if __name__ == "__main__":
    main()
