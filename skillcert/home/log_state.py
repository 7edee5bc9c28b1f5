"""What the last check of the audit trail found, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from skillcert.kit.audit import AuditBlock, AuditEntry
from skillcert.kit.jobs import OPEN, Job, JobState
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import Badge, Fact
from skillcert.kit.states import ICONS

CHECK = "home.check_audit"
LISTED = 50  # problems that a result keeps in words; all are counted


@dataclass(frozen=True)
class LogState:
    """The last finished check (None: never), the one that runs, and what has been sealed since."""

    checked: Job | None
    running: Job | None
    newer: int
    loose: int

    @property
    def result(self) -> dict[str, Any]:
        return self.checked.result if self.checked else {}

    @property
    def problems(self) -> list[str]:
        return self.result.get("problems", [])

    @property
    def whole(self) -> bool:
        return self.checked is not None and not self.result.get("wrong")

    @property
    def badge(self) -> Badge:
        if self.checked is None:
            return Badge("未校验", "idle", ICONS["idle"])
        return Badge("日志完整", "ok", ICONS["ok"]) if self.whole else Badge("日志不符", "bad", ICONS["bad"])

    @property
    def hint(self) -> str:
        return f"{plain_text(self.checked.finished_at)} 校验" if self.checked else "还没有校验过"

    @property
    def sentence(self) -> str:
        """The banner's first line."""
        if self.checked is None:
            return "还没有校验过日志"
        if self.whole:
            return f"日志完整，已校验至第 {self.result.get('height', 0):,} 块"
        first = self.result.get("first")
        return f"日志有 {self.result['wrong']:,} 处不符" + (f"，第一处在第 {first:,} 块" if first else "")

    @property
    def more(self) -> str:
        """The banner's second line: until when, how many, and what came since."""
        if self.checked is None:
            return "校验会重新计算每一条、每一块的摘要和签名，完成后这里给出结论。"
        said = f"{plain_text(self.checked.finished_at)} 校验，共 {self.result.get('leaves', 0):,} 条。"
        if self.newer:
            said += f"此后又封存 {self.newer:,} 块。"
        return said + (f"现有 {self.loose:,} 条待封存。" if self.loose else "")


def latest() -> LogState:
    checks = Job.objects.filter(kind=CHECK).order_by("-created_at")
    checked = checks.filter(state=JobState.DONE).first()
    height = checked.result.get("height", 0) if checked else 0
    return LogState(
        checked, checks.filter(state__in=OPEN).first(), AuditBlock.objects.filter(height__gt=height).count() if checked else 0,
        AuditEntry.objects.filter(leaf=None).count(),
    )  # fmt: skip


def facts(state: LogState) -> tuple[Fact, ...]:
    """The same for a card."""
    return (Fact("结论", state.sentence, wide=True), Fact("说明", state.more, wide=True))
