"""Codes of organizations and places: what is right passes, one wrong character is told in words."""

from __future__ import annotations

import pytest

from skillcert.orgs import codes


@pytest.mark.parametrize(("code", "name"), [
    ("330106", "浙江省杭州市西湖区"), ("330100", "浙江省杭州市"), ("110105", "北京市朝阳区"), ("441900", "广东省东莞市"),
    ("330113", "浙江省杭州市"), ("990000", ""), ("33010", ""),
])  # fmt: skip
def test_a_region_is_known_by_name(code, name):
    assert codes.region_name(code) == name


@pytest.mark.parametrize(("code", "sentence"), [
    ("330106", ""), ("330113", ""), ("3301", "须为 6 位数字"), ("990106", "前两位不是任何省级行政区"), ("339906", "查不到所属地市"),
])  # fmt: skip
def test_a_region_is_checked(code, sentence):
    found = codes.wrong_region(code)
    assert sentence in found if sentence else found == ""


@pytest.mark.parametrize(("code", "region", "secondary", "sentence"), [
    ("4133012345", "330106", False, ""), ("3633912345", "330106", True, ""), ("413301234", "330106", False, "须为 10 位数字"),
    ("5533012345", "330106", False, "前两位“55”不是学校类别码"), ("4199012345", "330106", False, "第 3、4 位“99”不是省码"),
    ("4132012345", "330106", False, "省码为 32，与所在地 330106（浙江省杭州市西湖区）不一致"),
    ("3633012345", "330106", False, "与办学类型不一致"), ("4133112345", "330106", False, "第 5 位为 0"),
])  # fmt: skip
def test_a_school_code_is_checked(code, region, secondary, sentence):
    found = codes.wrong_school_code(code, region=region, secondary=secondary)
    assert sentence in found if sentence else found == ""


@pytest.mark.parametrize(("code", "sentence"), [
    ("91110000600037341L", ""), ("91110000600037341M", "校验位不符（GB 32100）"), ("9111000060003734", "须为 18 位"),
    ("91110000600O37341L", "不含 I、O、S、V、Z"),
])  # fmt: skip
def test_a_credit_code_is_checked(code, sentence):
    found = codes.wrong_credit_code(code)
    assert sentence in found if sentence else found == ""


@pytest.mark.parametrize(("code", "sentence"), [
    ("600037341", ""), ("600037342", "第 9 至 17 位“600037341”一致"), ("60003734-1", "不带连字符"),
])  # fmt: skip
def test_an_organization_code_stands_in_the_credit_code(code, sentence):
    found = codes.wrong_organization_code(code, credit_code="91110000600037341L")
    assert sentence in found if sentence else found == ""


def test_a_credit_code_is_made_with_its_check_characters():
    code = codes.credit_code_of("330100", "MA2DEM01")
    assert codes.wrong_credit_code(code) == "" and codes.wrong_organization_code(code[8:17], credit_code=code) == ""
