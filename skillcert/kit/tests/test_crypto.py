"""What stands in for the library's own calls where an import asks hundreds of thousands of times."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path

import pytest
from django.conf import settings

from skillcert.kit.crypto import blind_index, mask_numbers, open_bytes, seal_texts


def test_a_blind_index_is_hmac_sha_256() -> None:
    blind_index("x", "y")  # makes the keys where there are none
    key = base64.b64decode(json.loads(Path(settings.FIELD_KEYS).read_text())["index"])
    for value in ("", "111:330106200501012427", "张三" * 100):
        assert blind_index(value, "person") == hmac.digest(key, f"person\0{value}".encode(), "sha256").hex()[:32]


def test_a_column_sealed_at_once_opens_cell_by_cell_and_repeats_no_nonce() -> None:
    sealed = seal_texts(["13800138000", "", "13800138000", "张三"], "people.phone")
    assert [open_bytes(one, "people.phone").decode() if one else "" for one in sealed] == ["13800138000", "", "13800138000", "张三"]
    assert len({one[2:14] for one in sealed if one}) == 3


@pytest.mark.parametrize(("text", "shown"), [
    ("138 6602 1111", "138****1111"), ("138-6602-1111", "138****1111"), ("330106 19990101 2427", "330106********2427"),
    ("33010619990101242x", "330106********242x"), ("王海 510203", "王海 510203"), ("E12345678", "E********"),
])  # fmt: skip
def test_numbers_are_masked_however_they_are_spaced(text, shown):
    assert mask_numbers(text) == shown
