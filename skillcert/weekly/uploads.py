"""附件: which files a report takes. Judged by what they hold, not by their name alone."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from PIL import Image

from skillcert.kit.errors import Refused

MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
ALLOWED = "可上传 PDF、Word（docx）、Excel（xlsx）、JPG、PNG，每个不超过 10 MB，最多 5 个"
INSIDE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


def checked(upload: Any) -> tuple[str, str, bytes]:
    """(name, content type, bytes) of an allowed file. Raises Refused with what is allowed."""
    name = str(upload.name).replace("\\", "/").rsplit("/", 1)[-1][-100:]
    ending = name.rsplit(".", 1)[-1].lower()
    if ending not in TYPES:
        raise Refused(f"附件“{name}”不是允许的文件；{ALLOWED}。", field="files")
    if upload.size > MOST_BYTES:
        raise Refused(f"附件“{name}”为 {upload.size / 1024 / 1024:.1f} MB，超过 10 MB，请压缩或拆分后再上传。", field="files")
    data = upload.read()
    if not _is(ending, data):
        raise Refused(f"附件“{name}”的内容不是 {ending.upper()} 文件，请用原程序另存后再上传；{ALLOWED}。", field="files")
    return name, TYPES[ending], data


def _is(ending: str, data: bytes) -> bool:
    if ending == "pdf":
        return data.startswith(b"%PDF-")
    try:
        if ending in INSIDE:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                return INSIDE[ending] in archive.namelist()
        return Image.open(BytesIO(data), formats=["PNG" if ending == "png" else "JPEG"]).width > 0
    except (OSError, SyntaxError, ValueError, zipfile.BadZipFile, Image.DecompressionBombError):
        return False
