"""证书核验: what anyone sees, and what a forger tries (trust 36, 40, 46)."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from skillcert.candidates.models import Candidate
from skillcert.integrations.chain.log import log_keys_in
from skillcert.integrations.chain.proof import check_proof
from skillcert.integrations.seal.authority import Authority
from skillcert.integrations.seal.client import SEAL_FIELD, STAMP_FIELD, OrganizationIdentity, SealField
from skillcert.integrations.seal.client import client as seal_client
from skillcert.integrations.seal.embedded import EmbeddedSealer
from skillcert.issuing.models import Certificate, CertificateFile
from skillcert.issuing.press import FOLDER
from skillcert.issuing.sheet import sheet_of
from skillcert.issuing.states import CertificateState
from skillcert.kit.documents import SEAL_BOX, SIGNATURE_BOX, render

PUBLIC = Client()
TRUST = Path(settings.DATA) / "trust"


def text_of(response) -> str:
    return response.content.decode()


def upload(data: bytes, name: str = "certificate.pdf"):
    return PUBLIC.post("/verify/file/", {"file": SimpleUploadedFile(name, data, "application/pdf")})


def pdf_of(certificate: Certificate) -> bytes:
    return certificate.files.order_by("-edition").first().file.read()


def test_a_valid_one_by_qr_by_number_and_by_file(sealed):
    certificate = sealed.release()
    token = certificate.files.get().token
    by_number = PUBLIC.post("/verify/", {"number": f" {certificate.number[:4]} {certificate.number[4:]}", "name": certificate.name})
    for answer in (PUBLIC.get(f"/v/{token}"), by_number, upload(pdf_of(certificate))):
        page = text_of(answer)
        assert "证书有效" in page and certificate.name in page and "平台登记、电子签章与存证记录三项一致" in page
        assert "区块高度" in page and "data:image/jpeg;base64," in page
        assert certificate.id_number not in page and f"{certificate.id_number[:6]}********" in page
        assert "no-store" in answer["Cache-Control"]


def test_a_wrong_name_and_an_unknown_number_get_the_same_neutral_answer(sealed):
    certificate = sealed.release()
    wrong_name = PUBLIC.post("/verify/", {"number": certificate.number, "name": "沈佳怡"})
    swapped = certificate.number[:-1] + str((int(certificate.number[-1]) + 1) % 10)
    wrong_number = PUBLIC.post("/verify/", {"number": swapped, "name": certificate.name})
    for answer in (wrong_name, wrong_number):
        assert "未查到，请核对编号" in text_of(answer) and "疑似伪造" not in text_of(answer)
        assert "data:image" not in text_of(answer)
    assert "末位校验位相符" in text_of(wrong_number)


def test_an_invented_qr_is_suspected_and_shows_nobody(db):
    page = text_of(PUBLIC.get("/v/AAAAAAAAAAAAAAAAAAAAAA"))
    assert "疑似伪造" in page and "data:image" not in page


def tampered(pdf: bytes) -> dict[str, bytes]:
    """What a forger does with a file that was real."""
    middle = len(pdf) // 2
    return {
        "one byte": pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :],
        "something appended": pdf + b"\n% hello",
        "an incremental update": pdf + pdf[pdf.rindex(b"xref") if b"xref" in pdf else -200 :],
        "cut off": pdf[: len(pdf) - 400],
        "something before": b"%junk\n" + pdf,
    }


@pytest.mark.parametrize("how", ["one byte", "something appended", "an incremental update", "cut off", "something before"])
def test_a_changed_file_is_refused_with_its_reason(sealed, how):
    answer = upload(tampered(pdf_of(sealed.release()))[how])
    page = text_of(answer)
    assert "文件核验不通过，疑似伪造" in page and "证书有效" not in page and "data:image" not in page
    assert len(answer.context["points"]) >= 2


def forge(certificate: Certificate, sealer: EmbeddedSealer, code: str, at, **changes) -> bytes:
    """A certificate with other words on it, sealed by somebody else's key but with the very same seal drawings."""
    body = certificate.awarding_body
    sheet = sheet_of(certificate, at=at)
    paper = render(FOLDER, sheet.data | changes, at=at)
    fields = [
        SealField(SEAL_FIELD, SEAL_BOX, body.seal.read(), "证书签发"),
        SealField(STAMP_FIELD, SIGNATURE_BOX, body.signature_stamp.read(), "负责人签名章"),
    ]
    return sealer.seal(paper, organization=OrganizationIdentity(code, body.name), fields=fields)


