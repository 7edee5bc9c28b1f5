"""Chapter 4.3: a round and an application. 待终审 is passed by at once where the round has one level [assumption]."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.states import Guard, Look, Machine, Move


class RoundState(models.TextChoices):
    """As stored; ``PilotRound.stage`` is what the clock makes of it."""

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


ROUND_LOOK: dict[str, Look] = {RoundState.DRAFT: "idle", RoundState.PUBLISHED: "run", RoundState.CLOSED: "end"}

not_over = Guard(lambda actor, now: Q(end__gte=now), "申报结束时间已过，请先编辑申报计划，改晚结束时间")

ROUND = Machine(
    RoundState,
    name="pilot_round",
    look=ROUND_LOOK,
    moves=[
        Move("publish", "发布", (RoundState.DRAFT,), RoundState.PUBLISHED, by="pilots.rounds", guards=[not_over]),
        Move("close", "关闭", (RoundState.PUBLISHED,), RoundState.CLOSED, by="pilots.rounds"),
        Move("reopen", "重新开放", (RoundState.CLOSED,), RoundState.PUBLISHED, by="pilots.rounds"),
    ],
)

S = ApplicationState


def _in_time(actor: Actor, now: datetime) -> Q:
    """A draft goes in within the window; one that was returned may come again until the province closes the round."""
    return ~Q(state=S.DRAFT) | Q(round__start__lte=now, round__end__gte=now)


round_not_closed = Guard(Q(round__state=RoundState.PUBLISHED), "申报计划已由省厅关闭，不能再提交；填写的内容已保留，请联系省厅")
in_time = Guard(_in_time, "不在申报时间内，不能提交；填写的内容已保留，如需补报请联系省厅延长申报时间")
not_registered = Guard(
    Q(registered=0), "已有考生凭这份申报报考，不能退回；请院校先在“报考管理”中删除未排考、未缴费的报考"
)
can_come_again = Guard(
    Q(round__state=RoundState.PUBLISHED), "申报计划已关闭，退回后院校无法再提交；请先在“申报计划”中重新开放"
)

APPLICATION = Machine(
    S,
    name="pilot_application",
    look={
        S.DRAFT: "idle", S.FIRST_REVIEW: "wait", S.FINAL_REVIEW: "wait", S.APPROVED: "ok", S.RETURNED: "hand",
        S.REJECTED: "bad",
    },
    hints={
        S.DRAFT: "院校还没有提交", S.FIRST_REVIEW: "等省厅初审", S.FINAL_REVIEW: "等省厅终审", S.APPROVED: "可以报考",
        S.RETURNED: "院校改好后再提交", S.REJECTED: "本年度不能再申报该证书该等级",
    },
    moves=[
        Move(
            "submit", "提交", (S.DRAFT, S.RETURNED), S.FIRST_REVIEW, by="pilots.edit", guards=[round_not_closed, in_time]
        ),
        Move("pass_first", "初审通过", (S.FIRST_REVIEW,), S.FINAL_REVIEW, by="pilots.review"),
        Move("approve", "审核通过", (S.FINAL_REVIEW,), S.APPROVED, by="pilots.review"),
        Move(
            "return", "退回", (S.FIRST_REVIEW, S.FINAL_REVIEW, S.APPROVED), S.RETURNED, by="pilots.review",
            needs="reason", guards=[can_come_again, not_registered],
        ),
        Move("reject", "审核不通过", (S.FIRST_REVIEW, S.FINAL_REVIEW), S.REJECTED, by="pilots.review", needs="reason"),
    ],
)  # fmt: skip
EDITABLE = (S.DRAFT, S.RETURNED)
