"""Chapter 5.2.6 through its pages: both imports end to end, the list, deletion, the export."""

from __future__ import annotations

from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from skillcert.kit.audit import history
from skillcert.kit.sheets.records import ImportRecord
from skillcert.registrations.models import Mode, Registration
from skillcert.registrations.tests.test_rules import register, renamed

KEY = "00000000-0000-4000-8000-0000000010{:02d}"


def text(response) -> str:
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def workbook(headers: list[str], *rows: list[str]) -> SimpleUploadedFile:
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([headers, *rows]):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile("报考.xlsx", file.getvalue())


BY_CERTIFICATE = ["姓名*", "证件类型*", "身份证号*", "证书名称*", "证书等级*", "参考对象"]
BY_SUBJECT = ["姓名*", "证件类型*", "身份证号*", "科目名称*", "参考对象"]


def line(candidate, *rest: str) -> list[str]:
    return [candidate.name, "居民身份证", candidate.id_number, *rest]


def upload(client, url: str, file, **params) -> tuple[str, str]:
    """Upload and look at the check: (address of the draft, its page)."""
    response = client.post(url, {"file": file, "once": KEY.format(1), **params}, follow=True)
    return response.redirect_chain[-1][0] if response.redirect_chain else "", text(response)


@pytest.mark.rule("R156", "R157")
def test_by_certificate_the_plan_comes_first(world):
    client = world.client_as(world.officer)
    page = text(client.get("/registrations/import/certificate/"))
    assert "批量导入报考-按证书导入" in page and world.plan.name in page
    candidate = world.candidate()
    refused = client.post("/registrations/import/certificate/", {
        "file": workbook(BY_CERTIFICATE, line(candidate, "Web前端开发", "中级")), "once": KEY.format(2),
    })
    assert refused.status_code == 422 and not ImportRecord.objects.exists()
    world.clock("seating")
    assert world.plan.name not in text(client.get("/registrations/import/certificate/"))


@pytest.mark.rule("R62", "R158", "R162")
def test_good_rows_go_in_and_bad_rows_say_why(world):
    good, stranger = world.candidate(), world.candidate(major=world.other_major)
    file = workbook(BY_CERTIFICATE, line(good, "Web前端开发", "中级"), line(stranger, "Web前端开发", "中级"))
    client = world.client_as(world.officer)
    url, page = upload(client, "/registrations/import/certificate/", file, plan=world.plan.pk)
    assert "不在可报考专业内" in page
    client.post(url, {"act": "write", "strategy": "good", "once": KEY.format(3)})
    assert list(Registration.objects.values_list("name", "mode")) == [(good.name, Mode.CERTIFICATE)]
    assert "导入记录" in text(client.get("/registrations/"))
    records = text(client.get("/registrations/imports/"))
    assert "院校管理员" in records and world.plan.name in records


@pytest.mark.rule("R159", "R160", "R161")
def test_by_subject_plan_then_certificate(world):
    client = world.client_as(world.officer)
    url = "/registrations/import/subject/"
    assert str(world.qualification) not in text(client.get(url))
    assert str(world.qualification) in text(client.get(url, {"plan": world.plan.pk, "refresh": "1"}))
    good, stranger = world.candidate(), world.candidate(major=world.other_major)
    file = workbook(BY_SUBJECT, line(good, "理论知识"), line(stranger, "理论知识"), line(good, "英语"))
    draft, page = upload(client, url, file, plan=world.plan.pk, qualification=world.qualification.pk)
    assert "不在可报考专业内" in page and "没有该科目" in page
    client.post(draft, {"act": "write", "strategy": "good", "once": KEY.format(4)})
    made = Registration.objects.get()
    assert (made.name, made.mode, [str(s.session) for s in made.subjects.all()]) == (good.name, Mode.SUBJECT, ["理论知识"])


@pytest.mark.rule("R61")
def test_a_majors_declared_number_is_its_cap(world):
    world.application.majors.update(trainees=1)
    rows = [line(world.candidate(), "Web前端开发", "中级") for _ in range(2)]
    client = world.client_as(world.officer)
    draft, page = upload(client, "/registrations/import/certificate/", workbook(BY_CERTIFICATE, *rows), plan=world.plan.pk)
    assert "报考人数已满" in page
    client.post(draft, {"act": "write", "strategy": "good", "once": KEY.format(5)})
    assert Registration.objects.count() == 1


