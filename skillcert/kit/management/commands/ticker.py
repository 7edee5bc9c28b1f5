"""``manage.py ticker``: call every registered tick when it is due, until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from skillcert.kit import clock, jobs
from skillcert.kit.worker import Pulse

log = structlog.get_logger(__name__)


class Ticker:
    """Knows when each tick is due. A tick that fails is logged and comes again; the others are not held up."""

    def __init__(self, ticks: list[tuple[jobs.Tick, float]]) -> None:
        self.ticks = ticks
        self.due = [0.0] * len(ticks)

    def round(self, at: float) -> None:
        """Call what is due at this moment of the monotonic clock, in seconds."""
        for place, (function, every) in enumerate(self.ticks):
            if at < self.due[place]:
                continue
            self.due[place] = at + every
            close_old_connections()
            try:
                function(clock.now())
            except Exception:
                log.exception("tick_failed", tick=f"{function.__module__}.{function.__qualname__}")


class Command(BaseCommand):
    help = "Call the registered ticks when they are due, until told to stop (SIGTERM)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="call every tick once and stop")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        jobs.discover()
        ticker = Ticker(jobs.TICKS)
        if once:
            ticker.round(0.0)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        pulse = Pulse("ticker")
        while not stop.wait(1.0):
            ticker.round(time.monotonic())
            pulse.beat()
