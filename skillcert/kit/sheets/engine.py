"""From an uploaded file to written rows: stage (parse and check into sealed parts), mend, write in chunks.

    record = open_draft(spec, name, data, actor=..., now=..., params=...)
    stage(record, actor=..., now=...)            # -> CHECKED, or MATCHING when columns are missing
    correct(record, 7, "phone", "13800138000", ...)
    write(record, ImportMode.GOOD, actor=..., now=...)

``stage`` and ``write`` resume after a crash: a part is checked or written in the one transaction that says so.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from difflib import get_close_matches
from hashlib import blake2b
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from skillcert.kit import audit, files, gate
from skillcert.kit.access import Actor
from skillcert.kit.crypto import blind_index, mask_numbers
from skillcert.kit.errors import Refused
from skillcert.kit.rows import constraints_as_sentences

from .child import column_letters, header_key
from .reader import Sheet, open_sheet
from .records import DRAFTS, KEPT_DAYS, ImportMode, ImportPart, ImportRecord, ImportState, parts_of
from .spec import BAD, NEW, NO_RESULT, SKIP, SPECS, Column, ImportRun, ImportSpec, ParsedRow
from .template import error_file

Progress = Callable[[int, int], None]
SKIPPED_BY_HAND = "已选择跳过此行"
MOST_AT_ONCE = 50_000


def spec_of(record: ImportRecord) -> type[ImportSpec]:
    """The spec of a record. Raises ``Refused`` when this version has no such import any more."""
    if record.kind not in SPECS:
        autodiscover_modules("imports")
    if record.kind not in SPECS:
        raise Refused("当前版本已没有这种导入，请重新上传。")
    return SPECS[record.kind]


def opened_spec(record: ImportRecord, actor: Actor, now: datetime) -> ImportSpec:
    kind = spec_of(record)
    actor.need(kind.may)
    return kind(ImportRun(actor, now, record.params, record.pk))


def open_draft(
    kind: type[ImportSpec],
    name: str,
    data: bytes,
    *,
    actor: Actor,
    now: datetime,
    params: dict[str, Any] | None = None,
    params_label: str = "",
    role: str = "",
) -> ImportRecord:
    """Keep the uploaded file and begin a record. Raises ``Refused`` where ``prepare`` does."""
    actor.need(kind.may)
    spec = kind(ImportRun(actor, now, params or {}))
    content_type = "application/octet-stream"
    file = files.store(data, shelf="import", name=name, content_type=content_type, actor=actor, days=KEPT_DAYS)
    return ImportRecord.objects.create(
        kind=kind.name, label=kind.label, user_id=actor.id, user_label=actor.label, role=role, file=file,
        organization_id=actor.organization_id, for_organization_id=spec.for_organization(spec.run),
        params=params or {}, params_label=params_label,
    )  # fmt: skip


# --- ② ③ ④: parse, match, check -------------------------------------------------------------------------
def stage(record: ImportRecord, *, actor: Actor, now: datetime, progress: Progress | None = None) -> None:
    """Parse the file and check every row into parts. Raises ``Refused`` for a file that cannot be read at all."""
    started = time.monotonic()
    spec = opened_spec(record, actor, now)
    try:
        with opened_sheet(record, spec.columns) as sheet:
            record.header, record.note = sheet.header, sheet.note
            record.mapping = record.mapping or match(spec.columns, sheet.header)
            if missing_columns(spec, record.mapping):
                staged(record, ImportState.MATCHING)
                return
            counts = stage_rows(record, spec, sheet, progress)
    except Refused as no:
        uploaded = ImportRecord.objects.filter(pk=record.pk, state=ImportState.UPLOADED)
        uploaded.update(state=ImportState.FAILED, sentence=no.sentence)
        raise
    record.count(counts)
    if not record.total:
        record.sentence = "表头下面没有数据，请填写后再上传。"
        staged(record, ImportState.FAILED)
        raise Refused(record.sentence)
    record.seconds = time.monotonic() - started
    staged(record, ImportState.CHECKED)


def opened_sheet(record: ImportRecord, columns: Iterable[Column]) -> AbstractContextManager[Sheet]:
    labels = [label for column in columns for label in (column.label, *column.aliases)]
    return open_sheet(record.source.read(), record.source.name, labels)


def staged(record: ImportRecord, state: ImportState) -> None:
    """Checking ends here, unless somebody else ended it before."""
    with transaction.atomic():
        hold_uploaded(record)
        record.state = state
        record.save()


def hold_uploaded(record: ImportRecord) -> None:
    """Lock the record while a part is added. Raises ``Refused`` when another window has cancelled or checked it."""
    if not ImportRecord.objects.select_for_update().filter(pk=record.pk, state=ImportState.UPLOADED).exists():
        raise Refused("这次导入已在别的窗口取消或校验完毕，请在导入记录中查看。")


def match(columns: Iterable[Column], header: list[str]) -> dict[str, int]:
    """{column name: index in the file} by equal headers, aliases included; the first of two equal ones."""
    keys = [header_key(text) for text in header]
    found = {}
    for column in columns:
        labels = [header_key(label) for label in (column.label, *column.aliases)]
        index = next((keys.index(label) for label in labels if label in keys), None)
        if index is not None:
            found[column.name] = index
    return found


def guesses(columns: Iterable[Column], header: list[str], mapping: dict[str, int]) -> dict[str, int]:
    """For the step 列匹配: what the unmatched columns could be, by likeness of the headers."""
    left = {header_key(text): index for index, text in enumerate(header) if index not in mapping.values()}
    found = {}
    for column in columns:
        close = get_close_matches(header_key(column.label), left, 1, 0.5) if column.name not in mapping else []
        if close:
            found[column.name] = left.pop(close[0])
    return found


def first_row(record: ImportRecord, columns: Iterable[Column]) -> list[str]:
    """For the step 列匹配: what stands below each header. Numbers are masked: nobody has said yet which are personal."""
    with opened_sheet(record, columns) as sheet:
        cells = next((cells for _, cells in sheet.rows), [])
    texts = ("" if isinstance(cell, list) else cell if isinstance(cell, str) else f"{cell:.15g}" for cell in cells)
    return [mask_numbers(text) for text in texts]


def missing_columns(spec: ImportSpec, mapping: dict[str, int]) -> list[Column]:
    return [column for column in spec.columns if column.required and column.name not in mapping]


def stage_rows(record: ImportRecord, spec: ImportSpec, sheet: Sheet, progress: Progress | None) -> Counter[str]:
    """Check the rows chunk by chunk into parts; chunks that are there already (before a crash) are not done again."""
    counts: Counter[str] = Counter()
    seen: dict[bytes, int] = {}
    for part in parts_of(record):
        rows = part.rows()
        mark_duplicates(spec, rows, seen)
        counts.update(row.verdict for row in rows)
    there, total = record.parts.count(), 0
    lines = islice(sheet.rows, there * spec.chunk, None)
    parse = Parse(spec, record.mapping)
    for number in range(there, 1 << 30):
        rows = [parse(n, cells) for n, cells in islice(lines, spec.chunk)]
        if not rows:
            break
        check_rows(spec, rows, seen)
        counts.update(row.verdict for row in rows)
        total = counts.total()
        part = ImportPart(record=record, number=number)
        part.fill(rows)
        with transaction.atomic():
            hold_uploaded(record)
            part.save(force_insert=True)
            if progress:
                progress(total, 0)
    return counts


class Parse:
    """Makes a row of a line: its cells under their columns' names, those that are no text turned into it or marked."""

    def __init__(self, spec: ImportSpec, mapping: dict[str, int]) -> None:
        self.spec, self.mapping = spec, mapping
        self.blank = dict.fromkeys((column.name for column in spec.columns), "")
        self.straight = list(mapping) == list(self.blank) and list(mapping.values()) == list(range(len(mapping)))

    def __call__(self, number: int, cells: list[Any]) -> ParsedRow:
        if self.straight and len(cells) == len(self.blank) and set(map(type, cells)) == {str}:
            return ParsedRow(number, dict(zip(self.blank, cells, strict=True)))  # the template as it was given out
        row = ParsedRow(number, self.blank.copy())
        for name, index in self.mapping.items():
            cell = cells[index] if index < len(cells) else ""
            if type(cell) is str:
                row.values[name] = cell
            else:
                odd_cell(self.spec, row, name, cell, f"{column_letters(index)}{number}")
        return row


