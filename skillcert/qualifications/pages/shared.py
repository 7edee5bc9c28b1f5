"""What the pages of the catalogue share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import conditional_escape

from skillcert.kit.pages import KitForm
from skillcert.kit.pages.screen import ColumnView, RowView, Table


def table_of(columns: list[tuple[str, str]], rows: list[tuple[str, list[Any]]], empty: str) -> Table:
    """A plain table of a card: (key, label) of the columns; (url, cells) of the rows."""
    return Table(
        tuple(ColumnView(key, label) for key, label in columns),
        tuple(
            RowView(str(n), str(cells[0]), tuple(conditional_escape(cell) for cell in cells), url=url)
            for n, (url, cells) in enumerate(rows)
        ),
        empty,
    )


class SeenForm(KitForm):
    """A review of the row as it was shown, and no other."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.row is not None:
            self.initial.setdefault("version", self.row.version)
            self.fields["version"].required = True
