"""What the platform asks of a sealer, and which one the settings name.

Settings: SEAL "embedded" (default): the platform's own authority, P-256 and PAdES. Only the process whose environment
has SKILLCERT_SEALER_PASSPHRASE can seal: the web process can not. Seals with legal force need a licensed
authority (and SM2 by GB/T 38540); such a service is one more class with this one method.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol

PASSPHRASE_VARIABLE = "SKILLCERT_SEALER_PASSPHRASE"  # noqa: S105 (its name, not its value)

SEAL_FIELD = "OrganizationSeal"  # 公章
STAMP_FIELD = "SignatureStamp"  # 签名章


class SealUnavailable(Exception):
    """No seal can be made now: the certificate goes to 盖章失败 with this sentence and can be released again."""


@dataclass(frozen=True)
class OrganizationIdentity:
    """Who seals: the organization's code and name, as they stand in its certificate."""

    code: str
    name: str


@dataclass(frozen=True)
class SealField:
    """One seal: its field, its box in PDF points from the lower left corner (x1, y1, x2, y2), its drawing.

    `appearance` is a one-page PDF (vector) or a PNG; None makes a signature that is not seen.
    """

    name: str
    box: tuple[float, float, float, float]
    appearance: bytes | None
    reason: str
    page: int = 0


class Sealer(Protocol):
    """Who can put seals on a PDF."""

    def seal(
        self,
        pdf: bytes,
        *,
        organization: OrganizationIdentity,
        fields: Sequence[SealField],
        at: datetime | None = None,
    ) -> bytes:
        """The PDF with one signature a field, in this order; `at` is real time, now by default.

        Raises SealUnavailable.
        """


@cache
def client() -> Sealer:
    """The sealer that the settings name, one for the process. Raises SealUnavailable without the passphrase."""
    from django.conf import settings

    kind = getattr(settings, "SEAL", "embedded")
    if kind != "embedded":
        raise SealUnavailable(f"设置 SEAL 的值 {kind!r} 无法识别，目前可用 embedded")
    from skillcert.integrations.seal.authority import Authority
    from skillcert.integrations.seal.embedded import EmbeddedSealer

    passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
    if not passphrase:
        raise SealUnavailable("本进程没有签章密钥的口令：只有签章进程可以盖章，请平台运维检查签章进程是否在运行")
    return EmbeddedSealer(Authority(Path(settings.DATA), passphrase.encode()))


def trust_folder() -> Path:
    """Where the public certificates lie, for everybody who verifies."""
    from django.conf import settings

    return Path(settings.DATA) / "trust"
