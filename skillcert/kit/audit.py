"""Who did what, before and after: append-only entries, personal values apart, Merkle blocks over all of it.

An entry carries its own salted digest and knows no neighbour (a chain head locked in every transaction would cost
a factor of 5 to 25). The sealer puts all entries that no block holds yet into a Merkle block (RFC 6962) whose
signed header names the block before. ``AuditDetail`` holds the values and alone may be erased: the digest binds
only a salted hash of it, so an erasure leaves every proof standing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .access import Actor
from .actions import ACTIONS
from .crypto import Encrypted
from .rows import EVERYBODY, NOBODY, Row


class AuditEntry(models.Model):
    """One act on one object. Never updated, never deleted: the database refuses it too."""

    at = models.DateTimeField("时间", db_index=True)
    action = models.CharField("动作", max_length=60)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField("操作人", max_length=120)
    organization_id = models.BigIntegerField(null=True)
    ip = models.GenericIPAddressField(null=True)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    object_label = models.CharField("对象", max_length=200)
    summary = models.JSONField(default=dict)
    salt = models.BinaryField(max_length=16)
    detail_hash = models.CharField(max_length=64, blank=True)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="audit_by_object"),
            models.Index(fields=["organization_id", "id"], name="audit_by_organization"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """Its own organization's entries; the platform's auditors see all, without personal data (domain 1.3)."""
        if actor.kind != "user":
            return NOBODY
        return EVERYBODY if actor.organization_kind == "platform" else Q(organization_id=actor.organization_id)

    @classmethod
    def visible_to(cls, actor: Actor) -> QuerySet[AuditEntry]:
        rows = cls._default_manager.all()
        return rows if actor.kind == "system" else rows.filter(cls.seen_by(actor))

    def compute_digest(self) -> str:
        """SHA-256 over the salt and the canonical JSON of everything but the row's id."""
        body = [
            self.at.isoformat(), self.action, self.actor_kind, self.actor_id, self.actor_label, self.organization_id,
            self.ip or "", self.object_type, self.object_id, self.object_label, self.summary, self.detail_hash,
        ]
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(bytes(self.salt) + text.encode()).hexdigest()

    @property
    def detail_holds(self) -> bool:
        """Whether the values beside the entry are those it was made with; erased ones hold too."""
        detail = getattr(self, "detail", None)
        if detail is None or not detail.values:
            return True
        return sha256(bytes(self.salt) + detail.values.encode()).hexdigest() == self.detail_hash

    @property
    def sentence(self) -> str:
        return ACTIONS.get(self.action, self.action)


class AuditDetail(models.Model):
    """The values before and after, and the reason: sealed, and blanked by an audited erasure alone."""

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, related_name="detail")
    values = Encrypted()

    def read(self) -> dict[str, Any]:
        return json.loads(self.values) if self.values else {}


class AuditBlock(models.Model):
    """A Merkle block over entries. ``block_hash`` is that of the header, which names the block before."""

    height = models.PositiveBigIntegerField(primary_key=True)
    previous_hash = models.CharField(max_length=64)
    root = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    at = models.DateTimeField()
    block_hash = models.CharField(max_length=64, unique=True)
    signature = models.BinaryField()


class AuditLeaf(models.Model):
    """Which entry is which leaf of which block."""

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, related_name="leaf")
    block = models.ForeignKey(AuditBlock, models.PROTECT, related_name="leaves")
    index = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["block", "index"], name="audit_leaf_once")]


@dataclass(frozen=True)
class Fact:
    """What is to be recorded about one object. ``summary`` carries no personal data; ``values`` may."""

    object_type: str
    object_id: str
    object_label: str
    summary: dict[str, Any]
    values: dict[str, Any] | None = None


def fact_of(row: models.Model, summary: dict[str, Any] | None = None, values: dict[str, Any] | None = None) -> Fact:
    label = row.audit_label if isinstance(row, Row) else str(row)
    return Fact(row._meta.label_lower, str(row.pk), label[:200], summary or {}, values)


def record(action: str, facts: Iterable[Fact], *, actor: Actor) -> None:
    """Write entries inside the caller's transaction: no audit, no action. Raises KeyError for an unknown code."""
    if action not in ACTIONS:
        raise KeyError(f"audit action {action!r} is not declared")
    facts = list(facts)
    at = timezone.now()
    texts = [json.dumps(fact.values, ensure_ascii=False, default=str) if fact.values else "" for fact in facts]
    entries = AuditEntry.objects.bulk_create(
        [_entry(action, fact, text, actor, at) for fact, text in zip(facts, texts, strict=True)], batch_size=500
    )
    AuditDetail.objects.bulk_create(
        [AuditDetail(entry=entry, values=text) for entry, text in zip(entries, texts, strict=True) if text],
        batch_size=500,
    )


def _entry(action: str, fact: Fact, text: str, actor: Actor, at: Any) -> AuditEntry:
    salt = os.urandom(16)
    entry = AuditEntry(
        at=at, action=action, actor_kind=actor.kind, actor_id=actor.id, actor_label=actor.label,
        organization_id=actor.organization_id, ip=actor.ip or None, object_type=fact.object_type,
        object_id=fact.object_id, object_label=fact.object_label, summary=fact.summary, salt=salt,
        detail_hash=sha256(salt + text.encode()).hexdigest() if text else "",
    )
    entry.digest = entry.compute_digest()
    return entry


def history(row: models.Model) -> models.QuerySet[AuditEntry]:
    """The record of one object, newest first, details joined."""
    return (
        AuditEntry.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk))
        .select_related("detail").order_by("-id")
    )


def blank(object_type: str, object_id: str) -> int:
    """Erase what is kept beside the entries of one object (trust 44); how many had something. The entries and their digests
    stay, so every proof does. The caller has the right to do so, and says it in an entry of its own.
    """
    entries = AuditEntry.objects.filter(object_type=object_type, object_id=object_id)
    return AuditDetail.objects.filter(entry__in=entries.values("pk")).exclude(values="").update(values="")
