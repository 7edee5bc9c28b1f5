"""Import of candidates from an xlsx: this platform against django-import-export, default and tuned.

    python -m bench.import_candidates [--rows 100000] [--rounds 2] [--peers tuned,default] [--postgresql]

The same file (12 columns, 2 % wrong rows), the same validation functions, the same model with its sealed fields and
blind indexes, one database each run made fresh. Ours also writes the record, the sealed draft, an audit entry per
chunk and the error file. Time is from the bytes of the xlsx to the committed rows and the list of wrong ones. What
was written and which rows were refused is compared; where they differ the bench is void.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
    counts = {"rows": len(rows), "wrong": len(wrong), "mib_above_idle": round(above)}
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
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--peers", default="tuned,default")
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument("--once", nargs=2, metavar=("WHICH", "FILE"))
    args = asked.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillcert.config.settings")
    if args.once:
        run_once(*args.once)
        return
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        path = Path(folder) / "candidates.xlsx"
        path.write_bytes(sheet(args.rows))
        report(args, path, Path(folder))


def report(args: argparse.Namespace, path: Path, folder: Path) -> None:
    from tests.postgresql import throwaway

    names = ("Django", "python-calamine", "cryptography", "django-import-export", "tablib", "openpyxl")
    print(f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}")
    print(f"{args.rows:,} rows, {path.stat().st_size / 1e6:.1f} MB, {'PostgreSQL' if args.postgresql else 'SQLite'}")
    runs: dict[str, list[dict[str, Any]]] = {}
    for turn in range(args.rounds):
        for which in ("ours", *filter(None, args.peers.split(","))):
            with throwaway() if args.postgresql else nullcontext("") as server:
                data = folder / f"{which}-{turn}"
                environment = os.environ | {"SKILLCERT_DATA": str(data)} | ({"SKILLCERT_DATABASE_URL": server} if server else {})
                command = [sys.executable, "-m", "bench.import_candidates", "--once", which, str(path)]
                said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
            if said.returncode:
                raise SystemExit(said.stderr[-3000:])
            run = json.loads(said.stdout.splitlines()[-1])
            runs.setdefault(which, []).append(run)
            shown = {key: round(value, 2) for key, value in run.items() if key not in ("which", "digest")}
            print(f"  {which:8} {args.rows / run['all']:9,.0f} rows/s  {json.dumps(shown)}", flush=True)
    if len({run["digest"] for some in runs.values() for run in some}) > 1:
        raise SystemExit("VOID: the results differ")
    medians = {which: statistics.median(run["all"] for run in some) for which, some in runs.items()}
    for which, seconds in medians.items():
        times = seconds / medians["ours"]
        print(f"{which:8} median {seconds:6.2f} s, {args.rows / seconds:9,.0f} rows/s, ours is {times:.1f} times as fast")


if __name__ == "__main__":
    main()
