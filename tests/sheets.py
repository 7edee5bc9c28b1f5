"""A sheet uploaded into an import, for the tests of the rooms."""

from __future__ import annotations

import csv
import io
import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from skillcert.kit.sheets.spec import ImportSpec


def uploaded(client: Client, url: str, spec: type[ImportSpec], *rows: list[str], **asked: object) -> str:
    """Where the wizard stands after a file of ``rows`` below the header of ``spec``; ``asked`` is what it asks first."""
    out = io.StringIO()
    csv.writer(out).writerows([[column.label for column in spec.columns], *rows])
    file = SimpleUploadedFile(f"{spec.label}.csv", out.getvalue().encode())
    return client.post(url, {"once": str(uuid.uuid4()), "file": file, **asked})["Location"]
