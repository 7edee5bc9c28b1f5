"""Chapter 5.2.6: the state of a registration comes from its seats and the clock, never from a person (R152-R155)."""

from django.db import models
from django.db.models import Q

from skillcert.kit.states import Guard


class RegistrationState(models.TextChoices):
    UNSEATED = "unseated", "未排考"
    WAITING = "waiting", "待考试"
    EXAM = "exam", "考试中"
    OVER = "over", "已结束"


REGISTRATION_LOOK = {
    RegistrationState.UNSEATED: "idle", RegistrationState.WAITING: "wait", RegistrationState.EXAM: "run",
    RegistrationState.OVER: "end",
}

DELETABLE = [
    Guard(Q(seated=False), "已排考，不能删除"),
    Guard(Q(paid=False), "已缴费，不能删除"),
    Guard(Q(in_request=False), "已列入未确认的缴费申请单，请先删除该申请单"),
]
