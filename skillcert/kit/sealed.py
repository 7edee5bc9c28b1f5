"""Files sealed in segments: written, read and checked in the memory of a few segments, however large they are.

A sealed file is ``version(1) | key id(1) | salt(16)`` and its segments. HKDF-SHA-256 makes of the field key, the salt and
the context (which file it is) the key of this file alone; a segment is a MiB, the last what is left, in AES-256-GCM with the
nonce ``number(11) | last(1)``. So one that was changed, left out, moved or taken from another file does not open, nor does a
file whose end is missing (ADR a-file-is-sealed-in-segments).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import count
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import crypto

VERSION = b"\x02"
SALT, SEGMENT, TAG = 16, 1 << 20, 16


def seal_pieces(pieces: Iterable[bytes], context: str) -> Iterator[bytes]:
    """The sealed file of the clear ``pieces``, bound to ``context``."""
    ring, salt = crypto.keyring(), os.urandom(SALT)
    yield VERSION + bytes([ring.current]) + salt
    sealing = Sealing(_file_key(ring.current, salt, context))
    for piece in pieces:
        yield sealing.feed(piece)
    yield sealing.finish()


def open_pieces(file: BinaryIO, context: str) -> Iterator[bytes]:
    """The clear pieces of a sealed file, which is closed at the end. Raises InvalidTag before a segment that is not as it
    was sealed, so whoever has read to the end has read all of it.
    """
    with file:
        head = file.read(2)
        if head[:1] == crypto.VERSION:  # kept before files had segments
            yield crypto.open_bytes(head + file.read(), context)
            return
        if head[:1] != VERSION:
            raise InvalidTag
        yield from open_segments(file, _file_key(head[1], file.read(SALT), context))


class Sealing:
    """The segments of one file, fed piece by piece."""

    def __init__(self, key: bytes) -> None:
        self.cipher, self.number, self.waiting = AESGCM(key), 0, bytearray()

    def feed(self, piece: bytes) -> bytes:
        """The segments that are full. The newest waits even when it is: only the end knows that it is the last."""
        self.waiting += piece
        done = []
        while len(self.waiting) > SEGMENT:
            done.append(self._seal(last=False))
        return b"".join(done)

    def finish(self) -> bytes:
        return self._seal(last=True)

    def _seal(self, last: bool) -> bytes:
        sealed = self.cipher.encrypt(_nonce(self.number, last), bytes(self.waiting[:SEGMENT]), None)
        del self.waiting[:SEGMENT]
        self.number += 1
        return sealed


def open_segments(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    """Each segment, opened as the last where nothing follows it."""
    cipher, segment = AESGCM(key), file.read(SEGMENT + TAG)
    for number in count():
        following = file.read(SEGMENT + TAG)
        yield cipher.decrypt(_nonce(number, last=not following), segment, None)
        if not following:
            return
        segment = following


def _file_key(number: int, salt: bytes, context: str) -> bytes:
    return HKDF(SHA256(), 32, salt, context.encode()).derive(crypto.keyring().keys[number])


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