def test_the_two_ways_exclude_each_other(world):
    candidate = world.candidate()
    register(world, candidate)
    client = world.client_as(world.officer)
    _, page = upload(
        client, "/registrations/import/subject/", workbook(BY_SUBJECT, line(candidate, "理论知识")),
        plan=world.plan.pk, qualification=world.qualification.pk,
    )
    assert "不能两种方式并用" in page


@pytest.mark.rule("R163", "R164")
def test_the_list_its_buttons_and_the_batch_deletion(world):
    register(world, world.candidate(), world.candidate())
    client = world.client_as(world.officer)
    page = text(client.get("/registrations/"))
    for label in ("批量导入报考", "按证书导入", "按科目导入", "导入记录", "批量导出报考数据", "批量删除报考数据"):
        assert label in page
    keys = ",".join(str(key) for key in Registration.objects.values_list("pk", flat=True))
    preview = client.post("/registrations/delete/?list=registrations.Registrations", {"keys": keys}, follow=True)
    assert "将删除" in text(preview)
    client.post(preview.redirect_chain[-1][0], {"once": KEY.format(6)})
    assert not Registration.objects.exists()


@pytest.mark.rule("R165")
def test_the_row_button_vanishes_with_payment(world):
    register(world, world.candidate())
    key = Registration.objects.get().pk
    client = world.client_as(world.officer)
    assert f"/registrations/delete/{key}/" in text(client.get("/registrations/"))
    Registration.objects.update(paid=True)
    assert f"/registrations/delete/{key}/" not in text(client.get("/registrations/"))
    client.post(f"/registrations/delete/{key}/", {"once": KEY.format(7)})
    assert Registration.objects.exists()


@pytest.mark.rule("R107")
def test_the_body_corrects_the_copy_in_a_dialog(world):
    register(world, world.candidate())
    key = Registration.objects.get().pk
    client = world.client_as(world.examiner)
    assert "姓名拼音" in text(client.get(f"/registrations/{key}/correct/"))
    refused = client.post(f"/registrations/{key}/correct/", {"pinyin": "ZHOU", "phone": "123", "version": 1, "once": KEY.format(8)})
    assert "应为 11 位" in refused.content.decode()
    client.post(f"/registrations/{key}/correct/", {"pinyin": "ZHOU", "phone": "13700000000", "version": 1, "once": KEY.format(9)})
    assert Registration.objects.get().phone == "13700000000"
    assert world.client_as(world.officer).get(f"/registrations/{key}/correct/").status_code == 403


@pytest.mark.rule("R106")
def test_a_name_mended_after_registering_is_found_compared_and_accepted(world):
    registration, other = renamed(world), world.registered()
    client, url = world.client_as(world.examiner), f"/registrations/accept/{registration.pk}/"
    listed = text(client.get("/registrations/?identity=differs"))
    assert registration.name in listed and url in listed and f"/registrations/{other.pk}/" not in listed
    dialog = text(client.get(url))
    assert "报考姓名" in dialog and "周若西" in dialog and "周若溪" in dialog and registration.id_number not in dialog
    refused = client.post(url, {"once": KEY.format(20)})
    assert refused.status_code == 422 and "请填写认可说明。" in refused.content.decode()
    client.post(url, {"reason": "院校来函，附身份证复印件", "once": KEY.format(21)})
    detail = text(client.get(f"/registrations/{registration.pk}/"))
    assert "已认可" in detail and "院校来函，附身份证复印件" in detail and url not in detail
    assert url not in text(client.get("/registrations/"))


def test_a_differing_id_number_is_shown_in_full_only_by_an_audited_post(world):
    registration = renamed(world, id_number="33010620050101127X")
    client, url = world.client_as(world.officer), f"/registrations/{registration.pk}/"
    page = text(client.get(url))
    assert "尚未认可" in page and "培训评价组织核对并认可后才能发证" in page and "33010620050101127X" not in page
    assert "33010620050101127X" in text(client.post(url, {"reveal": "verified_id_number"}))
    assert history(registration)[0].summary["field"] == "verified_id_number"
