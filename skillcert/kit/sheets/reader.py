"""Opens what a clerk uploads or pastes: .xlsx, .xls, .csv (UTF-8 or GBK), or cells copied from Excel or WPS.

Everything comes out as rows of cells with their row number in the sheet, whatever it was.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skillcert.kit.errors import Refused

from .child import HEAD_ROWS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT, header_key, too_many

MAX_BYTES = 100 << 20
SECONDS = 120
PASTED = ".txt"

Cells = list[Any]


@dataclass
class Sheet:
    """An opened sheet. ``rows`` gives (row number, cells) and can be read once; ``note`` says which of several."""

    name: str
    header: list[str]
    header_row: int
    note: str
    rows: Iterator[tuple[int, Cells]]


@contextmanager
def open_sheet(data: bytes, name: str, labels: Sequence[str]) -> Iterator[Sheet]:
    """Open ``data`` that was uploaded as ``name``; ``labels`` are the template's headers. Raises ``Refused``."""
    suffix = checked_suffix(data, name)
    if suffix in (".csv", PASTED):
        yield read_text(data, suffix, labels)
    else:
        with workbook_process(data, suffix, labels) as sheet:
            yield sheet


def checked_suffix(data: bytes, name: str) -> str:
    """The extension, after the content was compared with it."""
    suffix = Path(name).suffix.lower()
    if suffix not in (".xlsx", ".xls", ".csv", PASTED):
        raise Refused(f"不支持“{suffix or '无扩展名'}”的文件，请上传 .xlsx、.xls 或 .csv 文件。")
    if not data:
        raise Refused("文件是空的，请重新选择文件。")
    if len(data) > MAX_BYTES:
        raise Refused(f"文件有 {len(data) / (1 << 20):.1f} MB，超过上限 100 MB，请拆成几个文件后再上传。")
    zipped, old = data[:4] == b"PK\x03\x04", data[:8] == bytes.fromhex("D0CF11E0A1B11AE1")
    if suffix == ".xlsx" and old:
        raise Refused("文件设了打开密码，或是旧版 .xls 改了扩展名。请取消密码，另存为 .xlsx 后再上传。")
    if (suffix == ".xlsx" and not zipped) or (suffix == ".xls" and not old):
        raise Refused(f"文件内容与扩展名“{suffix}”不符，请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。")
    if suffix == ".csv" and (zipped or old):
        raise Refused("文件内容不是 .csv 文本，请把扩展名改回 .xlsx 或 .xls 后再上传。")
    return suffix


# --- workbooks, in a child process --------------------------------------------------------------------
@contextmanager
def workbook_process(data: bytes, suffix: str, labels: Sequence[str]) -> Iterator[Sheet]:
    """Run ``child`` on the file. It gets the bytes as an anonymous file in memory, so nothing clear touches a disk."""
    asked = json.dumps({"labels": list(labels), "suffix": suffix})
    with open(os.memfd_create("sheet"), "w+b") as file:
        file.write(data)
        file.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("child.py")), asked],
            stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        )  # fmt: skip
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        lines = child_lines(process)
        first = next(lines, None)
        if first is None:
            raise Refused("没有读到任何内容，请检查文件后重新上传。")
        rows = ((number, cells) for batch in lines for number, cells in batch)
        yield Sheet(first["sheet"], first["header"], first["header_row"], first["note"], rows)
    finally:
        timer.cancel()
        process.kill()
        process.stdout.close()  # type: ignore[union-attr]
        process.wait()


def child_lines(process: subprocess.Popen) -> Iterator[Any]:
    """What the child says, line by line. Raises ``Refused`` for its refusal, and when it was ended by a limit."""
    for line in process.stdout:  # type: ignore[union-attr]
        if not line.endswith(b"\n"):
            break
        said = json.loads(line)
        if isinstance(said, dict) and "refused" in said:
            raise Refused(said["refused"])
        yield said
    if process.wait() != 0:
        raise Refused("文件展开后过大或结构异常，无法读取。请另存为新的 .xlsx，或拆成几个文件后再上传。")


# --- text ---------------------------------------------------------------------------------------------
def read_text(data: bytes, suffix: str, labels: Sequence[str]) -> Sheet:
    text = decoded(data)
    if data.count(b"\n") > MAX_ROWS:
        count = sum(1 for cells in text_rows(text, suffix) if any(cells))
        if count - 1 > MAX_ROWS:
            raise Refused(too_many(count - 1))
    wanted = {header_key(label) for label in labels}
    best, at = 0, 0
    for index, cells in zip(range(HEAD_ROWS), text_rows(text, suffix), strict=False):
        score = len(wanted & {header_key(cell) for cell in cells})
        if score > best:
            best, at = score, index
    if not best:
        if suffix == PASTED:
            raise Refused("粘贴的内容中没有表头，请在 Excel 或 WPS 中连同表头一起复制。")
        raise Refused("没有找到表头：第 1、2 行中没有模板的任何一列。请下载模板，按模板的表头填写后再上传。")
    rows = enumerate(text_rows(text, suffix), 1)
    for _ in range(at):
        next(rows)
    number, header = next(rows)
    while header and not header[-1].strip():
        header.pop()
    return Sheet("", header[:MAX_COLUMNS], number, "", ((n, cells[: len(header)]) for n, cells in rows if any(cells)))


def decoded(data: bytes) -> str:
    """UTF-8 with or without a byte order mark, UTF-16 with one, else GB 18030 (which includes GBK and GB 2312)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused("文件不是文本，或编码无法识别。请另存为 .xlsx，或“CSV UTF-8”格式后再上传。")


def text_rows(text: str, suffix: str) -> Iterator[list[str]]:
    head = text[:2000].split("\n", 1)[0]
    mark = "\t" if suffix == PASTED or head.count("\t") > head.count(",") else max(",;，", key=head.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            yield [unquoted(cell)[: MAX_TEXT + 1] for cell in cells]
    except csv.Error:
        raise Refused("有一格文字过长或引号不成对，请检查文件，或另存为 .xlsx 后再上传。") from None


def unquoted(cell: str) -> str:
    """Other systems write ="0012" or a leading apostrophe or tab to keep digits as text."""
    if cell[:1] in "='\t" and cell:
        found = re.fullmatch(r'="(.*)"', cell)
        return found[1] if found else cell.lstrip("'\t")
    return cell
