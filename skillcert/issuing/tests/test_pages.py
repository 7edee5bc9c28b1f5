"""Chapter 4.2 as it is seen in the browser: who sees which list, which buttons, and the way of a signature."""

from __future__ import annotations

import base64
import io
import re
import zipfile

import openpyxl
import pytest
from django.test import Client
from PIL import Image, ImageDraw

from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState
from skillcert.issuing.models import Certificate, SigningSession
from skillcert.issuing.states import CertificateState
from skillcert.kit.audit import AuditEntry

S = CertificateState
LISTS = {
    "/issuing/awarding-body/": (S.BODY_PENDING, ["获取待发证记录", "批量确认签发", "下载可发证名单", "下载不可发证名单"], "签发"),
    "/issuing/awarding-body/refused/": (S.BODY_REFUSED, ["批量重新签发"], "签发"),
    "/issuing/to-release/": (S.TO_RELEASE, ["批量发放电子证书", "批量发放纸质证书"], "发放"),
    "/issuing/seal-failed/": (S.SEAL_FAILED, ["批量重新发放"], "重新发放"),
    "/issuing/released/": (S.RELEASED, ["批量下载电子证书", "批量重新发放"], "重新发放"),
}  # fmt: skip
CENTER_LISTS = {
    "/issuing/center/": (S.CENTER_PENDING, ["批量确认签发"], "签发"),
    "/issuing/center/refused/": (S.CENTER_REFUSED, ["批量重新签发"], "重新签发"),
}  # fmt: skip


def text_of(response) -> str:
    return response.content.decode()


def acts_of(response) -> list[str]:
    return [act.label for row in response.context["rows"] for act in (*row.acts, *row.more)]


@pytest.mark.rule("R28", "R35", "R43")
@pytest.mark.parametrize("url", LISTS)
def test_the_bodys_lists_show_their_rows_and_their_buttons(world, url):
    state, buttons, row_act = LISTS[url]
    certificate = world.certificate(state)
    response = world.client_as(world.examiner).get(url)
    assert [row.key for row in response.context["rows"]] == [str(certificate.pk)]
    labels = [act.label for act in response.context["acts"]]
    assert [label for label in labels if label != "导出"] == buttons and row_act in acts_of(response)
    assert certificate.id_number not in text_of(response)
    stranger = world.client_as(world.actor(world.other_body)).get(url)
    assert certificate.name not in text_of(stranger)


@pytest.mark.rule("R37", "R41", "R42")
@pytest.mark.parametrize("url", CENTER_LISTS)
def test_the_schools_lists_show_their_rows_and_their_buttons(world, url):
    state, buttons, row_act = CENTER_LISTS[url]
    certificate = world.certificate(state)
    response = world.client_as(world.officer).get(url)
    assert [row.key for row in response.context["rows"]] == [str(certificate.pk)]
    assert [act.label for act in response.context["acts"] if act.label != "导出"] == buttons and row_act in acts_of(response)
    assert not world.client_as(world.stranger).get(url).context["rows"]
    assert row_act not in acts_of(world.client_as(world.examiner).get(url))


@pytest.mark.rule("R26", "R49")
def test_a_school_does_not_see_a_record_before_the_body_signed(world):
    certificate = world.certificate(S.BODY_PENDING)
    client = world.client_as(world.officer)
    assert client.get(f"/issuing/{certificate.pk}/").status_code == 404
    Certificate.objects.update(state=S.CENTER_PENDING)
    assert client.get(f"/issuing/{certificate.pk}/").status_code == 200
    assert world.client_as(world.stranger).get(f"/issuing/{certificate.pk}/").status_code == 404
    assert world.client_as(world.stranger).get(f"/issuing/{certificate.pk}/photo/").status_code == 404


