"""What a room writes to have an import: columns, lookups, a check of a whole chunk, a write of a whole chunk.

    class CollegeCandidateImport(ImportSpec):
        model = Candidate
        name, label, manual = "candidates.college", "考生信息（院校考生）", "5.2.3"
        may, action = "candidates.edit", "candidates.imported"
        columns = [Column("name", "姓名", required=True, clean=person_name), ...]
        unique = ("id_type", "id_number")

        def prepare(self, run): self.majors = {...}                    # once
        def check(self, rows): ...                                     # row.error(...), row.verdict = UPDATE
        def write(self, rows): bulk.upsert(Candidate, ...)             # inside the chunk's transaction

Values are text throughout: a cleaner takes text and gives text; ``write`` converts (``int(row["entry_year"])``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, ClassVar

from django.db import models

from skillcert.kit.access import Actor
from skillcert.kit.actions import ACTIONS

from .clean import Unclean, plain

NEW, UPDATE, SKIP, BAD = "new", "update", "skip", "bad"
LONGEST, REMEMBERED = 2000, 5000
# What Excel shows for a formula that failed (.csv and pasted text carry it as text), and ours for one never computed.
NO_RESULT = "#无结果"
ERROR_TEXTS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", NO_RESULT))


@dataclass
class ImportRun:
    """Who imports, at which business time, with which parameters (the plan chosen on the screen), into which record."""

    actor: Actor
    now: datetime
    params: dict[str, Any] = field(default_factory=dict)
    record: int | None = None


@dataclass(frozen=True)
class Column:
    """One column. ``clean`` takes the normalised text, gives the text to keep or raises ``Unclean``.

    ``options`` is the drop-down (or a function of the run giving it); other values are errors. ``personal`` masks
    the value in the preview. ``as_text``: a cell stored as a figure is refused (an ID number has lost digits).
    ``aliases`` are other headers read as this column.
    """

    name: str
    label: str
    required: bool = False
    clean: Callable[[str], str] | None = None
    options: Sequence[str] | Callable[[ImportRun], Sequence[str]] | None = None
    personal: Callable[[str], str] | None = None
    note: str = ""
    max_length: int = LONGEST
    as_text: bool = False
    aliases: Sequence[str] = ()
    width: int = 16


@dataclass(frozen=True)
class Problem:
    """What is wrong in a cell; ``fix`` is a value to adopt with one press. ``lasting``: the sheet itself is at fault
    (a figure for text, a merged cell), which only a new value mends.
    """

    column: str
    sentence: str
    fix: str = ""
    lasting: bool = False


class ParsedRow:
    """A row of the sheet. ``row["name"]`` is the cleaned text, "" where the cell is empty or wrong.

    ``number`` is the row's number in the sheet. ``data`` carries what ``check`` found over to ``write``.
    """

    __slots__ = ("_verdict", "data", "number", "problems", "raw", "reason", "values")

    def __init__(self, number: int, values: dict[str, str]) -> None:
        self.number = number
        self.values = values
        self.raw: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._verdict = NEW
        self.reason = ""
        self.data: dict[str, Any] = {}

    @property
    def verdict(self) -> str:
        """NEW unless the check says UPDATE or SKIP; BAD as long as anything is wrong, whatever was said."""
        return BAD if self.problems else self._verdict

    @verdict.setter
    def verdict(self, verdict: str) -> None:
        self._verdict = verdict

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def error(self, column: str, sentence: str, fix: str = "", *, lasting: bool = False) -> None:
        """Mark a cell as wrong. The first error of a cell stands; the row is not imported."""
        if all(problem.column != column for problem in self.problems):
            self.problems.append(Problem(column, sentence, fix, lasting))

    def skip(self, reason: str) -> None:
        """Leave the row out without calling it wrong (与现有信息相同)."""
        self.verdict, self.reason = SKIP, reason

    def clean(self, column: str, cleaner: Callable[[str], str]) -> None:
        """Apply a cleaner that depends on another cell (the ID number's on the document type)."""
        if text := self.values[column]:
            try:
                self.values[column] = cleaner(text)
            except Unclean as problem:
                self.raw[column], self.values[column] = text, ""
                self.error(column, problem.sentence, problem.fix)

    def text(self, column: str) -> str:
        """What stands in the cell, right or wrong."""
        return self.raw.get(column) or self.values[column]

    @property
    def ok(self) -> bool:
        return not self.problems


class ImportSpec:
    """The declaration of one import; one object of it serves one run. ``model`` is what it fills (its constraints
    become sentences), ``may`` the permission code, ``action`` the audit code. ``unique`` names the columns that
    identify a row within the file; ``chunk`` is how many rows one transaction writes (fewer where writing is slow).
    ``sample`` rows and ``notes`` go onto the template's sheet 填写说明, the notes onto the upload page too.
    """

    model: ClassVar[type[models.Model]]
    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    manual: ClassVar[str] = ""
    may: ClassVar[str] = ""
    action: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column]] = ()
    unique: ClassVar[Sequence[str]] = ()
    sample: ClassVar[Sequence[dict[str, str]]] = ()
    notes: ClassVar[Sequence[str]] = ()
    chunk: ClassVar[int] = 2000

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            if SPECS.get(cls.name, cls).__qualname__ != cls.__qualname__:
                raise TypeError(f"two imports are called {cls.name}")
            SPECS[cls.name] = cls
            ACTIONS.setdefault(cls.action, f"导入{cls.label}")

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.options = {column.name: self.options_of(column) for column in self.columns if column.options is not None}
        self._remembered: dict[str, dict[str, tuple[str, str, Unclean | None]]] = {column.name: {} for column in self.columns}
        self.prepare(run)

    # --- for the room ------------------------------------------------------------------------------
    def prepare(self, run: ImportRun) -> None:
        """Read lookups once. Raises ``Refused`` where the import is not possible now at all."""

    def check(self, rows: list[ParsedRow]) -> None:
        """Look at a whole chunk with set queries; called before the preview and again inside the transaction.
        Wrong cells read as "", and a second error on such a cell is dropped, so no test for them is needed.
        """

    def write(self, rows: list[ParsedRow]) -> None:
        """Write good rows (NEW or UPDATE) inside the chunk's transaction. Writing twice must do no harm."""
        raise NotImplementedError

    def for_organization(self, run: ImportRun) -> int | None:
        """Whose data it is: that organization sees the record too (R146)."""
        return run.actor.organization_id

    # --- for the engine ----------------------------------------------------------------------------
    def options_of(self, column: Column) -> list[str]:
        options = column.options(self.run) if callable(column.options) else column.options
        return [str(option) for option in options or ()]

    def clean_rows(self, rows: list[ParsedRow]) -> None:
        """Normalise and clean every cell, a column at a time; what a column says of a text is remembered, as most
        columns hold few different ones. A cell marked wrong before is empty here and keeps its first problem.
        """
        for column in self.columns:
            name, known = column.name, self._remembered[column.name]
            for row in rows:
                given = row.values[name]
                found = known.get(given)
                if found is None:
                    found = self.cleaned(column, given)
                    if len(known) < REMEMBERED:
                        known[given] = found
                row.values[name], raw, problem = found
                if problem:
                    if raw:
                        row.raw[name] = raw
                    row.error(name, problem.sentence, problem.fix)

    def cleaned(self, column: Column, text: str) -> tuple[str, str, Unclean | None]:
        """What becomes of a cell's text: the value ("" for a wrong one), the text kept of a wrong one, the problem."""
        text = plain(text)
        if not text:
            return "", "", Unclean(f"{column.label}不能为空") if column.required else None
        try:
            if text in ERROR_TEXTS:
                raise Unclean("公式计算出错或没有结果，请改填数值")
            if column.clean:
                text = column.clean(text)
            if len(text) > column.max_length:
                raise Unclean(f"不能超过 {column.max_length} 个字，现为 {len(text)} 个字")
            options = self.options.get(column.name)
            if options is not None and text not in options:
                close = get_close_matches(text, options, 1, 0.6)
                raise Unclean(f"不在可选项中：{_some(options)}", close[0] if close else "")
        except Unclean as problem:
            return "", text, problem
        return text, "", None

    def key_of(self, row: ParsedRow) -> str:
        """The row's identity within the file; "" when a part of it is missing."""
        parts = [row.text(name) for name in self.unique]
        return "\t".join(parts) if parts and all(parts) else ""


SPECS: dict[str, type[ImportSpec]] = {}


def _some(options: Sequence[str]) -> str:
    return "、".join(options[:5]) + ("等" if len(options) > 5 else "")
