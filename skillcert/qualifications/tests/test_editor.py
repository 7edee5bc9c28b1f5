"""4.1 as the awarding body and the platform work in it: drafts, majors, review, the log, the two imports."""

from __future__ import annotations

import io
import uuid

import pytest
import xlsxwriter
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

from skillcert.integrations.chain.log import SignedLog
from skillcert.kit.blocks import CERTIFICATES, CHAIN_TABLE, take_receipts
from skillcert.kit.errors import Refused
from skillcert.kit.ledger import ChainReceipt
from skillcert.kit.notices import Notice
from skillcert.kit.sheets.records import ImportRecord, ImportState
from skillcert.qualifications import rules
from skillcert.qualifications.models import Major, Qualification
from skillcert.qualifications.states import QualificationState

S = QualificationState


def said(response) -> str:
    return response.content.decode()


def once() -> dict[str, str]:
    return {"once": str(uuid.uuid4())}


def typed(**more):
    values = {"code": "b301", "name": "老年照护", "grade": "1", "start_date": "2026-09-01", "fee": "300", "kind": "each"}
    parts = {"part_1": "理论知识", "weight_1": "40", "part_2": "实操考核", "weight_2": "60"}
    texts = {"pass_points": "60", "description": "面向养老服务", "audience": "", "requirements": "", "statement": ""}
    return once() | values | parts | texts | more


def seen(row) -> dict[str, str]:
    """A review of the row as it is now."""
    row.refresh_from_db()
    return once() | {"version": str(row.version)}


def differences(response) -> list[tuple[str, ...]]:
    rows = html.fromstring(response.content).xpath("//div[@class='differences']//tbody/tr")
    return [tuple(cell.text_content() for cell in row) for row in rows]


@pytest.fixture
def draft(world):
    return world.qualification_of("老年照护", 9, 1, S.DRAFT)


# --- drafting --------------------------------------------------------------------------------------------
def test_a_body_drafts_an_entry_and_levels_share_the_serial(world, body):
    assert body.post("/qualifications/new/", typed()).status_code == 303
    assert body.post("/qualifications/new/", typed(grade="2")).status_code == 303
    first, second = Qualification.objects.filter(code="B301").order_by("grade")
    assert (first.state, first.fee, first.weights, first.awarding_body_id) == (S.DRAFT, 30000, 100, world.body.pk)
    assert first.pass_rule == {"kind": "each", "parts": [["理论知识", 40], ["实操考核", 60]]}
    assert first.number == second.number == 103
    page = said(body.get(f"/qualifications/{first.pk}/"))
    assert "每科达到合格分（理论知识 40%、实操考核 60%）" in page and "300.00 元" in page


def test_the_same_code_and_grade_twice_is_refused_and_what_was_typed_stays(body):
    body.post("/qualifications/new/", typed())
    response = body.post("/qualifications/new/", typed(name="另一个名称"))
    assert response.status_code == 422 and "该证书编码与等级已存在" in said(response) and "另一个名称" in said(response)
    assert Qualification.objects.filter(code="B301").count() == 1


@pytest.mark.parametrize(("more", "sentence"), [
    ({"weight_2": ""}, "请填写“实操考核”的权重"), ({"part_2": ""}, "请填写科目名称，或清空权重"),
    ({"part_2": "理论知识"}, "科目“理论知识”填了两次"), ({"weight_1": "101"}, "小于或等于"), ({"fee": "-1"}, "大于或等于"),
])  # fmt: skip
def test_wrong_parts_are_refused_at_their_field(body, more, sentence):
    response = body.post("/qualifications/new/", typed(**more))
    assert response.status_code == 422 and sentence in said(response)
    assert not Qualification.objects.filter(name="老年照护").exists()


def test_two_editors_of_a_draft(world, body, draft):
    other, url = world.client_as(world.examiner), f"/qualifications/{draft.pk}/edit/"
    opened = {"version": str(draft.version)}
    assert body.post(url, typed(code="Q9", name="老年照护甲") | opened).status_code == 303
    late = other.post(url, typed(code="Q9", name="老年照护乙") | opened)
    assert late.status_code == 409 and "老年照护甲" in said(late) and "老年照护乙" in said(late)
    draft.refresh_from_db()
    assert draft.name == "老年照护甲"


def test_the_second_editor_reads_both_values_in_words(world, body, draft):
    other, url = world.client_as(world.examiner), f"/qualifications/{draft.pk}/edit/"
    opened = {"version": str(draft.version)}
    body.post(url, typed(code="Q9", grade="1", fee="300", kind="each") | opened)
    late = other.post(url, typed(code="Q9", grade="3", fee="360.50", kind="weighted", pass_points="70") | opened)
    parts = "（理论知识 40%、实操考核 60%）"
    assert differences(late) == [
        ("证书等级", "高级", "初级"), ("参考费用", "360.50 元", "300.00 元"),
        ("通过规则", f"各科按权重合计 70 分及以上{parts}", f"每科达到合格分{parts}"),
    ]  # fmt: skip


