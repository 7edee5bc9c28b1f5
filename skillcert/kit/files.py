"""Every uploaded and generated file: sealed before it leaves the process, opaque to the storage, with an owner."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO

from django.db import models, transaction
from django.db.models import ProtectedError, Q
from django.http import FileResponse
from django.utils import timezone

from skillcert.integrations.storage.client import client as storage

from .access import Actor
from .crypto import Encrypted, open_bytes, seal_bytes
from .rows import NOBODY


class StoredFile(models.Model):
    """A file with its owner. The clear name may carry a person's name, so it is sealed as well.

    ``shelf`` says what it is (``import``, ``errors``, ``export``, ``paper``, ``photo``, ``seal``, ``certificate``);
    exports and papers appear in 下载中心 until ``expires_at``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shelf = models.CharField(max_length=20)
    name = Encrypted()
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    digest = models.CharField("SHA-256", max_length=64)
    key = models.CharField(max_length=80, unique=True)
    organization_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "shelf", "created_at"], name="file_by_user")]

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """Its starter, and the 管理员 of its organization (domain 1.3)."""
        if actor.kind != "user":
            return NOBODY
        mine = Q(user_id=actor.id)
        return mine | Q(organization_id=actor.organization_id) if actor.may("files.view_all") else mine

    def read(self) -> bytes:
        """The clear bytes. Raises ``InvalidTag`` when the stored file was changed."""
        return open_bytes(storage().get(self.key), f"file:{self.id}")

    def response(self, *, inline: bool = False) -> FileResponse:
        response = FileResponse(
            BytesIO(self.read()), as_attachment=not inline, filename=self.name, content_type=self.content_type
        )
        response["Cache-Control"] = "private, no-store"
        response["Content-Security-Policy"] = "sandbox"
        return response


def store(
    data: bytes, *, shelf: str, name: str, content_type: str, actor: Actor, organization_id: int | None = None,
    days: int | None = None,
) -> StoredFile:
    """Seal and keep ``data``; ``days`` until it may be removed (None: kept)."""
    file = StoredFile(
        shelf=shelf, name=name, content_type=content_type, size=len(data), digest=sha256(data).hexdigest(),
        organization_id=organization_id or actor.organization_id, user_id=actor.id if actor.kind == "user" else None,
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    file.key = storage().put(seal_bytes(data, f"file:{file.id}"))
    file.save(force_insert=True)
    return file


def discard(keys: Iterable[uuid.UUID]) -> None:
    """Forget the files that no row refers to any more; the bytes go once the transaction has committed."""
    for file in StoredFile.objects.filter(pk__in=list(keys)):
        try:
            with transaction.atomic():
                file.delete()
        except ProtectedError:
            continue
        transaction.on_commit(partial(storage().delete, file.key), robust=True)
