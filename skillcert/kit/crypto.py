"""Personal data at rest: AES-256-GCM with a key id beside the ciphertext, and keyed blind indexes for search.

Keys live outside the database and the media, in ``settings.FIELD_KEYS`` (a JSON file: ``{"current": "1",
"keys": {"1": base64, ...}, "index": base64}``), made at the first start. A sealed value is
``version(1) | key id(1) | nonce(12) | ciphertext and tag``. The context (table and column, or what the file is)
goes in as associated data, so a value moved to another column does not open.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

VERSION = b"\x01"


class Keyring:
    """The field keys by id, the current one, and the key of the blind indexes."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.current = int(stored["current"])
        self.keys = {int(number): base64.b64decode(key) for number, key in stored["keys"].items()}
        self.ciphers = {number: AESGCM(key) for number, key in self.keys.items()}
        key = base64.b64decode(stored["index"]).ljust(64, b"\0")
        # HMAC (RFC 2104) with the key already taken in: an import asks for three of them a row.
        self.inner, self.outer = (sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))

    @classmethod
    def load(cls, path: Path) -> Keyring:
        if not path.exists():
            make_keys(path)
        return cls(json.loads(path.read_text()))


def make_keys(path: Path) -> None:
    """Write a new key file (0600); never over an existing one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {"current": "1", "keys": {"1": _random_key()}, "index": _random_key()}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        json.dump(fresh, file)


def _random_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    return Keyring.load(Path(settings.FIELD_KEYS))


def seal_bytes(plain: bytes, context: str) -> bytes:
    """Encrypt with the current key, bound to ``context``."""
    ring, nonce = keyring(), os.urandom(12)
    return VERSION + bytes([ring.current]) + nonce + ring.ciphers[ring.current].encrypt(nonce, plain, context.encode())


def open_bytes(sealed: bytes, context: str) -> bytes:
    """Decrypt. Raises ``cryptography.exceptions.InvalidTag`` for a changed value or a foreign context."""
    return keyring().ciphers[sealed[1]].decrypt(sealed[2:14], sealed[14:], context.encode())


def seal_texts(texts: Iterable[str], context: str) -> list[bytes]:
    """A column of texts, each sealed on its own; an empty one stays empty."""
    ring, bound, texts = keyring(), context.encode(), list(texts)
    encrypt, head, nonces = ring.ciphers[ring.current].encrypt, VERSION + bytes([ring.current]), os.urandom(12 * len(texts))
    return [
        head + (nonce := nonces[at : at + 12]) + encrypt(nonce, text.encode(), bound) if text else b""
        for text, at in zip(texts, count(0, 12), strict=False)
    ]


def blind_index(value: str, purpose: str) -> str:
    """A keyed hash for exact search and uniqueness: 32 hex characters (128 bit of HMAC-SHA-256).

    ``purpose`` separates the indexes: the same value under two purposes cannot be matched up.
    """
    ring = keyring()
    inner, outer = ring.inner.copy(), ring.outer.copy()
    inner.update(f"{purpose}\0{value}".encode())
    outer.update(inner.digest())
    return outer.hexdigest()[:32]


def person_index(id_type: str, id_number: str) -> str:
    """One person, one key for the whole platform (domain 4.0: One person, two institutions)."""
    return blind_index(f"{id_type}:{id_number.upper()}", "person")


def last_six_index(id_number: str) -> str:
    """For the search by the last six digits of the ID number."""
    return blind_index(id_number[-6:].upper(), "last-six")


class Encrypted(models.BinaryField):
    """A text column sealed at rest. Python sees ``str``; the database sees ciphertext. Not searchable."""

    # What the type checker is to see, in the words of django-stubs.
    _pyi_private_set_type: str  # type: ignore[assignment]
    _pyi_private_get_type: str  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return open_bytes(bytes(value), self.context).decode() if value else ""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = seal_bytes(value.encode(), self.context) if value else b""
        return super().get_db_prep_value(value, connection, prepared)

    def get_default(self) -> Any:
        return "" if not self.has_default() else super().get_default()

    def to_python(self, value: Any) -> str:
        return value if isinstance(value, str) else ""

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


def mask_id(value: str) -> str:
    """330106********2427: the first six and the last four."""
    return f"{value[:6]}{'*' * max(len(value) - 10, 4)}{value[-4:]}" if len(value) > 10 else "*" * len(value)


def masked(value: str) -> str:
    """A sealed value for a screen where its kind is not known: as a phone where it is as long as one."""
    return mask_phone(value) if len(value) == 11 else mask_id(value)


def mask_numbers(text: str) -> str:
    """Every number in it of seven digits and more, for a text of which nobody has said what it is."""
    return re.sub(r"\d(?:[\s-]?\d){6,}[Xx]?", lambda found: masked(re.sub(r"[\s-]", "", found[0])), text)


def mask_phone(value: str) -> str:
    """138****6021."""
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 8 else "*" * len(value)
