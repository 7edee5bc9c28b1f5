"""Outside a demo there is none: no app, no address, no bar, no moving clock. Tests run without SKILLCERT_DEMO."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from skillcert.kit import clock
from skillcert.kit.pages import PAGES

ADDRESSES = ["/demo/", "/demo/enter/0/0/", "/demo/clock/day/", "/demo/clock/jump/", "/demo/files/photos/", "/demo/reset/"]


def test_no_app_and_no_page_of_the_demo_exists() -> None:
    assert "skillcert.demo" not in settings.INSTALLED_APPS
    assert not [name for name in PAGES if name.startswith("demo.")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_its_addresses_are_unknown(db: Any, address: str) -> None:
    assert Client().get(address).status_code == 404
    assert Client().post(address).status_code == 404


def test_no_bar_stands_above_a_page(world: Any) -> None:
    body = world.client_as(world.officer).get("/desk/").content.decode()
    assert "demo-bar" not in body and "演示" not in body


def test_the_clock_refuses_to_move(db: Any) -> None:
    with pytest.raises(ValueError, match="只在演示环境"):
        clock.advance(60)


def test_production_refuses_to_start_as_a_demo(tmp_path: Any) -> None:
    environment = os.environ | {
        "SKILLCERT_DEMO": "1", "SKILLCERT_PRODUCTION": "1", "SKILLCERT_BASE_URL": "https://example.cn",
        "SKILLCERT_DATA": str(tmp_path),
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", "import skillcert.config.settings"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode and "SKILLCERT_DEMO" in run.stderr
