"""Work that outlives a request: a ``Job`` row for people, a django-tasks task for the worker.

At least once, and never twice in effect. A job does its work in chunks; each chunk is one transaction that also
saves progress and cursor (``Run.progress``), so a worker killed with -9 leaves whole chunks behind, and the next one
resumes at the cursor. Each start takes a new ``attempt`` number, and ``progress`` writes only under its own number:
a worker that was believed dead and wakes up again cannot commit another chunk.

    @job("candidates.verify", "批量认证")
    def verify(run: Run) -> None:
        for keys in chunks(..., after=run.cursor):
            with transaction.atomic():
                ...
                run.progress(done, total, cursor=keys[-1])

Beats, job times and reclaiming use real time; ``run.now`` is the business clock, for the rules.
"""

from __future__ import annotations

import importlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from django.apps import apps
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules, module_has_submodule
from django_tasks import task

from . import access, clock
from .access import Actor
from .errors import Refused
from .rows import EVERYBODY, NOBODY

log = structlog.get_logger(__name__)

# Attempts without any progress in between, after which a job counts as one that kills its worker.
MOST_STRIKES = 3


class JobState(models.TextChoices):
    """Where a job stands. The last three are final."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "执行中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"
    CANCELLED = "cancelled", "已取消"


OPEN = (JobState.WAITING, JobState.RUNNING)


class Job(models.Model):
    """One piece of work and how far it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    label = models.CharField("任务", max_length=120)
    actor_kind = models.CharField(max_length=12)
    actor_label = models.CharField("发起人", max_length=120)
    user_id = models.BigIntegerField(null=True)
    organization_kind = models.CharField(max_length=20, blank=True)
    organization_id = models.BigIntegerField(null=True)
    args = models.JSONField(default=dict)
    state = models.CharField("状态", max_length=10, choices=JobState.choices, default=JobState.WAITING)
    done = models.PositiveBigIntegerField("已处理", default=0)
    total = models.PositiveBigIntegerField("总数", default=0)
    message = models.CharField(max_length=200, blank=True)
    cursor = models.JSONField(null=True)
    result = models.JSONField(default=dict)
    error = models.CharField("失败原因", max_length=500, blank=True)
    cancel_requested = models.BooleanField(default=False)
    attempt = models.PositiveIntegerField(default=0)
    strikes = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField("提交时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    beat_at = models.DateTimeField("最近进展", null=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "-created_at", "id"], name="job_by_user")]

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """Its starter, the 管理员 of its organization, and the platform's operators, these without personal data
        (domain 1.3): a list of theirs shows the kind of work, never the label.
        """
        if actor.kind != "user":
            return NOBODY
        if actor.may("jobs.view"):
            return EVERYBODY
        mine = Q(actor_kind=actor.kind, user_id=actor.id)
        return mine | Q(organization_id=actor.organization_id) if actor.may("files.view_all") else mine

    @classmethod
    def visible_to(cls, actor: Actor) -> QuerySet[Job]:
        rows = cls._default_manager.all()
        return rows if actor.kind == "system" else rows.filter(cls.seen_by(actor))

    @property
    def kind_label(self) -> str:
        """What kind of work it is, without the names that a label may carry."""
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def open(self) -> bool:
        """Still waiting or at work: a page that shows it asks again."""
        return self.state in OPEN

    @property
    def percent(self) -> int:
        """0 to 100, whole; 100 only when it is done."""
        if self.state == JobState.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    def rows_per_second(self, at: datetime) -> float:
        """The mean speed since the start, in rows a second of real time."""
        if not self.started_at:
            return 0.0
        seconds = ((self.finished_at or at) - self.started_at).total_seconds()
        return self.done / seconds if seconds > 0 else 0.0


class WorkerBeat(models.Model):
    """A worker process's sign of life: who, on which machine, when last."""

    worker_id = models.CharField(max_length=64, primary_key=True)
    machine = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)


