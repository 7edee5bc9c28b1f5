"""What is done to the text of one cell: normalise it, or say what is wrong and what it probably should be.

A cleaner takes and gives ``str``, gives its own output back unchanged, and raises ``Unclean`` otherwise.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import mul

# Full-width digits, letters and space; zero-width marks that web pages leave behind; control characters.
_PLAIN = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_PLAIN |= {0x3000: " ", 0xA0: " ", 9: " ", 10: " ", 13: " "}
_PLAIN |= dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 8203, 8204, 8205, 8288, 65279))
_ODD = re.compile(f"[{''.join(re.escape(chr(code)) for code in _PLAIN)}]")
_SPACES = re.compile(r" {2,}")

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LAST = "10X98765432"
ZEROS = ord("0") * sum(WEIGHTS)  # digits are added up as bytes
# GB/T 2260 provinces with 81-83 (residence permits of Hong Kong, Macao, Taiwan) and 9x (permanent residents).
PROVINCES = frozenset(map(str, (
    *range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83,
    *range(91, 100),
)))  # fmt: skip


class Unclean(Exception):
    """``sentence``: what is wrong with the cell; ``fix``: the value it probably should have, "" for none."""

    def __init__(self, sentence: str, fix: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.fix = sentence, fix


def plain(text: str) -> str:
    """Half-width digits and letters, single spaces, nothing invisible: done to every cell."""
    text = text.strip() if not _ODD.search(text) else text.translate(_PLAIN).strip()
    return _SPACES.sub(" ", text) if "  " in text else text


def document_number(text: str) -> str:
    """The one spelling in which numbers of papers are compared: without spaces, in capitals."""
    return text.replace(" ", "").upper()


def id_card(text: str) -> str:
    """居民身份证号, 18 characters (GB 11643: ISO 7064 MOD 11-2 check character)."""
    text = document_number(text)
    if len(text) != 18:
        raise Unclean("15 位旧证号，请填写 18 位身份证号" if len(text) == 15 else f"应为 18 位，现为 {len(text)} 位")
    body = text[:17]
    if not (body.isascii() and body.isdigit()):
        raise Unclean("前 17 位应全为数字")
    if text[:2] not in PROVINCES:
        raise Unclean("前 6 位地区代码不存在")
    if not is_day(text[6:14]):
        raise Unclean("第 7 至 14 位不是有效的出生日期")
    if LAST[(sum(map(mul, WEIGHTS, body.encode())) - ZEROS) % 11] != text[17]:
        raise Unclean("末位校验码不符，请核对证件原件")
    return text


@lru_cache(maxsize=50_000)  # more days than people are born on
def is_day(text: str) -> bool:
    """20050229 is none."""
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def passport(text: str) -> str:
    """Any other document's number: letters and digits, 5 to 20."""
    text = document_number(text)
    if not re.fullmatch(r"[A-Z0-9()/-]{5,20}", text):
        raise Unclean("应为 5 至 20 位字母或数字")
    return text


def phone(text: str) -> str:
    """A mobile number of the mainland: 1, then 3 to 9, then nine digits."""
    digits = text.replace(" ", "").replace("-", "")
    digits = digits[3:] if digits.startswith("+86") else digits
    if len(digits) == 11 and digits.isascii() and digits.isdigit() and digits[0] == "1" and digits[1] >= "3":
        return digits
    if digits.isascii() and digits.isdigit() and len(digits) != 11:
        gap = 11 - len(digits)
        raise Unclean(f"缺 {gap} 位，应为 11 位" if gap > 0 else f"多 {-gap} 位，应为 11 位")
    raise Unclean("不是有效的手机号，应为 1 开头的 11 位数字")


def pinyin(text: str) -> str:
    """姓名拼音 in capitals with single spaces, as in OUYANG YINUO."""
    if text.isascii() and text.replace(" ", "").isalpha() and text.isupper():
        return text
    letters = re.sub(r"[^A-Za-zÜü ]", " ", text).upper().replace("Ü", "V")
    fix = _SPACES.sub(" ", letters).strip()
    raise Unclean("须为大写字母与空格", fix if fix and not re.search(r"[一-鿿]", text) else "")


def person_name(text: str) -> str:
    """姓名: the middle dot of minority names is written ·, spaces between Chinese characters are dropped."""
    text = re.sub(r"[•‧・･．]", "·", text)
    text = re.sub(r"(?<=[⺀-鿿𠀀-𲎯]) (?=[⺀-鿿𠀀-𲎯])", "", text) if " " in text else text
    if re.search(r"[\d@#$%^&*_+=<>?!\"|\\/]", text):
        raise Unclean("姓名中不能有数字或符号")
    return text


def year(text: str) -> str:
    """A year such as 2024; 2024年, 2024级 and 2024-09-01 are read as one."""
    found = re.fullmatch(r"((?:19|20)\d\d)(?:[年级]|[-/.]\d{1,2}[-/.]\d{1,2}.*)?", text)
    if not found:
        raise Unclean("应为四位年份，如 2024")
    return found[1]


def whole_number(text: str) -> str:
    """0, 1, 2, ... without separators."""
    digits = text.replace(",", "").removesuffix(".0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise Unclean("应为不小于 0 的整数")
    return str(int(digits))


def score(text: str) -> str:
    """A score with at most two decimals, 0 to 1000."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unclean("应为数字，如 86.5") from None
    if not value.is_finite() or not 0 <= value <= 1000:
        raise Unclean("分数超出范围")
    if value != round(value, 2):
        raise Unclean("最多两位小数", str(round(value, 2)))
    return f"{value.normalize():f}"


def day(text: str) -> str:
    """A date as 2026-11-23, also from 2026/11/23, 2026.11.23, 2026年11月23日 and 20261123."""
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?: 00:00(?::00)?)?", text)
    try:
        if not found:
            raise ValueError
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        raise Unclean("应为日期，如 2026-11-23") from None


def listed(text: str) -> list[str]:
    """The entries of a cell that holds several: 甲、乙，丙."""
    return [entry.strip() for entry in re.split(r"[、,，;；]", text) if entry.strip()]
