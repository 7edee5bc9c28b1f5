"""The log in which certificates and catalogue entries are anchored: 单节点存证日志 (RFC 6962 over SHA-256).

A ``ChainReceipt`` is one leaf: what was anchored, its canonical payload without personal data, and, once the sealer
has taken it, its block. 区块高度 is the block's height, 块哈希 the hash of its header, 交易哈希 the leaf hash.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from .merkle import leaf_hash


class ChainBlock(models.Model):
    """A Merkle block with a signed header that names the block before."""

    height = models.PositiveBigIntegerField("区块高度", primary_key=True)
    previous_hash = models.CharField(max_length=64)
    root = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    at = models.DateTimeField("上链时间")
    block_hash = models.CharField("块哈希", max_length=64, unique=True)
    signature = models.BinaryField()


class ChainReceipt(models.Model):
    """One anchored payload. ``block`` is empty until the sealer has taken it (待上链)."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    payload = models.JSONField()
    leaf = models.CharField("交易哈希", max_length=64)
    block = models.ForeignKey(ChainBlock, models.PROTECT, null=True, related_name="receipts")
    index = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["block", "index"], name="chain_leaf_once")]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="chain_by_subject")]


def canonical(payload: dict[str, Any]) -> bytes:
    """The bytes that are hashed: JSON, keys sorted, no spaces, UTF-8 (RFC 8785 for our value types)."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def anchor(row: models.Model, payload: dict[str, Any]) -> ChainReceipt:
    """Hand a payload to the log; the sealer puts it into a block within seconds."""
    return ChainReceipt.objects.create(
        subject_type=row._meta.label_lower, subject_id=str(row.pk), payload=payload,
        leaf=leaf_hash(canonical(payload)).hex(),
    )
