"""The one gate through which every business row is written, for one row and for ten thousand.

Each chunk: permission, transaction, the rows fetched again through ``visible_to`` and locked, split by state and
guards into done and refused (each with its sentence), one UPDATE whose count is compared, audit in bulk, progress,
commit. ``change`` is ``change_many`` of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from . import audit
from .access import Actor
from .errors import Conflict, Missing, Refused
from .rows import Row, constraints_as_sentences
from .states import Guard, Move

R = TypeVar("R", bound=Row)
CHUNK = 1000
UNSEEN = "记录不存在，或不属于您的单位"


@dataclass
class Outcome:
    """What a batch did: keys done, and (key, sentence) refused."""

    done: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def reasons(self) -> list[tuple[str, int]]:
        return Counter(sentence for _, sentence in self.refused).most_common()


Beside = Callable[[list[int], dict[int, Any]], None]
Progress = Callable[[Outcome], None]


def chunks(rows: QuerySet | Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """Keys in key order, ``size`` at a time; a queryset is read by key, so rows that leave it do no harm."""
    if not isinstance(rows, QuerySet):
        keys = sorted(set(rows))
        yield from (keys[start : start + size] for start in range(0, len(keys), size))
        return
    keyed, last = rows.order_by("pk").values_list("pk", flat=True), None
    while True:
        keys = list((keyed if last is None else keyed.filter(pk__gt=last))[:size])
        if not keys:
            return
        yield keys
        last = keys[-1]


def locked(rows: QuerySet[R]) -> list[R]:
    """Fetch and lock, in key order. On SQLite the IMMEDIATE transaction is the lock."""
    rows = rows.order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",) if connection.features.has_select_for_update_of else ())
    return list(rows)


def refusals(
    model: type[R], keys: Sequence[int], guards: Sequence[Guard], *, actor: Actor, now: datetime
) -> dict[int, str]:
    """The first guard's sentence for each key that fails one."""
    refused: dict[int, str] = {}
    for guard in guards:
        left = [key for key in keys if key not in refused]
        passed = set(model._default_manager.filter(pk__in=left).filter(guard.q_for(actor, now)).values_list("pk", flat=True))
        refused.update({key: guard.sentence for key in left if key not in passed})
    return refused


