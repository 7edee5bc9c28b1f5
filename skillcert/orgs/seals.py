"""The picture of a seal: what it must be, and how it is kept."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from skillcert.kit.errors import Refused

MOST_BYTES = 2 * 1024 * 1024
SIDES = range(100, 4001)  # pixels
MARKS = {"seal": "公章", "signature_stamp": "签名章"}
ESEAL = {"seal": "电子签章"}
PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def seal_image(data: bytes, label: str, *, field: str) -> bytes:
    """The picture of a seal as it is kept: PNG on a transparent ground, at most 2 MB, judged by its content and
    written anew, so that nothing else rides along [format: assumption]. Its size is read before it is unpacked: a small
    file may unfold to a picture that fills the memory. Raises Refused with the remedy.
    """
    if len(data) > MOST_BYTES:
        raise Refused(f"{label}图片为 {len(data) / 1024 / 1024:.1f} MB，超过 2 MB，请压缩后再上传。", field=field)
    if not data.startswith(PNG_HEAD):
        raise Refused(f"{label}须为 PNG 图片，这个文件的内容不是；请另存为 PNG 后再上传。", field=field)
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if width not in SIDES or height not in SIDES:
        raise Refused(f"{label}图片为 {width}×{height} 像素，长、宽须各在 100 至 4000 像素之间。", field=field)
    try:
        drawn = Image.open(BytesIO(data), formats=["PNG"]).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refused(f"{label}图片已损坏，无法读取，请重新导出后再上传。", field=field) from None
    if drawn.getchannel("A").getextrema()[0] == 255:
        raise Refused(f"{label}须为透明底，否则会盖住证书上的文字；请去掉背景后再上传。", field=field)
    out = BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
