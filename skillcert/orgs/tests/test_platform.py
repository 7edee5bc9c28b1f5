"""Chapter 2 as the platform's 目录与机构 works in it: opening, codes, duplicates, stopping, two editors, the import."""

from __future__ import annotations

import io
import uuid

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from skillcert.kit.audit import AuditEntry
from skillcert.kit.notices import Notice
from skillcert.kit.sheets.records import ImportRecord, ImportState
from skillcert.orgs import codes
from skillcert.orgs.models import AwardingBody, Institution, Organization, Province

CREDIT = codes.credit_code_of("330100", "MA2TEXT1")


def said(response) -> str:
    return response.content.decode()


def once() -> dict[str, str]:
    return {"once": str(uuid.uuid4())}


def school(**more):
    values = {"name": "海宁湾信息工程学校", "school_kind": "secondary_vocational", "school_code": "3633000777", "region": "330481"}
    return once() | values | {"contact": "赵明轩", "phone": "0573-88888888", "address": "", "email": ""} | more


def body(**more):
    values = {"name": "青禾评价中心", "credit_code": CREDIT, "nature": "company", "batch": "2", "contact": "苏清妍"}
    return once() | values | {"phone": "0571-88888888", "head": "", "bank": "", "account": ""} | more


def province(**more):
    values = {"name": "江苏省", "province_code": "32", "contact": "", "phone": "", "review_levels": "2", "report_cycle": "week"}
    return once() | values | more


