"""The watched browser itself: it must not be blind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.plugins.browser import Watched


@pytest.mark.django_db(transaction=True)
def test_a_violation_of_the_policy_and_a_console_error_are_noticed(page: Page, watched: Watched) -> None:
    answer = page.goto("/static/vendor/jsqr/jsQR.js")
    assert answer and answer.status == 200
    page.goto("/no-such-page/")
    watched.expect("404")
    with page.expect_console_message(lambda message: "CSP violation" in message.text):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    with page.expect_console_message(lambda message: "complains" in message.text):
        page.evaluate("console.error('a script complains')")
    found = "\n".join(watched.unexpected())
    assert "style-src" in found and "a script complains" in found
    watched.expect("style|CSP violation|a script complains")


@pytest.mark.django_db(transaction=True)
def test_a_phone_is_a_person_of_its_own(page: Page, phone: Page, shot: Callable[..., Any], watched: Watched) -> None:
    watched.expect("404")
    page.goto("/no-such-page/")
    phone.goto("/no-such-page/")
    page.context.add_cookies([{"name": "mine", "value": "1", "url": page.url}])
    assert "mine" not in {cookie["name"] for cookie in phone.context.cookies()}
    assert phone.evaluate("innerWidth") == 390
    assert shot(phone, "no-such-page-phone").stat().st_size > 0
