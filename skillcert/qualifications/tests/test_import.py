"""证书 from a sheet: drafts of the awarding body, checked row by row."""

from __future__ import annotations

import pytest

from skillcert.kit.sheets.clean import Unclean
from skillcert.qualifications.imports import EACH, WEIGHTED, QualificationImport, parts_of, yuan
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.states import QualificationState
from tests.sheets import uploaded

URL = "/qualifications/import/"


def test_entries_come_in_as_drafts_with_pass_rule_fee_and_one_serial_for_all_levels(world):
    body = world.client_as(world.user(world.body, "标准与证书"))
    texts = ["面向养老服务", "", "", ""]
    elementary = ["b301", "老年照护", "初级", "2026/9/1", "300", "", "", "理论知识 40、实操考核：60%", *texts]
    weighted = ["B301", "老年照护", "中级", "", "1,280.50", WEIGHTED, "70", "理论知识 30，实操考核 70", *texts]
    there = uploaded(
        body, URL, QualificationImport, elementary, weighted, ["B302", "母婴护理", "特级", "", "免费", EACH, "", "理论知识 40", *texts],
        ["", "无编码", "初级", "", "", "", "101", "理论知识", *texts],
    )  # fmt: skip
    page = body.get(there).content.decode()
    for sentence in ("不在可选项中", "应为金额（元）", "各科权重合计须为 100，现为 40"):
        assert sentence in page
    for sentence in ("证书编码不能为空", "应为 1 至 100 的整数", "应为科目名称与权重"):
        assert sentence in page
    body.post(there, {"strategy": "good", "act": "next"})
    first, second = Qualification.objects.filter(code="B301").order_by("grade")
    assert (first.state, first.fee, first.weights, str(first.start_date)) == (QualificationState.DRAFT, 30000, 100, "2026-09-01")
    assert first.pass_rule == {"kind": "each", "parts": [["理论知识", 40], ["实操考核", 60]]}
    assert (second.fee, second.pass_rule["kind"], second.pass_rule["pass"]) == (128050, "weighted", 70)
    assert first.number == second.number and first.awarding_body_id == world.body.pk
    assert not Qualification.objects.filter(code="B302").exists()
    assert "本单位已有该证书编码与等级" in body.get(uploaded(body, URL, QualificationImport, elementary)).content.decode()


def test_only_an_awarding_body_imports_entries(world):
    assert world.client_as(world.officer).get(URL).status_code == 403


@pytest.mark.parametrize(("text", "said"), [
    ("理论 40、理论 60", "写了两次"), ("理论 0、实操 100", "1 至 100"),
    ("、".join(f"科目{n} 10" for n in "一二三四五六七"), "最多 6 个科目"),
    ("40", "应为科目名称与权重"), ("理论 60、实操 60", "现为 120"),
])  # fmt: skip
def test_what_is_wrong_with_subjects_and_weights_is_said(text, said):
    with pytest.raises(Unclean, match=said):
        parts_of(text)


@pytest.mark.parametrize("text", ["-1", "0.001", "100000", "NaN", "Infinity", "三百"])
def test_no_amount_is_refused(text):
    with pytest.raises(Unclean, match="应为金额"):
        yuan(text)
