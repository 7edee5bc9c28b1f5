"""An authority on this machine: a library of reference photos and a comparison of faces that really compares.

No ID number and no name stands in the library, neither in a file's name nor inside: both are keyed hashes, and the
key lies outside, under DATA/keys. The face is reduced to its 128 numbers at the first comparison, because that
takes 80 ms and a library may be filled with thousands at once.
"""

import hmac
import io
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skillcert.integrations.identity import client, faces
from skillcert.integrations.identity.photo import MOST_BYTES, inspect_photo, pixels_of
from skillcert.integrations.keyfiles import keep_once

MAC_SIZE = 32


class Reference:
    """The library: a file per person, named by the keyed hash of the ID number: the name's hash, then the photo."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self._key = key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def add(self, name: str, id_number: str, photo: bytes | None) -> None:
        """Keep a person, replacing an earlier entry; None is a person without a photo."""
        place = self._place(id_number)
        part = place.with_suffix(f".{secrets.token_hex(4)}.part")
        part.write_bytes(self._name_mac(name, id_number) + (photo or b""))
        part.chmod(0o600)
        place.with_suffix(".face").unlink(missing_ok=True)
        os.replace(part, place)

    def remove(self, id_number: str) -> None:
        """Forget a person."""
        for suffix in (".face", ".person"):
            self._place(id_number).with_suffix(suffix).unlink(missing_ok=True)

    def find(self, name: str, id_number: str) -> bytes | int:
        """The photo kept under an ID number, or the code that says why there is none to compare with."""
        try:
            entry = self._place(id_number).read_bytes()
        except FileNotFoundError:
            return client.NO_SUCH_ID
        if not hmac.compare_digest(entry[:MAC_SIZE], self._name_mac(name, id_number)):
            return client.NAME_MISMATCH
        return entry[MAC_SIZE:] or client.NO_REFERENCE

    def face(self, id_number: str, photo: bytes, model: str | None) -> NDArray[np.float64] | None:
        """The 128 numbers of the kept photo, made once and kept beside it."""
        kept = self._place(id_number).with_suffix(".face")
        with suppress(FileNotFoundError, ValueError):
            numbers = np.frombuffer(kept.read_bytes(), np.float64)
            if numbers.shape == (128,):
                return numbers
        made = _face_of(photo, model)
        if made is not None:
            part = kept.with_suffix(f".{secrets.token_hex(4)}.part")
            part.write_bytes(made.tobytes())
            part.chmod(0o600)
            os.replace(part, kept)
        return made

    def _place(self, id_number: str) -> Path:
        return self.folder / f"{self._mac(b'id', _tidy(id_number)).hex()[:40]}.person"

    def _name_mac(self, name: str, id_number: str) -> bytes:
        return self._mac(b"name", f"{_tidy(id_number)}|{name.strip()}")

    def _mac(self, use: bytes, text: str) -> bytes:
        return hmac.new(self._key, use + b"\x00" + text.encode(), sha256).digest()


class EmbeddedAuthority:
    """Compares with the library; similarity = 100 x (1 - distance / 0.9)."""

    def __init__(self, reference: Reference, model: str | None = None) -> None:
        self.reference = reference
        self.model = model

    def compare(self, name: str, id_number: str, photo: bytes) -> client.Comparison:
        """Codes of the published services: -1 name, -2 no such ID, -3 no reference, -4 face, -5 size, -6 encoding."""
        if len(photo) > MOST_BYTES:
            return client.failed(client.TOO_LARGE)
        kept = self.reference.find(name, id_number)
        if isinstance(kept, int):
            return client.failed(kept)
        try:
            offered = _face_of(photo, self.model)
        except ValueError:
            return client.failed(client.NOT_AN_IMAGE)
        if offered is None:
            return client.failed(client.BAD_PHOTO)
        known = self.reference.face(id_number, kept, self.model)
        if known is None:
            return client.failed(client.NO_REFERENCE)
        similarity = faces.similarity(offered, known)
        return client.Comparison(similarity, client.COMPARED, f"已比对，相似度 {similarity:.1f}")


def open_reference(data: Path) -> Reference:
    """The library under DATA/reference with its key under DATA/keys, made at first use."""
    return Reference(data / "reference", keep_once(data / "keys" / "reference.key", secrets.token_bytes(32)))


def _face_of(photo: bytes, model: str | None) -> NDArray[np.float64] | None:
    report = inspect_photo(photo, look_for_face=False)
    if report.jpeg is None:
        raise ValueError(report.errors[0])
    return faces.embed(pixels_of(Image.open(io.BytesIO(report.jpeg)).convert("RGB")), model)


def _tidy(id_number: str) -> str:
    return id_number.strip().upper()