@pytest.mark.rule("R17", "R21", "R23")
def test_collecting_shows_both_figures_first_and_makes_each_record_once(world):
    world.result()
    Candidate.objects.filter(pk=world.result().registration.candidate_id).update(state=CandidateState.UNVERIFIED)
    world.clock("over")
    client = world.client_as(world.examiner)
    dialog = client.get("/issuing/collect/")
    assert [(f.label, f.value) for f in dialog.context["figures"]] == [("可发证", "1"), ("不可发证", "1")]
    assert "1 人由于信息未完善等原因不允许发证" in text_of(dialog) and "信息待认证" in text_of(dialog)
    values = {"plan": "", "qualification": "", "institution": "", "once": dialog.context["form"]["once"].value()}
    assert client.post("/issuing/collect/", values).status_code == 303
    assert client.post("/issuing/collect/", values).status_code == 303
    assert Certificate.objects.count() == 1
    assert "没有可生成的记录" in text_of(client.get("/issuing/collect/"))


@pytest.mark.rule("R18", "R19")
def test_both_lists_have_the_manuals_columns_and_are_audited(world):
    ready, waiting = world.result(), world.result(world.registered(world.accurate("沈佳怡")))
    Candidate.objects.filter(pk=waiting.registration.candidate_id).update(state=CandidateState.TO_CONFIRM)
    world.clock("over")
    client = world.client_as(world.examiner)
    found = {}
    for url in ("/issuing/issuable/", "/issuing/not-issuable/"):
        response = client.post(url, {"plan": "", "qualification": "", "institution": "", "purpose": "发证核对"})
        found[url] = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    heads = ("考生编号", "考生姓名", "身份证号", "学生类型", "所属院校", "证书名称", "证书等级", "考证结果")
    candidate = ready.registration.candidate
    assert found["/issuing/issuable/"] == [heads, (
        candidate.number, candidate.name, candidate.id_number, "院校考生", world.school.name, "Web前端开发", "中级", "通过"
    )]  # fmt: skip
    assert found["/issuing/not-issuable/"][0] == (*heads, "不可发证原因")
    assert found["/issuing/not-issuable/"][1][1:2] + found["/issuing/not-issuable/"][1][-1:] == ("沈佳怡", "需人工确认")
    assert AuditEntry.objects.filter(action="kit.download").count() == 2
    assert client.post("/issuing/issuable/", {"purpose": ""}).status_code == 422


