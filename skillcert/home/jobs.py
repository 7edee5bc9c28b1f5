"""The check of the audit trail, as a job with progress, and once a night by itself; messages texted and forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from skillcert.integrations.chain.log import log_keys_in
from skillcert.kit.access import SYSTEM
from skillcert.kit.audit import AuditBlock, AuditEntry, AuditLeaf
from skillcert.kit.blocks import AUDIT, block_of, check_audit_block
from skillcert.kit.jobs import Job, Run, enqueue, job, tick

from . import rules
from .log_state import CHECK, LISTED, latest

LOOSE = "待封存的记录"
PART = 2000  # loose entries looked at in one query
NIGHT = timedelta(hours=23)
KEPT = timedelta(days=180)


@job(CHECK, "校验审计日志")
def check_audit(run: Run) -> None:
    """Recompute every block from the first on, then the entries that no block holds yet. Resumes at its block."""
    keys = log_keys_in(Path(settings.DATA) / "trust")
    total = AuditLeaf.objects.count()
    found: dict[str, Any] = {"height": 0, "leaves": 0, "wrong": 0, "first": None, "problems": []} | run.job.result
    before_row = AuditBlock.objects.filter(height=run.cursor or 0).first()
    before = block_of(AUDIT, before_row) if before_row else None
    for row in AuditBlock.objects.filter(height__gt=run.cursor or 0).order_by("height"):
        seen = check_audit_block(row, before, keys)
        before = block_of(AUDIT, row)
        found["height"], found["head"], found["leaves"] = row.height, row.block_hash, found["leaves"] + seen.leaves
        _note(found, seen.problems, row.height)
        with transaction.atomic():
            run.save_result(found)
            run.progress(found["leaves"], max(total, found["leaves"]), f"第 {row.height:,} 块", cursor=row.height)
    _note(found, [*_against_last(run.job), *_loose()], None)
    with transaction.atomic():
        run.save_result(found)


def _note(found: dict[str, Any], problems: list[str], height: int | None) -> None:
    if problems and found["first"] is None:
        found["first"] = height
    found["wrong"] += len(problems)
    found["problems"] = [*found["problems"], *problems][:LISTED]


def _against_last(this: Job) -> list[str]:
    """What the last check saw at the log's end must still be there: a log cut short is sound in itself."""
    last = latest().checked
    if last is None or last.pk == this.pk or not last.result.get("height"):
        return []
    height, head = last.result["height"], last.result["head"]
    if AuditBlock.objects.filter(height=height, block_hash=head).exists():
        return []
    return [f"上次校验时日志止于区块 {height}，现在它不在或已不同：日志尾部被删除或替换"]


def _loose() -> list[str]:
    problems, last = [], 0
    while part := list(AuditEntry.objects.filter(leaf=None, pk__gt=last).order_by("pk")[:PART]):
        problems += [f"审计记录 {entry.pk} 被改动（{LOOSE}）" for entry in part if entry.compute_digest() != entry.digest]
        last = part[-1].pk
    return problems


@tick(every=3600)
def check_every_night(now: datetime) -> None:
    """trust 39: the log is checked again once a day. By real time, as the log itself."""
    state = latest()
    if state.running is None and (state.checked is None or state.checked.created_at < timezone.now() - NIGHT):
        enqueue(CHECK, actor=SYSTEM)


@tick(every=30)
def text_notices(now: datetime) -> None:
    """Text messages for those who asked for them in 消息设置."""
    rules.text_notices()


@tick(every=3600)
def forget_notices(now: datetime) -> None:
    """Messages are kept for half a year; what was done stays in the audit."""
    rules.forget_notices(timezone.now() - KEPT)
