"""Chapters 5.2.1 and 5.2.2: subjects, plans, and the stage of a plan, which the clock alone decides."""

from django.db import models
from django.db.models import Q

from skillcert.kit.states import Guard, Machine, Move


class SubjectState(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    STOPPED = "stopped", "已停用"


class PlanState(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    CANCELLED = "cancelled", "已取消"


class Stage(models.IntegerChoices):
    """domain 4: 4, 5 and 6 are the codes seen in public; 0 to 3 are ours. A gap counts to the stage before."""

    COMING = 0, "未开始"
    REGISTRATION = 1, "报考中"
    SEATING = 2, "排考中"
    EXAM = 3, "考试中"
    SCORING = 4, "成绩登记中"
    PUBLICITY = 5, "成绩公示中"
    OVER = 6, "考试已结束"


SUBJECT = Machine(
    SubjectState,
    name="subject",
    look={SubjectState.DRAFT: "idle", SubjectState.PUBLISHED: "ok", SubjectState.STOPPED: "end"},
    moves=[
        Move("publish", "发布", (SubjectState.DRAFT, SubjectState.STOPPED), SubjectState.PUBLISHED, by="plans.edit"),
        Move("stop", "停用", (SubjectState.PUBLISHED,), SubjectState.STOPPED, by="plans.edit"),
    ],
)

no_registration = Guard(Q(registered=0), "已有考生报考，不能取消；如需改期请用“延期”")

PLAN = Machine(
    PlanState,
    name="plan",
    look={PlanState.DRAFT: "idle", PlanState.PUBLISHED: "ok", PlanState.CANCELLED: "end"},
    moves=[
        Move("publish", "发布", (PlanState.DRAFT,), PlanState.PUBLISHED, by="plans.edit"),
        Move("cancel", "取消", (PlanState.PUBLISHED,), PlanState.CANCELLED, by="plans.edit", needs="reason",
             guards=[no_registration]),
    ],
)

STAGE_LOOK = {
    Stage.COMING: "idle", Stage.REGISTRATION: "run", Stage.SEATING: "run", Stage.EXAM: "run", Stage.SCORING: "run",
    Stage.PUBLICITY: "run", Stage.OVER: "end",
}
