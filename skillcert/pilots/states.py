"""Chapter 4.3: a round and an application. 待终审 is skipped where the province reviews at one level [assumption]."""

from django.db import models

from skillcert.kit.states import Machine, Move


class RoundState(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    CLOSED = "closed", "已结束"


class ApplicationState(models.TextChoices):
    DRAFT = "draft", "未提交"
    FIRST_REVIEW = "first_review", "待初审"
    FINAL_REVIEW = "final_review", "待终审"
    APPROVED = "approved", "审核通过"
    RETURNED = "returned", "审核退回"
    REJECTED = "rejected", "审核不通过"


S = ApplicationState

APPLICATION = Machine(
    S,
    name="pilot_application",
    look={
        S.DRAFT: "idle", S.FIRST_REVIEW: "wait", S.FINAL_REVIEW: "wait", S.APPROVED: "ok", S.RETURNED: "hand",
        S.REJECTED: "bad",
    },
    moves=[
        Move("submit", "提交", (S.DRAFT, S.RETURNED), S.FIRST_REVIEW, by="pilots.edit"),
        Move("pass_first", "初审通过", (S.FIRST_REVIEW,), S.FINAL_REVIEW, by="pilots.review"),
        Move("approve", "审核通过", (S.FIRST_REVIEW, S.FINAL_REVIEW), S.APPROVED, by="pilots.review"),
        Move("return", "退回", (S.FIRST_REVIEW, S.FINAL_REVIEW, S.APPROVED), S.RETURNED, by="pilots.review", needs="reason"),
        Move("reject", "审核不通过", (S.FIRST_REVIEW, S.FINAL_REVIEW), S.REJECTED, by="pilots.review", needs="reason"),
    ],
)
