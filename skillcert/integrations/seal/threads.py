"""pyHanko signs and verifies in coroutines; the callers of this house are plain functions."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_own_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own: the caller's may have an event loop already, and a second one
    in the same thread is refused.
    """
    with ThreadPoolExecutor(max_workers=1) as own:
        return own.submit(asyncio.run, work).result()
