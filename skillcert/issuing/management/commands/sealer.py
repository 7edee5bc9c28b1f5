"""``manage.py sealer``: seal audit entries, certificates and receipts until told to stop."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from skillcert.issuing.sealer import Round, Sealer, passphrase
from skillcert.kit import clock
from skillcert.kit.worker import Pulse

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds after a round that found nothing


class Command(BaseCommand):
    help = "Seal audit entries and certificates and anchor them, until told to stop (SIGTERM). One at a time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="work until nothing is left, then stop")
        parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), help="that render; 0: in this one")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        lock = (Path(settings.DATA) / "sealer.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("签章进程已在运行，同一数据目录只能有一个 (a sealer is running on these data)") from None
        try:
            secret = passphrase()
        except RuntimeError as error:
            raise CommandError(f"本进程没有签章密钥的口令，不能盖章 ({error})") from None
        sealer = Sealer(secret, options["processes"])
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.pulse = Pulse("sealer")
        while not stop.is_set():
            done = self.round(sealer)
            if done.idle and once:
                break
            if done.idle:
                stop.wait(PAUSE)
        sealer.close()

    def round(self, sealer: Sealer) -> Round:
        """A round that fails is logged and tried again after a pause: nothing is lost by it."""
        close_old_connections()
        started = time.monotonic()
        try:
            self.pulse.beat()
            done = sealer.round(clock.now())
        except Exception:
            log.exception("sealer_round_failed")
            time.sleep(PAUSE)
            return Round(audited=1)
        if done.sealed or done.failed:
            seconds = time.monotonic() - started
            log.info("sealed", certificates=done.sealed, failed=done.failed, per_second=round(done.sealed / seconds, 1))
        return done
