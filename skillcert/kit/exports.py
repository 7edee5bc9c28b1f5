"""Export of a list: the ticked rows, else all that match (R147); the user's columns; masked unless a purpose is given."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from .errors import Refused
from .pages.acts import BatchOrAll
from .pages.columns import Col, Masked
from .pages.download import Download, Made
from .pages.fields import KitForm, TextField
from .pages.keyset import after, key_of, place
from .pages.list import ListPage, field_at
from .pages.screen import Note
from .sealed import SEGMENT
from .sheets.writer import write_rows

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 2000
AT_ONCE = 5000


class PurposeForm(KitForm):
    """The full numbers only for a stated purpose, asked once per file."""

    full = forms.BooleanField(label="导出完整的证件号、手机号", required=False)
    purpose = TextField(label="用途", required=False, max_length=100, help_text="导出完整号码时必填，将记入审计。")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("full") and not data.get("purpose"):
            self.add_error("purpose", "导出完整证件号、手机号须写明用途，例如“打印准考证”。")
        return data


class ExportDialog(Download):
    """The dialog of one list's export; ``Export`` makes a subclass for each list."""

    form = PurposeForm
    in_request = AT_ONCE
    else_all = True
    shelf = "export"
    action = "kit.export"
    reveal: ClassVar[str] = "personal.reveal"
    list_page: ClassVar[type[ListPage]]
    purpose: ClassVar[str] = ""
    only_columns: ClassVar[Sequence[Col] | None] = None

    @classmethod
    def routes(cls) -> list[str]:
        return [cls.url]

    @cached_property
    def source(self) -> ListPage:
        """The list as the selection saw it: its order, its columns, its filters."""
        return self.list_page(self.actor, self.now, query=QueryDict(self.selection.query), where=self.selection.where)

    def columns(self) -> list[Col]:
        chosen = self.only_columns or self.source.shown_columns
        return [column for column in chosen if column.exported]

    def make_form(self, data: Any = None) -> KitForm:
        form = super().make_form(data)
        personal = any(isinstance(column, Masked) for column in self.columns())
        if not personal or not self.actor.may(self.reveal):
            for name in ("full", "purpose"):
                form.fields.pop(name, None)
        return form

    def initial(self, row: Any) -> dict[str, Any]:
        return {"full": bool(self.purpose), "purpose": self.purpose}

    def notes(self) -> list[Note]:
        text = f"将导出 {self.preview.able:,} 条，列与您的“列设置”相同，证件号与手机号默认打码。"
        return [Note(text + ("文件较大，生成后放入下载中心。" if self.too_many() else ""))]

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        columns, full = self.columns(), bool(data.get("full"))
        if full and not self.actor.may(self.reveal):
            raise Refused("您没有查看完整证件号的权限，请联系本单位管理员。")
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed when its last piece has been read
        count = write_rows(file, self.list_page.title, _headers(columns), self.lines(rows, columns, full))
        name = f"{self.list_page.title}-{self.now:%Y%m%d-%H%M%S}.xlsx"
        keys = [column.key for column in columns]
        return Made(name, XLSX, _pieces(file), {"rows": count, "columns": keys, "full": full, "list": self.list_page.name})

    def lines(self, rows: QuerySet, columns: Sequence[Col], full: bool) -> Iterator[list[Any]]:
        """The rows in the list's order, read by key 2,000 at a time: the memory stays the same however many there are."""
        order, related = self.source.sort, self.list_page.related
        rows = rows.prefetch_related(*related)  # not joined: thousands of rows share a few majors, plans, institutions
        part, done = list(rows.order_by(*order.by)[:CHUNK]), 0
        while part:
            for row in part:
                row.seen_at = self.now
                yield [column.exports(row, full=full) for column in columns]
            done += len(part)
            self.progress(done)
            spot = place(key_of(part[-1], order), field_at(self.list_page.model, order.field))
            part = after(rows, order, *spot, CHUNK) if spot and len(part) == CHUNK else []


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """A written file from its beginning, a MiB at a time."""
    with file:
        file.seek(0)
        while piece := file.read(SEGMENT):
            yield piece


def _headers(columns: Sequence[Col]) -> list[str]:
    """The labels; a second one of the same name gets a number, for a sheet needs them apart."""
    labels: list[str] = []
    for column in columns:
        same = sum(label.split("（")[0] == column.label for label in labels)
        labels.append(f"{column.label}（{same + 1}）" if same else column.label)
    return labels


@dataclass(frozen=True)
class Export:
    """A list's export button in ``header``. ``purpose`` prefills the use where the manual demands full numbers;
    ``columns`` replaces the list's own; ``may`` another permission than the list's.
    """

    label: str = "导出"
    icon: str = "download"
    purpose: str = ""
    columns: Sequence[Col] | None = None
    may: str = ""
    key: str = "export"

    def for_list(self, target: type[ListPage]) -> BatchOrAll:
        """Make and register the dialog of ``target``'s export; its address lies below the list's."""
        names = {
            "url": re.sub(r"<[^>]+>/", "", target.url) + f"{self.key}/", "title": self.label, "label": "导出",
            "manual": target.manual, "why": target.why, "permission": self.may or target.permission, "kinds": target.kinds,
            "model": target.model, "list_page": target, "purpose": self.purpose, "only_columns": self.columns,
            "__module__": target.__module__,
        }  # fmt: skip
        page = type(f"{target.__name__}{self.key.title()}", (ExportDialog,), names)
        return BatchOrAll(page, self.label, self.icon)
