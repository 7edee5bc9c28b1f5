"""``manage.py sync_roles``: the built-in roles as config/roles.py has them. May run at every start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from skillcert.accounts.rules import sync_roles


class Command(BaseCommand):
    help = "Make the built-in roles those of config/roles.py"

    def handle(self, *args: Any, **options: Any) -> None:
        changed = sync_roles()
        if changed and options["verbosity"]:
            self.stdout.write(f"内置角色已更新 {changed} 个 (roles updated)")
