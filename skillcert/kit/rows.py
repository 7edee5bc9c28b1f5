"""The base of every business row: who may see it, its version, and what a constraint says in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone

from .access import Actor
from .crypto import Encrypted, masked
from .errors import Refused

NOBODY = Q(pk__in=[])
EVERYBODY = ~NOBODY


class Row(models.Model):
    """A business row. A model says who sees it in ``seen_by``; the base refuses, so none is listed by oversight."""

    version = models.PositiveIntegerField("版本", default=1, editable=False)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    protected_sentence = "仍有其他数据引用它，不能删除。"

    class Meta:
        abstract = True

    @property
    def audit_label(self) -> str:
        """What the audit calls the row, for good. One that is about a person gives a number: an erasure can blank what the
        audit keeps beside an entry, never its label (trust 44).
        """
        return str(self)

    def in_words(self, name: str, value: Any) -> str:
        """A value of the column as a person reads it; a sealed one is masked, as wherever nobody asked for it."""
        field: Any = self._meta.get_field(name)
        if value is None:
            return ""
        if isinstance(field, Encrypted):
            return masked(value)
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        if isinstance(value, bool):
            return "是" if value else "否"
        return str(dict(field.flatchoices).get(value, value) if field.choices else value)

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """The rows an actor may see, as a Q on this table (subqueries, never a join: PostgreSQL must lock it)."""
        raise NotImplementedError(f"{cls.__name__} does not say who may see it")

    @classmethod
    def visible_to(cls, actor: Actor) -> QuerySet:
        rows = cls._default_manager.all()
        return rows if actor.kind == "system" else rows.filter(cls.seen_by(actor))


@contextmanager
def constraints_as_sentences(model: type[models.Model]) -> Iterator[None]:
    """Run writes in a savepoint; a database constraint that fires becomes its Chinese sentence (``Refused``)."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refused(sentence_of(error, model)) from error
    except (ProtectedError, RestrictedError) as error:
        raise Refused(getattr(model, "protected_sentence", Row.protected_sentence)) from error


def sentence_of(error: IntegrityError, model: type[models.Model]) -> str:
    """The message of the constraint that fired: PostgreSQL names it, SQLite names table and columns."""
    text = str(error)
    for owner in (model, *model._meta.get_parent_list()):  # a parent table has constraints of its own
        for constraint in owner._meta.constraints:
            if constraint.name in text or _sqlite_columns(constraint, owner) in text:
                return str(constraint.violation_error_message)
    for field in model._meta.concrete_fields:
        table = field.model._meta.db_table
        if field.unique and (f"{table}.{field.column}" in text or f"{table}_{field.column}_" in text):
            return f"{field.verbose_name}已被使用，请换一个。"
    if "FOREIGN KEY" in text.upper():
        return getattr(model, "protected_sentence", Row.protected_sentence)
    raise error


def _sqlite_columns(constraint: models.BaseConstraint, model: type[models.Model]) -> str:
    """How SQLite names a unique constraint: "UNIQUE constraint failed: table.a, table.b"."""
    if not isinstance(constraint, models.UniqueConstraint) or not constraint.fields:
        return "\0"
    table = model._meta.db_table
    column = {field.name: field.column for field in model._meta.concrete_fields}
    return "UNIQUE constraint failed: " + ", ".join(f"{table}.{column[name]}" for name in constraint.fields)


def in_scope(actor: Actor, field: str = "qualification") -> Q:
    """Narrow to what a person answers for (证书负责人); everything when the actor has no such narrowing."""
    return EVERYBODY if actor.scope is None else Q(**{f"{field}__in": actor.scope})