def test_what_is_published_is_neither_edited_nor_deleted(world, body):
    row = world.qualification
    response = body.post(f"/qualifications/{row.pk}/edit/", typed() | {"version": row.version})
    assert response.status_code == 400 and "已发布的请用“修订”" in said(response)
    assert "提交过的证书不能删除" in said(body.post(f"/qualifications/delete/{row.pk}/", once()))
    with pytest.raises(Refused, match="只有草稿和被退回"):
        rules.map_majors(actor=world.examiner, now=world.now, qualification=row, add=[world.other_major])
    assert Qualification.objects.filter(pk=row.pk, version=row.version).exists()


def test_a_draft_is_deleted(body, draft):
    body.post(f"/qualifications/delete/{draft.pk}/", once())
    assert not Qualification.objects.filter(pk=draft.pk).exists()


# --- review ------------------------------------------------------------------------------------------------
def test_weights_that_do_not_add_to_100_are_not_submitted_and_not_published(world, body, platform, draft):
    Qualification.objects.filter(pk=draft.pk).update(weights=90)
    assert "现为 90" in said(body.get(f"/qualifications/{draft.pk}/"))
    assert "各科权重合计须为 100" in said(body.post(f"/qualifications/submit/{draft.pk}/", once()))
    Qualification.objects.filter(pk=draft.pk).update(state=S.IN_REVIEW)
    assert "各科权重合计须为 100" in said(platform.post(f"/qualifications/publish/{draft.pk}/", seen(draft)))
    draft.refresh_from_db()
    assert draft.state == S.IN_REVIEW and draft.receipt is None and not ChainReceipt.objects.exists()


def test_without_majors_nothing_is_submitted(body, draft):
    draft.majors.clear()
    assert "还没有对应专业" in said(body.get(f"/qualifications/{draft.pk}/"))
    assert "还没有对应专业" in said(body.post(f"/qualifications/submit/{draft.pk}/", once()))
    draft.refresh_from_db()
    assert draft.state == S.DRAFT


def test_the_platform_returns_with_a_reason_then_publishes_stops_and_resumes(world, body, platform, draft):
    body.post(f"/qualifications/submit/{draft.pk}/", once())
    assert "审核" in said(platform.get("/qualifications/?tab=in_review"))
    page = said(platform.get(f"/qualifications/publish/{draft.pk}/"))
    assert "参考费用" in page and "证书评语" in page and "对应的专业" in page
    assert "通过并发布" in page and "退回" in page and "单节点存证日志" in page and "区块链" not in page
    platform.post(f"/qualifications/return/{draft.pk}/", once() | {"reason": "请补充适用人群"})
    assert Notice.objects.filter(organization_id=world.body.pk, text__contains="请补充适用人群").exists()
    assert "平台退回：请补充适用人群" in said(body.get(f"/qualifications/{draft.pk}/"))
    body.post(f"/qualifications/submit/{draft.pk}/", once())
    platform.post(f"/qualifications/publish/{draft.pk}/", seen(draft))
    draft.refresh_from_db()
    assert draft.state == S.PUBLISHED and draft.receipt is not None
    platform.post(f"/qualifications/stop/{draft.pk}/", once() | {"reason": "标准废止"})
    draft.refresh_from_db()
    assert draft.state == S.STOPPED
    platform.post(f"/qualifications/resume/{draft.pk}/", once())
    draft.refresh_from_db()
    assert draft.state == S.PUBLISHED


def test_a_body_does_not_review_its_own(world, body, draft):
    Qualification.objects.filter(pk=draft.pk).update(state=S.IN_REVIEW)
    assert body.post(f"/qualifications/publish/{draft.pk}/", once()).status_code == 403
    draft.refresh_from_db()
    assert draft.state == S.IN_REVIEW


@pytest.mark.rule("R16")
def test_the_log_is_recomputed_whenever_it_is_looked_at(world, platform, draft):
    Qualification.objects.filter(pk=draft.pk).update(state=S.IN_REVIEW)
    platform.post(f"/qualifications/publish/{draft.pk}/", seen(draft))
    take_receipts(SignedLog(CERTIFICATES, CHAIN_TABLE, Ed25519PrivateKey.generate()))
    client, url = world.client_as(world.officer), f"/qualifications/{draft.pk}/chain/"
    page = said(client.get(url))
    assert "三者一致" in page and "区块高度" in page and "块哈希" in page and "交易哈希" in page
    Qualification.objects.filter(pk=draft.pk).update(name="冒名的证书")  # past every rule, as a thief would
    assert "核对不符：证书现有内容与存证时不一致" in said(client.get(url))
    Qualification.objects.filter(pk=draft.pk).update(name="老年照护")
    ChainReceipt.objects.filter(block__isnull=False).update(payload={"kind": "forged"})
    assert "存证内容与交易哈希不符" in said(client.get(url))


