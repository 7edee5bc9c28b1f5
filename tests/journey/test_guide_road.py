"""The road of the demo, end to end: the real processes on a fresh season, every step by its own person in a browser,
with the guide's own files. Small on purpose: 25 candidates.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.plugins.browser import DESK, PHONE, WATCH, Watched

from . import road as steps

ROOT = Path(__file__).resolve().parents[2]
STEPS = (
    steps.publish_plan, steps.import_candidates, steps.verify_candidates, steps.open_registration, steps.set_rooms,
    steps.register_and_pay, steps.confirm_payment, steps.seat, steps.record_scores, steps.collect, steps.sign_both,
    steps.release, steps.verify,
)  # fmt: skip
READY = 240.0  # seconds for seeding and starting


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[str]:
    """``make run`` on data of its own; gives the address. Stopped as a person stops it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    keep = {name: value for name, value in os.environ.items() if not name.startswith("SKILLCERT_")}
    environment = keep | {"SKILLCERT_DEMO": "1", "SKILLCERT_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "skillcert.config.serve", "serve", "--port", str(port)]
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/demo/", process, tmp_path / "log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the platform was not ready in {READY:.0f} s:\n{log.read_text()[-2000:]}")


def keep_picture(page: Page, name: str, folder: Path) -> None:
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    if os.environ.get("UPDATE_PICTURES") == "1":
        pictures = ROOT / "docs" / "manual" / "pictures"
        pictures.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, pictures / path.name)


def test_from_a_spreadsheet_to_a_certificate_that_anyone_can_check(
    browser: Browser, platform: str, watched: Watched, output: Path, tmp_path: Path
) -> None:
    watched.expect("hx-disabled-elt")
    watched.expect("status of 4")
    pictures = output / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)

    def window(phone: bool = False) -> Page:
        context = browser.new_context(
            base_url=platform, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=PHONE if phone else DESK,
            has_touch=phone, is_mobile=phone,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        context.on("page", watched.watch)
        return context.new_page()

    road = steps.Road(
        window(), lambda: window(phone=True), lambda page, name: keep_picture(page, name, pictures), tmp_path
    )
    road.kept["stranger"] = "孙文博"  # whose file in 照片.zip shows somebody else
    try:
        for step in STEPS:
            step(road)
    except Exception:
        keep_picture(road.desk, "road-failed", pictures)
        raise
    assert "证书有效" in road.kept["good"] and "电子签章有效" in road.kept["good"]
    assert "文件核验不通过" in road.kept["bad"] and "签章后文件内容被改动" in road.kept["bad"]
    for page in [page for context in browser.contexts for page in context.pages]:
        page.close()
    assert not watched.unexpected(), "\n".join(watched.unexpected())
