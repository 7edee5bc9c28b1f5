"""Chapters 5.2.9 and 5.2.10: a score's state comes from the plan's windows, a result's outcome from its scores."""

from django.db import models


class ScoreState(models.TextChoices):
    """Derived: 已登记 until 公示 starts, 公示中 inside it, 已锁定 after it (R200-R203)."""

    RECORDED = "recorded", "已登记"
    PUBLICITY = "publicity", "公示中"
    LOCKED = "locked", "已锁定"


class Mark(models.TextChoices):
    NORMAL = "normal", "正常"
    ABSENT = "absent", "缺考"
    CHEATED = "cheated", "违纪"


class Outcome(models.TextChoices):
    PENDING = "pending", "待定"
    PASSED = "passed", "通过"
    FAILED = "failed", "未通过"


SCORE_LOOK = {ScoreState.RECORDED: "wait", ScoreState.PUBLICITY: "run", ScoreState.LOCKED: "end"}
OUTCOME_LOOK = {Outcome.PENDING: "wait", Outcome.PASSED: "ok", Outcome.FAILED: "bad"}