def test_the_seals_picture_alone_and_a_foreign_or_other_bodys_key_are_refused(sealed, tmp_path):
    certificate, at = sealed.release(), sealed.world.now
    body = certificate.awarding_body
    own_ca = EmbeddedSealer(Authority(tmp_path, b"forger"))
    picture_only = render(FOLDER, sheet_of(certificate, at=at).data | {"name": "张伟"}, at=at)
    forged = {
        "没有电子签章": picture_only,
        "不是由本平台签发": forge(certificate, own_ca, body.org_code, at, name="张伟"),
        "平台没有登记": forge(certificate, seal_client(), sealed.world.other_body.org_code, at, name="张伟"),
        "没有登记过这份文件": forge(certificate, seal_client(), body.org_code, at, name="张伟"),
    }
    for reason, pdf in forged.items():
        page = text_of(upload(pdf))
        assert "疑似伪造" in page and reason in page and "证书有效" not in page, reason


def test_a_swapped_stored_file_or_a_changed_log_is_never_called_valid(sealed):
    mine, other = sealed.release(), sealed.release()
    file, foreign = mine.files.get(), other.files.get()
    CertificateFile.objects.filter(pk=file.pk).update(file=foreign.file)
    assert "证书有效" not in text_of(PUBLIC.get(f"/v/{file.token}"))
    receipt = foreign.receipt
    receipt.payload["number"] = mine.number
    receipt.save()
    assert "证书有效" not in text_of(PUBLIC.get(f"/v/{foreign.token}"))


def test_an_old_edition_says_superseded_or_corrected_and_leads_to_the_new_one(sealed):
    certificate = sealed.release()
    first = certificate.files.get()
    sealed.again(certificate)
    page = text_of(PUBLIC.get(f"/v/{first.token}"))
    assert "证书有效，文件已有新版" in page and "第 2 版" in page
    Certificate.objects.filter(pk=certificate.pk).update(name="周若曦")
    Candidate.objects.filter(pk=certificate.candidate_id).update(name="周若曦")
    certificate.refresh_from_db()
    sealed.again(certificate)
    page = text_of(PUBLIC.get(f"/v/{first.token}"))
    assert "证书已更正，请以新版为准" in page and certificate.files.get(edition=3).token in page


@pytest.mark.rule("R50")
def test_while_it_is_being_released_again_the_old_edition_stands(sealed):
    certificate = sealed.release()
    token = certificate.files.get().token
    for state in (CertificateState.TO_RELEASE, CertificateState.GENERATING, CertificateState.SEAL_FAILED):
        Certificate.objects.filter(pk=certificate.pk).update(state=state)
        assert "证书有效" in text_of(PUBLIC.get(f"/v/{token}"))


def test_a_revocation_shows_at_once(sealed):
    certificate = sealed.release()
    Certificate.objects.filter(pk=certificate.pk).update(state=CertificateState.REVOKED)
    for answer in (PUBLIC.get(f"/v/{certificate.files.get().token}"), upload(pdf_of(certificate))):
        assert "证书已撤销" in text_of(answer) and "证书有效" not in text_of(answer)


def test_a_re_ordered_path_or_another_certificates_proof_does_not_pass(sealed):
    first, second = sealed.release(), sealed.release()
    proofs = [json.loads(PUBLIC.get(f"/v/{c.files.get().token}/proof.json").content) for c in (first, second)]
    keys = log_keys_in(TRUST)
    assert check_proof(proofs[0], pdf_of(first), keys).ok
    assert not check_proof(proofs[1], pdf_of(first), keys).ok
    proofs[0]["path"] = [*proofs[0]["path"], "00" * 32]
    assert not check_proof(proofs[0], pdf_of(first), keys).ok
    assert first.name not in str(proofs) and first.id_number not in str(proofs)


def test_the_trust_folder_is_handed_out_without_a_private_key(sealed):
    sealed.release()
    archive = zipfile.ZipFile(io.BytesIO(b"".join(PUBLIC.get("/verify/trust.zip"))))
    texts = [archive.read(name) for name in archive.namelist()]
    assert {name.split("/")[1].split("-")[0] for name in archive.namelist()} == {"root", "log"}
    assert not any(b"PRIVATE" in text for text in texts)


@pytest.mark.parametrize(("data", "sentence"), [(b"hello", "这不是 PDF 文件"), (b"", "空")])
def test_what_is_no_pdf_is_said_so_without_suspicion(db, data, sentence):
    answer = upload(data)
    assert answer.status_code == 422 and sentence in text_of(answer) and "疑似伪造" not in text_of(answer)


def test_asking_too_often_is_slowed_down(db, settings):
    settings.PORTAL_LIMITS = {"number": (2, 600)}
    answers = [PUBLIC.post("/verify/", {"number": "1", "name": "周"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "查询过于频繁" in text_of(answers[-1])