# --- majors ------------------------------------------------------------------------------------------------
@pytest.mark.rule("R15")
def test_majors_are_found_by_search_added_and_removed(world, body, draft):
    url = f"/qualifications/{draft.pk}/majors/add/"
    page = said(body.get(url + "?refresh=1&search=大数据"))
    assert "大数据与会计 530302（2021 版" in page and "软件技术" not in page  # 软件技术 is mapped already
    assert "大数据与会计" in said(body.get(url + "?refresh=1&search=5303"))
    assert body.post(url, once() | {"version": draft.version, "search": "大数据", "majors": [world.other_major.pk]}).status_code == 303
    listed = said(world.client_as(world.examiner).get(f"/qualifications/{draft.pk}/majors/"))
    assert "大数据与会计" in listed and "软件技术" in listed
    where = f"?list=qualifications.MappedMajors&where_qualification={draft.pk}"
    kept = body.post(f"/qualifications/majors/remove/{where}", {"keys": [world.major.pk]})
    body.post(kept["Location"], once())
    assert list(draft.majors.all()) == [world.other_major]
    assert "加 大数据与会计" in said(body.get(f"/qualifications/{draft.pk}/"))


def test_anothers_draft_takes_no_majors(world, draft):
    client = world.client_as(world.user(world.other_body, "标准与证书"))
    url = f"/qualifications/{draft.pk}/majors/add/"
    data = once() | {"version": draft.version, "search": "大数据", "majors": [world.other_major.pk]}
    assert client.post(url, data).status_code == 404
    assert client.get(f"/qualifications/{draft.pk}/majors/").status_code == 404
    assert list(draft.majors.all()) == [world.major]


def sheet(*rows: list[str]) -> SimpleUploadedFile:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return SimpleUploadedFile("专业.xlsx", out.getvalue())


def test_the_catalogue_is_imported_and_known_majors_are_brought_up_to_date(world, platform):
    head = ["专业代码", "专业名称", "专业版本", "专业层次", "专业大类", "专业类"]
    rows = [
        ["570102K", "学前教育", "2021", "", "教育与体育大类", "教育类"],
        ["510203", "软件技术", "2021", "高职专科", "电子与信息大类", "计算机类"],
        ["51020", "短代码", "2021", "", "", ""], ["950101", "无法判断", "2021", "", "", ""], ["730101", "", "2021", "", "", ""],
        ["510203", "软件技术", "2021", "高职专科", "电子与信息大类", "计算机类"],
    ]  # fmt: skip
    url = platform.post("/majors/import/", once() | {"file": sheet(head, *rows)})["Location"]
    page = said(platform.get(url))
    for sentence in ("专业代码须为 6 位数字", "从代码 950101 判断不出层次", "专业名称不能为空"):
        assert sentence in page
    record = ImportRecord.objects.get()
    assert (record.bad, record.new, record.update) == (4, 1, 1)
    platform.post(url, {"strategy": "good", "act": "next"})
    record.refresh_from_db()
    assert record.state == ImportState.DONE, said(platform.get(url + "?step=strategy"))
    made = Major.objects.get(code="570102")
    assert (made.name, made.level, made.source) == ("学前教育", "higher", "官方")
    world.major.refresh_from_db()
    assert world.major.category == "电子与信息大类" and Major.objects.count() == 3
    assert "学前教育" in said(world.client_as(world.officer).get("/majors/?name=学前"))


def test_majors_of_an_entry_are_imported(world, body, draft):
    rows = [["专业代码", "专业版本", "专业名称"], ["530302", "2021", ""], ["530302", "2015", ""], ["999999", "2021", ""],
            ["510203", "2021", "软件工程"]]  # fmt: skip
    upload = once() | {"file": sheet(*rows), "qualification": draft.pk}
    url = body.post("/qualifications/majors/import/", upload)["Location"]
    page = said(body.get(url))
    for sentence in ("专业代码 530302 没有 2015 版，目录中有 2021 版", "专业目录中没有这个代码", "是“软件技术”，与所填不符"):
        assert sentence in page
    body.post(url, {"strategy": "good", "act": "next"})
    assert set(draft.majors.all()) == {world.major, world.other_major}


def test_the_lists_are_exported(world, body):
    for address, name in (("/qualifications/export/", "qualifications.Qualifications"), ("/majors/export/", "qualifications.Majors")):
        kept = body.post(f"{address}?list={name}", {"all": "1", "query": ""})
        response = body.post(kept["Location"], once())
        assert response["Content-Disposition"].startswith("attachment") and response.content[:2] == b"PK"


def test_a_body_opens_on_its_own_and_can_show_all(world):
    client = world.client_as(world.user(world.other_body, "标准与证书"))
    assert "Web前端开发" not in said(client.get("/qualifications/"))
    page = html.fromstring(client.get("/qualifications/?scope=all").content)
    assert "Web前端开发" in page.text_content()
    assert page.xpath("//select[@name='scope']/option/text()") == ["本单位", "全部"]
