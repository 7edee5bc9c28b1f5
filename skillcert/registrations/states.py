"""Chapter 5.2.6: the state of a registration comes from its seats and the clock, never from a person (R152-R155)."""

from django.db import models
from django.db.models import F, Q

from skillcert.candidates.states import CandidateState
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


def identity_stands(path: str = "") -> Q:
    """The candidate is the one registered, or the awarding body accepted who was verified since (domain 4.0).

    ``path``: the way to the registration, such as ``registration__`` from a result.
    """
    name, index = F(f"{path}candidate__name"), F(f"{path}candidate__person_index")
    registered = Q(**{f"{path}name": name, f"{path}person_index": index})
    return registered | Q(**{f"{path}accepted_name": name, f"{path}accepted_person_index": index})


TO_ACCEPT = [
    Guard(~identity_stands(), "报考信息与认证信息一致或已经认可，不必再认可"),
    Guard(Q(candidate__state=CandidateState.ACCURATE), "考生信息还不是“信息准确”，请院校先在“考生管理”中完成认证"),
]
