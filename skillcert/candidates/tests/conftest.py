"""Portraits drawn by our own generator, small and few."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from skillcert.demo.portraits import draw_portrait


@pytest.fixture(scope="session")
def portrait() -> Callable[..., bytes]:
    """``portrait(seed, shot)``: a JPEG of an invented person; another ``shot`` is the same person again."""
    return cache(draw_portrait)