# --- the way of a signature ----------------------------------------------------------------------------
def drawn() -> str:
    picture = Image.new("RGBA", (300, 100))
    ImageDraw.Draw(picture).line([(10, 80), (80, 10), (150, 80), (260, 20)], fill="#18212f", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


@pytest.fixture
def codes(monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr("skillcert.issuing.rules.signing.sms", lambda: type("Sms", (), {"send": lambda s, p, t: sent.append(t)})())
    return sent


def show_qr(client: Client, url: str) -> str:
    """The dialog's QR: the path that the phone opens."""
    dialog = client.get(url)
    assert SigningSession.objects.filter(state="waiting").count() == 0 or "code" not in text_of(dialog)
    response = client.post(url, {"code": "1"}, headers={"HX-Request": "true"})
    return re.search(r'href="(/s/[^"]+)"', text_of(response))[1]


@pytest.mark.rule("R29", "R33")
def test_scan_check_sign_receipt_and_the_desktop_goes_on_by_itself(world, codes):
    certificate = world.certificate()
    desk, phone = world.client_as(world.examiner), Client()
    path = show_qr(desk, f"/issuing/awarding-body/sign/{certificate.pk}/")
    session = SigningSession.objects.get()
    status = f"/issuing/signing/{session.pk}/?next=/issuing/awarding-body/"
    assert "等待扫码" in text_of(desk.get(status))
    scanned = phone.get(path)
    assert scanned.status_code == 303 and scanned["Referrer-Policy"] == "no-referrer"
    check = phone.get(scanned.url)
    assert certificate.name in text_of(check) and "本次签发" in text_of(check) and certificate.id_number not in text_of(check)
    assert len(check.content) < 100 * 1024 and "手机已打开" in text_of(desk.get(status))
    sign_url = f"/sign/{session.pk}/name/"
    assert phone.post(sign_url, {"act": "code"}).status_code == 303
    code = re.search(r"\d{6}", codes[-1])[0]
    refused = phone.post(sign_url, {"method": "draw", "signature": drawn(), "code": code})
    assert "请先勾选" in text_of(refused) and refused.status_code == 422
    done = phone.post(sign_url, {"method": "draw", "signature": drawn(), "code": code, "agree": "1"})
    receipt = phone.get(done.url)
    assert "已签发 1 人" in text_of(receipt)
    certificate.refresh_from_db()
    assert certificate.state == S.CENTER_PENDING and certificate.body_signature == session
    assert desk.get(status, headers={"HX-Request": "true"})["HX-Redirect"] == "/issuing/awarding-body/"
    record = phone.get(f"/sign/{session.pk}/record/")
    assert record.content.startswith(b"%PDF") and record["Cache-Control"] == "private, no-store"
    assert phone.get(path).status_code in (303, 410)  # the same phone only; it leads to the receipt


def test_another_phone_another_person_and_a_bare_address_get_nothing(world, codes):
    certificate = world.certificate()
    path = show_qr(world.client_as(world.examiner), f"/issuing/awarding-body/sign/{certificate.pk}/")
    phone, thief = Client(), Client()
    check = phone.get(path).url
    assert thief.get(path).status_code == 410
    for url in (check, f"{check}name/", f"{check}all/", f"{check}refuse/", f"{check}receipt/", f"{check}photo/{certificate.pk}/"):
        answer = thief.get(url)
        assert answer.status_code == 410 and certificate.name not in text_of(answer)
    assert thief.post(f"{check}name/", {"act": "code"}).status_code == 410 and not codes
    session = SigningSession.objects.get()
    assert world.client_as(world.actor(world.body)).get(f"/issuing/signing/{session.pk}/").status_code == 404


@pytest.mark.rule("R30")
def test_the_phone_may_refuse_with_a_reason_and_the_qr_is_spent(world, codes):
    certificate = world.certificate(S.CENTER_PENDING)
    phone = Client()
    check = phone.get(show_qr(world.client_as(world.officer), f"/issuing/center/sign/{certificate.pk}/")).url
    assert phone.post(f"{check}refuse/", {"reason": ""}).status_code == 422
    assert "已拒绝签发 1 人" in text_of(phone.post(f"{check}refuse/", {"reason": "照片待更换"}))
    certificate.refresh_from_db()
    assert (certificate.state, certificate.refusal) == (S.CENTER_REFUSED, "照片待更换")
    assert phone.get(f"{check}name/").status_code == 410


@pytest.mark.parametrize("signature", ["", "data:image/png;base64,AAAA", "data:image/svg+xml;base64,PHN2Zz4=", "x" * 500])
def test_what_is_no_drawing_signs_nothing(world, codes, signature):
    certificate = world.certificate()
    phone = Client()
    check = phone.get(show_qr(world.client_as(world.examiner), f"/issuing/awarding-body/sign/{certificate.pk}/")).url
    phone.post(f"{check}name/", {"act": "code"})
    values = {"method": "draw", "signature": signature, "code": re.search(r"\d{6}", codes[-1])[0], "agree": "1"}
    assert phone.post(f"{check}name/", values).status_code == 422
    certificate.refresh_from_db()
    assert certificate.state == S.BODY_PENDING


@pytest.mark.rule("R28", "R37")
def test_a_batch_previews_who_can_be_signed_and_who_not(world):
    world.certificate()
    Candidate.objects.filter(pk=world.certificate().candidate_id).update(state=CandidateState.TO_CONFIRM)
    client = world.client_as(world.examiner)
    kept = client.post("/issuing/awarding-body/sign/?list=issuing.AwardingBodyToSign", {"all": "1"})
    dialog = client.get(kept.url)
    assert [(f.label, f.value) for f in dialog.context["figures"]] == [("将签发", "1"), ("不可签发", "1")]
    assert "考生信息尚未认定为准确" in text_of(dialog) and "拒绝签发" in text_of(dialog)
    assert not SigningSession.objects.exists()  # looking makes no QR


# --- releasing -----------------------------------------------------------------------------------------
@pytest.mark.rule("R44", "R45", "R46")
def test_releasing_one_chooses_the_way_and_a_batch_has_it_in_its_button(world):
    one, *others = (world.certificate(S.TO_RELEASE) for _ in range(3))
    client = world.client_as(world.examiner)
    dialog = client.get(f"/issuing/release/{one.pk}/")
    assert "纸质证书" in text_of(dialog) and "电子证书" in text_of(dialog) and "证书生成中" in text_of(dialog)
    client.post(f"/issuing/release/{one.pk}/", {"way": "paper", "once": dict(dialog.context["hidden"])["once"]})
    kept = client.post("/issuing/release/electronic/?list=issuing.ToRelease", {"keys": ",".join(str(c.pk) for c in others)})
    once = dict(client.get(kept.url).context["hidden"])["once"]
    client.post(kept.url, {"once": once})
    assert list(Certificate.objects.order_by("pk").values_list("state", "way")) == [
        (S.GENERATING, "paper"), (S.GENERATING, "electronic"), (S.GENERATING, "electronic"),
    ]  # fmt: skip
    assert world.client_as(world.officer).get(f"/issuing/release/{one.pk}/").status_code == 403


@pytest.mark.rule("R48")
def test_releasing_again_prompts_that_the_certificate_waits_for_release(world):
    certificate = world.certificate(S.SEAL_FAILED, failure="尚未上传公章")
    client = world.client_as(world.examiner)
    dialog = client.get(f"/issuing/re-release/{certificate.pk}/")
    assert "证书进入“证书待发放”状态" in text_of(dialog) and "尚未上传公章" in text_of(dialog)
    client.post(f"/issuing/re-release/{certificate.pk}/", {"once": dict(dialog.context["hidden"])["once"]})
    certificate.refresh_from_db()
    assert certificate.state == S.TO_RELEASE


@pytest.mark.rule("R50")
def test_downloads_one_as_pdf_and_several_as_a_zip_with_index_and_proofs(sealed):
    world, client = sealed.world, sealed.world.client_as(sealed.world.examiner)
    first, second = sealed.release(), sealed.release()
    one = client.post(f"/issuing/download/{first.pk}/")
    assert one["Content-Type"] == "application/pdf" and one.content == first.files.get().file.read()
    answer = client.post("/issuing/download/?list=issuing.Released", {"keys": f"{first.pk},{second.pk}"})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = {f"{c.number}_{c.name}.pdf" for c in (first, second)} | {f"{c.number}.proof.json" for c in (first, second)}
    assert set(archive.namelist()) == names | {"index.xlsx", "核验方法.txt"}
    assert AuditEntry.objects.filter(action="kit.download").count() == 2
    assert world.client_as(world.stranger).post(f"/issuing/download/{first.pk}/").status_code in (400, 404)


@pytest.mark.rule("R16")
def test_the_detail_shows_where_it_is_anchored(sealed):
    certificate = sealed.release()
    page = text_of(sealed.world.client_as(sealed.world.officer).get(f"/issuing/{certificate.pk}/"))
    receipt = certificate.files.get().receipt
    assert "区块高度" in page and receipt.block.block_hash in page and receipt.leaf in page and "第 1 版，现行有效" in page
    assert certificate.id_number not in page and "已上链，摘要一致" in page
    receipt.payload["edition"] = 9
    receipt.save()
    assert "摘要不一致" in text_of(sealed.world.client_as(sealed.world.officer).get(f"/issuing/{certificate.pk}/"))


def test_the_province_reads_masked_without_photo_and_without_files(sealed):
    certificate, world = sealed.release(), sealed.world
    client = world.client_as(world.actor(world.province))
    page = client.get(f"/issuing/{certificate.pk}/")
    assert page.status_code == 200 and certificate.id_number not in text_of(page) and "/photo/" not in text_of(page)
    assert client.get(f"/issuing/{certificate.pk}/photo/").status_code == 404
    assert client.post(f"/issuing/download/{certificate.pk}/").status_code == 403
    assert client.post(f"/issuing/{certificate.pk}/", {"reveal": "id_number"}).status_code == 403
