"""A throwaway PostgreSQL: ``python -m tests.postgresql <command>`` runs the command on it and removes it afterwards.

It listens on a free port of 127.0.0.1, trusts it, and keeps nothing safe (fsync off): for tests only. PostgreSQL
refuses to run as root, so root starts it as the user postgres of Debian's package.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = "no PostgreSQL on this machine: apt-get install postgresql"
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "256MB",
}


def program(name: str) -> str | None:
    """Where initdb or pg_ctl lies: Debian keeps them out of the PATH, a folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def throwaway() -> Iterator[str]:
    """The URL of a fresh, empty server. Raises ``FileNotFoundError`` where PostgreSQL is not installed."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        raise FileNotFoundError(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="skillcert-pg-"))
    user = {}
    if os.geteuid() == 0:
        user = {"user": "postgres"}
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **user)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")

    run(initdb, "-D", str(data), "-A", "trust", "-U", "skillcert", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = " ".join(f"-c {name}={value}" for name, value in FAST.items()) + f" -p {port} -k {folder}"
    try:
        run(pg_ctl, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        yield f"postgres://skillcert@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([pg_ctl, "-D", str(data), "-m", "immediate", "stop"], cwd=folder, capture_output=True, **user)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run the command of the command line with SKILLCERT_DATABASE_URL set; its exit code is ours."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with throwaway() as url:
            return subprocess.run(sys.argv[1:], env=os.environ | {"SKILLCERT_DATABASE_URL": url}).returncode
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        if os.environ.get("CI") == "true":
            return 1
        print("skipped: the tests on PostgreSQL", file=sys.stderr)
        return 0


if __name__ == "__main__":
    sys.exit(main())
