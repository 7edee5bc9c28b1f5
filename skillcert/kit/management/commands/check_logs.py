"""``manage.py check_logs``: recompute the audit trail and the certificates' log from their first leaf on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from skillcert.integrations.chain.log import log_keys_in
from skillcert.kit import blocks


class Command(BaseCommand):
    help = "Recompute every leaf, root, block and signature of both logs; say what was changed, dropped or re-ordered."

    def handle(self, *args: Any, **options: Any) -> None:
        keys = log_keys_in(Path(settings.DATA) / "trust")
        problems = []
        for name, check in (("审计记录", blocks.check_audit), ("存证日志", blocks.check_certificates)):
            found = check(keys)
            problems += [f"{name}：{problem}" for problem in found.problems]
            self.stdout.write(f"{name}：{found.blocks} 个区块，{found.leaves} 条，{len(found.problems)} 处不符")
        if problems:
            raise CommandError("\n".join(problems[:100]))
