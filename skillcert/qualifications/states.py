"""The catalogue entry: drafted by the awarding body, reviewed and published by the platform [assumption]."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.states import Guard, Machine, Move


class QualificationState(models.TextChoices):
    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "待审核"
    PUBLISHED = "published", "已发布"
    RETURNED = "returned", "退回"
    STOPPED = "stopped", "已停用"


S = QualificationState


def _mapped(actor: Actor, now: datetime) -> Q:
    from .models import Qualification  # the model names these states

    return Q(pk__in=Qualification.majors.through.objects.values("qualification"))


has_majors = Guard(_mapped, "还没有对应专业，请先在“对应专业”中添加：没有专业，院校无人可报考。")
weighed = Guard(Q(weights=100), "各科权重合计须为 100，请点“编辑”在“通过规则”中改正。")
COMPLETE = (has_majors, weighed)
own = Guard(lambda actor, now: Q(awarding_body=actor.organization_id), "只能维护本单位的证书；其他单位的证书由该培训评价组织维护。")
unpublished = Guard(Q(state__in=[S.DRAFT, S.RETURNED]), "只有草稿和被退回的证书可以修改；已提交的请等平台审核，已发布的不再改动。")
draft = Guard(Q(state=S.DRAFT), "提交过的证书不能删除。")

QUALIFICATION = Machine(
    S,
    name="qualification",
    look={S.DRAFT: "idle", S.IN_REVIEW: "wait", S.PUBLISHED: "ok", S.RETURNED: "hand", S.STOPPED: "end"},
    moves=[
        Move("submit", "提交审核", (S.DRAFT, S.RETURNED), S.IN_REVIEW, by="qualifications.edit", guards=(own, *COMPLETE)),
        Move("publish", "发布", (S.IN_REVIEW,), S.PUBLISHED, by="qualifications.review", guards=COMPLETE),
        Move("return", "退回", (S.IN_REVIEW,), S.RETURNED, by="qualifications.review", needs="reason"),
        Move("stop", "停用", (S.PUBLISHED,), S.STOPPED, by="qualifications.review", needs="reason"),
        Move("resume", "启用", (S.STOPPED,), S.PUBLISHED, by="qualifications.review"),
    ],
)
