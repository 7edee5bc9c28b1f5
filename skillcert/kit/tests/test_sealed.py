"""A file in segments comes back as it went in, or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidTag

from skillcert.integrations.storage.client import client as storage
from skillcert.kit import crypto, files
from skillcert.kit.access import SYSTEM
from skillcert.kit.sealed import SALT, SEGMENT, TAG, open_pieces, seal_pieces

pytestmark = pytest.mark.django_db
HEAD, SEALED = 2 + SALT, SEGMENT + TAG


def seal(data: bytes, context: str = "file:1") -> bytes:
    return b"".join(seal_pieces([data], context))


def unseal(sealed: bytes, context: str = "file:1") -> bytes:
    return b"".join(open_pieces(io.BytesIO(sealed), context))


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 7])
def test_every_size_comes_back(size: int) -> None:
    data = os.urandom(size)
    sealed = seal(data)
    assert unseal(sealed) == data
    assert len(sealed) == HEAD + size + TAG * max(1, -(-size // SEGMENT))
    pieces = [data[start : start + 300_001] for start in range(0, size, 300_001)]
    assert unseal(b"".join(seal_pieces(pieces, "file:1"))) == data


def test_the_same_file_twice_shares_no_byte_of_ciphertext() -> None:
    first, second = seal(bytes(SEGMENT + 1)), seal(bytes(SEGMENT + 1))
    assert first[HEAD : HEAD + 64] != second[HEAD : HEAD + 64] and first[2:HEAD] != second[2:HEAD]
    assert first[HEAD : HEAD + 64] != first[HEAD + SEALED : HEAD + SEALED + 64]


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda sealed: sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]


def part(sealed: bytes, number: int) -> bytes:
    return sealed[HEAD + number * SEALED : HEAD + (number + 1) * SEALED]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a bit of the salt": flipped(2),
    "a bit of the first segment": flipped(HEAD),
    "a bit of the second": flipped(HEAD + SEALED + 5),
    "a bit of the last tag": flipped(-1 + HEAD + 2 * SEALED + 7 + TAG),
    "the last byte gone": lambda sealed: sealed[:-1],
    "the last segment gone": lambda sealed: sealed[: HEAD + 2 * SEALED],
    "all segments gone": lambda sealed: sealed[:HEAD],
    "the first segment gone": lambda sealed: sealed[:HEAD] + sealed[HEAD + SEALED :],
    "two segments in the other order": lambda sealed: sealed[:HEAD] + part(sealed, 1) + part(sealed, 0) + part(sealed, 2),
    "a segment twice": lambda sealed: sealed[:HEAD] + part(sealed, 0) + part(sealed, 0) + part(sealed, 2),
    "a segment of another file": lambda sealed: sealed[:HEAD] + part(seal(os.urandom(2 * SEGMENT + 7)), 0) + sealed[HEAD + SEALED :],
    "the last segment twice": lambda sealed: sealed + part(sealed, 2),
    "something behind the end": lambda sealed: sealed + b"x",
    "another version": lambda sealed: b"\x03" + sealed[1:],
    "nothing at all": lambda sealed: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused(damage: str) -> None:
    sealed = seal(os.urandom(2 * SEGMENT + 7))
    with pytest.raises(InvalidTag):
        unseal(DAMAGE[damage](sealed))


def test_a_file_does_not_open_as_another() -> None:
    with pytest.raises(InvalidTag):
        unseal(seal(b"x", "file:1"), "file:2")


def test_what_is_read_before_the_damage_is_what_was_written() -> None:
    data = os.urandom(2 * SEGMENT)
    pieces = open_pieces(io.BytesIO(seal(data)[:-1]), "file:1")
    assert next(pieces) == data[:SEGMENT]
    with pytest.raises(InvalidTag):
        next(pieces)


def test_a_file_kept_in_one_piece_still_opens() -> None:
    file = files.store(b"", shelf="export", name="x", content_type="text/plain", actor=SYSTEM)
    file.key = storage().put([crypto.seal_bytes(b"as before", f"file:{file.pk}")])
    assert file.read() == b"as before"


@pytest.mark.parametrize("pieces", [[], [b"one"], [b"a" * SEGMENT, b"b" * SEGMENT, b"c"]])
def test_a_file_is_kept_and_answered_in_pieces(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    file = files.store(iter(pieces), shelf="export", name="名单.txt", content_type="text/plain", actor=SYSTEM)
    whole = files.store(data, shelf="export", name="名单.txt", content_type="text/plain", actor=SYSTEM)
    assert (file.size, file.digest) == (whole.size, whole.digest) and whole.size == len(data)
    answer = file.response()
    got = list(answer.streaming_content)
    assert b"".join(got) == data and max(map(len, got)) <= SEGMENT
    assert answer["Content-Length"] == str(len(data)) and "attachment" in answer["Content-Disposition"]


def test_a_changed_file_is_refused_before_the_answer_begins() -> None:
    file = files.store(b"x", shelf="export", name="x", content_type="text/plain", actor=SYSTEM)
    file.key = storage().put([b"\x02\x01" + bytes(50)])
    with pytest.raises(InvalidTag):
        file.response()
