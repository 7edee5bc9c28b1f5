"""What a visitor sees of the public pages."""

from __future__ import annotations

import pytest


@pytest.mark.django_db(transaction=True)
def test_the_place_for_a_file_looks_like_one(live_server, page, shot):
    page.goto("/verify/file/")
    assert page.locator("[data-drop]").evaluate("(box) => getComputedStyle(box).borderTopStyle") == "dashed"
    shot(page, "verify-file")