def change_many(
    model: type[R],
    rows: QuerySet[R] | Iterable[int],
    move: Move,
    *,
    actor: Actor,
    now: datetime,
    values: dict[str, Any] | None = None,
    reason: str = "",
    beside: Beside | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Move many rows. ``values`` are further columns set by the same UPDATE; ``beside(keys, rows)`` writes what
    belongs to the move in the same transaction; ``progress(outcome)`` is called inside each chunk's transaction.
    """
    actor.need(move.by)
    if move.needs == "reason" and not reason.strip():
        raise Refused(f"{move.label}须写明理由", field="reason")
    outcome = Outcome()
    for keys in chunks(rows):
        with transaction.atomic():
            _change_chunk(model, keys, move, actor, now, values or {}, reason, beside, outcome)
            if progress:
                progress(outcome)
    return outcome


def _change_chunk(
    model: type[R], keys: list[int], move: Move, actor: Actor, now: datetime, values: dict[str, Any], reason: str,
    beside: Beside | None, outcome: Outcome,
) -> None:
    column = move.machine.field
    found = {row.pk: row for row in locked(model.visible_to(actor).filter(pk__in=keys))}
    refused = {key: UNSEEN for key in keys if key not in found}
    for key, row in found.items():
        if getattr(row, column) not in move.sources:
            refused[key] = move.wrong_state(getattr(row, column))
    refused |= refusals(model, [key for key in found if key not in refused], move.guards, actor=actor, now=now)
    able = [key for key in found if key not in refused]
    with constraints_as_sentences(model):
        changed = model._default_manager.filter(pk__in=able, **{f"{column}__in": move.sources}).update(
            **{column: move.target}, **values, version=F("version") + 1, updated_at=timezone.now()
        )
        if changed != len(able):
            raise Refused("这些记录刚刚被他人改动，请刷新后重试")
        if beside and able:
            beside(able, {key: found[key] for key in able})
    audit.record(move.action, [_moved(found[key], move, reason) for key in able], actor=actor)
    outcome.done += able
    outcome.refused += refused.items()


def _moved(row: Row, move: Move, reason: str) -> audit.Fact:
    summary = {"from": getattr(row, move.machine.field), "to": move.target}
    return audit.fact_of(row, summary, {"reason": reason} if reason else None)


def change(row: R, move: Move, *, actor: Actor, now: datetime, **more: Any) -> R:
    """Move one row. Raises ``Missing`` for a foreign one and ``Refused`` with the sentence."""
    outcome = change_many(type(row), [row.pk], move, actor=actor, now=now, **more)
    if outcome.refused:
        sentence = outcome.refused[0][1]
        raise Missing() if sentence == UNSEEN else Refused(sentence)
    row.refresh_from_db()
    return row


def create(row: R, *, actor: Actor, may: str, action: str, summary: dict[str, Any] | None = None) -> R:
    """Insert one row. What an actor creates it must be able to see, or nothing is written."""
    actor.need(may)
    with transaction.atomic():
        with constraints_as_sentences(type(row)):
            row.save(force_insert=True)
        if not type(row).visible_to(actor).filter(pk=row.pk).exists():
            raise Missing()
        audit.record(action, [audit.fact_of(row, summary)], actor=actor)
    return row


def edit(
    row: R,
    changes: dict[str, Any],
    *,
    actor: Actor,
    may: str,
    action: str,
    now: datetime,
    version: int | None = None,
    guards: Sequence[Guard] = (),
    beside: Callable[[R], None] | None = None,
    reason: str = "",
) -> R:
    """Change columns of one row. ``version`` is the one the form was opened with: when somebody saved in between,
    ``Conflict`` carries both values of every field that differs.
    """
    actor.need(may)
    model = type(row)
    with transaction.atomic():
        found = locked(model.visible_to(actor).filter(pk=row.pk))
        if not found:
            raise Missing()
        fresh = found[0]
        check_version(fresh, version, changes)
        sentences = refusals(model, [fresh.pk], guards, actor=actor, now=now)
        if sentences:
            raise Refused(sentences[fresh.pk])
        before = {name: _plain(getattr(fresh, name)) for name in changes}
        after = {name: _plain(value) for name, value in changes.items()}
        for name, value in changes.items():
            setattr(fresh, name, value)
        fresh.version += 1
        with constraints_as_sentences(model):
            fresh.save(update_fields=[*changes, "version", "updated_at"])
            if beside:
                beside(fresh)
        changed = {name for name in changes if before[name] != after[name]}
        values = {"before": {n: before[n] for n in changed}, "after": {n: after[n] for n in changed}, "reason": reason}
        audit.record(action, [audit.fact_of(fresh, {"fields": sorted(changed)}, values)], actor=actor)
    return fresh


def delete_many(
    model: type[R],
    rows: QuerySet[R] | Iterable[int],
    *,
    actor: Actor,
    may: str,
    action: str,
    now: datetime,
    guards: Sequence[Guard] = (),
    beside: Beside | None = None,
    progress: Progress | None = None,
    reason: str = "",
) -> Outcome:
    """Delete the rows that every guard allows; the others come back with their sentence. ``beside`` runs before."""
    actor.need(may)
    outcome = Outcome()
    for keys in chunks(rows):
        with transaction.atomic():
            found = {row.pk: row for row in locked(model.visible_to(actor).filter(pk__in=keys))}
            refused = {key: UNSEEN for key in keys if key not in found}
            refused |= refusals(model, list(found), guards, actor=actor, now=now)
            able = [key for key in found if key not in refused]
            values = {"reason": reason} if reason else None
            audit.record(action, [audit.fact_of(found[key], values=values) for key in able], actor=actor)
            with constraints_as_sentences(model):
                if beside and able:
                    beside(able, {key: found[key] for key in able})
                model._default_manager.filter(pk__in=able).delete()
            outcome.done += able
            outcome.refused += refused.items()
            if progress:
                progress(outcome)
    return outcome


@contextmanager
def importing(*, actor: Actor, may: str, action: str) -> Iterator[Callable[[audit.Fact], None]]:
    """One chunk of an import: permission, transaction, and one audit entry, which the block must hand over.

        with importing(actor=..., may=..., action=...) as say:
            ...
            say(fact)

    Raises RuntimeError, which rolls back, for a block that said nothing: no audit, no action.
    """
    actor.need(may)
    facts: list[audit.Fact] = []
    with transaction.atomic():
        yield facts.append
        if not facts:
            raise RuntimeError("an import's chunk wrote no audit entry")
        audit.record(action, facts, actor=actor)


def with_choice(conflict: Conflict, row: Row, name: str, mine: Iterable[Any]) -> Conflict:
    """The second saver sees both values of a many-to-many field as well."""
    pair = ["、".join(sorted(str(one) for one in side)) or "没有" for side in (mine, getattr(row, name).all())]
    if pair[0] == pair[1]:
        return conflict
    label = str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a field of the row's own
    return Conflict({**conflict.fields, label: (pair[0], pair[1])}, conflict.version)


def check_version(row: Row, version: int | None, changes: dict[str, Any]) -> None:
    """Raise Conflict, with both values of what differs, when the locked row is no longer the one that the form showed."""
    if version is not None and row.version != version:
        raise Conflict(_differences(row, changes), row.version)


def _differences(row: Row, changes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """By the label of the form. An index kept beside a number is nobody's value."""
    found = {}
    for name, mine in changes.items():
        field: Any = row._meta.get_field(name)
        theirs = getattr(row, name)
        if field.editable and _plain(theirs) != _plain(mine):
            pair = (row.in_words(name, mine), row.in_words(name, theirs))
            found[str(field.verbose_name)] = pair if pair[0] != pair[1] else (f"{pair[0]}（中间几位不同）", pair[1])
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return "" if value is None else str(value)
