"""消息: what another party has to know or do, for all of an organization who hold a code."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .access import Actor
from .rows import NOBODY


class Notice(models.Model):
    organization_id = models.BigIntegerField()
    code = models.CharField("须有的权限", max_length=40)
    text = models.CharField("内容", max_length=200)
    url = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["organization_id", "-id"], name="notice_by_organization")]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        if actor.kind != "user":
            return NOBODY
        return Q(organization_id=actor.organization_id, code__in=actor.codes)


class NoticeRead(models.Model):
    """Who has read what."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="reads")
    user_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "user_id"], name="notice_read_once")]


def notify(organization_id: int, code: str, text: str, url: str = "") -> None:
    """Tell everybody of an organization who holds ``code``; part of the caller's transaction."""
    Notice.objects.create(organization_id=organization_id, code=code, text=text, url=url)
