"""Import of candidates from an xlsx: this platform against django-import-export, tuned and as it comes.

    python -m bench.import_candidates [--rows 100000] [--default-rows 5000] [--rounds 2] [--postgresql]

The room's own import (批量导入考生信息) of one file: 12 columns, 2 % wrong rows, the same cleaning functions for both
sides, the same model with its sealed fields and blind indexes, a database made fresh for each run. Ours also writes
the record, the sealed draft, an audit entry per chunk and the error file. Time is from the bytes of the xlsx to the
committed rows and the list of wrong ones; processor time counts the reading process as well. A B A B, medians. What
was written and which rows were refused is compared; where they differ the bench is void. The peer tuned (bulk, cached
loader) runs at ``--rows``, the peer as it comes at ``--default-rows``, for it takes minutes more; 0 leaves one out.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.platform_of_many import database, versions
from tests.postgresql import throwaway

HEADERS = ("姓名", "姓名拼音", "证件类型", "身份证号", "手机号", "就读专业", "专业代码", "专业版本", "专业层次", "入学年份", "学号", "班级")
ROOT = Path(__file__).resolve().parents[1]


# --- the file -----------------------------------------------------------------------------------------
def id_number(serial: int, right: bool = True) -> str:
    body = f"330106{1990 + serial // 10000 % 15}{1 + serial // 1000 % 10:02d}{10 + serial // 150000:02d}{serial % 1000:03d}"
    total = sum(w * int(d) for w, d in zip((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), body, strict=True))
    return body + "10X98765432"[(total + (not right)) % 11]


def sheet(rows: int) -> bytes:
    """The workbook: every 50th row has one of five faults."""
    from skillcert.kit.sheets.writer import write_rows

    rng = random.Random(1)
    surnames, given = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "梓涵若溪一诺雨桐明轩嘉树子墨思远"
    majors = [("软件技术", "510203"), ("物联网应用技术", "510102"), ("大数据技术", "510205")]

    def line(n: int) -> tuple[str, ...]:
        name = rng.choice(surnames) + "".join(rng.sample(given, 2))
        major = rng.choice(majors)
        cells = [
            name, "ZHAO ZIHAN", "居民身份证", id_number(n), f"138{n:08d}", *major, "2021", "高职专科", "2024", f"S{n:08d}",
            f"软件 {n % 40} 班",
        ]  # fmt: skip
        if n % 50 == 49:
            place, text = ((3, id_number(n, right=False)), (4, "1380013800"), (6, "999999"), (9, "20x4"), (0, ""))[n // 50 % 5]
            cells[place] = text
        return tuple(cells)

    made = io.BytesIO()
    write_rows(made, "数据", HEADERS, map(line, range(rows)))
    return made.getvalue()


# --- ours ---------------------------------------------------------------------------------------------
def ours(data: bytes) -> tuple[set[int], dict[str, float]]:
    """Stage and write, as the wizard's two jobs do. Returns the wrong rows' numbers and the seconds of each phase."""
    from django.utils import timezone

    from bench.candidate_import import actor
    from skillcert.candidates.imports import CollegeImport
    from skillcert.kit.sheets import engine
    from skillcert.kit.sheets.reader import open_sheet
    from skillcert.kit.sheets.records import ImportMode

    started = time.perf_counter()
    record = engine.open_draft(CollegeImport, "考生.xlsx", data, actor=actor(), now=timezone.now())
    engine.stage(record, actor=actor(), now=timezone.now())
    staged = time.perf_counter()
    engine.claim(record, ImportMode.GOOD)
    engine.write(record, actor=actor(), now=timezone.now())
    done = time.perf_counter()
    with open_sheet(record.error_file.read(), "e.xlsx", ["行号"]) as errors:
        wrong = {int(cells[errors.header.index("行号")]) for _, cells in errors.rows}
    return wrong, {"check": staged - started, "write": done - staged, "all": done - started}


# --- the peer -----------------------------------------------------------------------------------------
def theirs(data: bytes, tuned: bool) -> tuple[set[int], dict[str, float]]:
    """django-import-export: a ModelResource over the same model, with the same checks in its hooks."""
    import tablib

    from bench.candidate_import import peer_resource

    started = time.perf_counter()
    dataset = tablib.Dataset().load(data, format="xlsx")
    loaded = time.perf_counter()
    result = peer_resource(tuned).import_data(dataset, dry_run=False, raise_errors=False, use_transactions=True)
    done = time.perf_counter()
    if result.base_errors:
        raise RuntimeError(result.base_errors[0].traceback)
    wrong = {row.number for row in result.invalid_rows} | {number for number, _ in result.row_errors()}
    return {number + 1 for number in wrong}, {"load": loaded - started, "import": done - loaded, "all": done - started}


# --- one run, in a process of its own -------------------------------------------------------------------
def run_once(which: str, path: str) -> None:
    """Fresh database, one import, a line of JSON: seconds, memory above idle, digest of the result."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench.candidate_import import prepare, written

    prepare()
    data = Path(path).read_bytes()
    gc.freeze()  # as the worker does when it starts; for the peer as well
    idle, peak = resident(), [0]
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(stop, peak))
    watcher.start()
    cpu = used()
    wrong, seconds = ours(data) if which == "ours" else theirs(data, which == "tuned")
    stop.set()
    watcher.join()
    cpu = used() - cpu
    rows = written()
    digest = sha256(json.dumps([sorted(rows), sorted(wrong)]).encode()).hexdigest()
    above = (peak[0] - idle) / (1 << 20)
    counts = {"rows": len(rows), "wrong": len(wrong), "mib_above_idle": round(above), "database": database()}
    figures = {"which": which, "digest": digest, **counts, "cpu": cpu, **seconds}
    print(json.dumps(figures))


