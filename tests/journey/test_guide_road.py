"""The road of the demo, end to end: the real processes on a fresh season, every step by its own person in a browser,
with the guide's own files. Small on purpose: 25 candidates.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from skillcert.config.serve import dying_with
from skillcert.config.tls import lan_addresses
from tests.plugins.browser import DESK, PHONE, WATCH, Watched, take_picture

from . import road as steps

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "manual" / "pictures"
STEPS = (
    steps.publish_plan, steps.import_candidates, steps.verify_candidates, steps.open_registration, steps.set_rooms,
    steps.register_and_pay, steps.confirm_payment, steps.seat, steps.record_scores, steps.collect, steps.sign_both,
    steps.release, steps.verify,
)  # fmt: skip
READY = 600.0  # seconds for seeding and starting


@dataclass(frozen=True)
class Season:
    """A data folder and a database of their own, seeded by the first start."""

    folder: Path
    environment: dict[str, str]

    @contextmanager
    def running(self, *more: str) -> Iterator[str]:
        """``make run`` on them; gives the address. Stopped as a person stops it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "skillcert.config.serve", "serve", "--port", str(port), *more]
        log = self.folder / "log"
        with log.open("w") as said:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=said, stderr=said, preexec_fn=dying_with(os.getpid())
            )
            try:
                yield wait_until_ready(process, log)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """On SQLite in the folder, or in a new database beside the one of this run."""
    folder = tmp_path_factory.mktemp("season")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SKILLCERT_")}
    environment |= {"SKILLCERT_DEMO": "1", "SKILLCERT_DATA": str(folder / "data")}
    server = os.environ.get("SKILLCERT_DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield Season(folder, environment)
        return
    name = f"journey_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        url = f"{server.rpartition('/')[0]}/{name}"
        yield Season(folder, environment | {"SKILLCERT_DATABASE_URL": url})
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the supervisor says at last."""
    end = time.monotonic() + READY
    while time.monotonic() < end:
        said = log.read_text()
        assert process.poll() is None, said[-2000:]
        if found := re.search(r"\(ready\): (\S+?)/\s", said):
            return found[1]
        time.sleep(0.5)
    raise AssertionError(f"the platform was not ready in {READY:.0f} s:\n{log.read_text()[-2000:]}")


def keep_picture(page: Page, name: str, folder: Path) -> None:
    """Into var/screenshots; with UPDATE_PICTURES=1 also, in fewer colours, into the manual."""
    path = folder / f"road-{name}.png"
    page.locator(".htmx-request").first.wait_for(state="detached")
    take_picture(page, path, animations="disabled")
    if os.environ.get("UPDATE_PICTURES") == "1" and "tls" not in name:
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


Walk = Callable[[str], AbstractContextManager[steps.Road]]


@pytest.fixture
def road(browser: Browser, watched: Watched, output: Path, tmp_path: Path) -> Walk:
    """The windows of a walk on the platform at an address. No complaint of a browser is allowed."""
    pictures = output / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)

    def window(address: str, phone: bool = False) -> Page:
        context = browser.new_context(
            base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=PHONE if phone else DESK,
            has_touch=phone, is_mobile=phone, ignore_https_errors=True,
        )  # fmt: skip
        context.set_default_timeout(45_000)  # on a machine with ten times its work
        context.add_init_script(WATCH)
        context.on("page", watched.watch)
        return context.new_page()

    @contextmanager
    def walk(address: str) -> Iterator[steps.Road]:
        desk = window(address)
        try:
            yield steps.Road(
                address, desk, lambda: window(address, phone=True), lambda page, name: keep_picture(page, name, pictures),
                tmp_path,
            )  # fmt: skip
        except Exception:
            desk.screenshot(path=pictures / "road-failed.png")
            raise
        for context in browser.contexts:
            context.close()
        assert not watched.unexpected(), "\n".join(watched.unexpected())

    return walk


@pytest.mark.timeout(1200)
@pytest.mark.xdist_group("journey")
def test_from_a_spreadsheet_to_a_certificate_that_anyone_can_check(season: Season, road: Walk) -> None:
    with season.running() as address, road(address) as walk:
        walk.kept["stranger"] = "孙文博"  # whose file in 照片.zip shows somebody else
        for step in STEPS:
            step(walk)


@pytest.mark.timeout(1200)
@pytest.mark.xdist_group("journey")
@pytest.mark.skipif(not lan_addresses(), reason="this machine is on no network that a phone could reach it by")
def test_a_phone_signs_over_tls_of_the_platforms_own_authority(season: Season, road: Walk) -> None:
    """``make run PHONE=1``: the QR holds the https address in the local network."""
    with season.running("--phone") as address, road(address) as walk:
        assert address.startswith(f"https://{lan_addresses()[0]}:")
        steps.collect_everything(walk)
        steps.sign(walk, "tls", "签发", "/issuing/awarding-body/")
