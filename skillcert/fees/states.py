"""Chapter 5.2.7: a payment request waits until the awarding body has the money (R169); then it stands [assumption]."""

from django.db import models

from skillcert.kit.states import Machine, Move


class PaymentState(models.TextChoices):
    OPEN = "open", "未确认"
    CONFIRMED = "confirmed", "已确认"


PAYMENT = Machine(
    PaymentState,
    name="payment",
    look={PaymentState.OPEN: "wait", PaymentState.CONFIRMED: "ok"},
    moves=[Move("confirm", "确认缴费", (PaymentState.OPEN,), PaymentState.CONFIRMED, by="fees.confirm")],
)