def used() -> float:
    """Seconds of processor time of this process and its finished children, watching included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def resident() -> int:
    """Bytes resident in this process and its children (the reader's child process)."""
    import psutil

    me = psutil.Process()
    total = 0
    for process in (me, *me.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def watch(stop: threading.Event, peak: list[int]) -> None:
    while not stop.wait(0.2):
        peak[0] = max(peak[0], resident())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--default-rows", type=int, default=5_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument("--once", nargs=2, metavar=("WHICH", "FILE"))
    args = asked.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillcert.config.settings")
    if args.once:
        run_once(*args.once)
        return
    print(versions("Django", "python-calamine", "cryptography", "django-import-export", "tablib", "openpyxl"))
    for peer, rows in (("tuned", args.rows), ("default", args.default_rows)):
        if rows:
            with tempfile.TemporaryDirectory(prefix="skillcert-bench-") as folder:
                compare(peer, rows, args, Path(folder))


def compare(peer: str, rows: int, args: argparse.Namespace, folder: Path) -> None:
    path = folder / "candidates.xlsx"
    path.write_bytes(sheet(rows))
    where = "PostgreSQL" if args.postgresql else "SQLite"
    print(f"{rows:,} rows, {path.stat().st_size / 1e6:.1f} MB, {where}, against django-import-export ({peer})")
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], peer: []}
    for turn in range(args.rounds):
        for which, some in runs.items():
            with throwaway() if args.postgresql else nullcontext("") as server:
                some.append(run_apart(which, path, folder / f"{which}-{turn}", server))
            shown = {k: round(v, 2) if isinstance(v, float) else v for k, v in some[-1].items() if k not in ("which", "digest")}
            print(f"  {which:8} {rows / some[-1]['all']:9,.0f} rows/s  {json.dumps(shown)}", flush=True)
    if len({run["digest"] for some in runs.values() for run in some}) > 1:
        raise SystemExit("VOID: the results differ")
    for what, label in (("all", "by the wall"), ("cpu", "by the processor")):
        medians = {which: statistics.median(run[what] for run in some) for which, some in runs.items()}
        speeds = ", ".join(f"{which} {rows / seconds:,.0f} rows/s" for which, seconds in medians.items())
        print(f"{label}: {speeds}, ours is {medians[peer] / medians['ours']:.1f} times as fast")
    above = statistics.median(run["mib_above_idle"] for run in runs["ours"])
    print(f"memory: ours {above:.0f} MiB above the idle process, its reading child counted")


def run_apart(which: str, path: Path, data: Path, server: str) -> dict[str, Any]:
    """One import in a process and a database of its own."""
    environment = os.environ | {"SKILLCERT_DATA": str(data)} | ({"SKILLCERT_DATABASE_URL": server} if server else {})
    command = [sys.executable, "-m", "bench.import_candidates", "--once", which, str(path)]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if said.returncode:
        raise SystemExit(said.stderr[-3000:])
    run: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return run


if __name__ == "__main__":
    main()
