"""The worker process: django-tasks-db's loop, with a heartbeat and the reclaiming of what a dead worker held."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from datetime import timedelta
from functools import cache
from pathlib import Path

import structlog
from django.db import connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from . import jobs
from .jobs import Job, WorkerBeat

log = structlog.get_logger(__name__)

BEAT_SECONDS = 2.0
# Longer than any transaction may hold SQLite's one write lock, which a beat waits for.
DEAD_AFTER = timedelta(seconds=30)
RETRY_AFTER = timedelta(seconds=1)
FORGET_AFTER = timedelta(days=7)


PULSE_SECONDS = 10.0


class Pulse:
    """The sign of life of a process that takes no tasks: ``sealer``, ``ticker``. Called each round, it writes seldom."""

    def __init__(self, name: str) -> None:
        self.name, self.last = name, -PULSE_SECONDS

    def beat(self) -> None:
        if time.monotonic() - self.last >= PULSE_SECONDS:
            self.last = time.monotonic()
            mine = {"machine": this_machine(), "pid": os.getpid(), "at": timezone.now()}
            WorkerBeat.objects.update_or_create(worker_id=self.name, defaults=mine)


@cache
def this_machine() -> str:
    """Names the kernel and process namespace within which a process number means something."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


def alive(beat: WorkerBeat) -> bool:
    """A fresh beat; on this very machine the process must be there as well, so a kill -9 shows at once."""
    if beat.at < timezone.now() - DEAD_AFTER:
        return False
    if beat.machine != this_machine():
        return True
    try:
        os.kill(beat.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def reclaim() -> int:
    """Put back the tasks whose worker died; returns how many. The job's attempt number keeps a sleeper from harm."""
    running = list(DBTaskResult.objects.running())  # before the beats: a worker beats before it takes its first task
    if not running:
        return 0
    living = {beat.worker_id for beat in WorkerBeat.objects.all() if alive(beat)}
    count = 0
    for held in running:
        if held.worker_ids and held.worker_ids[-1] in living:
            continue
        same = DBTaskResult.objects.filter(pk=held.pk, status="RUNNING", started_at=held.started_at)
        count += same.update(status="READY", started_at=None)
    if count:
        log.warning("tasks_reclaimed", count=count)
    return count


def forget() -> None:
    """Drop finished tasks and silent workers after a week; the ``Job`` rows stay."""
    cut = timezone.now() - FORGET_AFTER
    DBTaskResult.objects.finished().filter(finished_at__lt=cut).delete()
    WorkerBeat.objects.filter(at__lt=cut).delete()


class Worker(db_worker.Worker):
    """One process, one task at a time. Told to stop, it ends after the running chunk and puts the task back."""

    def __init__(self, *, interval: float = 0.5, batch: bool = False) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=interval,
            batch=batch,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=f"{os.getpid()}-{get_random_string(16)}",
        )
        self.silent = threading.Event()

    def run(self) -> None:
        jobs.discover()
        gc.freeze()  # what is loaded now stays: going through it cost a third of an import
        jobs.shutting_down = lambda: not self.running
        self.beat()
        reclaim()
        forget()
        thread = threading.Thread(target=self.beat_on, name="beat", daemon=True)
        thread.start()
        try:
            super().run()
        finally:
            self.silent.set()
            thread.join(timeout=BEAT_SECONDS)
            WorkerBeat.objects.filter(pk=self.worker_id).delete()

    def run_task(self, db_task_result: DBTaskResult) -> None:
        """Run one. A task that ended while its job is still open (this worker stops, the database went away) goes
        back to the queue, a little later; the job's own strikes end a series of failures.
        """
        super().run_task(db_task_result)
        [job_id] = db_task_result.args_kwargs["args"]
        if db_task_result.status == "FAILED" and Job.objects.filter(pk=job_id, state__in=jobs.OPEN).exists():
            DBTaskResult.objects.filter(pk=db_task_result.pk).update(
                status="READY", started_at=None, finished_at=None, run_after=timezone.now() + RETRY_AFTER
            )

    def beat(self) -> None:
        WorkerBeat.objects.update_or_create(
            worker_id=self.worker_id,
            defaults={"machine": this_machine(), "pid": os.getpid(), "at": timezone.now()},
        )

    def beat_on(self) -> None:
        """The thread of the heart: its own connection, and no error stops it."""
        while not self.silent.wait(BEAT_SECONDS):
            try:
                self.beat()
                reclaim()
            except Exception:
                log.exception("beat_failed")
                connections.close_all()
        connections.close_all()
