"""The catalogue entry: drafted by the awarding body, reviewed and published by the platform [assumption]."""

from django.db import models

from skillcert.kit.states import Machine, Move


class QualificationState(models.TextChoices):
    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "待审核"
    PUBLISHED = "published", "已发布"
    RETURNED = "returned", "退回"
    STOPPED = "stopped", "已停用"


S = QualificationState

QUALIFICATION = Machine(
    S,
    name="qualification",
    look={S.DRAFT: "idle", S.IN_REVIEW: "wait", S.PUBLISHED: "ok", S.RETURNED: "hand", S.STOPPED: "end"},
    moves=[
        Move("submit", "提交审核", (S.DRAFT, S.RETURNED), S.IN_REVIEW, by="qualifications.edit"),
        Move("publish", "发布", (S.IN_REVIEW,), S.PUBLISHED, by="qualifications.review"),
        Move("return", "退回", (S.IN_REVIEW,), S.RETURNED, by="qualifications.review", needs="reason"),
        Move("stop", "停用", (S.PUBLISHED,), S.STOPPED, by="qualifications.review", needs="reason"),
        Move("resume", "启用", (S.STOPPED,), S.PUBLISHED, by="qualifications.review"),
    ],
)
