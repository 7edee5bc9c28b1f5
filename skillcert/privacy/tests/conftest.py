"""Messages of one test alone: codes are read from the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skillcert.integrations.sms.client import client


@pytest.fixture(autouse=True)
def outbox(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA = tmp_path
    client.cache_clear()
    yield
    client.cache_clear()
