"""The certificate's number: 22 digits, the last one a check digit (domain 2.9, an assumption).

year 4 | awarding body 4 | qualification 3 | level 1 | province 2 | serial 7 | ISO 7064 MOD 11,10 check digit
"""

from __future__ import annotations

LENGTH = 22
MOST = 9_999_999


def check_digit(digits: str) -> str:
    """The digit that ISO 7064 MOD 11,10 appends: it finds every single wrong digit and nearly every swap."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def series(*, year: int, awarding_body: int, qualification: int, grade: int, province: str) -> str:
    """The fourteen digits that certificates counted together share."""
    return f"{year:04d}{awarding_body:04d}{qualification:03d}{grade:d}{province}"


def number_of(prefix: str, serial: int) -> str:
    """The number ``serial`` of a series. Raises ValueError past seven digits."""
    if serial > MOST:
        raise ValueError(f"series {prefix} is full")
    digits = f"{prefix}{serial:07d}"
    return digits + check_digit(digits)


def is_number(text: str) -> bool:
    """Whether a text can be a certificate's number at all: what is typed wrong is found without a look-up."""
    return len(text) == LENGTH and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]


def in_fours(number: str) -> str:
    """2026 0312 0472 3300 0041 73."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
