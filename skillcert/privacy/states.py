"""trust 44: a request is answered within 15 days, one way or the other."""

from __future__ import annotations

from django.db import models

from skillcert.kit.states import Machine, Move


class RequestState(models.TextChoices):
    PENDING = "pending", "待处理"
    DONE = "done", "已办结"
    REFUSED = "refused", "不予处理"


S = RequestState

REQUEST = Machine(
    S,
    name="privacy",
    look={S.PENDING: "wait", S.DONE: "ok", S.REFUSED: "bad"},
    hints={S.PENDING: "院校 15 天内答复", S.DONE: "已告知本人", S.REFUSED: "已写明理由并告知本人"},
    moves=[
        Move("fulfil", "办理", (S.PENDING,), S.DONE, by="privacy.handle"),
        Move("refuse", "不予处理", (S.PENDING,), S.REFUSED, by="privacy.handle", needs="reason"),
    ],
)