# --- what a job can say while it runs --------------------------------------------------------------
class Stopped(Exception):
    """The run ends here without being done; what its chunks committed stays."""


class Cancelled(Stopped):
    """A person asked to stop."""


class Interrupted(Stopped):
    """This worker is shutting down; another one resumes at the cursor."""


class Superseded(Stopped):
    """Another worker took the job over: this one must not commit."""


@dataclass
class Run:
    """One attempt at a job, as its function sees it. ``now`` is the business time at its start."""

    job: Job
    actor: Actor
    now: datetime
    stopping: Callable[[], bool] = lambda: False

    @property
    def args(self) -> dict[str, Any]:
        return self.job.args

    @property
    def cursor(self) -> Any:
        """Where the last committed chunk ended; None at the very start."""
        return self.job.cursor

    def progress(self, done: int, total: int, message: str = "", cursor: Any = None) -> None:
        """Save how far the job is, as the last act inside the chunk's own transaction.

        Raises ``Superseded`` at once, which rolls the chunk back. Asked to stop, it raises ``Cancelled`` or
        ``Interrupted`` after the commit, so that the chunk's work stays.
        """
        columns: dict[str, Any] = {"done": done, "total": total, "message": message[:200], "strikes": 0}
        columns |= {"beat_at": timezone.now()} | ({} if cursor is None else {"cursor": cursor})
        self._write(columns)
        asked = Job.objects.filter(pk=self.job.pk).values_list("cancel_requested", flat=True).get()
        for name, value in columns.items():
            setattr(self.job, name, value)
        if asked:
            transaction.on_commit(self._raise(Cancelled()))
        elif self.stopping():
            transaction.on_commit(self._raise(Interrupted()))

    def save_result(self, result: dict[str, Any]) -> None:
        """Keep what the page shows at the end (counts, file keys); later calls add to it."""
        self.job.result = {**self.job.result, **result}
        self._write({"result": self.job.result})

    def _write(self, columns: dict[str, Any]) -> None:
        mine = Job.objects.filter(pk=self.job.pk, attempt=self.job.attempt, state=JobState.RUNNING)
        if not mine.update(**columns):
            raise Superseded()

    @staticmethod
    def _raise(error: Stopped) -> Callable[[], None]:
        def stop() -> None:
            raise error

        return stop


# --- what exists -----------------------------------------------------------------------------------
JobFunction = Callable[[Run], None]


@dataclass(frozen=True)
class Kind:
    """A registered kind of job: its function and the words a person reads."""

    code: str
    label: str
    function: JobFunction


KINDS: dict[str, Kind] = {}


def job(code: str, label: str) -> Callable[[JobFunction], JobFunction]:
    """Register a function as a kind of job; ``code`` is ``room.verb``."""

    def register(function: JobFunction) -> JobFunction:
        if code in KINDS:
            raise ValueError(f"two jobs are called {code}")
        KINDS[code] = Kind(code, label, function)
        return function

    return register


@cache
def discover() -> None:
    """Import every room's ``pages`` (a batch job runs a dialog) and ``jobs``: their kinds and ticks are registered."""
    autodiscover_modules("pages")
    for config in apps.get_app_configs():
        if config.name != __package__ and module_has_submodule(config.module, "jobs"):
            importlib.import_module(f"{config.name}.jobs")


def enqueue(kind: str, *, actor: Actor, args: dict[str, Any] | None = None, label: str | None = None) -> Job:
    """Write the job and its task in the caller's transaction: rolled back together, started after the commit.

    ``args`` is JSON and carries keys, never personal data. Only users and the platform start jobs: a candidate's or
    the public's would come back as somebody else.
    """
    if actor.kind not in {"user", "system"}:
        raise ValueError(f"{actor.kind} cannot start a job")
    discover()
    known = KINDS[kind]
    with transaction.atomic():
        made = Job.objects.create(
            kind=kind,
            label=(label or known.label)[:120],
            actor_kind=actor.kind,
            actor_label=actor.label,
            user_id=actor.id,
            organization_kind=actor.organization_kind,
            organization_id=actor.organization_id,
            args=args or {},
        )
        run_job.enqueue(str(made.pk))
    return made


