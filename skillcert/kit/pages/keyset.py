"""A page of rows by key: the first page and the one at row 1,000,000 cost the same.

Rows are ordered by (sort, id). The rows after a key are, in this order: those with the same sort value and a later
id, those with a later sort value, and the NULLs where the database puts them last. Each part is one range of the
index (owner, sort, id); parts are read until the page is full, so most pages are one query.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Field, Q, QuerySet

COUNTED = 10_000


@dataclass(frozen=True)
class Order:
    """``field`` may be a path over foreign keys; ties are broken by id, in the same direction."""

    field: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Order:
        return cls(text.lstrip("-"), text.startswith("-"))

    def turned(self) -> Order:
        return Order(self.field, not self.descending)

    @property
    def by(self) -> list[str]:
        sign = "-" if self.descending else ""
        return [f"{sign}{self.field}"] if self.field in ("id", "pk") else [f"{sign}{self.field}", f"{sign}id"]


def key_of(row: Any, order: Order) -> str:
    """The row's place as it stands in an address."""
    value = row
    for name in order.field.split("__"):
        value = getattr(value, name, None)
    return base64.urlsafe_b64encode(json.dumps([value, row.pk], default=str).encode()).decode().rstrip("=")


def place(text: str, field: Field) -> tuple[Any, int] | None:
    """Read back a key; None for one that is not ours."""
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return (None if value is None else field.to_python(value)), int(pk)
    except (ValueError, TypeError, ValidationError):
        return None


def after(rows: QuerySet, order: Order, value: Any, pk: int, count: int) -> list[Any]:
    """The ``count`` rows that follow the row (value, pk)."""
    found: list[Any] = []
    ordered = rows.order_by(*order.by)
    for part in _parts(order, value, pk):
        found += ordered.filter(part)[: count - len(found)]
        if len(found) == count:
            break
    return found


def _parts(order: Order, value: Any, pk: int) -> Iterator[Q]:
    beyond = "lt" if order.descending else "gt"
    if order.field in ("id", "pk"):
        yield Q(**{f"pk__{beyond}": pk})
        return
    nulls_first = connection.features.order_by_nulls_first is not order.descending
    tie = Q(**{f"pk__{beyond}": pk})
    if value is None:
        yield Q(**{f"{order.field}__isnull": True}) & tie
        if nulls_first:
            yield Q(**{f"{order.field}__isnull": False})
        return
    yield Q(**{order.field: value}) & tie
    yield Q(**{f"{order.field}__{beyond}": value})
    if not nulls_first:
        yield Q(**{f"{order.field}__isnull": True})


def before(rows: QuerySet, order: Order, value: Any, pk: int, count: int) -> list[Any]:
    """The ``count`` rows that come before the row (value, pk), in the order of the list."""
    return after(rows, order.turned(), value, pk, count)[::-1]


def capped_count(rows: QuerySet) -> int:
    """Exact up to 10,000; 10,001 stands for more."""
    return rows.order_by().values("pk")[: COUNTED + 1].count()


def count_text(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
