"""④ 校验预览: every row with what is wrong in it, mended cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse

from ... import audit
from ...sheets import engine
from ...sheets.records import parts_of
from ...sheets.spec import BAD, NEW, SKIP, UPDATE, Column, ParsedRow, Problem
from ...sheets.template import XLSX, error_sheet
from ..screen import CheckCell, CheckRow, ColumnView, Note, PagerView, TabView
from .step import ImportStep

SIZE, LISTED, MOST_COLUMNS = 20, 10_000, 8
TABS = (
    (BAD, "错误", "alert-circle"), (NEW, "新增", "circle-plus"), (UPDATE, "更新", "pencil"), (SKIP, "跳过", "player-track-next"),
)  # fmt: skip


class CheckStep(ImportStep):
    number = 4

    def get(self) -> HttpResponse:
        record = self.record
        counts = {BAD: record.bad, NEW: record.new, UPDATE: record.update, SKIP: record.skip}
        first = next((key for key in counts if counts[key]), BAD)
        tab = self.wizard.query.get("tab", "") if self.wizard.query.get("tab") in counts else first
        kind = self.wizard.query.get("kind", "")
        number = int(text) if (text := self.wizard.query.get("page", "")).isdecimal() and 0 < int(text) <= LISTED // SIZE else 1
        kinds, fixes = self.error_kinds() if tab == BAD else (Counter(), 0)
        total = min(kinds[kind] if kind in kinds else counts[tab], LISTED)
        rows = list(islice(self.rows_in(tab, kind if kind in kinds else ""), (number - 1) * SIZE, number * SIZE))
        columns = self.shown_columns(rows)
        base = {"tab": tab} | ({"kind": kind} if kind in kinds else {})
        return self.draw(
            "kit/import_check.html",
            tabs=[
                TabView(label, self.wizard.here(tab=key), key == tab, f"{counts[key]:,}", icon, key == BAD)
                for key, label, icon in TABS
            ],
            says=self.says(tab, counts[tab]), fixes=fixes, has_error_file=record.bad > 0, can_skip=tab == BAD,
            kinds=self.kind_options(kinds, kind), columns=[ColumnView(c.name, c.label) for c in columns],
            check_rows=[self.check_row(row, columns) for row in rows], empty="没有这样的行", pager=self.pager(number, total, base),
            summary=self.summary(), next_label="下一步：选择导入策略", notes=self.check_notes(),
            next_off="" if record.importable else "没有可以导入的行",
        )  # fmt: skip

    def rows_in(self, tab: str, kind: str = "") -> Iterator[ParsedRow]:
        for part in parts_of(self.record):
            for row in part.rows(tab):
                if not kind or any(problem.column == kind for problem in row.problems):
                    yield row

    def error_kinds(self) -> tuple[Counter[str], int]:
        """How many rows have an error in each column, and how many suggestions there are."""
        kinds: Counter[str] = Counter()
        fixes = 0
        for row in self.rows_in(BAD):
            kinds.update({problem.column for problem in row.problems})
            fixes += sum(bool(problem.fix) for problem in row.problems)
        return kinds, fixes

    def kind_options(self, kinds: Counter[str], kind: str) -> list[tuple[str, str, bool]]:
        if len(kinds) < 2:
            return []
        labels = {column.name: column.label for column in self.spec.columns}
        options = [
            (self.wizard.here(tab=BAD, kind=name), f"{labels[name]}（{count:,}）", name == kind)
            for name, count in kinds.items()
        ]
        return [(self.wizard.here(tab=BAD), f"全部错误（{len(kinds)} 列）", not kind), *options]

    def shown_columns(self, rows: Sequence[ParsedRow]) -> list[Column]:
        """Who it is, and every column with an error on this page: the wrong cell is never out of sight."""
        wrong = {problem.column for row in rows for problem in row.problems}
        columns = list(self.spec.columns)
        room = max(MOST_COLUMNS - len(wrong), 3)
        others = [column.name for column in columns if column.name not in wrong][:room]
        return [column for column in columns if column.name in wrong or column.name in others]

    def check_row(self, row: ParsedRow, columns: Sequence[Column]) -> CheckRow:
        cells = tuple(self.check_cell(row, column) for column in columns)
        hidden = tuple(p.sentence for p in row.problems if p.column not in {column.name for column in columns})
        more = (row.reason,) if row.reason else ()
        return CheckRow(row.number, cells, hidden + more, str(row.number) if row.verdict == BAD else "")

    def check_cell(self, row: ParsedRow, column: Column) -> CheckCell:
        text, problem = shown(row, column), mark(row, column.name)
        if problem is None:
            return CheckCell(text)
        fix = column.personal(problem.fix) if problem.fix and column.personal else problem.fix
        return CheckCell(text, problem.sentence, fix, f"{row.number}:{column.name}", editable=True)

    def says(self, tab: str, count: int) -> str:
        if tab != BAD:
            return f"{count:,} 行"
        if not count:
            return "没有错误，可以导入。"
        listed = f"，列出前 {LISTED:,} 行" if count > LISTED else ""
        return f"{count:,} 行有错{listed}，可在格内直接改正，改完一格即重新校验；也可下载错误文件，改好后原样再传。"

    def summary(self) -> str:
        record = self.record
        return f"{record.importable:,} 行可导入，{record.bad:,} 行有错，{record.skip:,} 行跳过"

    def check_notes(self) -> list[Note]:
        notes = [Note(self.record.note)] if self.record.note else []
        return [Note(self.record.sentence, "bad"), *notes] if self.record.sentence else notes

    def pager(self, number: int, total: int, base: dict[str, Any]) -> PagerView | None:
        last = max(1, -(-total // SIZE))
        if last == 1:
            return None
        wanted = sorted({1, last, *range(max(1, number - 2), min(last, number + 2) + 1)})
        pages: list[tuple[int | None, str]] = []
        for place, page in enumerate(wanted):
            if place and page - wanted[place - 1] > 1:
                pages.append((None, ""))
            pages.append((page, self.wizard.here(**base, page=page)))
        before = self.wizard.here(**base, page=number - 1) if number > 1 else ""
        after = self.wizard.here(**base, page=number + 1) if number < last else ""
        return PagerView(f"{total:,}", number, tuple(pages), before, after, SIZE, (), last)

    def take(self, act: str) -> HttpResponse:
        changes = self.edited_cells()
        if act == "error_file":
            return self.send_error_file()
        if act.startswith("fix:"):
            number, _, name = act[4:].partition(":")
            problem = next((mark(row, name) for row in self.rows_in(BAD) if str(row.number) == number), None)
            if problem and problem.fix:
                changes[int(number), name] = problem.fix
        if changes:
            engine.correct(self.record, changes, actor=self.wizard.actor, now=self.wizard.now)
        if act == "fix_all":
            count = engine.adopt_all(self.record, actor=self.wizard.actor, now=self.wizard.now)
            messages.success(self.wizard.request, f"已采用 {count} 处建议。")
        elif act.startswith("skip:") and act[5:].isdecimal():
            engine.skip_row(self.record, int(act[5:]), actor=self.wizard.actor, now=self.wizard.now)
        elif act == "back":
            return self.to_the_start()
        elif act == "next" and not changes:
            return self.wizard.redirect(self.wizard.here(step="strategy"))
        if self.wizard.in_dialog:  # one cell, mended in place
            del self.wizard.record
            return self.get()
        return self.wizard.redirect(self.wizard.request.get_full_path())

    def edited_cells(self) -> dict[tuple[int, str], str]:
        """What was typed into wrong cells. One that comes back as it was shown (masked, too) is no change, and one that
        another window has mended stays so.
        """
        posted: dict[int, dict[str, str]] = {}
        for key, text in self.wizard.request.POST.items():
            number, _, name = key.removeprefix("cell_").partition(":")
            if key.startswith("cell_") and number.isdecimal():
                posted.setdefault(int(number), {})[name] = str(text)
        changes = {}
        columns = {column.name: column for column in self.spec.columns}
        if posted:
            for row in self.rows_in(BAD):
                for name, text in posted.get(row.number, {}).items():
                    if name in columns and mark(row, name) and text != shown(row, columns[name]):
                        changes[row.number, name] = text
        return changes

    def send_error_file(self) -> HttpResponse:
        """The rows that are wrong, in full: a POST that is audited."""
        name, data = error_sheet(self.record, self.wizard.run_spec())
        audit.record("kit.download", [audit.fact_of(self.record, {"rows": self.record.bad})], actor=self.wizard.actor)
        response = HttpResponse(data, content_type=XLSX)
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return response


def mark(row: ParsedRow, name: str) -> Problem | None:
    return next((problem for problem in row.problems if problem.column == name), None)


def shown(row: ParsedRow, column: Column) -> str:
    """A cell as the preview shows it: personal values masked."""
    text = row.text(column.name)
    return column.personal(text) if column.personal and text else text
