"""Jobs: together with their transaction, at least once, never twice in effect, stopped between chunks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from skillcert.kit import access, jobs, worker
from skillcert.kit.access import Actor
from skillcert.kit.clock import ClockShift
from skillcert.kit.errors import Refused
from skillcert.kit.jobs import Job, JobState, Run, WorkerBeat
from skillcert.kit.management.commands.ticker import Ticker

ROOT = Path(__file__).resolve().parents[3]
CLERK = Actor(kind="user", label="演示职业技术学院 王老师", id=7, organization_kind="institution", organization_id=3)


@pytest.fixture(autouse=True)
def clerk_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_find_user", lambda number: CLERK if number == CLERK.id else None)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Run]]:
    """A registered kind ``test.count`` that writes one chunk per step; its runs are returned."""
    seen: list[Run] = []

    def count(run: Run) -> None:
        seen.append(run)
        for step in range((run.cursor or 0) + 1, run.args["steps"] + 1):
            with transaction.atomic():
                ClockShift.objects.update_or_create(id=1, defaults={"seconds": step})
                run.progress(step, run.args["steps"], f"第 {step} 步", cursor=step)
            run.args.get("then", {}).get(str(step)) == "refuse" and refuse()
        run.save_result({"steps": run.args["steps"]})

    monkeypatch.setitem(jobs.KINDS, "test.count", jobs.Kind("test.count", "数数", count))
    yield seen


def refuse() -> None:
    raise Refused("第 2 行的身份证号已存在，请改正后重新导入")


def work() -> None:
    worker.Worker(interval=0.0, batch=True).run()


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_as_its_starter_and_keeps_progress_and_result(kind: list[Run]) -> None:
    made = jobs.enqueue("test.count", actor=CLERK, args={"steps": 3}, label="数到三")
    work()
    made.refresh_from_db()
    assert (made.state, made.done, made.total, made.message) == (JobState.DONE, 3, 3, "")
    assert (made.result, made.percent, made.label) == ({"steps": 3}, 100, "数到三")
    assert [run.actor for run in kind] == [CLERK]
    assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()
    assert list(Job.visible_to(CLERK)) == [made]
    assert not Job.visible_to(Actor(kind="user", label="同院同事", id=8, organization_id=3)).exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_rolled_back_with_its_transaction_never_runs(kind: list[Run]) -> None:
    with pytest.raises(Refused), transaction.atomic():
        jobs.enqueue("test.count", actor=CLERK, args={"steps": 1})
        refuse()
    work()
    assert not kind and not Job.objects.exists() and not DBTaskResult.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["public", "candidate"])
def test_only_users_and_the_platform_start_jobs(kind: list[Run], who: str) -> None:
    with pytest.raises(ValueError, match="cannot start a job"):
        jobs.enqueue("test.count", actor=Actor(kind=who, label="某人", id=CLERK.id), args={"steps": 1})
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_ends_the_job_with_its_sentence_and_keeps_the_chunks_before(kind: list[Run]) -> None:
    made = jobs.enqueue("test.count", actor=CLERK, args={"steps": 3, "then": {"2": "refuse"}})
    work()
    made.refresh_from_db()
    assert (made.state, made.error) == (JobState.FAILED, "第 2 行的身份证号已存在，请改正后重新导入")
    assert (made.done, ClockShift.objects.get().seconds) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_an_unforeseen_error_gives_a_number_and_no_details(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(run: Run) -> None:
        raise RuntimeError("330106199001012427 secret")

    monkeypatch.setitem(jobs.KINDS, "test.fail", jobs.Kind("test.fail", "出错", fail))
    made = jobs.enqueue("test.fail", actor=CLERK)
    work()
    made.refresh_from_db()
    assert made.state == JobState.FAILED
    assert "错误编号" in made.error and "平台管理员" in made.error
    assert "secret" not in made.error


@pytest.mark.django_db(transaction=True)
def test_a_stopped_account_runs_nothing(kind: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    made = jobs.enqueue("test.count", actor=CLERK, args={"steps": 1})
    monkeypatch.setattr(access, "_find_user", lambda number: None)
    work()
    made.refresh_from_db()
    assert not kind
    assert (made.state, made.error) == (JobState.FAILED, "发起人的账号已停用，任务未执行。")


@pytest.mark.django_db(transaction=True)
def test_a_waiting_job_is_cancelled_at_once_and_only_by_its_starter(kind: list[Run]) -> None:
    made = jobs.enqueue("test.count", actor=CLERK, args={"steps": 1})
    assert not jobs.cancel(made.pk, actor=Actor(kind="user", label="他人", id=8))
    assert jobs.cancel(made.pk, actor=CLERK)
    work()
    made.refresh_from_db()
    assert not kind and made.state == JobState.CANCELLED
    assert not jobs.cancel(made.pk, actor=CLERK)


@pytest.mark.django_db(transaction=True)
def test_a_running_job_stops_after_the_chunk_and_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def count(run: Run) -> None:
        for step in (1, 2, 3):
            if step == 2:
                assert jobs.cancel(run.job.pk, actor=CLERK)
            with transaction.atomic():
                ClockShift.objects.update_or_create(id=1, defaults={"seconds": step})
                run.progress(step, 3, cursor=step)

    monkeypatch.setitem(jobs.KINDS, "test.cancel", jobs.Kind("test.cancel", "取消", count))
    made = jobs.enqueue("test.cancel", actor=CLERK)
    work()
    made.refresh_from_db()
    assert (made.state, made.done, ClockShift.objects.get().seconds) == (JobState.CANCELLED, 2, 2)


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_stop_hands_the_job_over_at_the_cursor(
    kind: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = jobs.enqueue("test.count", actor=CLERK, args={"steps": 3})
    leaving = worker.Worker(interval=0.0, batch=True)
    task = DBTaskResult.objects.get()
    task.claim(leaving.worker_id)
    monkeypatch.setattr(jobs, "shutting_down", lambda: True)
    leaving.run_task(task)
    made.refresh_from_db()
    assert (made.state, made.cursor) == (JobState.WAITING, 1)

    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    made.refresh_from_db()
    assert (made.state, made.done, made.attempt) == (JobState.DONE, 3, 2)


@pytest.mark.django_db(transaction=True)
def test_a_sleeper_whose_job_was_taken_over_cannot_commit_another_chunk() -> None:
    made = Job.objects.create(kind="test.count", label="数数", actor_kind="user", user_id=7, attempt=1, state="running")
    sleeper = Run(made, CLERK, timezone.now())
    Job.objects.filter(pk=made.pk).update(attempt=2)
    with pytest.raises(jobs.Superseded), transaction.atomic():
        ClockShift.objects.create(id=1, seconds=99)
        sleeper.progress(1, 2, cursor=1)
    assert not ClockShift.objects.exists()


@pytest.mark.django_db
def test_a_task_is_reclaimed_only_from_a_dead_worker() -> None:
    at = timezone.now()
    beats = {
        "here": (worker.this_machine(), os.getpid(), at),
        "elsewhere": ("another machine", 1, at),
        "silent": ("another machine", 1, at - worker.DEAD_AFTER - timedelta(seconds=1)),
        "killed": (worker.this_machine(), 2**22 + 1, at),
    }
    for name, (machine, pid, beat) in beats.items():
        WorkerBeat.objects.create(worker_id=name, machine=machine, pid=pid, at=beat)
    for name in [*beats, "never beaten"]:
        DBTaskResult.objects.create(
            args_kwargs={"args": [], "kwargs": {}}, task_path="x", backend_name="default", run_after=at,
            status="RUNNING", started_at=at, worker_ids=[name],
        )  # fmt: skip
    assert worker.reclaim() == 3
    still = DBTaskResult.objects.running().values_list("worker_ids", flat=True)
    assert sorted(names[0] for names in still) == ["elsewhere", "here"]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_kills_its_workers_is_given_up_with_a_sentence(kind: list[Run]) -> None:
    made = jobs.enqueue("test.count", actor=CLERK, args={"steps": 1})
    Job.objects.filter(pk=made.pk).update(state=JobState.RUNNING, strikes=jobs.MOST_STRIKES)
    work()
    made.refresh_from_db()
    assert not kind and made.state == JobState.FAILED
    assert "连续 3 次意外中断" in made.error


CHILD = """
import sys, time
import django
django.setup()
from django.db import transaction
from skillcert.kit import access, jobs, worker
from skillcert.kit.access import Actor
from skillcert.kit.clock import ClockShift

