"""消息: what another party has to know or do, for all of an organization who hold a code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from .access import Actor
from .rows import NOBODY

GATHERED = timedelta(days=1)
LONGEST = 200


class Notice(models.Model):
    organization_id = models.BigIntegerField()
    code = models.CharField("须有的权限", max_length=40)
    kind = models.CharField("类别", max_length=40, default="")  # the room of the code: what a person may tell apart
    text = models.CharField("内容", max_length=LONGEST)
    url = models.CharField(max_length=200, blank=True)
    many = models.CharField(max_length=120, blank=True)  # how more of the same are said in one line, with {n}
    count = models.PositiveIntegerField(default=1)
    at = models.DateTimeField("时间", auto_now_add=True)
    texted = models.BooleanField(default=False)  # whether it has been looked at for text messages

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="notice_by_organization"),
            models.Index(fields=["id"], condition=models.Q(texted=False), name="notice_to_text"),
            models.Index(fields=["organization_id", "many", "-id"], condition=~models.Q(many=""), name="notice_to_gather"),
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
    notify_all([organization_id], code, text, url)


def notify_all(organization_ids: Iterable[int], code: str, text: str, url: str = "") -> None:
    """As ``notify``, to each of many: a province's three thousand schools are told while its row is locked."""
    said: dict[str, Any] = {"code": code, "kind": code.partition(".")[0], "text": text[:LONGEST], "url": url}
    rows = (Notice(organization_id=key, **said) for key in organization_ids)
    Notice.objects.bulk_create(rows, batch_size=1000)


def notify_gathered(organization_id: int, code: str, text: str, url: str, *, many: str, many_url: str) -> None:
    """As ``notify``. Three hundred schools that submit on one evening are one line: while nobody has read the last of these
    within a day, it counts on and says ``many`` ("{n} 份…待审核") with ``many_url``. Where another transaction is at it,
    a line of its own is written: nobody waits for a notice.
    """
    with transaction.atomic():
        recent = Notice.objects.filter(organization_id=organization_id, code=code, many=many, at__gt=timezone.now() - GATHERED)
        last = _free(recent.exclude(pk__in=NoticeRead.objects.values("notice")).order_by("-id")).first()
        if last is None:
            kind = code.partition(".")[0]
            Notice.objects.create(organization_id=organization_id, code=code, kind=kind, text=text[:LONGEST], url=url, many=many)
            return
        said = many.replace("{n}", f"{last.count + 1:,}")
        Notice.objects.filter(pk=last.pk).update(count=last.count + 1, text=said, url=many_url)


def _free(rows: models.QuerySet[Notice]) -> models.QuerySet[Notice]:
    """Locked, without those that another transaction holds; on SQLite the one writer is the lock."""
    return rows.select_for_update(skip_locked=True) if connection.features.has_select_for_update_skip_locked else rows
