"""What a person does with messages, and the erasure that a person may ask for."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.audit import AuditDetail, AuditEntry
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.notices import Notice, NoticeRead

declare({"audit.erase": "清除审计中的个人信息"})


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


def erase_details(*, actor: Actor, entry: AuditEntry, reason: str) -> int:
    """trust 44: blank what the audit keeps of one object before, after and as reasons; how many entries it was.

    The entries stay, and so do their digests: they bind only a salted hash of what is blanked, so every proof stands.
    """
    actor.need("audit.erase")
    if not reason.strip():
        raise Refused("清除个人信息须写明理由", field="reason")
    if not AuditEntry.visible_to(actor).filter(pk=entry.pk).exists():
        raise Missing()
    with transaction.atomic():
        same = AuditEntry.objects.filter(object_type=entry.object_type, object_id=entry.object_id)
        count = AuditDetail.objects.filter(entry__in=same.values("pk")).exclude(values="").update(values="")
        label = f"{entry.object_type} {entry.object_id}"
        said = audit.Fact(entry.object_type, entry.object_id, label, {"erased": count}, {"reason": reason})
        audit.record("audit.erase", [said], actor=actor)
    return count
