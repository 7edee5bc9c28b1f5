"""Amounts and dates as Chinese papers write them."""

from __future__ import annotations

from datetime import date

CAPITALS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
FIGURES = "〇一二三四五六七八九"


def _group(value: int) -> str:
    """A group of up to four figures, 1 to 9999: one 零 for a run of zeros inside, none at its ends."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        figure = value // 10**place % 10
        if figure:
            text += ("零" if gap and text else "") + CAPITALS[figure] + UNITS[place]
        gap = figure == 0
    return text


def _yuan(value: int) -> str:
    text, gap = "", False
    for index in range(len(GROUPS) - 1, -1, -1):
        group = value // 10000**index % 10000
        if group:
            # 零 stands before a group under 1,000 and after groups that are empty, never at the head.
            text += ("零" if text and (gap or group < 1000) else "") + _group(group) + GROUPS[index]
        gap = group == 0
    return text


def amount_in_capitals(fen: int) -> str:
    """The capital form of an amount in fen (票据法: 中文大写金额), 整 after 元 or 角, never after 分.

    Raises ValueError for a negative amount or one of ten quadrillion yuan and more.
    """
    if not 0 <= fen < 10000**4 * 100:
        raise ValueError(f"amount out of range: {fen} fen")
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    if fen == 0:
        return "零元整"
    text = _yuan(yuan) + "元" if yuan else ""
    if not jiao and not cents:
        return text + "整"
    if jiao:
        text += CAPITALS[jiao] + "角"
    elif yuan:
        text += "零"
    return text + (CAPITALS[cents] + "分" if cents else "整")


def _small(value: int) -> str:
    """1 to 99 as spoken: 十, 十一, 二十, 二十三."""
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else "十" if tens == 1 else FIGURES[tens] + "十") + (FIGURES[ones] if ones else "")


def date_in_chinese(day: date) -> str:
    """二〇二六年十一月二十三日, with 〇 (U+3007)."""
    return f"{year_in_chinese(day.year)}{_small(day.month)}月{_small(day.day)}日"


def month_in_chinese(day: date) -> str:
    """二〇二六年十月."""
    return f"{year_in_chinese(day.year)}{_small(day.month)}月"


def year_in_chinese(year: int) -> str:
    """二〇二六年."""
    return "".join(FIGURES[int(figure)] for figure in str(year)) + "年"
