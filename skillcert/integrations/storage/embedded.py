"""Files on this machine, two folders deep, so that no folder grows beyond what tools bear."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from skillcert.integrations.storage.client import NotStored, StorageError, checked, new_key


class FolderStorage:
    """`root/ab/cd/abcd….`: written beside its place, synced, then renamed, so that no half file is ever read.

    A process killed in the middle leaves at most a file that ends in .part, which `sweep` removes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, pieces: Iterable[bytes]) -> str:
        key = new_key()
        place = self._place(key)
        part = place.with_suffix(".part")
        try:
            self._make_folder(place.parent)
            with open(part, "xb", opener=_private) as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            os.rename(part, place)
            _sync_folder(place.parent)
        except BaseException as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise StorageError(f"文件写入失败（{error.strerror}）：请联系平台运维检查数据目录的空间与权限") from error
            raise  # what failed is whoever made the pieces
        return key

    def open(self, key: str) -> BinaryIO:
        try:
            return self._place(key).open("rb")
        except FileNotFoundError as error:
            raise NotStored(key) from error
        except OSError as error:
            raise StorageError(f"文件读取失败（{error.strerror}）：请联系平台运维检查数据目录") from error

    def delete(self, key: str) -> None:
        self._place(key).unlink(missing_ok=True)

    def keys(self, before: datetime) -> Iterator[str]:
        for path in self._older("*/*/*", before):
            if not path.suffix:
                yield path.name

    def sweep(self, before: datetime) -> int:
        swept = 0
        for part in self._older("*/*/*.part", before):
            part.unlink(missing_ok=True)
            swept += 1
        return swept

    def _older(self, pattern: str, before: datetime) -> Iterator[Path]:
        for path in self.root.glob(pattern):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                if path.stat().st_mtime < before.timestamp():
                    yield path

    def _place(self, key: str) -> Path:
        key = checked(key)
        return self.root / key[:2] / key[2:4] / key

    def _make_folder(self, folder: Path) -> None:
        """Make the two levels and sync the parents of those that are new: a lost folder loses its files."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(new.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """A rename is safe only when its folder is on disk too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
