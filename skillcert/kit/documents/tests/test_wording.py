from datetime import date

import pytest

from skillcert.kit.documents import amount_in_capitals, date_in_chinese, month_in_chinese


@pytest.mark.parametrize(
    ("fen", "capitals"),
    [
        (10, "壹角整"),
        (1, "壹分"),
        (0, "零元整"),
        (1001, "壹拾元零壹分"),
        (10000530, "壹拾万零伍元叁角整"),
        (10005430, "壹拾万零伍拾肆元叁角整"),
        (10700000, "壹拾万柒仟元整"),
        (1010010000, "壹仟零壹拾万零壹佰元整"),
        (1000000010005, "壹佰亿零壹佰元零伍分"),
        (10000500000, "壹亿零伍仟元整"),
        (123, "壹元贰角叁分"),
        (9876543219, "玖仟捌佰柒拾陆万伍仟肆佰叁拾贰元壹角玖分"),
    ],
)
def test_an_amount_is_spelled_as_a_bank_takes_it(fen: int, capitals: str) -> None:
    assert amount_in_capitals(fen) == capitals


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_an_amount_that_no_slip_can_carry_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        amount_in_capitals(fen)


def test_a_date_is_written_in_chinese_figures_with_the_round_zero() -> None:
    assert date_in_chinese(date(2026, 11, 23)) == "二〇二六年十一月二十三日"
    assert date_in_chinese(date(2030, 1, 10)) == "二〇三〇年一月十日"
    assert date_in_chinese(date(2026, 10, 31)) == "二〇二六年十月三十一日"
    assert month_in_chinese(date(2026, 10, 1)) == "二〇二六年十月"
