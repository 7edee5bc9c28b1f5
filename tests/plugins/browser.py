"""A real browser: Debian's Chromium, driven by Playwright against a live server in this process.

Every page made here is watched: a violation of the Content-Security-Policy, an error in its console or an exception
in its scripts fails the test at its end. ``shot(page, "name")`` leaves a picture in var/screenshots.
"""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Playwright, sync_playwright

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "manual" / "pictures"
WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP violation: " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile);
});
"""


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    # Playwright's loop runs in this thread; Django would take it for asynchronous code and refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for the whole run; each ``page`` has a context of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sentence = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    started = _playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    yield started
    started.close()


class Watched:
    """What went wrong in the pages of one test. ``expect(pattern)`` allows an error that the test provokes."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.expected: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        self.expected.append(re.compile(pattern))

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(pattern.search(error) for pattern in self.expected)]


@pytest.fixture
def watched() -> Watched:
    """The errors of this test's pages; most tests need it only to ``expect`` one."""
    return Watched()


@pytest.fixture
def new_page(
    browser: Browser, live_server: Any, watched: Watched
) -> Iterator[Callable[..., Page]]:
    """Open further windows, each a person of its own: ``new_page(phone=True)``; addresses may be relative."""
    contexts: list[BrowserContext] = []

    def open_page(*, phone: bool = False, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            is_mobile=phone,
            **options,
        )
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        context.on("page", watched.watch)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not watched.unexpected(), "the browser complained:\n" + "\n".join(watched.unexpected())


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One window of 1366 x 768."""
    return new_page()


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """One window of a phone, 390 x 844, with touch."""
    return new_page(phone=True)


def take_picture(page: Page, path: Path, **options: Any) -> None:
    """A picture for a person to look at. Where Chromium has no frame at that moment, which is no fault of the page's, it
    is asked once more and then done without, but for the manual's pictures.
    """
    for last in (False, True):
        try:
            page.screenshot(path=path, **options)
            return
        except Error as error:
            if "Unable to capture screenshot" not in error.message or (last and os.environ.get("UPDATE_PICTURES") == "1"):
                raise
            page.bring_to_front()
    warnings.warn(f"Chromium had no frame for the picture {path.name}", stacklevel=2)


@pytest.fixture
def shot(output: Path) -> Callable[..., Path]:
    """``shot(page, "4.2.1-to-sign")``: a picture of the page in var/screenshots; ``full=True`` for all its height.

    ``manual=True``: one that the manual shows; with UPDATE_PICTURES=1 it goes to docs/manual/pictures too.
    """
    folder = output / "screenshots"
    folder.mkdir(exist_ok=True)

    def take(page: Page, name: str, *, full: bool = False, manual: bool = False) -> Path:
        path = folder / f"{name}.png"
        take_picture(page, path, full_page=full)
        if manual and path.is_file() and os.environ.get("UPDATE_PICTURES") == "1":
            PICTURES.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, PICTURES / path.name)
        return path

    return take
