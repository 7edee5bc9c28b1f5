"""Chapter 6: a report's states and moves. The clock closes a cycle; what was returned may come again after it (R230)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.states import Guard, Machine, Move


class ReportState(models.TextChoices):
    DRAFT = "draft", "未提交"
    IN_REVIEW = "in_review", "待审核"
    APPROVED = "approved", "审核通过"
    RETURNED = "returned", "审核退回"


S = ReportState
SUBMITTED = (S.IN_REVIEW, S.APPROVED, S.RETURNED)


def _open(actor: Actor, now: datetime) -> Q:
    """Its cycle runs; or it was returned once, then it may come again, withdrawn in between or not [assumption]."""
    return Q(end__gt=now) | Q(returned_at__isnull=False)


in_time = Guard(_open, "提交时间已过，该周报目前不能提交，谢谢")
fillable = Guard(_open, "下一周期已经开始，上期周报不允许补填；只能查看，未提交的可以删除")
complete = Guard(
    ~Q(progress="") & ~Q(problems="") & ~Q(next_plan=""),
    "“工作进展与典型做法”“存在问题与建议”“下期计划”须填写后才能提交，没有的请写“无”",
)
explained = Guard(Q(unexplained=0), "有改动过的数还没有写明原因，请到“考核情况”页签的“须说明的数”中逐个写明后再提交")
editable = Guard(Q(state__in=(S.DRAFT, S.RETURNED)), "只有“未提交”“审核退回”的周报可以编辑；待审核的请先撤回")
deletable = Guard(Q(state=S.DRAFT), "只有“未提交”的周报可以删除")

REPORT = Machine(
    S,
    name="weekly",
    look={S.DRAFT: "idle", S.IN_REVIEW: "wait", S.APPROVED: "ok", S.RETURNED: "hand"},
    hints={S.DRAFT: "院校填写后提交", S.IN_REVIEW: "省厅审核", S.APPROVED: "已办结", S.RETURNED: "院校修改后再提交"},
    moves=[
        Move("submit", "提交", (S.DRAFT, S.RETURNED), S.IN_REVIEW, by="weekly.edit", guards=[in_time, complete, explained]),
        Move("withdraw", "撤回", (S.IN_REVIEW,), S.DRAFT, by="weekly.edit"),
        Move("approve", "通过", (S.IN_REVIEW,), S.APPROVED, by="weekly.review"),
        Move("return", "退回", (S.IN_REVIEW,), S.RETURNED, by="weekly.review", needs="reason"),
    ],
)
