"""``python -m skillcert.config.prepare``: what must be so before the processes start, in one short process.

The database has the tables of this version, the static files are gathered when one of them changed, and in a demo
the season is seeded once.
"""

from __future__ import annotations

import os
import sys
import time
from hashlib import sha256
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillcert.config.settings")
    django.setup()
    migrate()
    gather_static_files()
    if settings.DEMO:
        seed_demo()


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def migrate() -> None:
    """Bring the tables and the built-in roles to this version."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("正在建立数据表 (migrating)…")
        call_command("migrate", verbosity=0, interactive=False)
    call_command("sync_roles", verbosity=0)


def gather_static_files() -> None:
    """collectstatic, but only when a source file came, went or changed since the last time."""
    if settings.WHITENOISE_USE_FINDERS:
        return
    stamp = Path(settings.STATIC_ROOT) / ".gathered"
    found = static_fingerprint()
    if stamp.exists() and stamp.read_text() == found:
        return
    say("正在整理静态文件 (gathering static files)…")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(found)


def static_fingerprint() -> str:
    """A digest over name, size and time of every static source file."""
    lines = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            lines.append(f"{name} {state.st_size} {state.st_mtime_ns}")
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def seed_demo() -> None:
    """Draw the demo season once. A seeding that was broken off begins again after ``make reset``."""
    done = Path(settings.DATA) / "demo-seeded"
    if done.exists() or "seed_demo" not in get_commands():
        return
    say("首次启动，正在生成演示数据，约需 1–3 分钟 (seeding the demo season)…")
    begun = time.monotonic()
    call_command("seed_demo")
    done.touch()
    say(f"演示数据已就绪，用时 {time.monotonic() - begun:.0f} 秒")


if __name__ == "__main__":
    main()
