"""``@pytest.mark.rule("R57")``: which tests hold which rule of the manual, and how they ended.

With SKILLCERT_RESULTS=<file> the run is written there as JSON, for ``make rules``:
``{"R57": [{"test": node id, "level": "rule" | "page" | "browser", "outcome": "passed" | "failed" | "skipped"}]}``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

NUMBER = re.compile(r"R([1-9]\d{0,2})$")
LAST = 249


def level_of(item: pytest.Item) -> str:
    """browser: it drives one. page: it asks a URL, as ``pytest_runtest_call`` may find out. rule: it calls Python."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if fixtures & {"browser", "new_page"}:
        return "browser"
    if fixtures & {"client", "rf", "live_server"} or "pages" in item.path.stem:
        return "page"
    return "rule"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        numbers = [number for mark in item.iter_markers("rule") for number in mark.args]
        for number in numbers:
            found = NUMBER.match(str(number))
            if not found or int(found[1]) > LAST:
                raise pytest.UsageError(f"{item.nodeid}: {number!r} is no rule of the manual (R1 to R{LAST})")
        if len(numbers) > 3:
            raise pytest.UsageError(f"{item.nodeid}: a test holds at most three rules, not {len(numbers)}")
        if numbers:  # the properties travel with the report, from a parallel worker as well
            item.user_properties += [("rules", numbers), ("level", level_of(item))]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A marked test that asks a URL through a client made by hand is a page's."""
    if dict(item.user_properties).get("level") != "rule":
        return (yield)
    ask, asked = Client.request, []

    def request(client: Client, **options: Any) -> Any:
        asked.append(True)
        return ask(client, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", request)
        result = yield
    if asked:
        item.user_properties = [("level", "page") if name == "level" else (name, value) for name, value in item.user_properties]
    return result


class Recorder:
    """Collects the outcomes of the marked tests in the process that reports."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, list[dict[str, str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        told = dict(report.user_properties)
        for number in told.get("rules", []):
            line = {"test": report.nodeid, "level": told["level"], "outcome": report.outcome}
            self.found.setdefault(number, []).append(line)

    def pytest_sessionfinish(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        ordered = {number: self.found[number] for number in sorted(self.found, key=lambda number: int(number[1:]))}
        self.path.write_text(json.dumps(ordered, ensure_ascii=False, indent=1))


def pytest_configure(config: pytest.Config) -> None:
    path = os.environ.get("SKILLCERT_RESULTS")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(path)), "rule-recorder")
