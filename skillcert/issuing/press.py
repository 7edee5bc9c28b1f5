"""The certificate as a paper, rendered and sealed: pure work on plain values, so that processes can share it.

Nothing here knows a table: a process that renders is started without the platform's models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from skillcert.integrations.seal.client import OrganizationIdentity, SealField, SealUnavailable, client
from skillcert.kit.documents import Unprintable, render

FOLDER = Path(__file__).parent / "documents" / "certificate"


@dataclass(frozen=True)
class Sheet:
    """One certificate to be made. ``face`` is the digest of what a reader compares between two editions."""

    certificate: int
    edition: int
    way: str
    number: str
    token: str
    face: str
    data: dict[str, Any]
    organization: OrganizationIdentity
    fields: tuple[SealField, ...]
    at: datetime


@dataclass(frozen=True)
class Pressed:
    """The sealed PDF, or the reason why there is none."""

    sheet: Sheet
    pdf: bytes = b""
    failure: str = ""


def press(sheet: Sheet) -> Pressed:
    """Render and seal one certificate; a failure is a sentence, not an exception."""
    try:
        paper = render(FOLDER, sheet.data, at=sheet.at)
        return Pressed(sheet, client().seal(paper, organization=sheet.organization, fields=sheet.fields))
    except (Unprintable, SealUnavailable) as no:
        return Pressed(sheet, failure=str(no))
