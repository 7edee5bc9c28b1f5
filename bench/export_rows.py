"""Export of rows to xlsx: this platform's writer against django-import-export (tablib and openpyxl).

    python -m bench.export_rows [--rows 100000] [--rounds 2] [--large 1000000]

The same 12 columns of text from the same generator, each run in a process of its own, A B A B, medians; both files
are read back and compared. Then ours alone with ``--large`` rows, for its memory.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

HEADERS = [f"列{n}" for n in range(12)]
ROOT = Path(__file__).resolve().parents[1]


def rows(count: int) -> Iterator[list[str]]:
    for n in range(count):
        yield [f"3301062005{n:08d}", "欧阳一诺", "OUYANG YINUO", *(f"内容 {n} {m}" for m in range(8)), "=1+1"]


def ours(path: str, count: int) -> None:
    from skillcert.kit.sheets.writer import write_rows

    write_rows(path, "数据", HEADERS, rows(count))


def theirs(path: str, count: int) -> None:
    import tablib
    from django.conf import settings

    settings.configure()
    from import_export.formats.base_formats import XLSX

    dataset = tablib.Dataset(*rows(count), headers=HEADERS)
    Path(path).write_bytes(XLSX().export_data(dataset))


def run_once(which: str, path: str, count: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    (ours if which == "ours" else theirs)(path, count)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "cpu": cpu, "mib_above_idle": (peak - before) / 1024}))


def digest(path: Path) -> str:
    import python_calamine

    found = sha256()
    for cells in python_calamine.load_workbook(str(path)).get_sheet_by_index(0).iter_rows():
        # A formula reads as its absent result: only text compares, the last column is looked at by the tests.
        found.update(json.dumps(cells[:-1]).encode())
    return found.hexdigest()


def measure(which: str, folder: Path, count: int, compare: bool = True) -> tuple[dict[str, float], str]:
    path = folder / f"{which}-{count}.xlsx"
    command = [sys.executable, "-m", "bench.export_rows", "--once", which, str(path), str(count)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    run = json.loads(said.stdout.splitlines()[-1])
    print(f"  {which:7} {count / run['seconds']:9,.0f} rows/s  {json.dumps({k: round(v, 2) for k, v in run.items()})}", flush=True)
    found = digest(path) if compare else ""
    path.unlink()
    return run, found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--large", type=int, default=1_000_000)
    asked.add_argument("--once", nargs=3, metavar=("WHICH", "FILE", "ROWS"))
    args = asked.parse_args()
    if args.once:
        run_once(args.once[0], args.once[1], int(args.once[2]))
        return
    names = ("rustpy-xlsxwriter", "django-import-export", "tablib", "openpyxl")
    print(f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}")
    runs: dict[str, list[float]] = {"ours": [], "theirs": []}
    digests = set()
    with tempfile.TemporaryDirectory(prefix="bench-export-") as name:
        for _ in range(args.rounds):
            for which, seconds in runs.items():
                run, found = measure(which, Path(name), args.rows)
                seconds.append(run["seconds"])
                digests.add(found)
        if len(digests) > 1:
            raise SystemExit("VOID: the files differ")
        ratio = statistics.median(runs["theirs"]) / statistics.median(runs["ours"])
        print(f"{args.rows:,} rows: ours is {ratio:.1f} times as fast (medians of {args.rounds})")
        for count in (10_000, args.large):
            measure("ours", Path(name), count, compare=False)


if __name__ == "__main__":
    main()