access.register_users(lambda number: Actor(kind="user", label="王老师", id=number), lambda user, request: access.PUBLIC)

@jobs.job("test.slow", "慢")
def slow(run):
    for step in range((run.cursor or 0) + 1, 41):
        with transaction.atomic():
            row, _ = ClockShift.objects.get_or_create(id=1)
            row.seconds += 1
            row.save()
            time.sleep(0.02)
            run.progress(step, 40, cursor=step)

worker.Worker(interval=0.05, batch=sys.argv[1] == "batch").run()
"""


def wait_until(condition: object, seconds: float = 20.0) -> None:
    """Poll a callable until it is true; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_kill_9_loses_nothing_and_does_nothing_twice(
    child_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the 40 chunks adds one to a row: 40 at the end means none lost and none done twice."""
    monkeypatch.setitem(jobs.KINDS, "test.slow", jobs.Kind("test.slow", "慢", lambda run: None))
    made = jobs.enqueue("test.slow", actor=CLERK)
    environment = child_environment | {"DJANGO_SETTINGS_MODULE": "skillcert.config.settings"}

    def start(mode: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", CHILD, mode], cwd=ROOT, env=environment)

    first = start("on")
    try:
        wait_until(lambda: Job.objects.get(pk=made.pk).done >= 3)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    broken = Job.objects.get(pk=made.pk)
    assert broken.state == JobState.RUNNING and 3 <= broken.done < 40

    assert start("batch").wait(timeout=60) == 0
    mended = Job.objects.get(pk=made.pk)
    assert (mended.state, mended.done, mended.attempt) == (JobState.DONE, 40, 2)
    assert ClockShift.objects.get().seconds == 40
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.django_db
def test_a_failing_tick_comes_again_and_holds_up_no_other() -> None:
    calls: list[str] = []

    def bad(now: object) -> None:
        calls.append("bad")
        raise RuntimeError("broken")

    ticker = Ticker([(bad, 2.0), (lambda now: calls.append("good"), 5.0)])
    for at in (10.0, 11.0, 12.0, 15.0):
        ticker.round(at)
    assert calls == ["bad", "good", "bad", "bad", "good"]
