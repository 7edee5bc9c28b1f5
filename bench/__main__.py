"""``make bench``: each measure against its named peer, in one run.

    make bench                                            all of them, on SQLite and PostgreSQL
    make bench ARGS="import --rows 20000 --postgresql"    one of them, with its own options

``import`` (import_candidates.py), ``export`` (export_rows.py), ``list`` (list_page.py); ``--help`` after a name.
"""

from __future__ import annotations

import subprocess
import sys

MEASURES = {"import": "bench.import_candidates", "export": "bench.export_rows", "list": "bench.list_page"}
ALL = (("import",), ("import", "--postgresql"), ("export",), ("list",), ("list", "--postgresql"))


def main(args: list[str]) -> int:
    if args and args[0] not in MEASURES:
        print(f"没有名为 {args[0]} 的测量，可选：{'、'.join(MEASURES)}")
        return 2
    runs = [(args[0], *args[1:])] if args else ALL
    done = [subprocess.run([sys.executable, "-m", MEASURES[name], *more], check=False) for name, *more in runs]
    return max(run.returncode for run in done)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
