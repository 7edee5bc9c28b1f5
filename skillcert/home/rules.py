"""What a person does with messages."""

from __future__ import annotations

from django.db.models import QuerySet

from skillcert.kit.access import Actor
from skillcert.kit.notices import Notice, NoticeRead


def mark_notices_read(*, actor: Actor) -> int:
    """Every notice that the actor sees now is read; how many were not. Not audited: it changes nothing for anybody else."""
    unread = unread_notices(actor)
    marks = [NoticeRead(notice_id=key, user_id=actor.id or 0) for key in unread.values_list("pk", flat=True)]
    NoticeRead.objects.bulk_create(marks, batch_size=500, ignore_conflicts=True)
    return len(marks)


def unread_notices(actor: Actor) -> QuerySet[Notice]:
    """The actor's notices without a mark of the actor."""
    read = NoticeRead.objects.filter(user_id=actor.id or 0).values("notice")
    return Notice.objects.filter(Notice.seen_by(actor)).exclude(pk__in=read)
