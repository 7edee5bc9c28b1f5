"""The desk, the search and a list by keyboard alone; the pictures of the manual's chapter 0."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.plugins.browser import take_picture

PICTURES = Path(settings.ROOT) / "docs" / "manual" / "pictures"


def sign_in(page, live_server, client) -> None:
    cookies = [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    page.context.add_cookies(cookies)
    page.context.set_default_timeout(60_000)  # a busy machine is no failure


def focused(page, what: str) -> str:
    return page.evaluate(f"document.activeElement.{what}")


@pytest.mark.django_db(transaction=True)
def test_a_list_is_worked_with_the_keyboard_alone(world, page, live_server):
    """screens.md Keyboard: skip link, / and Enter, the dialog's trap and return, Esc, ? and its switch (2.1.4)."""
    for name in ("周若溪", "欧阳一诺", "赵明轩"):
        world.candidate(name, pinyin_key={"周若溪": "zhouruoxi", "欧阳一诺": "ouyangyinuo", "赵明轩": "zhaomingxuan"}[name])
    sign_in(page, live_server, world.client_as(world.officer))
    page.goto("/candidates/college/")
    page.keyboard.press("Tab")
    assert focused(page, "textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert focused(page, "id") == "main"
    page.keyboard.press("/")
    assert focused(page, "name") == "name"
    page.keyboard.type("欧阳")
    page.keyboard.press("Enter")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "欧阳一诺" in page.locator("#list tbody").inner_text()
    edit = page.locator("#list [hx-target='#dialog']:visible").first
    edit.focus()
    opener = edit.inner_text()
    page.keyboard.press("Enter")
    page.locator("#dialog[open]").wait_for()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('body') || document.activeElement === document.body"
                             " || !!document.activeElement.closest('#dialog')")  # fmt: skip
    page.keyboard.press("Escape")
    page.locator("#dialog:not([open])").wait_for(state="attached")
    assert focused(page, "innerText") == opener
    page.locator("#main").focus()
    page.keyboard.press("?")
    page.locator("#dialog[open]").wait_for()
    page.get_by_role("button", name="停用单键快捷键").press("Enter")
    page.locator("#dialog:not([open])").wait_for(state="attached")
    page.wait_for_function("document.activeElement !== document.body")  # the focus came back from the dialog
    page.locator("#main").focus()
    page.keyboard.press("/")
    assert focused(page, "id") == "main"


@pytest.mark.django_db(transaction=True)
def test_the_search_finds_and_opens_without_a_mouse(world, page, live_server):
    one = world.candidate("周若溪")
    world.certificate("released", number="2026000110123300000017")
    sign_in(page, live_server, world.client_as(world.officer))
    page.goto("/desk/")
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)) if "/search/" in request.url else None)
    page.keyboard.press("Control+k")
    page.keyboard.type("周若", delay=40)
    page.locator("#palette [role=option]", has_text="周若溪").first.wait_for()
    assert asked == [("POST", f"{live_server.url}/search/")]  # one question per pause, nothing in the address
    text = page.locator("#palette-results").inner_text()
    assert "考生 2" in text and "证书 1" in text and "330106" in text and one.id_number not in text
    keep(page, "search")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/candidates/*/")


@pytest.mark.django_db(transaction=True)
def test_the_desk_and_the_audit_as_the_manual_shows_them(world, page, live_server):
    for state in ("unverified", "to_confirm", "no_photo"):
        world.candidate(state=state)
    for state in ("center_pending", "to_release", "released"):
        world.certificate(state)
    world.result(points="40")
    sign_in(page, live_server, world.client_as(world.officer))
    page.goto("/desk/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    left, right = (page.locator(".desk__column").nth(n).locator("> .card").last.bounding_box() for n in (0, 1))
    assert abs(left["y"] + left["height"] - right["y"] - right["height"]) < 2  # no blank ground beside a card
    keep(page, "desk-institution")
    page.goto("/audit/")
    keep(page, "audit")


def keep(page, name: str) -> None:
    """Leave the picture where the manual shows it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = Path(settings.ROOT) / "var" / "screenshots" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    take_picture(page, path, animations="disabled")
    shutil.copy(path, PICTURES / path.name)
