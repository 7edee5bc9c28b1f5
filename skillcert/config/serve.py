"""The supervisor: web, worker, sealer and ticker, each a process, started and stopped together.

``python -m skillcert.config.serve`` holds the data folder's lock, prepares the database, then keeps the four alive: a
process that dies is started again, at once at first, later with growing pauses. SIGINT or SIGTERM stops all; where
this process itself is killed, the kernel tells the children (PR_SET_PDEATHSIG). Only the sealer is given the
passphrase of the sealing keys.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .environment import data_folder, flag, kept_secret
from .tls import ensure_tls, fingerprint, lan_addresses

PASSPHRASE = "SKILLCERT_SEALER_PASSPHRASE"  # noqa: S105 - the variable's name
PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 15.0
# The pause before the n-th restart in a row; a process that lived a minute begins at the front again.
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
SETTLED_SECONDS = 60.0
BUSY = (
    "平台已在运行，使用的是同一份数据（{data}）。请先停止它（在它的窗口按 Ctrl+C），或用 SKILLCERT_DATA 另指定数据目录。\n"
    "Already running on this data folder: stop it first, or choose another one by SKILLCERT_DATA."
)
# What a reset leaves: pictures and results of the last test run.
KEPT_BY_RESET = {"run.lock", "screenshots", "results"}


class Busy(Exception):
    """Another supervisor, or a child of a killed one, still works on this data."""


def lock_data(data: Path) -> int:
    """Hold the data folder: a locked descriptor, which the children inherit. Raises ``Busy``."""
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Busy(BUSY.format(data=data)) from None
    return handle


def dying_with(parent: int, politeness: int = 0) -> Callable[[], None]:
    """For the child, before its program starts: end when the parent ends, however that ends, and how far it steps
    back (nice) for the others.
    """
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        os.nice(politeness)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


@dataclass
class Process:
    """One child: how it is started, and how often it had to be."""

    name: str
    command: list[str]
    environment: dict[str, str]
    politeness: int = 0
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    again_at: float = 0.0
    pipe: int = -1
    rest: bytes = field(default=b"", repr=False)

    def start(self, lock: int, now: float) -> int:
        """Start the child; returns the descriptor of its output."""
        self.child = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            start_new_session=True,  # Ctrl+C reaches the supervisor alone, which stops the children in order
            preexec_fn=dying_with(os.getpid(), self.politeness),
        )
        self.started = now
        if self.child.stdout is None:
            raise OSError("the child has no output pipe")
        self.pipe = self.child.stdout.fileno()
        os.set_blocking(self.pipe, False)
        return self.pipe

    def died(self, now: float) -> None:
        """Plan the restart."""
        if self.child and self.child.stdout:
            self.child.stdout.close()
        self.restarts = 0 if now - self.started > SETTLED_SECONDS else self.restarts
        self.again_at = now + PAUSES[min(self.restarts, len(PAUSES) - 1)]
        self.restarts += 1
        self.child = None


class Supervisor:
    """Keeps the processes alive until it is told to stop; prints their output line by line, each with its name."""

    def __init__(self, processes: list[Process], lock: int, ready: Callable[[], bool], hello: str) -> None:
        self.processes, self.lock, self.ready, self.hello = processes, lock, ready, hello
        self.selector = selectors.DefaultSelector()
        self.stopping = False

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        greeted = False
        while not self.stopping:
            now = time.monotonic()
            for process in self.processes:
                if process.child is None and now >= process.again_at:
                    self.selector.register(process.start(self.lock, now), selectors.EVENT_READ, process)
            self._read(0.2)
            self._bury()
            if not greeted and self.ready():
                greeted = True
                print(self.hello, flush=True)
        self._stop_all()

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _read(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            if not self._print(key.data, key.fd):
                self.selector.unregister(key.fileobj)

    def _print(self, process: Process, pipe: int) -> bool:
        """Pass on what the process said; False at the end of its output."""
        try:
            block = os.read(pipe, 65536)
        except BlockingIOError:
            return False
        *lines, process.rest = (process.rest + block).split(b"\n")
        for line in lines:
            print(f"{process.name:<7}| {line.decode(errors='replace')}", flush=True)
        return bool(block)

    def _bury(self) -> None:
        now = time.monotonic()
        for process in self.processes:
            if process.child is None or process.child.poll() is None:
                continue
            code = process.child.returncode
            self._drain(process)
            process.died(now)
            if not self.stopping:
                pause = process.again_at - now
                print(f"{process.name:<7}| 进程退出 (exit {code})，{pause:.1f} 秒后重新启动 (restarting)", flush=True)

    def _drain(self, process: Process) -> None:
        """Print a dead child's last words and stop listening."""
        while self._print(process, process.pipe):
            pass
        if process.pipe in self.selector.get_map():
            self.selector.unregister(process.pipe)

    def _stop_all(self) -> None:
        print("正在停止 (stopping)…", flush=True)
        end = time.monotonic() + GRACE_SECONDS
        for process in self._living():
            process.terminate()
        while self._living() and time.monotonic() < end:
            self._read(0.1)
            self._bury()
        for child in self._living():
            child.kill()
            child.wait()

    def _living(self) -> list[subprocess.Popen[bytes]]:
        return [process.child for process in self.processes if process.child]


