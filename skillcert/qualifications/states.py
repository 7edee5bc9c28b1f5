"""The catalogue entry, and its revision: drafted by the awarding body, reviewed by the platform [assumption]."""

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


class RevisionState(models.TextChoices):
    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "待审核"
    RETURNED = "returned", "退回"
    ADOPTED = "adopted", "已生效"


S, R = QualificationState, RevisionState


def _mapped(actor: Actor, now: datetime) -> Q:
    from .models import Qualification  # the model names these states

    return Q(pk__in=Qualification.majors.through.objects.values("qualification"))


has_majors = Guard(_mapped, "还没有对应专业，请先在“对应专业”中添加：没有专业，院校无人可报考。")
weighed = Guard(Q(weights=100), "各科权重合计须为 100，请点“编辑”在“通过规则”中改正。")
COMPLETE = (has_majors, weighed)
own = Guard(lambda actor, now: Q(awarding_body=actor.organization_id), "只能维护本单位的证书；其他单位的证书由该培训评价组织维护。")
unpublished = Guard(Q(state__in=[S.DRAFT, S.RETURNED]), "只有草稿和被退回的证书可以修改；已提交的请等平台审核，已发布的请用“修订”。")
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


# --- revision --------------------------------------------------------------------------------------------
def _unrevised(actor: Actor, now: datetime) -> Q:
    from .models import Revision

    return ~Q(pk__in=Revision.objects.exclude(state=R.ADOPTED).values("qualification"))


def _revised_majors(actor: Actor, now: datetime) -> Q:
    from .models import Revision

    return Q(pk__in=Revision.majors.through.objects.values("revision"))


published = Guard(Q(state=S.PUBLISHED), "只有已发布的证书可以修订；草稿和被退回的请点“编辑”，已停用的请联系平台启用。")
unrevised = Guard(_unrevised, "这个证书已有进行中的修订，请在“证书修订”中接着办理。")
own_revision = Guard(
    lambda actor, now: Q(qualification__awarding_body=actor.organization_id), "只能修订本单位的证书；其他单位的证书由该培训评价组织维护。"
)
open_revision = Guard(Q(state__in=[R.DRAFT, R.RETURNED]), "已提交的修订请等平台审核，已生效的不再改动。")
keeps_majors = Guard(_revised_majors, "修订后没有对应专业，院校无人可报考；请在“修订后的专业”中添加。")
in_force = Guard(Q(qualification__state=S.PUBLISHED), "这个证书已停用，启用后才能使修订生效。")

REVISION = Machine(
    R,
    name="revision",
    look={R.DRAFT: "idle", R.IN_REVIEW: "wait", R.RETURNED: "hand", R.ADOPTED: "ok"},
    moves=[
        Move("submit", "提交修订", (R.DRAFT, R.RETURNED), R.IN_REVIEW, by="qualifications.edit", guards=(own_revision, keeps_majors)),
        Move("adopt", "通过修订", (R.IN_REVIEW,), R.ADOPTED, by="qualifications.review", guards=(keeps_majors, in_force)),
        Move("return", "退回修订", (R.IN_REVIEW,), R.RETURNED, by="qualifications.review", needs="reason"),
    ],
)
