"""The signature as the phone sends it: a small PNG, checked before it is kept."""

from __future__ import annotations

import base64
import binascii
import io

from PIL import Image, UnidentifiedImageError

from skillcert.kit.errors import Refused

PREFIX = "data:image/png;base64,"
MOST_BYTES, MOST_SIDE, LEAST_INK = 300 * 1024, 2000, 120


def drawn_signature(text: str) -> bytes:
    """The PNG of a drawn signature, re-encoded so that nothing but the picture is kept; b"" for none.

    Raises Refused for what is no small PNG, or holds next to nothing.
    """
    if not text:
        return b""
    sentence = "签名图片无法识别，请点“重写”后再签一次，或改用“输入姓名”。"
    try:
        data = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raise Refused(sentence, field="signature") from None
    if not text.startswith(PREFIX) or not data.startswith(b"\x89PNG") or len(data) > MOST_BYTES:
        raise Refused(sentence, field="signature")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if max(picture.size) > MOST_SIDE:
                raise Refused(sentence, field="signature")
            clean = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refused(sentence, field="signature") from None
    if sum(clean.getchannel("A").histogram()[128:]) < LEAST_INK:
        raise Refused("签名太短，请在框内写清本人姓名。", field="signature")
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()
