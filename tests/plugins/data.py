"""A thrown-away data folder for each test process, and what a child process needs to share it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A parallel worker tells the process that started it what to remove: it may be ended before it could itself."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["data"] = str(settings.DATA)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    data = getattr(node, "workeroutput", {}).get("data")
    if data:
        shutil.rmtree(data, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if settings.configured:
        shutil.rmtree(settings.DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """After a transactional test Django empties the tables. SQLite does that by DELETE, which the triggers of the
    append-only tables refuse: they are taken off for that moment. (PostgreSQL truncates, past the triggers.)
    """
    if connection.vendor != "sqlite":
        return
    operations = type(connection.ops)  # the class: a browser test's thread comes with a connection of its own
    flush = operations.execute_sql_flush

    def flush_past_triggers(self: Any, sql_list: list[str]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            flush(self, sql_list)
            for _, sql in triggers:
                cursor.execute(sql)

    operations.execute_sql_flush = flush_past_triggers


@pytest.fixture
def child_environment(transactional_db: None) -> dict[str, str]:
    """The environment in which ``manage.py`` works on this test's database, files and keys."""
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{chosen['NAME']}"
    else:
        url = f"postgres://{chosen['USER']}:{chosen['PASSWORD']}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"
    return os.environ | {"SKILLCERT_DATA": str(settings.DATA), "SKILLCERT_DATABASE_URL": url}


@pytest.fixture(scope="session")
def output() -> Path:
    """Where tests leave what a person looks at afterwards: var/ of the checkout, never in git."""
    folder = Path(__file__).resolve().parents[2] / "var"
    folder.mkdir(exist_ok=True)
    return folder
