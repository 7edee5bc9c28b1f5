"""Every uploaded and generated file: sealed before it leaves the process, opaque to the storage, with an owner."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from hashlib import sha256
from itertools import chain

from django.db import models, transaction
from django.db.models import ProtectedError, Q
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from skillcert.integrations.storage.client import client as storage

from .access import Actor
from .crypto import Encrypted
from .rows import NOBODY
from .sealed import SEGMENT, open_pieces, seal_pieces


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

    def pieces(self) -> Iterator[bytes]:
        """The clear bytes, a MiB at a time. Raises ``InvalidTag`` when the stored file was changed."""
        return open_pieces(storage().open(self.key), f"file:{self.id}")

    def read(self) -> bytes:
        return b"".join(self.pieces())

    def response(self, *, inline: bool = False) -> HttpResponseBase:
        """The file as it is opened: what is changed within the first MiB is refused, what is later breaks off."""
        pieces = self.pieces()
        response = StreamingHttpResponse(chain([next(pieces)], pieces), content_type=self.content_type)
        response["Content-Length"] = str(self.size)
        return private(response, self.name, inline=inline)


def private(response: HttpResponseBase, name: str, *, inline: bool = False) -> HttpResponseBase:
    """A file that no cache keeps and no script inside can use; an attachment unless ``inline``."""
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "inline"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox"
    return response


def store(
    data: bytes | Iterable[bytes], *, shelf: str, name: str, content_type: str, actor: Actor, organization_id: int | None = None,
    days: int | None = None,
) -> StoredFile:
    """Seal and keep ``data``, whole or in pieces; ``days`` until it may be removed (None: kept)."""
    file = StoredFile(
        shelf=shelf, name=name, content_type=content_type, size=0,
        organization_id=organization_id or actor.organization_id, user_id=actor.id if actor.kind == "user" else None,
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    digest = sha256()

    def measured() -> Iterator[bytes]:
        for piece in _slices(data) if isinstance(data, bytes) else data:
            digest.update(piece)
            file.size += len(piece)
            yield piece

    file.key = storage().put(seal_pieces(measured(), f"file:{file.id}"))
    file.digest = digest.hexdigest()
    file.save(force_insert=True)
    return file


def _slices(data: bytes) -> Iterator[bytes]:
    return (data[start : start + SEGMENT] for start in range(0, len(data), SEGMENT))


def discard(keys: Iterable[uuid.UUID]) -> None:
    """Forget the files that no row refers to any more; the bytes go once the transaction has committed."""
    for file in StoredFile.objects.filter(pk__in=list(keys)):
        try:
            with transaction.atomic():
                file.delete()
        except ProtectedError:
            continue
        transaction.on_commit(partial(storage().delete, file.key), robust=True)
