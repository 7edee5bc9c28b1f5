"""Export of a list to xlsx: 批量导出考生信息 against django-import-export, from the same rows of one database.

    python -m bench.export_rows [--rows 100000] [--rounds 2] [--large 1000000]

The same columns (ID number and phone opened and masked, the major joined), each run in a process of its own, A B A B,
medians; both files are read back and compared cell by cell, and the bench is void where they differ. Ours ends with
the sealed file in the store, and tells how long the first byte of its download takes. Then ours alone with 10,000 and
with ``--large`` rows, for the memory: that of the sheet stays the same, the finished file is sealed in one piece.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from bench.platform_of_many import database, fill, institutions, officer, setup, versions

ROOT = Path(__file__).resolve().parents[1]
LABELS = ("姓名", "身份证号", "手机号", "就读专业", "专业层次", "入学年份", "已报考", "状态")


def ours(path: Path, rows: Any) -> dict[str, float]:
    """The dialog of the list's export, as its job runs it: make the file, seal and keep it."""
    from django.http import QueryDict
    from django.utils import timezone

    from skillcert.candidates.pages.lists import CollegeCandidates
    from skillcert.kit import files
    from skillcert.kit.exports import ExportDialog

    dialog_class = next(act.page for act in CollegeCandidates.bar if issubclass(getattr(act, "page", object), ExportDialog))
    actor, now = officer(institutions()[0]), timezone.localtime()
    dialog = dialog_class(actor, now)
    dialog.source = CollegeCandidates(actor, now, query=QueryDict())
    made = dialog.make(rows, {})
    sheet = peak()
    kept = files.store(made.content, shelf="export", name=made.name, content_type=made.content_type, actor=actor)
    started = time.perf_counter()
    pieces = iter(kept.response().streaming_content)
    first = next(pieces)
    first_byte = time.perf_counter() - started
    with path.open("wb") as file:
        file.writelines(chain([first], pieces))
    return {"first_byte": first_byte, "sheet_peak": sheet}


def theirs(path: Path, rows: Any) -> dict[str, float]:
    from import_export import fields, resources
    from import_export.formats.base_formats import XLSX

    from skillcert.candidates.models import Candidate
    from skillcert.candidates.states import CANDIDATE
    from skillcert.kit.crypto import mask_id, mask_phone

    class Resource(resources.ModelResource):
        name = fields.Field(attribute="name", column_name=LABELS[0])
        id_number = fields.Field(column_name=LABELS[1])
        phone = fields.Field(column_name=LABELS[2])
        major = fields.Field(column_name=LABELS[3])
        level = fields.Field(attribute="get_level_display", column_name=LABELS[4])
        entry_year = fields.Field(attribute="entry_year", column_name=LABELS[5])
        registration_count = fields.Field(attribute="registration_count", column_name=LABELS[6])
        state = fields.Field(column_name=LABELS[7])

        class Meta:
            model = Candidate
            fields = ("name", "id_number", "phone", "major", "level", "entry_year", "registration_count", "state")

        def dehydrate_id_number(self, row: Candidate) -> str:
            return mask_id(row.id_number)

        def dehydrate_phone(self, row: Candidate) -> str:
            return mask_phone(row.phone)

        def dehydrate_major(self, row: Candidate) -> str:
            return f"{row.major.name} {row.major.code}" if row.major else ""

        def dehydrate_state(self, row: Candidate) -> str:
            return CANDIDATE.label(row.state)

    data = XLSX().export_data(Resource().export(rows.select_related("major").order_by("-created_at", "-id")))
    path.write_bytes(data)
    return {}


def peak() -> float:
    """MiB that this process has held at most. Not getrusage: its figure begins with that of the parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run_once(which: str, folder: str, count: int) -> None:
    setup(folder, tables=False)
    from django.db import connection

    from skillcert.candidates.models import Candidate

    if connection.vendor == "sqlite":  # its page cache grows with the file up to 64 MiB, whoever reads: not what is measured
        connection.cursor().execute("PRAGMA cache_size=-2000")
    rows = Candidate.objects.filter(pk__lte=count)
    list(rows[:5].select_related("major"))
    gc.freeze()
    idle, started, cpu = peak(), time.perf_counter(), time.process_time()
    more = (ours if which == "ours" else theirs)(Path(folder) / f"{which}.xlsx", rows)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    if "sheet_peak" in more:
        more["sheet_mib_above_idle"] = more.pop("sheet_peak") - idle
    print(json.dumps({"seconds": seconds, "cpu": cpu, "mib_above_idle": peak() - idle, **more}))


def digest(path: Path) -> str:
    """Of the columns that both have, as text: figures are figures in ours and in theirs."""
    import python_calamine

    lines = python_calamine.load_workbook(str(path)).get_sheet_by_index(0).iter_rows()
    header = next(lines)
    places = [header.index(label) for label in LABELS]
    found = sha256()
    for cells in lines:
        plain = [cells[place] for place in places]
        found.update(json.dumps([str(int(cell)) if isinstance(cell, float) else str(cell) for cell in plain]).encode())
    return found.hexdigest()


def measure(which: str, folder: Path, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.export_rows", "--once", which, str(folder), str(count)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if said.returncode:
        raise SystemExit(said.stderr[-3000:])
    run: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    shown = {key: round(value, 2) for key, value in run.items()}
    print(f"  {which:7} {count:9,} rows {count / run['seconds']:9,.0f} rows/s  {json.dumps(shown)}", flush=True)
    return run


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--large", type=int, default=1_000_000)
    asked.add_argument("--once", nargs=3, metavar=("WHICH", "FOLDER", "ROWS"))
    args = asked.parse_args()
    if args.once:
        run_once(args.once[0], args.once[1], int(args.once[2]))
        return
    with tempfile.TemporaryDirectory(prefix="skillcert-bench-") as name:
        setup(name)
        most = max(args.rows, args.large)
        fill(most, 1, most)
        print(versions("Django", "rustpy-xlsxwriter", "django-import-export", "tablib", "openpyxl"), database(), sep=", ")
        compare(args, Path(name))
        for count in (10_000, args.large):
            measure("ours", Path(name), count)


def compare(args: argparse.Namespace, folder: Path) -> None:
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
    for _ in range(args.rounds):
        for which, some in runs.items():
            some.append(measure(which, folder, args.rows))
        if digest(folder / "ours.xlsx") != digest(folder / "theirs.xlsx"):
            raise SystemExit("VOID: the files differ")
    for what in ("seconds", "cpu"):
        medians = {which: statistics.median(run[what] for run in some) for which, some in runs.items()}
        print(f"{args.rows:,} rows, {what}: ours {medians['ours']:.2f}, theirs {medians['theirs']:.2f},"
              f" ours is {medians['theirs'] / medians['ours']:.1f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()
