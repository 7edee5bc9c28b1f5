"""Reads an uploaded .zip of photos, item by item; nothing is ever written to a disk under a name from inside it.

Every entry comes out exactly once: with its bytes, or with a sentence that says why not. Entries that no person put
there (``__MACOSX``, ``.DS_Store``, ``Thumbs.db``, folders) are left out silently.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from skillcert.kit.errors import Refused

MAX_ENTRIES = 20_000
MAX_ITEM, MAX_TOTAL = 10 << 20, 4 << 30
NOISE = ("thumbs.db", "desktop.ini")
ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar")


@dataclass(frozen=True)
class ZipItem:
    """``name`` is the file's own name without folders; ``path`` as in the archive. ``data`` or ``error``, not both."""

    name: str
    path: str
    data: bytes = b""
    error: str = ""


def read_zip(file: BinaryIO) -> Iterator[ZipItem]:
    """The items of a zip. Raises ``Refused`` for a file that is no zip or has too many entries."""
    try:
        with zipfile.ZipFile(file, metadata_encoding="gbk") as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise Refused(
                    f"压缩包里有 {len(entries):,} 个文件，超过上限 {MAX_ENTRIES:,} 个，请分成几个压缩包上传。"
                )
            yield from _items(archive, entries)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, UnicodeDecodeError):
        raise Refused("文件不是 .zip 压缩包，或已损坏，请重新压缩后再上传（不支持 .rar、.7z）。") from None


def _items(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[ZipItem]:
    left = MAX_TOTAL
    seen: dict[str, str] = {}
    for entry in entries:
        path = entry.orig_filename if "\0" in entry.orig_filename else entry.filename
        parts = path.replace("\\", "/").split("/")
        name = parts[-1]
        if entry.is_dir() or not name or "__MACOSX" in parts or name.startswith(".") or name.lower() in NOISE:
            continue
        twin = unicodedata.normalize("NFKC", name).casefold()
        error = _fault(entry, path, parts)
        if not error and twin in seen:
            error = f"与“{seen[twin]}”同名，只取先出现的一个"
        data = b""
        if not error:
            seen[twin] = path
            data, error = _inflated(archive, entry, min(MAX_ITEM, left))
            left -= len(data)
        yield ZipItem(name, path, data, error)


def _fault(entry: zipfile.ZipInfo, path: str, parts: list[str]) -> str:
    """Why an entry is not even opened; "" when it may be."""
    if "\0" in path or any(part == ".." for part in parts):
        return "路径中含有 ..，可能是恶意文件，已拒绝"
    if path.startswith(("/", "\\")) or ":" in parts[0]:
        return "使用了绝对路径，可能是恶意文件，已拒绝"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "是一个链接，不是文件，已拒绝"
    if entry.flag_bits & 0x1:
        return "文件设了密码，请取消密码后重新压缩"
    if parts[-1].lower().endswith(ARCHIVES):
        return "压缩包里还有压缩包，请把照片直接放在一个压缩包里"
    return ""


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> tuple[bytes, str]:
    """The bytes, counted while inflating: what the directory of the zip says about the size proves nothing."""
    try:
        with archive.open(entry) as stream:
            data = stream.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        return b"", "文件已损坏，或压缩方式不支持，请重新压缩"
    if len(data) > most:
        return b"", f"展开后超过 {MAX_ITEM >> 20} MB，已拒绝"
    return data, ""
