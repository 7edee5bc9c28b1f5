"""The certificate's number and its check digit."""

import pytest

from skillcert.issuing.numbering import check_digit, in_fours, is_number, number_of, series


def test_the_check_digit_is_that_of_the_standard():
    assert check_digit("79462") == "3"  # the worked example of ISO 7064 for MOD 11,10: 794623
    assert check_digit("00200667308") == "5"  # a published German tax number's form of it


def test_a_number_is_built_of_its_parts():
    prefix = series(year=2026, awarding_body=34, qualification=101, grade=2, province="33")
    assert prefix == "20260034101233"
    number = number_of(prefix, 41)
    assert number[:21] == "202600341012330000041" and is_number(number)
    assert in_fours(number).startswith("2026 0034 1012")
    with pytest.raises(ValueError, match="full"):
        number_of(prefix, 10_000_000)


def test_every_single_wrong_digit_is_found():
    number = number_of("20260034101233", 1234567)
    wrong = [number[:i] + d + number[i + 1 :] for i in range(22) for d in "0123456789" if d != number[i]]
    assert not any(map(is_number, wrong))
    assert not is_number(number[:-1]) and not is_number("二" * 22)
