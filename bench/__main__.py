"""``make bench``: each measure against its named peer, in one run; ``ARGS="list_page"`` picks some by name."""

from __future__ import annotations

import subprocess
import sys

MEASURES = ("import_candidates", "export_rows", "list_page")


def main(names: list[str]) -> int:
    unknown = set(names) - set(MEASURES)
    if unknown:
        print(f"没有名为 {'、'.join(sorted(unknown))} 的测量，可选：{'、'.join(MEASURES)}")
        return 2
    runs = [subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False) for name in names or MEASURES]
    return max(run.returncode for run in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