@dataclass(frozen=True)
class Address:
    """Where the web process listens and how it is called."""

    host: str
    port: int
    url: str
    certificate: Path | None = None
    key: Path | None = None

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.2).close()
        except OSError:
            return False
        return True

    def free(self) -> bool:
        """Nobody listens there yet."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError:
                return False
        return True


def address_for(data: Path, *, port: int, phone: bool) -> Address:
    """127.0.0.1 over http, or for a phone the LAN over TLS, with the LAN address in the QR codes."""
    if not phone:
        host = os.environ.get("SKILLCERT_LISTEN", "127.0.0.1")
        return Address(host, port, os.environ.get("SKILLCERT_BASE_URL") or f"http://127.0.0.1:{port}")
    addresses = lan_addresses()
    if not addresses:
        raise SystemExit("没有找到局域网地址，请先连接网络，再运行 make run PHONE=1 (no LAN address found)")
    certificate, key = ensure_tls(data / "tls", addresses)
    return Address("0.0.0.0", port, f"https://{addresses[0]}:{port}", certificate, key)  # noqa: S104 - it is asked for


def processes_of(address: Address, data: Path, environment: dict[str, str]) -> list[Process]:
    """The four processes; the passphrase goes into the sealer's environment alone. Pages come before background work."""
    python = sys.executable
    manage = [python, "-m", "django"]
    web = [
        python, "-m", "gunicorn", "skillcert.config.wsgi:application", "--no-control-socket",
        "--config", "python:skillcert.config.listening", "--preload", "--worker-class", "gthread", "--workers", "2",
        "--threads", "4", "--timeout", "60", "--graceful-timeout", "10",
        "--bind", f"{address.host}:{address.port}", "--log-level", "warning",
    ]  # fmt: skip
    if address.certificate and address.key:
        web += ["--certfile", str(address.certificate), "--keyfile", str(address.key)]
    sealing = environment | {PASSPHRASE: kept_secret(data / "keys" / "sealer.passphrase")}
    return [
        Process("web", web, environment),
        Process("worker", [*manage, "worker"], environment, politeness=5),
        Process("sealer", [*manage, "sealer"], sealing, politeness=5),
        Process("ticker", [*manage, "ticker"], environment, politeness=5),
    ]


def child_environment(address: Address, data: Path) -> dict[str, str]:
    """What every child gets: this environment without the passphrase, with the address people use."""
    given = {name: value for name, value in os.environ.items() if name != PASSPHRASE}
    hosts = ",".join([*lan_addresses(), given.get("SKILLCERT_HOSTS", "")]) if address.certificate else ""
    return given | {
        "DJANGO_SETTINGS_MODULE": "skillcert.config.settings",
        "PYTHONUNBUFFERED": "1",
        "SKILLCERT_DATA": str(data),
        "SKILLCERT_BASE_URL": address.url,
        **({"SKILLCERT_HOSTS": hosts} if hosts else {}),
    }


def serve(*, port: int | None, phone: bool) -> None:
    """Lock, prepare, run until told to stop."""
    data = data_folder()
    lock = lock_data(data)
    address = address_for(data, port=port or (8443 if phone else 8000), phone=phone)
    if not address.free():
        raise SystemExit(
            f"端口 {address.port} 已被占用，请换一个：make run PORT={address.port + 1} (port {address.port} is in use)"
        )
    environment = child_environment(address, data)
    processes = processes_of(address, data, environment)
    # The seeding seals its first certificates, so this one process before the start may unlock the keys as well.
    seeding = processes[2].environment if flag("SKILLCERT_DEMO") else environment
    prepared = subprocess.run(
        [sys.executable, "-m", "skillcert.config.prepare"],
        env=seeding,
        pass_fds=(lock,),
        preexec_fn=dying_with(os.getpid()),
        check=False,
    )
    if prepared.returncode:
        raise SystemExit(prepared.returncode)
    Supervisor(processes, lock, address.answers, greeting(address)).run()


def greeting(address: Address) -> str:
    lines = [f"\n  SkillCert 已就绪 (ready): {address.url}/    停止 (stop): Ctrl+C"]
    if address.certificate:
        lines += [
            "  手机须与本机在同一网络。首次访问时浏览器会提示证书不受信任：核对指纹后继续，或在手机上安装平台的根证书",
            f"  根证书 (authority): {address.certificate.with_name('authority.pem')}",
            f"  指纹 (SHA-256): {fingerprint(address.certificate)}",
        ]
    return "\n".join(lines) + "\n"


def reset() -> None:
    """Delete the platform's data, when nothing runs on it. A PostgreSQL database is not touched."""
    data = data_folder()
    if not data.exists():
        return
    if flag("SKILLCERT_PRODUCTION"):
        raise SystemExit("生产环境不能重置数据 (no reset in production)")
    if not (data / "run.lock").exists() and not (data / "keys").exists() and any(data.iterdir()):
        raise SystemExit(f"{data} 不是平台的数据目录，未删除任何文件 (not a data folder of the platform)")
    lock = lock_data(data)
    for path in data.iterdir():
        if path.name in KEPT_BY_RESET:
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    os.close(lock)
    print(f"已清空 {data} (data removed)")


def main() -> None:
    parser = argparse.ArgumentParser(prog="skillcert", description="Run the platform, or remove its data.")
    parser.add_argument("act", nargs="?", choices=["serve", "reset"], default="serve")
    parser.add_argument("--port", type=int, help="default 8000; with --phone 8443")
    parser.add_argument("--phone", action="store_true", help="listen on the local network, over TLS")
    given = parser.parse_args()
    try:
        reset() if given.act == "reset" else serve(port=given.port, phone=given.phone)
    except Busy as busy:
        raise SystemExit(str(busy)) from None


if __name__ == "__main__":
    main()
