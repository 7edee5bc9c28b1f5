"""What an uploaded document may be: judged by its content, which must be what its name says (trust 20).

A rule checks (``checked``) and keeps it with ``files.store``; a form keeps what came with a refused form (``pages/uploads``).
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from PIL import Image

from .errors import Refused

MOST_ENTRIES = 5000
LONGEST_NAME = 100
OOXML = "application/vnd.openxmlformats-officedocument"


class NamelessUploadHandler(TemporaryFileUploadHandler):
    """A large upload while it comes in: on the disk, but without a name there, so that a process killed in the middle
    leaves nobody's data behind (trust 41).
    """

    def new_file(self, *given: Any, **more: Any) -> None:
        super().new_file(*given, **more)
        os.unlink(self.file.temporary_file_path())


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and at most one byte more than its field allows."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Kind:
    content_type: str
    fits: Callable[[bytes], bool]


def _office(folder: str) -> Callable[[bytes], bool]:
    """A document of Word or Excel without macros: the list of its parts is read, no part is unpacked."""

    def fits(data: bytes) -> bool:
        try:
            with zipfile.ZipFile(BytesIO(data)) as packed:
                names = packed.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
        right = "[Content_Types].xml" in names and any(name.startswith(f"{folder}/") for name in names)
        return right and len(names) <= MOST_ENTRIES and not any(name.lower().endswith("vbaproject.bin") for name in names)

    return fits


def _picture(kind: str) -> Callable[[bytes], bool]:
    def fits(data: bytes) -> bool:
        try:
            with Image.open(BytesIO(data), formats=[kind]) as picture:
                picture.verify()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return False
        return True

    return fits


KINDS = {
    ".pdf": Kind("application/pdf", lambda data: data.startswith(b"%PDF-") and b"%%EOF" in data[-4096:]),
    ".docx": Kind(f"{OOXML}.wordprocessingml.document", _office("word")),
    ".xlsx": Kind(f"{OOXML}.spreadsheetml.sheet", _office("xl")),
    ".png": Kind("image/png", _picture("PNG")),
    ".jpg": Kind("image/jpeg", _picture("JPEG")),
    ".jpeg": Kind("image/jpeg", _picture("JPEG")),
}


def checked(upload: Upload, *, label: str, suffixes: Sequence[str], most: int, field: str) -> tuple[str, str]:
    """The name to keep it under and its content type. Raises Refused at ``field`` with what to do."""
    name = clean_name(upload.name)
    suffix = PurePosixPath(name).suffix.lower()
    wanted = "、".join(one.lstrip(".").upper() for one in suffixes if one != ".jpeg")
    if suffix not in suffixes:
        raise Refused(f"{label}只接受 {wanted}，“{name}”不是；请另存为其中一种后再上传。", field=field)
    if not upload.data:
        raise Refused(f"“{name}”是空文件，请重新选择。", field=field)
    if len(upload.data) > most:
        raise Refused(f"“{name}”超过 {most // 1024 // 1024} MB，请压缩或拆分后再上传。", field=field)
    kind = KINDS[suffix]
    if not kind.fits(upload.data):
        wish = suffix.lstrip(".").upper()
        raise Refused(f"“{name}”的内容不是 {wish}（扩展名与内容不符、含宏或已损坏），请用原来的软件另存为 {wish} 后再上传。", field=field)
    return name, kind.content_type


def clean_name(name: str) -> str:
    """The last part of a path, without what a file system or a header could misread."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r'[\x00-\x1f\x7f"<>|:*?]', "", last).strip(" .") or "文件"
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[:LONGEST_NAME]}.{suffix}" if dot and stem else plain[:LONGEST_NAME]
