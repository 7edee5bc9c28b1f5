"""``kill -9`` of the worker at random points of an import and of an export (trust 27).

    python -m tests.trials.kill_9 [--points 100] [--rows 4000] [--seed 1]

Each point: a worker is started on the waiting job and killed after a random time, again and again until a worker
lives to finish it. Then everything must be there exactly once: the candidates of the file, the counts of the record,
one audit entry for each part, no draft left, no file that no row knows.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from tests.trials.ground import ground, start

if TYPE_CHECKING:
    from tests.world import World

HEADERS = ("姓名", "姓名拼音", "证件类型", "身份证号", "手机号", "就读专业", "专业代码", "专业版本", "专业层次", "入学年份", "学号", "班级")
MOST_SECONDS = 120.0
MOST_KILLS = 5
WRONG_EVERY = 50


@dataclass
class Killing:
    """Kills a worker up to ``longest`` seconds after it took the job."""

    random: random.Random
    environment: dict[str, str]
    longest: float = 0.5
    kills: int = 0

    def until_done(self, job_id: Any) -> None:
        """Start and kill workers until the job is closed, each job up to ``MOST_KILLS`` times (an export begins anew each
        time). Three attempts in a row without any progress would count as the job's own fault, so the third is let live
        until it has made some.
        """
        from skillcert.kit.jobs import Job

        job, killed = Job.objects.get(pk=job_id), 0
        while job.open:
            attempt, done, spared = job.attempt, job.done, job.strikes >= 2
            process = start("worker", self.environment)
            end = time.monotonic() + MOST_SECONDS
            kill_at = end
            while job.open and time.monotonic() < kill_at:
                assert process.poll() is None, "the worker ended by itself"
                if job.attempt > attempt and kill_at == end and killed < MOST_KILLS:
                    kill_at = time.monotonic() + self.random.uniform(0, self.longest)
                if spared and job.done == done:
                    kill_at = end
                time.sleep(0.01)
                job.refresh_from_db()
            assert time.monotonic() < end, f"{job.label}: {job.state}, {job.done} of {job.total} {job.error}"
            process.kill()
            process.wait()
            job.refresh_from_db()
            killed += job.open
        self.kills += killed


def workbook(first: int, rows: int) -> bytes:
    """Candidates from the serial ``first`` on; every 50th has a wrong check digit."""
    from skillcert.kit.sheets.writer import write_rows
    from tests.world import id_number

    def line(n: int) -> tuple[str, ...]:
        number = id_number(first + n)
        if n % WRONG_EVERY == WRONG_EVERY - 1:
            number = number[:-1] + ("1" if number[-1] != "1" else "2")
        return (
            "周若溪", "ZHOU RUOXI", "居民身份证", number, f"138{n:08d}", "软件技术", "510203", "2021", "高职专科", "2024",
            f"S{n:06d}", "软件 2401",
        )  # fmt: skip

    made = BytesIO()
    write_rows(made, "数据", HEADERS, map(line, range(rows)))
    return made.getvalue()


def import_survives(world: World, killing: Killing, *, first: int, rows: int) -> None:
    """One import of ``rows`` candidates under kills. Raises AssertionError with what does not add up."""
    from skillcert.candidates.imports import CollegeImport
    from skillcert.candidates.models import Candidate
    from skillcert.kit.audit import AuditEntry
    from skillcert.kit.jobs import enqueue
    from skillcert.kit.sheets import engine
    from skillcert.kit.sheets.records import ImportMode, ImportPart, ImportState

    before = Candidate.objects.count()
    record = engine.open_draft(CollegeImport, "考生.xlsx", workbook(first, rows), actor=world.officer, now=world.now)
    killing.until_done(enqueue("kit.import_stage", actor=world.officer, args={"record": record.pk}).pk)
    record.refresh_from_db()
    wrong = rows // WRONG_EVERY
    assert (record.state, record.total, record.bad) == (ImportState.CHECKED, rows, wrong), record.sentence
    parts = ImportPart.objects.filter(record=record).count()
    assert engine.claim(record, ImportMode.GOOD)
    killing.until_done(enqueue("kit.import_write", actor=world.officer, args={"record": record.pk, "url": "/"}).pk)
    record.refresh_from_db()
    assert (record.state, record.succeeded, record.failed) == (ImportState.DONE, rows - wrong, wrong), record.sentence
    assert Candidate.objects.count() - before == rows - wrong
    entries = AuditEntry.objects.filter(object_type="kit.importrecord", object_id=str(record.pk), action=CollegeImport.action)
    assert entries.count() == parts, (entries.count(), parts)
    assert sorted(entry.summary["part"] for entry in entries) == list(range(parts))
    assert not ImportPart.objects.filter(record=record).exists()


def export_survives(world: World, killing: Killing) -> None:
    """One export of all candidates under kills: a single file, with every row."""
    from skillcert.candidates.models import Candidate
    from skillcert.candidates.pages.lists import CollegeCandidates
    from skillcert.kit.files import StoredFile
    from skillcert.kit.jobs import Job, enqueue
    from skillcert.kit.pages.filters import seal
    from skillcert.kit.selection import Selection
    from skillcert.kit.sheets.reader import open_sheet

    count = Candidate.objects.count()
    chosen = Selection.objects.create(
        page=CollegeCandidates.name, act="export", keys=None, count=count, user_id=world.officer.id,
        organization_id=world.officer.organization_id,
    )  # fmt: skip
    args = {"page": "candidates.CollegeCandidatesExport", "selection": str(chosen.pk), "data": seal("")}
    job = enqueue("kit.download", actor=world.officer, args=args)
    killing.until_done(job.pk)
    done = Job.objects.get(pk=job.pk)
    assert done.state == "done", done.error
    file = StoredFile.objects.get(pk=done.result["file"])
    with open_sheet(file.read(), "export.xlsx", ["姓名"]) as sheet:
        assert sum(1 for _ in sheet.rows) == count
    assert StoredFile.objects.filter(shelf="export").count() == Job.objects.filter(kind="kit.download", state="done").count()


def no_orphans(data: Path) -> None:
    """Once the platform has tidied up, every stored file belongs to a row, and every row has its file."""
    from skillcert.integrations.storage.client import client as storage
    from skillcert.kit.files import StoredFile
    from skillcert.kit.pages.tidy import remove_orphans

    for path in (data / "files").rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))
    remove_orphans(timezone.now())
    there = set(storage().keys(before=timezone.now()))
    known = set(StoredFile.objects.values_list("key", flat=True))
    assert known == there, f"{len(there - known)} files without a row, {len(known - there)} rows without a file"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with ground() as world:
        from django.db import connection

        killing = Killing(random.Random(given.seed), dict(os.environ))
        started, runs = time.monotonic(), 0
        while killing.kills < given.points:
            import_survives(world, killing, first=runs * given.rows, rows=given.rows)
            if runs % 3 == 2:
                export_survives(world, killing)
            no_orphans(Path(os.environ["SKILLCERT_DATA"]))
            runs += 1
            print(f"{runs} imports, {killing.kills} kills, {time.monotonic() - started:.0f} s", flush=True)
        print(f"{connection.vendor}: {killing.kills} kills in {runs} imports of {given.rows} rows: everything once, no orphan")


if __name__ == "__main__":
    main()