def odd_cell(spec: ImportSpec, row: ParsedRow, name: str, cell: Any, address: str) -> None:
    """A figure, a formula without a result, an error value, or a part of a merged cell."""
    if not isinstance(cell, list):
        column = next(column for column in spec.columns if column.name == name)
        whole = isinstance(cell, int) or cell.is_integer()
        text = str(int(cell)) if whole and abs(cell) < 10**15 else f"{cell:.15g}"
        if column.as_text or abs(cell) >= 10**15:
            row.raw[name] = text
            lost = "，末几位已丢失" if abs(cell) >= 10**15 else ""
            row.error(name, f"{address} 是数字格式{lost}，请把这一列设为文本格式后重新填写", lasting=True)
        else:
            row.values[name] = text
    elif cell[0] == "merged":
        row.raw[name] = cell[2]
        row.error(name, f"{address} 与 {cell[1]} 合并，请取消合并后逐行填写", cell[2], lasting=True)
    else:
        row.raw[name] = NO_RESULT
        how = "没有计算结果，请在 Excel 中打开并保存一次" if cell[0] == "formula" else "计算出错（如 #N/A）"
        row.error(name, f"{address} 的公式{how}，或改填数值", lasting=True)


def check_rows(spec: ImportSpec, rows: list[ParsedRow], seen: dict[bytes, int]) -> None:
    """Every error of every row: the cells, twins within the file, then the room's own check."""
    spec.clean_rows(rows)
    mark_duplicates(spec, rows, seen)
    spec.check(rows)


