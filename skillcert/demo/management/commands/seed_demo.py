"""``manage.py seed_demo``: the demo season, once, on an empty database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from skillcert.accounts.models import User
from skillcert.accounts.rules import sync_roles
from skillcert.demo.season.catalogue import Catalogue
from skillcert.demo.season.live import LivedSeason
from skillcert.demo.season.pilots import Rounds
from skillcert.demo.season.privacy import build_requests
from skillcert.demo.season.weekly import build_weekly
from skillcert.kit import clock


class Command(BaseCommand):
    help = "Seed the demo season; does nothing where there are accounts already"

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            return
        sync_roles()
        catalogue = Catalogue(clock.now())
        catalogue.build()
        Rounds(catalogue).build()
        LivedSeason(catalogue, self.stdout.write).live()
        self.stdout.write("周报…")
        build_weekly(catalogue.now)
        build_requests(catalogue.now)
