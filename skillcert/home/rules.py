"""What a person does with messages, and the erasure that a person may ask for."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet

from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import User
from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.client import client as sms
from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.notices import Notice, NoticeRead, NoticeSetting

log = structlog.get_logger(__name__)

# The rooms whose notices a person may tell apart, in the menu's words.
KINDS = {
    "issuing": "证书签发与发放", "pilots": "试点申报", "qualifications": "证书目录", "standards": "标准", "plans": "考试计划",
    "candidates": "考生", "centers": "考核站点", "registrations": "报考", "fees": "缴费", "seating": "排考", "results": "成绩",
    "weekly": "周报", "invigilators": "监考人员", "orgs": "机构", "users": "账号", "privacy": "个人信息申请",
}  # fmt: skip

declare({"audit.erase": "清除审计中的个人信息"})


def mark_notices_read(*, actor: Actor, only: int | None = None) -> int:
    """Every notice that the actor sees now, or ``only`` that one, is read; how many were not. Not audited: it changes
    nothing for anybody else.
    """
    unread = unread_of(actor) if only is None else unread_of(actor).filter(pk=only)
    marks = [NoticeRead(notice_id=key, user_id=actor.id or 0) for key in unread.values_list("pk", flat=True)]
    NoticeRead.objects.bulk_create(marks, batch_size=500, ignore_conflicts=True)
    return len(marks)


def unread_of(actor: Actor) -> QuerySet[Notice]:
    """The actor's notices without a mark of the actor."""
    read = NoticeRead.objects.filter(user_id=actor.id or 0).values("notice")
    return Notice.objects.filter(Notice.seen_by(actor)).exclude(pk__in=read)


def unread_notices(actor: Actor) -> QuerySet[Notice]:
    """What the bell counts: without the kinds that the actor does not want in it. One question, as every page asks it."""
    quiet = NoticeSetting.objects.filter(user_id=actor.id or 0, bell=False).values("kind")
    return unread_of(actor).exclude(kind__in=quiet)


def keep_notice_settings(*, actor: Actor, chosen: dict[str, tuple[bool, bool]]) -> None:
    """Per kind: whether it counts in the bell, and whether a text message tells of it. One's own, so not audited."""
    owner = actor.id or 0
    with transaction.atomic():
        NoticeSetting.objects.filter(user_id=owner, kind__in=chosen).delete()
        NoticeSetting.objects.bulk_create(
            NoticeSetting(user_id=owner, kind=kind, bell=bell, sms=sms) for kind, (bell, sms) in chosen.items()
        )


def text_notices() -> int:
    """Tell by text message those who asked for it, each once for all that is new; how many messages went out.

    The text names kinds and numbers, never what a notice says: it may carry a name. What cannot be sent is not tried
    again: the bell has it.
    """
    with transaction.atomic():
        fresh = list(Notice.objects.filter(texted=False).order_by("pk")[:1000])
        Notice.objects.filter(pk__in=[notice.pk for notice in fresh]).update(texted=True)
    wishes = NoticeSetting.objects.filter(sms=True, kind__in={notice.kind for notice in fresh})
    wanted: dict[int, set[str]] = {}
    for wish in wishes:
        wanted.setdefault(wish.user_id, set()).add(wish.kind)
    sent = 0
    for user in User.objects.filter(pk__in=wanted, is_active=True).select_related("organization", "role"):
        codes = actor_of(user).codes
        own = [n for n in fresh if n.organization_id == user.organization_id and n.code in codes and n.kind in wanted[user.pk]]
        if own and user.phone:
            kinds = "、".join(KINDS.get(kind, "其他") for kind in sorted({notice.kind for notice in own}))
            try:
                sms().send(user.phone, f"【职业技能等级证书】您有 {len(own)} 条新消息（{kinds}），请登录平台查看。")
                sent += 1
            except SmsFailed:
                log.warning("notice_not_texted", user=user.pk)
    return sent


def forget_notices(before: datetime) -> int:
    """Remove the notices of before then, with the marks of their readers."""
    return Notice.objects.filter(at__lt=before).delete()[0]


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
        count = audit.blank(entry.object_type, entry.object_id)
        label = f"{entry.object_type} {entry.object_id}"
        said = audit.Fact(entry.object_type, entry.object_id, label, {"erased": count}, {"reason": reason})
        audit.record("audit.erase", [said], actor=actor)
    return count
