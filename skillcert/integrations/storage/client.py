"""What the platform asks of a store of bytes, and which one the settings name.

Settings: STORAGE "files" (default, under DATA/"files") or "s3" (STORAGE_S3 = {"bucket": ..., "prefix": ...,
and any keyword of boto3's client such as endpoint_url}).
"""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol


class StorageError(Exception):
    """The store could not answer; the sentence says what the operator can do."""


class NotStored(StorageError):
    """Nothing is kept under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"文件 {key} 不在存储中：可能已按期清理，请重新生成或上传")


class Storage(Protocol):
    """Bytes in, a random key out. The store never looks inside: what it holds is encrypted by its caller."""

    def put(self, pieces: Iterable[bytes]) -> str:
        """Keep the bytes and answer their new key, 32 hex digits. When it returns, they survive a power cut."""

    def open(self, key: str) -> BinaryIO:
        """The bytes of a key, to be read in order and closed; ``read(n)`` gives n until the end. Raises NotStored."""

    def delete(self, key: str) -> None:
        """Forget a key; forgetting it twice is no error, so that a job may run twice."""

    def keys(self, before: datetime) -> Iterator[str]:
        """The keys of what was put before a moment, in any order: what no row knows among them is an orphan."""

    def sweep(self, before: datetime) -> int:
        """Remove what a process left half written before a moment; answers how many."""


def new_key() -> str:
    """32 random hex digits: a key says nothing about what it holds and cannot be guessed."""
    return secrets.token_hex(16)


def checked(key: str) -> str:
    """The key itself when it is one of ours. A key is part of a path, so anything else is refused."""
    if len(key) != 32 or not set(key) <= set("0123456789abcdef"):
        raise NotStored(key[:40])
    return key


def client() -> Storage:
    """The store that the settings name, one for the process."""
    from django.conf import settings

    return _made(getattr(settings, "STORAGE", "files"), Path(settings.DATA) / "files")


@cache
def _made(kind: str, folder: Path) -> Storage:
    if kind == "files":
        from skillcert.integrations.storage.embedded import FolderStorage

        return FolderStorage(folder)
    if kind == "s3":
        from django.conf import settings

        from skillcert.integrations.storage.s3 import BucketStorage

        return BucketStorage(**getattr(settings, "STORAGE_S3", {}))
    raise StorageError(f"设置 STORAGE 的值 {kind!r} 无法识别，可用 files 或 s3")
