"""What a person asks about their own data (个人信息保护法 44-50): to copy, correct or delete it, to withdraw a consent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from skillcert.candidates.models import Candidate
from skillcert.kit.access import Actor
from skillcert.kit.crypto import Encrypted
from skillcert.kit.rows import NOBODY, Row
from skillcert.orgs.models import Institution

from .states import RequestState


class Wish(models.TextChoices):
    COPY = "copy", "查阅、复制"
    CORRECT = "correct", "更正、补充"
    DELETE = "delete", "删除"
    WITHDRAW = "withdraw", "撤回同意"


class Way(models.TextChoices):
    ONLINE = "online", "本人网上申请"
    IN_PERSON = "in_person", "本人到校申请"


class PersonalRequest(Row):
    """One request about one candidate of one institution. ``number`` is the receipt: its last four digits are drawn, so
    that a neighbour's cannot be guessed. What is personal in it is blanked when it need not be kept any longer.
    """

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="院校", related_name="personal_requests", db_index=False
    )
    candidate = models.ForeignKey(
        Candidate, models.SET_NULL, verbose_name="考生", related_name="personal_requests", null=True, blank=True
    )
    number = models.CharField("受理单号", max_length=20, unique=True)
    candidate_number = models.CharField("考生编号", max_length=18)
    name = models.CharField("姓名", max_length=80, blank=True)
    phone = Encrypted("手机号", blank=True)
    wish = models.CharField("申请事项", max_length=8, choices=Wish)
    way = models.CharField("申请方式", max_length=10, choices=Way)
    text = Encrypted("具体要求", blank=True)
    state = models.CharField("状态", max_length=8, choices=RequestState, default=RequestState.PENDING)
    received_at = models.DateTimeField("受理时间")
    due_at = models.DateTimeField("答复期限")
    answer = Encrypted("答复", blank=True)
    closed_at = models.DateTimeField("答复时间", null=True, blank=True)
    closed_by = models.CharField("答复人", max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "wish"], condition=Q(state="pending"), name="personal_request_once",
                violation_error_message="同样的申请已经受理，正在处理，请凭受理单号查询进度。",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "state", "due_at", "id"], name="personal_request_due"),
            models.Index(fields=["institution", "received_at", "id"], name="personal_request_received"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_label(self) -> str:
        return self.number

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """The institution's own; the person's own."""
        match actor.kind, actor.organization_kind:
            case "user", "institution":
                return Q(institution=actor.organization_id)
            case "candidate", _:
                return Q(candidate=actor.id)
        return NOBODY
