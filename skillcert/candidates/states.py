"""Chapter 5.2.3: 无照片 → 信息待认证 → 信息准确, or by 需人工确认 (R109-R115)."""

from django.db import models
from django.db.models import Q

from skillcert.kit.states import Guard, Machine, Move

from .consents import WITHDRAWN_SENTENCE, ConsentState


class CandidateState(models.TextChoices):
    NO_PHOTO = "no_photo", "无照片"
    UNVERIFIED = "unverified", "信息待认证"
    TO_CONFIRM = "to_confirm", "需人工确认"
    ACCURATE = "accurate", "信息准确"


S = CandidateState

complete = Guard(Q(complete=True), "基本信息不完整，请先补全姓名拼音、手机号、专业等必填项")
consented = Guard(~Q(consent=ConsentState.WITHDRAWN), WITHDRAWN_SENTENCE)

CANDIDATE = Machine(
    S,
    name="candidate",
    look={S.NO_PHOTO: "idle", S.UNVERIFIED: "wait", S.TO_CONFIRM: "hand", S.ACCURATE: "ok"},
    hints={
        S.NO_PHOTO: "等待院校导入照片", S.UNVERIFIED: "等待院校发起认证", S.TO_CONFIRM: "照片比对未通过，等待院校人工确认",
        S.ACCURATE: "姓名、证件与照片已核准，不可再改",
    },
    moves=[
        Move("photo", "导入照片", (S.NO_PHOTO, S.UNVERIFIED, S.TO_CONFIRM), S.UNVERIFIED, by="candidates.edit", guards=[consented]),
        Move("remove_photo", "移除照片", (S.UNVERIFIED, S.TO_CONFIRM), S.NO_PHOTO, by="candidates.edit"),
        Move("verify", "认证", (S.UNVERIFIED,), S.ACCURATE, by="candidates.verify", guards=[complete, consented]),
        Move("doubt", "认证", (S.UNVERIFIED,), S.TO_CONFIRM, by="candidates.verify", guards=[complete, consented]),
        Move("confirm", "人工确认", (S.TO_CONFIRM,), S.ACCURATE, by="candidates.verify", needs="reason", guards=[complete, consented]),
        Move("reopen", "修改后重新认证", (S.TO_CONFIRM, S.UNVERIFIED), S.UNVERIFIED, by="candidates.edit"),
    ],
)