def mark_duplicates(spec: ImportSpec, rows: list[ParsedRow], seen: dict[bytes, int]) -> None:
    """The later of two rows with the same key is wrong and names the earlier. ``seen``: key digest -> row number."""
    if not spec.unique:
        return
    for row in rows:
        key = spec.key_of(row)
        if not key or row.reason == SKIPPED_BY_HAND:
            continue
        first = seen.setdefault(blake2b(key.encode(), digest_size=12).digest(), row.number)
        if first != row.number:
            row.error(spec.unique[-1], f"与第 {first} 行重复")


# --- mending a draft ----------------------------------------------------------------------------------
def correct(record: ImportRecord, changes: dict[tuple[int, str], str], *, actor: Actor, now: datetime) -> None:
    """Put new text into cells, {(row number, column name): text}, and check again what it may touch."""
    spec = opened_spec(record, actor, now)
    names = {column.name for column in spec.columns}
    by_row: dict[int, dict[str, str]] = defaultdict(dict)
    for (number, name), text in changes.items():
        if name in names:
            by_row[number][name] = text

    def change(row: ParsedRow) -> bool:
        if row.reason == SKIPPED_BY_HAND:
            return False
        mine = by_row.get(row.number, {})
        for name, text in mine.items():
            row.raw.pop(name, None)
            row.values[name] = text
            row.problems = [problem for problem in row.problems if problem.column != name]
        return bool(mine)

    recheck(record, spec, change)


def adopt_all(record: ImportRecord, *, actor: Actor, now: datetime) -> int:
    """采用全部建议: every offered fix. Returns how many."""
    fixes = {
        (row.number, problem.column): problem.fix
        for part in parts_of(record) for row in part.rows() for problem in row.problems if problem.fix
    }  # fmt: skip
    correct(record, fixes, actor=actor, now=now)
    return len(fixes)


