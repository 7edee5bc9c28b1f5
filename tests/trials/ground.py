"""A platform of its own for a trial: data and database that are thrown away, the small world of the tests, a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world import World

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def ground() -> Iterator[World]:
    """Django set up on a fresh, migrated database; SKILLCERT_DATABASE_URL is taken where it is given."""
    with tempfile.TemporaryDirectory(prefix="skillcert-trial-") as data:
        os.environ |= {"SKILLCERT_DATA": data, "DJANGO_SETTINGS_MODULE": "skillcert.config.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        from skillcert.kit import clock
        from tests.world import World

        call_command("migrate", verbosity=0)
        yield World(lambda moment: setattr(clock, "now", lambda: moment))


def start(command: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process of the platform (worker, sealer), quiet."""
    return subprocess.Popen(
        [sys.executable, "-m", "django", command], env=environment | {"DJANGO_SETTINGS_MODULE": "skillcert.config.settings"},
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
