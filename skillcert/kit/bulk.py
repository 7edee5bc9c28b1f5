"""Many rows into one table, fast: INSERT of up to 1,000 rows on SQLite, COPY and INSERT ... SELECT on PostgreSQL.

The caller holds the transaction and has passed the gate: this writes no audit and asks no permission.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import chain, repeat
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.utils import timezone

from .crypto import Encrypted, seal_texts
from .rows import Row


@models.Field.register_lookup
class Among(models.Lookup):
    """``person_index__among=[...]``: as ``in``, but one parameter however many keys, so the statement stays short."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(list(self.rhs))]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]


COPY_FROM = 200
ROWS_A_STATEMENT, MOST_VALUES = 1000, 30_000
Adapt = Callable[[Iterable[Any]], Iterable[Any]]
Lines = list[tuple[Any, ...]]


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    conflict: Sequence[str] | None = None,
    update: Sequence[str] = (),
) -> int:
    """Insert ``rows`` (values in the order of ``columns``, which are field names or attnames such as ``major_id``).

    A row whose ``conflict`` fields exist already updates its ``update`` columns, or is left alone when there are
    none. Fields that are not given take their default; ``created_at``, ``updated_at`` and ``version`` are kept as
    the gate keeps them. Returns how many rows were sent. Raises IntegrityError for any other constraint.
    """
    given = [_field(model, name.removesuffix("_id") if _is_link(model, name) else name) for name in columns]
    now = timezone.now()
    others = [field for field in model._meta.concrete_fields if field not in given and not field.primary_key]
    constants = {field: _default(field, now) for field in others}
    fields = [*given, *constants]
    values: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, field in enumerate(given if values else ()):
        if adapt := _adapter(field):
            values[place] = adapt(values[place])
    lines = list(zip(*values, *map(repeat, constants.values()), strict=False)) if values else []
    if lines:
        sql = _on_conflict(model, conflict, update)
        write = _by_copy if connection.vendor == "postgresql" and len(lines) >= COPY_FROM else _by_insert
        write(model, [_column(model, field.name) for field in fields], lines, sql)
    return len(lines)


def _field(model: type[models.Model], name: str) -> models.Field:
    """A field with a column of its own; raises FieldDoesNotExist for any other name."""
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or field.column is None:
        raise FieldDoesNotExist(f"{model._meta.label}.{name} has no column")
    return field


def _column(model: type[models.Model], name: str) -> str:
    return str(_field(model, name).column)


def _is_link(model: type[models.Model], name: str) -> bool:
    return any(field.is_relation and field.attname == name for field in model._meta.concrete_fields)


def _default(field: models.Field, now: Any) -> Any:
    """What the database gets for a field the caller does not give, as ``Model.save`` would write it."""
    value = now if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) else field.get_default()
    return field.get_db_prep_save(value, connection)


def _adapter(field: models.Field) -> Adapt | None:
    """How a column of this field's values becomes the driver's; None where it goes as it is (text, integers, keys)."""
    while field.is_relation:  # a key to a child model is a key to its parent
        field = field.target_field  # type: ignore[attr-defined]
    if type(field) in (models.CharField, models.TextField, models.BigAutoField, models.BooleanField) or isinstance(
        field, models.IntegerField
    ):
        return None
    if type(field) is Encrypted:
        context = field.context
        return lambda values: seal_texts(values, context)
    database = connections[DEFAULT_DB_ALIAS]  # not its proxy, which looks itself up for every value
    return lambda values: [field.get_db_prep_save(value, database) for value in values]


def _on_conflict(model: type[models.Model], conflict: Sequence[str] | None, update: Sequence[str]) -> str:
    if conflict is None:
        return ""
    quote = connection.ops.quote_name
    target = ", ".join(quote(_column(model, name)) for name in conflict)
    sets = [f"{quote(c)} = excluded.{quote(c)}" for c in (_column(model, name) for name in update)]
    if not sets:
        return f" ON CONFLICT ({target}) DO NOTHING"
    if issubclass(model, Row):
        table = quote(model._meta.db_table)
        sets += [f"version = {table}.version + 1", "updated_at = excluded.updated_at"]
    return f" ON CONFLICT ({target}) DO UPDATE SET {', '.join(sets)}"


def _by_insert(model: type[models.Model], columns: list[str], lines: Lines, on_conflict: str) -> None:
    """Many rows a statement. One row a statement (executemany) costs SQLite up to ten times as much inside a
    savepoint: each statement then saves every page of every index that it touches.
    """
    quote = connection.ops.quote_name
    head = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608
    size = max(1, min(ROWS_A_STATEMENT, MOST_VALUES // len(columns)))
    mark = "?" if connection.vendor == "sqlite" else "%s"
    marks = f"({', '.join([mark] * len(columns))})"
    connection.ensure_connection()
    # The driver's own cursor: Django's would look through every long statement for its placeholders.
    with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
        for start in range(0, len(lines), size):
            some = lines[start : start + size]
            cursor.execute(head + ", ".join([marks] * len(some)) + on_conflict, list(chain.from_iterable(some)))


def _by_copy(model: type[models.Model], columns: list[str], lines: Lines, on_conflict: str) -> None:
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bulk_rows")
        cursor.execute(f"CREATE TEMP TABLE bulk_rows ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608
        with cursor.copy(f"COPY bulk_rows ({names}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM bulk_rows{on_conflict}")  # noqa: S608
