"""``manage.py worker``: run jobs until told to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from skillcert.kit.worker import Worker


class Command(BaseCommand):
    help = "Run jobs until told to stop (SIGTERM); with --batch, until none is left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", action="store_true", help="stop when no job is left")
        parser.add_argument("--interval", type=float, default=0.5, help="seconds between two looks at an empty queue")

    def handle(self, *args: Any, batch: bool, interval: float, **options: Any) -> None:
        worker = Worker(interval=interval, batch=batch)
        worker.configure_signals()
        worker.run()
