"""Codes of organizations and places, each checked by what its standard says of it. A check gives the sentence of what is wrong,
or "".

学校标识码: AA kind, BB province, six digits of order; of 普通高校 the order is 0 and the five digits of 院校代码.
统一社会信用代码: GB 32100, its last character checks. 组织机构代码: GB 11714, stands in it at 9 to 17.
行政区划代码: GB/T 2260; a county younger than the table is taken as long as its city is known.
"""

from __future__ import annotations

import re
from functools import cache

from stdnum import numdb
from stdnum.cn import uscc

SCHOOL_KINDS = {"36": "中等职业学校", "41": "普通高等学校", "42": "成人高等学校", "93": "中等职业培训机构"}
SECONDARY = {"36", "93"}
PERIOD = re.compile(r"^\[(?P<start>\d*)-(?P<end>\d*)\]")
ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def region_name(code: str) -> str:
    """浙江省杭州市西湖区 for 330106; what is known of it for a county younger than the table; "" for an unknown place."""
    if not re.fullmatch(r"\d{6}", code):
        return ""
    parts = [_place(code[:2] + "0000"), _place(code[:4] + "00"), _place(code)]
    names = [name for place, name in enumerate(parts) if name and name not in parts[:place] and name != "市辖区"]
    return "".join(names)


@cache
def _place(code: str) -> str:
    """The name that one code has today, or had last; "" for none."""
    found = [properties.get("county", "") for _, properties in numdb.get("cn/loc").info(code)]
    names = [name for name in (found[-1] if len(found) > 1 else "").split(",") if name]
    return PERIOD.sub("", names[-1]) if names else ""


def wrong_region(code: str) -> str:
    if not re.fullmatch(r"\d{6}", code):
        return f"行政区划代码“{code}”须为 6 位数字（GB/T 2260），如 330106。"
    if not _place(code[:2] + "0000"):
        return f"行政区划代码“{code}”的前两位不是任何省级行政区，请核对。"
    if not _place(code[:4] + "00") and not _place(code):
        return f"行政区划代码“{code}”在 GB/T 2260 中查不到所属地市，请核对前四位。"
    return ""


def wrong_province_code(code: str) -> str:
    return "" if region_name(f"{code}0000") else f"省码“{code}”不是 GB/T 2260 的省级代码，请核对。"


def wrong_school_code(code: str, *, region: str, secondary: bool) -> str:
    """``region``: the school's 行政区划代码; ``secondary``: whether its 办学类型 is 中职."""
    if not re.fullmatch(r"\d{10}", code):
        return f"学校标识码“{code}”须为 10 位数字。"
    kind, province = code[:2], code[2:4]
    if kind not in SCHOOL_KINDS:
        known = "、".join(f"{number} {name}" for number, name in SCHOOL_KINDS.items())
        return f"学校标识码“{code}”的前两位“{kind}”不是学校类别码（{known}），请核对。"
    if not _place(province + "0000"):
        return f"学校标识码“{code}”的第 3、4 位“{province}”不是省码（GB/T 2260），请核对。"
    if province != region[:2]:
        return f"学校标识码“{code}”的省码为 {province}，与所在地 {region}（{region_name(region)}）不一致，请核对两处。"
    if (kind in SECONDARY) != secondary:
        return f"学校标识码“{code}”的类别为“{SCHOOL_KINDS[kind]}”，与办学类型不一致，请核对两处。"
    if kind == "41" and code[4] != "0":
        return f"普通高等学校的学校标识码第 5 位为 0，其后是五位院校代码；“{code}”不是，请核对。"
    return ""


def wrong_credit_code(code: str) -> str:
    if not re.fullmatch(r"\d{8}[0-9A-HJ-NP-RTUW-Y]{10}", code):
        return f"统一社会信用代码“{code}”须为 18 位：前 8 位数字，后 10 位数字或大写字母（不含 I、O、S、V、Z）。"
    if uscc.calc_check_digit(code) != code[-1]:
        return f"统一社会信用代码“{code}”的校验位不符（GB 32100），多半有一位录错，请对照证照核对。"
    return ""


def wrong_organization_code(code: str, *, credit_code: str) -> str:
    if not re.fullmatch(r"[0-9A-Z]{9}", code):
        return f"组织机构代码“{code}”须为 9 位数字或大写字母，不带连字符。"
    if code != credit_code[8:17]:
        return f"组织机构代码“{code}”须与统一社会信用代码的第 9 至 17 位“{credit_code[8:17]}”一致，请核对两处。"
    if organization_check(code[:8]) != code[-1]:
        return f"组织机构代码“{code}”的校验位不符（GB 11714），请对照证照核对。"
    return ""


def organization_check(body: str) -> str:
    """The ninth character for the first eight of a 组织机构代码 (GB 11714)."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(body, ORGANIZATION_WEIGHTS, strict=True))
    return "0X987654321"[total % 11]


def credit_code_of(region: str, body: str) -> str:
    """A whole 统一社会信用代码 of a company in ``region`` for the eight characters of its 组织机构代码."""
    front = f"91{region}{body}{organization_check(body)}"
    return front + uscc.calc_check_digit(front + "0")