def cancel(job_id: uuid.UUID, *, actor: Actor) -> bool:
    """Ask an open job to stop: a waiting one is cancelled at once, a running one after its chunk. False: too late."""
    mine = Job.visible_to(actor).filter(pk=job_id)
    at = timezone.now()
    if mine.filter(state=JobState.WAITING).update(state=JobState.CANCELLED, cancel_requested=True, finished_at=at):
        return True
    return bool(mine.filter(state=JobState.RUNNING).update(cancel_requested=True))


# --- running one -----------------------------------------------------------------------------------
# Set by the worker process: whether it was told to shut down.
shutting_down: Callable[[], bool] = lambda: False  # noqa: E731


@task()
def run_job(job_id: str) -> None:
    """The only task there is: run, or resume, one job. Delivered twice, the second does nothing.

    Raises ``Interrupted`` for the worker, which puts the task back.
    """
    discover()
    row = _start(uuid.UUID(job_id))
    if row is None:
        return
    try:
        _finish(row, **_outcome(row))
    except Interrupted:
        Job.objects.filter(pk=row.pk, attempt=row.attempt).update(state=JobState.WAITING)
        raise
    except Superseded:
        log.warning("job_superseded", job=str(row.pk), attempt=row.attempt)


def _start(job_id: uuid.UUID) -> Job | None:
    """Take the job under a new attempt number; None when there is nothing left to do."""
    with transaction.atomic():
        row = Job.objects.select_for_update().filter(pk=job_id).first()
        if row is None or not row.open:
            return None
        row.state, row.attempt, row.strikes = JobState.RUNNING, row.attempt + 1, row.strikes + 1
        row.beat_at = timezone.now()
        row.started_at = row.started_at or row.beat_at
        row.save(update_fields=["state", "attempt", "strikes", "beat_at", "started_at"])
    return row


def _outcome(row: Job) -> dict[str, Any]:
    """Run the job's function: its final state and, where it failed, the sentence for its starter."""
    if row.cancel_requested:
        return {"state": JobState.CANCELLED}
    if row.strikes > MOST_STRIKES:
        return _failed(f"任务连续 {MOST_STRIKES} 次意外中断，已停止重试。请缩小范围后重新提交；仍失败请联系平台管理员。")
    if row.kind not in KINDS:
        return _failed(f"当前版本不再支持任务“{row.label}”，请重新提交。")
    try:
        run = Run(row, access.actor_of_job(row), clock.now(), lambda: shutting_down())
        KINDS[row.kind].function(run)
    except Cancelled:
        return {"state": JobState.CANCELLED}
    except Stopped:
        raise
    except Refused as no:
        return _failed(no.sentence)
    except Exception:
        number = secrets.token_hex(4).upper()
        log.exception("job_failed", job=str(row.pk), kind=row.kind, number=number)
        return _failed(f"系统处理时出错，已完成的部分已保存。请把错误编号 {number} 告诉平台管理员，或稍后重新提交。")
    return {"state": JobState.DONE, "message": ""}


def _failed(sentence: str) -> dict[str, Any]:
    return {"state": JobState.FAILED, "error": sentence[:500]}


def _finish(row: Job, **columns: Any) -> None:
    mine = Job.objects.filter(pk=row.pk, attempt=row.attempt, state=JobState.RUNNING)
    mine.update(finished_at=timezone.now(), beat_at=timezone.now(), **columns)


# --- ticks -----------------------------------------------------------------------------------------
Tick = Callable[[datetime], None]
TICKS: list[tuple[Tick, float]] = []


def tick(*, every: float) -> Callable[[Tick], Tick]:
    """Register what the ticker calls every so many seconds with the business time. It must be idempotent."""

    def register(function: Tick) -> Tick:
        TICKS.append((function, every))
        return function

    return register
