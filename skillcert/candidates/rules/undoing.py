"""撤销导入: what an import created and nobody has touched since goes again (R146 keeps the record) [assumption]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.kit import audit, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.sheets.records import ImportRecord, ImportState
from skillcert.kit.states import Guard

from ..models import Candidate, CandidateBatch
from ..states import CandidateState

declare({"candidates.import_undone": "撤销导入考生信息"})

UNDOING = (
    Guard(Q(registration_count=0), "已有报考，保留"),
    Guard(~Q(state=CandidateState.ACCURATE), "信息已准确，保留"),
    Guard(Q(version=1), "导入后已修改或已有照片，保留"),
)


def _created_something(actor: Actor, now: datetime) -> Q:
    return Q(pk__in=CandidateBatch.objects.filter(undone=False).values("record"))


UNDOABLE = (
    Guard(Q(state__in=(ImportState.DONE, ImportState.CANCELLED)), "导入结束后才能撤销"),
    Guard(_created_something, "没有可撤销的新增考生：更新不能撤销，一次导入也只能撤销一次"),
)


def created_by(record: ImportRecord, actor: Actor) -> QuerySet[Candidate]:
    """The candidates that an import created and that are still there."""
    batches = CandidateBatch.objects.filter(record=record, undone=False)
    ranges = (Q(number__range=(batch.first, batch.last)) for batch in batches)
    return Candidate.visible_to(actor).filter(reduce(or_, ranges, Q(pk__in=[])))


def undo_preview(*, actor: Actor, record: ImportRecord) -> tuple[int, list[tuple[str, int]]]:
    """How many candidates 撤销 would delete, and why the others stay."""
    left = created_by(record, actor)
    able, kept = left.count(), []
    for guard in UNDOING:
        left = left.filter(guard.q)
        passed = left.count()
        if passed < able:
            kept.append((guard.sentence, able - passed))
        able = passed
    return able, kept


def undo_import(
    *, actor: Actor, now: datetime, record: ImportRecord, before: int = 0, progress: Callable[[Outcome], None] | None = None
) -> Outcome:
    """Delete what the import created and nobody has used or changed since; the others stay and are counted. Stopped in
    the middle and called again, it goes on with what is left; ``before`` is how many were deleted until then.
    """
    actor.need("candidates.edit")
    if not before and not undo_preview(actor=actor, record=record)[0]:
        raise Refused("这次导入新增的考生都已被使用、修改或删除，没有可以撤销的。")
    outcome = gate.delete_many(
        Candidate, created_by(record, actor), actor=actor, may="candidates.edit", action="candidates.deleted", now=now,
        guards=UNDOING, reason=f"撤销 {record.created_at:%Y-%m-%d} 的导入", progress=progress,
    )  # fmt: skip
    deleted, kept = before + len(outcome.done), len(outcome.refused)
    with transaction.atomic():
        if CandidateBatch.objects.filter(record=record, undone=False).update(undone=True):
            sentence = f"已撤销：删除 {deleted:,} 人，保留 {kept:,} 人"
            ImportRecord.objects.filter(pk=record.pk).update(sentence=sentence)
            fact = audit.fact_of(record, {"deleted": deleted, "kept": kept})
            audit.record("candidates.import_undone", [fact], actor=actor)
    return outcome
