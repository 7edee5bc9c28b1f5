"""What an answer tells, and what it must not: the personal numbers of the database (trust 5)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from skillcert.accounts.models import User
from skillcert.candidates.models import Candidate
from skillcert.issuing.models import Certificate
from skillcert.registrations.models import Registration


def said(response: Any) -> str:
    """Everything in an answer that a person could read: the page, the parts of a sheet, the address it leads to."""
    content = b"".join(response) if response.streaming else response.content
    texts = [str(response.headers)]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            texts += [book.read(name).decode(errors="replace") for name in book.namelist()]
    else:
        texts.append(content.decode(errors="replace"))
    return "\n".join(texts)


def numbers() -> set[str]:
    """Every ID number and phone that the database knows."""
    found: set[str] = set()
    for model in (Candidate, Registration, Certificate, User):
        names = {field.name for field in model._meta.concrete_fields}
        for column in ("id_number", "phone"):
            if column in names:
                found |= set(model.objects.values_list(column, flat=True))
    return {number for number in found if len(number) >= 11}
