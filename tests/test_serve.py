"""The supervisor with small children in place of the real four."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from skillcert.config import serve
from skillcert.config.environment import kept_secret

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import sys
from pathlib import Path
from skillcert.config.serve import Process, Supervisor, lock_data
data = Path(sys.argv[1])
child = "import os, time; print('born', os.getpid(), flush=True); time.sleep(60)"
make = lambda name: Process(name, [sys.executable, "-c", child], {"PATH": "/usr/bin:/bin"})
Supervisor([make("web"), make("worker")], lock_data(data), lambda: True, "READY").run()
"""


class Supervised:
    """A running supervisor and what it printed."""

    def __init__(self, data: Path) -> None:
        self.log = data / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(data)], cwd=ROOT, stdout=log, stderr=log)

    def children(self, name: str) -> list[int]:
        """Every process number that this child had, oldest first."""
        return [int(line.split()[-1]) for line in self.text().splitlines() if line.startswith(name) and "born" in line]

    def text(self) -> str:
        return self.log.read_text()


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)


def gone(number: int) -> bool:
    """The process ended (a zombie that init has yet to bury counts as ended)."""
    try:
        return Path(f"/proc/{number}/stat").read_text().split(")")[-1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    running = Supervised(tmp_path)
    until(lambda: bool(running.children("web") and running.children("worker")) and "READY" in running.text())
    yield running
    running.process.kill()
    running.process.wait()


def test_a_killed_child_is_started_again_and_the_other_left_alone(supervised: Supervised) -> None:
    os.kill(supervised.children("worker")[0], signal.SIGKILL)
    until(lambda: len(supervised.children("worker")) == 2)
    assert len(supervised.children("web")) == 1
    assert "重新启动" in supervised.text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_children_end_with_the_supervisor_however_it_ends(supervised: Supervised, how: signal.Signals) -> None:
    children = supervised.children("web") + supervised.children("worker")
    supervised.process.send_signal(how)
    supervised.process.wait(timeout=15)
    until(lambda: all(gone(number) for number in children))


def test_a_second_start_on_the_same_data_is_refused_in_both_languages(supervised: Supervised, tmp_path: Path) -> None:
    with pytest.raises(serve.Busy, match="平台已在运行") as refused:
        serve.lock_data(tmp_path)
    assert "Already running" in str(refused.value)


def test_reset_refuses_while_it_runs_and_spares_foreign_folders(
    supervised: Supervised, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLCERT_DATA", str(tmp_path))
    with pytest.raises(serve.Busy):
        serve.reset()
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter1.txt").write_text("my only copy")
    monkeypatch.setenv("SKILLCERT_DATA", str(foreign))
    with pytest.raises(SystemExit, match="不是平台的数据目录"):
        serve.reset()
    assert (foreign / "chapter1.txt").exists()


def test_reset_leaves_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLCERT_DATA", str(tmp_path))
    kept_secret(tmp_path / "keys" / "secret-key")
    (tmp_path / "skillcert.sqlite3").write_text("rows")
    serve.reset()
    assert {path.name for path in tmp_path.iterdir()} <= serve.KEPT_BY_RESET


def test_only_the_sealer_is_given_the_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(serve.PASSPHRASE, "from the shell")
    address = serve.address_for(tmp_path, port=8000, phone=False)
    environment = serve.child_environment(address, tmp_path)
    holders = [p.name for p in serve.processes_of(address, tmp_path, environment) if serve.PASSPHRASE in p.environment]
    assert holders == ["sealer"]
    assert (tmp_path / "keys" / "sealer.passphrase").stat().st_mode & 0o777 == 0o600


def test_the_pause_between_restarts_grows_and_begins_anew_after_a_quiet_minute() -> None:
    process = serve.Process("web", [], {})
    pauses = []
    for _ in range(4):
        process.died(now=process.started + 1)
        pauses.append(round(process.again_at - process.started - 1, 1))
    process.died(now=process.started + serve.SETTLED_SECONDS + 1)
    pauses.append(round(process.again_at - process.started - serve.SETTLED_SECONDS - 1, 1))
    assert pauses == [0.2, 1.0, 2.0, 5.0, 0.2]


def test_a_phone_gets_tls_whose_leaf_names_the_lan_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "lan_addresses", lambda: ["192.168.7.20", "10.0.0.5"])
    address = serve.address_for(tmp_path, port=8443, phone=True)
    assert (address.url, address.host) == ("https://192.168.7.20:8443", "0.0.0.0")
    assert address.certificate and address.key and address.key.stat().st_mode & 0o777 == 0o600
    leaf = x509.load_pem_x509_certificate(address.certificate.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(found) for found in names.get_values_for_type(x509.IPAddress)} == {"192.168.7.20", "10.0.0.5", "127.0.0.1"}
    assert "192.168.7.20" in serve.child_environment(address, tmp_path)["SKILLCERT_HOSTS"]

    first = address.certificate.read_bytes()
    assert serve.address_for(tmp_path, port=8443, phone=True) and address.certificate.read_bytes() == first
    monkeypatch.setattr(serve, "lan_addresses", lambda: ["192.168.7.99"])
    serve.address_for(tmp_path, port=8443, phone=True)
    assert address.certificate.read_bytes() != first


def test_connections_opened_in_advance_hold_nobody_up(tmp_path: Path) -> None:
    """Browsers open some and leave them silent; each cost a thread five seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = serve.Address("127.0.0.1", probe.getsockname()[1], "")
    given = serve.processes_of(address, tmp_path, {})[0].command
    command = ["tests.test_serve:plain" if part == "skillcert.config.wsgi:application" else part for part in given]
    web = subprocess.Popen(command, cwd=ROOT)
    silent: list[socket.socket] = []
    try:
        until(address.answers)
        silent += [socket.create_connection(("127.0.0.1", address.port)) for _ in range(64)]
        asked = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{address.port}/", timeout=30) as answer:
            assert answer.read() == b"here"
        assert time.monotonic() - asked < 4
    finally:
        web.terminate()
        web.wait(30)
        for connection in silent:
            connection.close()


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The smallest application, in place of the platform."""
    start_response("200 OK", [("Content-Length", "4")])
    return [b"here"]
