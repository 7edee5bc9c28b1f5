"""消息: what another party has to know or do, for all of an organization who hold a code."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .access import Actor
from .rows import NOBODY


class Notice(models.Model):
    organization_id = models.BigIntegerField()
    code = models.CharField("须有的权限", max_length=40)
    kind = models.CharField("类别", max_length=40, default="")  # the room of the code: what a person may tell apart
    text = models.CharField("内容", max_length=200)
    url = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    texted = models.BooleanField(default=False)  # whether it has been looked at for text messages

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="notice_by_organization"),
            models.Index(fields=["id"], condition=models.Q(texted=False), name="notice_to_text"),
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        if actor.kind != "user":
            return NOBODY
        return Q(organization_id=actor.organization_id, code__in=actor.codes)


class NoticeSetting(models.Model):
    """How a user wants to be told of one kind of notice, the room of its code; none means in the bell alone."""

    user_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    bell = models.BooleanField(default=True)
    sms = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "kind"], name="notice_setting_once")]


class NoticeRead(models.Model):
    """Who has read what."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="reads")
    user_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "user_id"], name="notice_read_once")]


def notify(organization_id: int, code: str, text: str, url: str = "") -> None:
    """Tell everybody of an organization who holds ``code``; part of the caller's transaction."""
    kind = code.partition(".")[0]
    Notice.objects.create(organization_id=organization_id, code=code, kind=kind, text=text, url=url)
