"""``make rules``: every rule of the manual, the tests that hold it, their level, and how they ended last time.

    python -m tests.report_rules [--strict] [results.json ...]

Reads tests/rules.csv (number, chapter, the manual's own words) and the files that ``tests/plugins/rules.py`` wrote, one
per database. A skipped test counts as missing. The rules without behaviour are shown by the paragraph of docs/manual that
names them. Ends with 1 when a test of a rule failed; with --strict also when a rule has no test.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANUAL = HERE.parent / "docs" / "manual"
RESULTS = HERE.parent / "var" / "results"
WITHOUT_BEHAVIOUR = {"R31", "R72", "R73", "R74", "R75", "R80", "R84", "R85", "R100", "R120", "R239"}
LEVELS = ("rule", "page", "browser")


@dataclass(frozen=True)
class Line:
    """A rule and what is known of it. ``state``: passed, failed, missing or manual."""

    number: str
    chapter: str
    sentence: str
    state: str
    levels: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


def rules() -> list[dict[str, str]]:
    with (HERE / "rules.csv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def paragraphs() -> dict[str, str]:
    """The first paragraph of docs/manual that names each rule: "docs/manual/5.md: 院校考生是…"."""
    found: dict[str, str] = {}
    for path in sorted(MANUAL.glob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for number in re.findall(r"R\d+", line):
                found.setdefault(number, f"docs/manual/{path.name}: {line.strip('- ')[:60]}")
    return found


def lines(results: dict[str, list[dict[str, str]]], told: dict[str, str]) -> list[Line]:
    """One line per rule, in the manual's order."""
    return [line_of(rule, results.get(rule["number"], []), told) for rule in rules()]


def line_of(rule: dict[str, str], tests: list[dict[str, str]], told: dict[str, str]) -> Line:
    number = rule["number"]
    ran = [test for test in tests if test["outcome"] != "skipped"]
    levels = tuple(level for level in LEVELS if any(test["level"] == level for test in ran))
    if any(test["outcome"] == "failed" for test in ran):
        state = "failed"
    elif ran:
        state = "passed"
    else:
        state = "manual" if number in WITHOUT_BEHAVIOUR and number in told else "missing"
    named = tuple(test["test"] for test in tests) or ((told[number],) if state == "manual" else ())
    return Line(number, rule["chapter"], rule["sentence"], state, levels, named)


def read(paths: list[Path]) -> dict[str, list[dict[str, str]]]:
    """The outcomes of several runs, together."""
    together: dict[str, list[dict[str, str]]] = {}
    for path in paths:
        for number, tests in json.loads(path.read_text(encoding="utf-8")).items():
            together.setdefault(number, []).extend({**test, "test": f"{test['test']} [{path.stem}]"} for test in tests)
    return together


def main() -> int:
    named = [Path(name) for name in sys.argv[1:] if name != "--strict"]
    results = read(named or sorted(RESULTS.glob("*.json")))
    if not results:
        print("no results yet: run make test first", file=sys.stderr)
    found = lines(results, paragraphs())
    marks = {"passed": "ok", "failed": "FAILED", "missing": "--", "manual": "manual"}
    for line in found:
        print(f"{line.number:5} {line.chapter:8} {marks[line.state]:7} {'+'.join(line.levels):18} {line.sentence[:50]}")
        for test in line.tests:
            print(f"      {test}")
    counts = {state: sum(line.state == state for line in found) for state in marks}
    print("，".join(f"{state} {count}" for state, count in counts.items()) + f"; {len(found)} rules")
    return 1 if counts["failed"] or ("--strict" in sys.argv and counts["missing"]) else 0


if __name__ == "__main__":
    sys.exit(main())