def uploaded(client, url: str, rows: list[list[str]]) -> str:
    """Where the wizard stands after a workbook of ``rows``, the first of them the header."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return client.post(url, once() | {"file": SimpleUploadedFile("名单.xlsx", out.getvalue())})["Location"]


@pytest.fixture
def clerk(world):
    world.platform = Organization.objects.create(kind="platform", name="平台")
    return world.client_as(world.user(world.platform, "目录与机构"))


def test_the_platform_opens_all_three_kinds(world, clerk):
    page = said(clerk.post("/institutions/new/", school(), follow=True))
    assert "已开通试点院校“海宁湾信息工程学校”" in page and "还没有可用的账号" in page and "浙江省嘉兴市海宁市" in page
    assert Institution.objects.get(school_code="3633000777").province == world.province
    page = said(clerk.post("/awarding-bodies/new/", body(), follow=True))
    made = AwardingBody.objects.get(credit_code=CREDIT)
    assert made.number == 3 and made.org_code == CREDIT[8:17] and "0003" in page
    page = said(clerk.post("/provinces/new/", province(), follow=True))
    assert "已开通省厅“江苏省”" in page and "江苏省" in said(clerk.get("/provinces/"))
    assert AuditEntry.objects.filter(action="orgs.open").count() == 3
    told = Notice.objects.filter(organization_id=world.platform.pk, code="users.open", text__contains="第一个管理员")
    assert told.count() == 3 and "海宁湾信息工程学校" in told.first().text


@pytest.mark.parametrize(("more", "sentence"), [
    ({"school_code": "36330007"}, "须为 10 位数字"), ({"school_code": "5533000777"}, "不是学校类别码"),
    ({"school_code": "3632000777"}, "省码为 32，与所在地 330481（浙江省嘉兴市海宁市）不一致"),
    ({"school_code": "4133000777"}, "与办学类型不一致"), ({"region": "339999"}, "查不到所属地市"),
    ({"region": "99"}, "须为 6 位数字"), ({"region": "320100", "school_code": "3632000777"}, "江苏省还没有开通省厅"),
    ({"name": "云州职业技术学院"}, "已有同名机构"),
    ({"school_code": "4133012345", "school_kind": "higher_vocational"}, "学校标识码已被使用"),
])  # fmt: skip
def test_an_institution_with_a_wrong_or_taken_code_is_refused(world, clerk, more, sentence):
    response = clerk.post("/institutions/new/", school(**more))
    assert response.status_code == 422 and sentence in said(response) and "赵明轩" in said(response)
    assert Institution.objects.count() == 2 and not AuditEntry.objects.filter(action="orgs.open").exists()


@pytest.mark.parametrize(("more", "sentence"), [
    ({"credit_code": CREDIT[:-1] + ("0" if CREDIT[-1] != "0" else "1")}, "校验位不符（GB 32100）"),
    ({"credit_code": "913301"}, "须为 18 位"),
    ({"credit_code": CREDIT[:8] + "IOSVZ1234" + "0"}, "不含 I、O、S、V、Z"), ({"name": "南湖技能评价研究院"}, "已有同名机构"),
])  # fmt: skip
def test_an_awarding_body_with_a_wrong_code_is_refused(world, clerk, more, sentence):
    response = clerk.post("/awarding-bodies/new/", body(**more))
    assert response.status_code == 422 and sentence in said(response)
    assert AwardingBody.objects.count() == 2


def test_a_credit_code_is_taken_once(world, clerk):
    clerk.post("/awarding-bodies/new/", body())
    response = clerk.post("/awarding-bodies/new/", body(name="另一个名称"))
    assert response.status_code == 422 and "已被使用" in said(response)
    assert AwardingBody.objects.filter(credit_code=CREDIT).count() == 1


@pytest.mark.parametrize(("more", "sentence"), [
    ({"province_code": "99"}, "不是 GB/T 2260 的省级代码"), ({"province_code": "33", "name": "浙江省"}, "省码已被使用"),
])  # fmt: skip
def test_a_province_with_a_wrong_or_taken_code_is_refused(world, clerk, more, sentence):
    response = clerk.post("/provinces/new/", province(**more))
    assert response.status_code == 422 and sentence in said(response)
    assert Province.objects.count() == 1


def test_stopping_ends_the_sessions_of_its_people_and_resuming_lets_them_in(world, clerk):
    officer = world.client_as(world.officer)
    assert officer.get("/institutions/").status_code == 200
    page = said(clerk.get(f"/institutions/stop/{world.school.pk}/"))
    assert "所有账号立即退出" in page
    refused = clerk.post(f"/institutions/stop/{world.school.pk}/", once() | {"reason": " "})
    assert refused.status_code == 422 and officer.get("/institutions/").status_code == 200
    clerk.post(f"/institutions/stop/{world.school.pk}/", once() | {"reason": "院校合并"})
    assert officer.get("/institutions/")["Location"].startswith("/login/")
    assert world.client_as(world.stranger).get("/institutions/").status_code == 200
    assert "院校合并" in said(clerk.get(f"/institutions/{world.school.pk}/"))
    clerk.post(f"/institutions/resume/{world.school.pk}/", once())
    assert world.client_as(world.officer).get("/institutions/").status_code == 200


def test_nobody_else_opens_or_stops(world):
    for actor in (world.officer, world.examiner, world.actor(world.province)):
        client = world.client_as(actor)
        assert client.post("/institutions/new/", school()).status_code == 403
        assert client.post(f"/institutions/stop/{world.school.pk}/", once() | {"reason": "停"}).status_code == 403
    world.school.refresh_from_db()
    assert world.school.active and Institution.objects.count() == 2


def test_a_school_does_not_rename_itself(world):
    data = once() | {"version": world.school.version, "contact": "王一川", "phone": "1", "address": "", "email": "", "name": "改名大学"}
    world.client_as(world.officer).post(f"/institutions/{world.school.pk}/edit/", data | {"school_code": "4133099999"})
    world.school.refresh_from_db()
    assert (world.school.name, world.school.school_code, world.school.contact) == ("云州职业技术学院", "4133012345", "王一川")


def test_of_two_clerks_the_second_sees_both_values(world, clerk):
    other = world.client_as(world.user(world.platform, "目录与机构"))
    url, opened = f"/institutions/{world.school.pk}/edit/", {"version": world.school.version}
    mine = {"name": "云州职业技术学院", "school_kind": "higher_vocational", "school_code": "4133012345", "region": "330106"}
    assert clerk.post(url, school(**mine, contact="先存的人") | opened).status_code == 303
    late = other.post(url, school(**mine, contact="后存的人") | opened)
    assert late.status_code == 409 and "先存的人" in said(late) and "后存的人" in said(late)
    world.school.refresh_from_db()
    assert world.school.contact == "先存的人"


def test_a_sheet_of_institutions_is_checked_row_by_row(world, clerk):
    head = ["院校名称", "办学类型", "学校标识码", "行政区划代码", "联系人", "联系电话", "地址", "邮箱"]
    rows = [
        ["松阳谷职业学院", "高职", "4133000801", "331124", "范思远", "0578-1", "", ""],
        ["云州职业技术学院", "高职", "4133012345", "330106", "林知遥", "0571-1", "", ""],  # there already
        ["临江职业学院", "高职", "4133000802", "330182", "韩子墨", "0571-2", "", ""],  # its name is
        ["错码学院", "高职", "3633000803", "330106", "汤博文", "0571-3", "", ""],
        ["外省学院", "高职", "4132000804", "320100", "田宇航", "025-1", "", ""],
        ["", "本科", "4133000805", "330106", "苏晓彤", "0571-4", "", ""],
        ["松阳谷职业学院", "高职", "4133000806", "331124", "范思远", "0578-1", "", ""],  # twice in the sheet
    ]  # fmt: skip
    url = uploaded(clerk, "/institutions/import/", [head, *rows])
    shown = said(clerk.get(url))
    for sentence in ("已有同名院校", "与办学类型不一致", "江苏省还没有开通省厅", "院校名称不能为空", "不在可选项中"):
        assert sentence in shown
    record = ImportRecord.objects.get()
    assert (record.bad, record.new, record.skip) == (5, 1, 1)
    clerk.post(url, {"strategy": "good", "act": "next"})
    record.refresh_from_db()
    assert record.state == ImportState.DONE and Institution.objects.count() == 3
    assert Institution.objects.get(name="松阳谷职业学院").school_code == "4133000801"


def test_a_sheet_of_awarding_bodies_is_checked_and_each_gets_its_number(world, clerk):
    head = ["名称", "统一社会信用代码", "性质", "批次", "联系人", "联系电话", "负责人", "开户行", "收款账号"]
    second, third = codes.credit_code_of("330100", "MA2TEXT2"), codes.credit_code_of("330100", "MA2TEXT3")
    wrong = CREDIT[:-1] + ("0" if CREDIT[-1] != "0" else "1")
    rows = [
        ["青禾评价中心", CREDIT.lower(), "企业", "2", "苏清妍", "0571-1", "顾言", "示例银行", "6222000000000000001"],
        ["松涛测评协会", second, "行业协会", "", "沈知行", "0571-2", "", "", ""],
        ["南湖技能评价研究院", third, "研究机构", "1", "陆远舟", "0571-3", "", "", ""],  # its name is there
        ["错码中心", wrong, "企业", "1", "陆远舟", "0571-4", "", "", ""],
        ["无码中心", "", "企业", "9", "陆远舟", "0571-5", "", "", ""],
        ["未知性质", codes.credit_code_of("330100", "MA2TEXT4"), "个人", "", "陆远舟", "0571-6", "", "", ""],
    ]  # fmt: skip
    url = uploaded(clerk, "/awarding-bodies/import/", [head, *rows])
    shown = said(clerk.get(url))
    for sentence in ("已有同名培训评价组织", "校验位不符", "统一社会信用代码不能为空", "不在可选项中"):
        assert sentence in shown
    clerk.post(url, {"strategy": "good", "act": "next"})
    made = AwardingBody.objects.filter(number__gt=2).order_by("number")
    assert [(row.number, row.name, row.org_code, row.batch) for row in made] == [
        (3, "青禾评价中心", CREDIT[8:17], 2), (4, "松涛测评协会", second[8:17], None),
    ]  # fmt: skip
    assert made[0].account == "6222000000000000001" and made[0].bank == "示例银行"
    told = Notice.objects.filter(organization_id=world.platform.pk, code="users.open")
    assert [notice.text for notice in told] == ["已开通培训评价组织“青禾评价中心”等 2 个，请在“各单位账号”中开通它的第一个管理员。"]
    again = said(clerk.get(uploaded(clerk, "/awarding-bodies/import/", [head, *rows[:2]])))
    assert "该统一社会信用代码已开通：青禾评价中心" in again and AwardingBody.objects.count() == 4


def test_a_sheet_of_provinces_is_checked_row_by_row(world, clerk):
    head = ["名称", "省码", "联系人", "联系电话", "申报审核级数", "周报周期"]
    rows = [
        ["江苏省", "32", "林知遥", "025-1", "一级", "半月报"], ["福建省", "35", "", "", "", ""],
        [world.province.name, "33", "", "", "", ""],
        ["无此省", "99", "", "", "", ""], ["江苏省", "34", "", "", "", ""], ["安徽", "", "", "", "三级", ""],
    ]  # fmt: skip
    url = uploaded(clerk, "/provinces/import/", [head, *rows])
    shown = said(clerk.get(url))
    for sentence in ("不是 GB/T 2260 的省级代码", "已有同名省厅", "省码不能为空", "不在可选项中"):
        assert sentence in shown
    clerk.post(url, {"strategy": "good", "act": "next"})
    made = Province.objects.exclude(pk=world.province.pk).order_by("province_code")
    assert [(row.name, row.review_levels, row.report_cycle) for row in made] == [("江苏省", 1, "half_month"), ("福建省", 2, "week")]


@pytest.mark.parametrize("url", ["/institutions/export/", "/awarding-bodies/export/", "/provinces/export/"])
def test_every_list_is_exported(clerk, world, url):
    names = {"institutions": "Institutions", "awarding-bodies": "AwardingBodies", "provinces": "Provinces"}
    kept = clerk.post(f"{url}?list=orgs.{names[url.split('/')[1]]}", {"all": "1", "query": ""})
    response = clerk.post(kept["Location"], once())
    assert response["Content-Disposition"].startswith("attachment") and response.content[:2] == b"PK"
