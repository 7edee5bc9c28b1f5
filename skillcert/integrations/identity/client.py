"""What the platform asks of the authority that compares photos (公安照片比对), and which one the settings name.

Settings: IDENTITY "embedded" (default: the reference library on this machine) or "http" (IDENTITY_HTTP = {"url": ...,
"headers": {...}, "timeout": seconds}); IDENTITY_THRESHOLD, from which similarity on a person passes (default 70).

The thresholds are known to be weak for the embedded comparison: its model was trained mostly on Western faces, and
for Chinese faces far too many pairs of different people are reported to come close. Therefore only a
similarity at or above the threshold passes by itself; everything else goes to 需人工确认.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

DEFAULT_THRESHOLD = 70.0

COMPARED = 0
NAME_MISMATCH, NO_SUCH_ID, NO_REFERENCE, BAD_PHOTO, TOO_LARGE, NOT_AN_IMAGE = -1, -2, -3, -4, -5, -6
SENTENCES = {
    COMPARED: "已比对",
    NAME_MISMATCH: "姓名与身份证号不一致，请院校核对考生信息中的姓名和身份证号",
    NO_SUCH_ID: "库中无此身份证号，请院校核对身份证号，无误的由考务人员人工确认",
    NO_REFERENCE: "库中没有此人的照片，请考务人员人工确认",
    BAD_PHOTO: "照片中未能识别出唯一的人脸，请院校重新上传本人正面免冠照片，或由考务人员人工确认",
    TOO_LARGE: "照片超过 5M，请院校压缩后重新上传",
    NOT_AN_IMAGE: "照片文件无法读取，请院校重新上传 jpg 或 png 照片",
}


class IdentityUnavailable(Exception):
    """The authority did not answer: the candidate stays 信息待认证 and is asked again later."""


@dataclass(frozen=True)
class Comparison:
    """An answer of the authority: similarity 0-100 (0 when nothing was compared), its code, and the sentence shown."""

    similarity: float
    code: int
    sentence: str

    def passes(self, threshold: float) -> bool:
        """Compared, and similar enough to need no human eye."""
        return self.code == COMPARED and self.similarity >= threshold


def failed(code: int) -> Comparison:
    """The answer of a comparison that could not be made, with the sentence of its code."""
    return Comparison(0.0, code, SENTENCES.get(code, f"比对接口返回未知代码 {code}，请考务人员人工确认"))


class Identity(Protocol):
    """The authority."""

    def compare(self, name: str, id_number: str, photo: bytes) -> Comparison:
        """Compare a candidate's photo with the one kept under the ID number; raises IdentityUnavailable."""


def threshold() -> float:
    """From which similarity on a comparison passes, by the setting IDENTITY_THRESHOLD."""
    from django.conf import settings

    return float(getattr(settings, "IDENTITY_THRESHOLD", DEFAULT_THRESHOLD))


@cache
def client() -> Identity:
    """The authority that the settings name, one for the process."""
    from django.conf import settings

    kind = getattr(settings, "IDENTITY", "embedded")
    if kind == "embedded":
        from skillcert.integrations.identity.embedded import EmbeddedAuthority, open_reference

        return EmbeddedAuthority(open_reference(Path(settings.DATA)), getattr(settings, "FACE_RECOGNITION_MODEL", None))
    if kind == "http":
        from skillcert.integrations.identity.interface import HttpAuthority

        return HttpAuthority(**getattr(settings, "IDENTITY_HTTP", {}))
    raise IdentityUnavailable(f"设置 IDENTITY 的值 {kind!r} 无法识别，可用 embedded 或 http")
