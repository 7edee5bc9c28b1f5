"""Chapters 5.2.4 and 5.2.5: exam centers move by people, rooms by the clock (R133-R135)."""

from django.db import models

from skillcert.kit.states import Machine, Move


class CenterState(models.TextChoices):
    DRAFT = "draft", "未提交"
    IN_REVIEW = "in_review", "待审核"
    APPROVED = "approved", "审核通过"
    RETURNED = "returned", "审核退回"


class RoomState(models.TextChoices):
    """Derived from the plan's seating window, never stored."""

    OPEN = "open", "未排考"
    SEATING = "seating", "排考中"
    OVER = "over", "已结束"


S = CenterState

CENTER = Machine(
    S,
    name="center",
    look={S.DRAFT: "idle", S.IN_REVIEW: "wait", S.APPROVED: "ok", S.RETURNED: "hand"},
    moves=[
        Move("submit", "提交", (S.DRAFT, S.RETURNED), S.IN_REVIEW, by="centers.edit"),
        Move("withdraw", "撤销", (S.IN_REVIEW,), S.DRAFT, by="centers.edit"),
        Move("approve", "通过", (S.IN_REVIEW,), S.APPROVED, by="centers.review"),
        Move("return", "退回", (S.IN_REVIEW,), S.RETURNED, by="centers.review", needs="reason"),
    ],
)

ROOM_LOOK = {RoomState.OPEN: "idle", RoomState.SEATING: "run", RoomState.OVER: "end"}
