"""How often somebody asks the public pages: a counter per purpose, asker and stretch of time."""

from __future__ import annotations

from django.db import models


class Knock(models.Model):
    """``who`` is a keyed hash of an address or of what is asked for; ``stretch`` numbers the stretches of time."""

    who = models.CharField(max_length=32)
    stretch = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["who", "stretch"], name="knock_once", violation_error_message="请稍后再试。")
        ]
        indexes = [models.Index(fields=["stretch"], name="knock_by_age")]