def skip_row(record: ImportRecord, number: int, *, actor: Actor, now: datetime) -> None:
    """跳过此行."""

    def skip(row: ParsedRow) -> bool:
        if row.number != number:
            return False
        row.problems, row.verdict, row.reason = [], SKIP, SKIPPED_BY_HAND
        return True

    recheck(record, opened_spec(record, actor, now), skip)


def recheck(record: ImportRecord, spec: ImportSpec, change: Callable[[ParsedRow], bool]) -> None:
    """Apply ``change`` to the rows and check again those changed and those wrong (a twin may be gone)."""
    counts: Counter[str] = Counter()
    seen: dict[bytes, int] = {}
    with transaction.atomic():
        if not ImportRecord.objects.select_for_update().filter(pk=record.pk, state=ImportState.CHECKED).exists():
            raise Refused("这次导入已经提交，不能再修改。请在导入记录中查看结果。")
        for part in parts_of(record):
            rows = part.rows()
            again = [row for row in rows if change(row) or row.verdict == BAD]
            fresh = [row for row in again if row.reason != SKIPPED_BY_HAND]
            for row in fresh:
                renew(row)
            spec.clean_rows(fresh)
            mark_duplicates(spec, rows, seen)
            spec.check(fresh)
            if any(row.verdict == BAD for row in rows) or again:
                part.fill(rows)
                part.save(update_fields=["content"])
            counts.update(row.verdict for row in rows)
        record.count(counts)
        record.save(update_fields=["bad", "new", "update", "skip", "total", "updated_at"])


def renew(row: ParsedRow) -> None:
    """Forget what was said about a row, before it is cleaned again; what the sheet itself got wrong stays."""
    row.problems = [problem for problem in row.problems if problem.lasting]
    row.verdict, row.reason = NEW, ""
    lasting = {problem.column for problem in row.problems}
    for name in [name for name in row.raw if name not in lasting]:
        row.values[name] = row.raw.pop(name)


# --- ⑤ ⑥: write ---------------------------------------------------------------------------------------
def claim(record: ImportRecord, mode: str) -> bool:
    """Take a checked draft for writing. False: somebody (a second click) did so before."""
    if mode == ImportMode.ALL and record.bad:
        raise Refused(f"还有 {record.bad} 行有错。请改正、跳过这些行，或选择“导入正确行”。")
    if mode == ImportMode.ALL and record.importable > MOST_AT_ONCE:
        raise Refused(f"“全部成功才导入”一次最多 {MOST_AT_ONCE:,} 行，请拆分文件，或选择“导入正确行”。")
    mine = ImportRecord.objects.filter(pk=record.pk, state=ImportState.CHECKED)
    if mode == ImportMode.ALL:
        mine = mine.filter(bad=0)  # as it stands now: another window may have spoilt a row since
    taken = bool(mine.update(state=ImportState.WRITING, mode=mode, sentence="", updated_at=timezone.now()))
    record.refresh_from_db()
    return taken


def write(record: ImportRecord, *, actor: Actor, now: datetime, progress: Progress | None = None) -> None:
    """Write a claimed record from its cursor on. Permission and check are asked again in every chunk."""
    if record.state != ImportState.WRITING:
        return
    started = time.monotonic()
    try:
        spec = opened_spec(record, actor, now)
        if record.mode == ImportMode.ALL:
            with transaction.atomic():
                write_parts(record, spec, None)
                finish(record, spec, ImportState.DONE, time.monotonic() - started)
            return
    except Refused as no:
        raise give_back(record, no) from no
    write_parts(record, spec, progress)
    finish(record, spec, ImportState.DONE, time.monotonic() - started)


def give_back(record: ImportRecord, no: Refused) -> Refused:
    """A record that cannot be written (now) is a draft again, which can be mended, cancelled or tried once more."""
    record.refresh_from_db()
    done = f"此前已导入 {record.succeeded:,} 行" if record.succeeded else "没有导入任何一行"
    record.state, record.sentence = ImportState.CHECKED, f"{no.sentence.rstrip('。')}，{done}"[:500]
    record.save(update_fields=["state", "sentence", "updated_at"])
    return Refused(record.sentence)


def write_parts(record: ImportRecord, spec: ImportSpec, progress: Progress | None) -> None:
    for part in parts_of(record, record.cursor):
        all_rows = part.rows()
        rows = [row for row in all_rows if row.verdict not in (BAD, SKIP)]
        with gate.importing(actor=spec.run.actor, may=spec.may, action=spec.action) as say:
            good = written(spec, rows)
            bad = next((row for row in rows if row.problems), None)
            if bad and record.mode == ImportMode.ALL:
                raise Refused(f"第 {bad.number} 行：{bad.problems[0].sentence}")
            counts = Counter(row.verdict for row in all_rows)
            say(chunk_fact(record, part, good, counts))
            if bad:
                part.fill(all_rows)
                part.save(update_fields=["content"])
            record.cursor = part.number
            record.succeeded += len(good)
            record.failed += counts[BAD]
            record.save(update_fields=["cursor", "succeeded", "failed", "updated_at"])
            if progress:
                progress(record.succeeded + record.failed, record.total)


def written(spec: ImportSpec, rows: list[ParsedRow]) -> list[ParsedRow]:
    """Check again and write what is still good. Returns the rows written; the others carry their error."""
    for row in rows:
        row.verdict = NEW
    spec.check(rows)
    good = [row for row in rows if row.verdict not in (BAD, SKIP)]
    return write_or_split(spec, good)


def write_or_split(spec: ImportSpec, rows: list[ParsedRow]) -> list[ParsedRow]:
    """Write in a savepoint; where a rule or a constraint says no, halve until the rows it means are found."""
    if not rows:
        return []
    try:
        with constraints_as_sentences(spec.model):
            spec.write(rows)
        return rows
    except Refused as no:
        if len(rows) == 1:
            rows[0].error(no.field if no.field in rows[0].values else spec.columns[0].name, no.sentence)
            return []
    half = len(rows) // 2
    return write_or_split(spec, rows[:half]) + write_or_split(spec, rows[half:])


def chunk_fact(record: ImportRecord, part: ImportPart, rows: list[ParsedRow], counts: Counter[str]) -> audit.Fact:
    """One entry per chunk. The digest over the rows is keyed: a plain hash of few ID numbers could be guessed."""
    digest = blind_index("\n".join("\t".join(row.values.values()) for row in rows), "import")
    summary = {"part": part.number, "rows": len(rows), "digest": digest, **counts}
    return audit.Fact(record._meta.label_lower, str(record.pk), str(record), summary)


def finish(record: ImportRecord, spec: ImportSpec, state: str, seconds: float = 0) -> None:
    """Make the error file, drop the parts, close the record: one transaction. A cancelled one keeps its good rows."""
    with transaction.atomic():
        if record.failed or record.bad:
            record.error_file = error_file(record, spec, actor=spec.run.actor)
        record.parts.all().delete()
        record.state, record.finished_at = state, timezone.now()
        record.skip = record.total - record.succeeded - record.failed
        record.seconds += seconds
        record.save()


def cancel(record: ImportRecord) -> bool:
    """取消导入 of a draft: nothing was written, the rows are dropped. False when it is no draft any more."""
    mine = ImportRecord.objects.filter(pk=record.pk, state__in=DRAFTS)
    with transaction.atomic():
        taken = mine.update(state=ImportState.CANCELLED, finished_at=timezone.now(), updated_at=timezone.now())
        if taken:
            record.parts.all().delete()
    record.refresh_from_db()
    return bool(taken)


def result_sentence(record: ImportRecord) -> str:
    """成功 287 行，跳过 12 行，失败 23 行."""
    if record.state in (ImportState.FAILED, ImportState.CHECKED):
        return record.sentence
    done = f"成功 {record.succeeded:,} 行，跳过 {record.skip:,} 行，失败 {record.failed:,} 行"
    if record.state == ImportState.CANCELLED:
        return f"已取消，取消前{done}"
    return f"{done}。{record.sentence}" if record.sentence else done
