"""Chapter 2 through its pages: the own record, the partners, the seals."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html
from PIL import Image

from skillcert.kit.audit import AuditEntry

ONCE = {"once": "00000000-0000-4000-8000-000000000001"}


def said(response) -> str:
    return response.content.decode()


def picture(mode: str = "RGBA", size: tuple[int, int] = (200, 200), kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def upload(data: bytes, name: str = "seal.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/png")


def typed(row, **more):
    return ONCE | {"version": row.version, "contact": "林知遥", "phone": "0571-88888888", "address": "", "email": ""} | more


@pytest.mark.rule("R2", "R3")
def test_a_school_sees_the_bodies_it_pilots_with(world):
    client = world.client_as(world.officer)
    page = said(client.get("/awarding-bodies/"))
    assert world.body.name in page and world.other_body.name not in page
    unpiloted = world.other_qualification.name
    assert client.get(f"/awarding-bodies/{world.other_body.pk}/").status_code == 404
    page = said(client.get(f"/awarding-bodies/{world.body.pk}/"))
    assert "已试点的证书" in page and world.qualification.name in page and unpiloted not in page


@pytest.mark.rule("R4")
def test_a_school_sees_and_edits_itself_alone(world):
    client = world.client_as(world.officer)
    page = said(client.get("/institutions/"))
    assert world.school.name in page and world.other_school.name not in page
    response = client.post(f"/institutions/{world.school.pk}/edit/", typed(world.school, contact="王一川"))
    assert response.status_code == 303
    world.school.refresh_from_db()
    assert world.school.contact == "王一川"
    assert AuditEntry.objects.filter(action="orgs.edit").count() == 1
    assert client.post(f"/institutions/{world.other_school.pk}/edit/", typed(world.other_school)).status_code == 404


@pytest.mark.rule("R4")
def test_the_province_reads_its_schools_and_edits_none(world):
    client = world.client_as(world.user(world.province))
    assert world.school.name in said(client.get("/institutions/"))
    refused = client.post(f"/institutions/{world.school.pk}/edit/", typed(world.school, contact="别人"))
    assert refused.status_code == 400 and "只能修改本单位的信息" in said(refused)
    world.school.refresh_from_db()
    assert world.school.contact == "林知遥"


@pytest.mark.rule("R5")
def test_view_shows_the_school_and_its_qualification_owners(world):
    from skillcert.qualifications.models import QualificationOwner

    owner = world.user(world.school, "证书负责人", name="赵明", is_qualification_owner=True)
    QualificationOwner.objects.create(user=owner, qualification=world.qualification)
    page = said(world.client_as(world.officer).get(f"/institutions/{world.school.pk}/"))
    assert "试点证书负责人" in page and "赵明" in page and str(world.qualification) in page


@pytest.mark.rule("R6")
def test_a_school_uploads_its_seal(world):
    client = world.client_as(world.officer)
    url = f"/institutions/{world.school.pk}/edit/"
    assert client.post(url, typed(world.school, seal=upload(picture()))).status_code == 303
    world.school.refresh_from_db()
    assert world.school.seal.content_type == "image/png"
    shown = client.get(f"/orgs/{world.school.pk}/seal/seal/")
    assert b"".join(shown).startswith(b"\x89PNG") and shown["Content-Security-Policy"] == "sandbox"


@pytest.mark.rule("R34")
def test_a_body_uploads_seal_and_signature_stamp(world):
    client = world.client_as(world.examiner)
    data = typed(world.body, head="梁婉清", bank="", account="", seal=upload(picture()), signature_stamp=upload(picture()))
    assert client.post(f"/awarding-bodies/{world.body.pk}/edit/", data).status_code == 303
    world.body.refresh_from_db()
    assert world.body.seal_id and world.body.signature_stamp_id
    page = said(client.get(f"/awarding-bodies/{world.body.pk}/"))
    assert "查看公章" in page and "查看签名章" in page and "查看样张" in page


def bomb(side: int = 30_000) -> bytes:
    """A small PNG that says it is 30,000 by 30,000 pixels: 3.6 GB unpacked."""
    head = struct.pack(">II5B", side, side, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100_000)), (b"IEND", b"")]
    parts = [struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(("data", "sentence"), [
    (bomb(), "30000×30000 像素"), (b"%PDF-1.7 a document %%EOF", "须为 PNG 图片"),
    (picture("RGB", kind="JPEG"), "须为 PNG 图片"), (b"not a picture", "须为 PNG 图片"), (picture("RGB"), "须为透明底"),
    (picture(size=(50, 50)), "100 至 4000 像素"), (picture()[:60], "损坏"), (b"\x89PNG" + b"0" * (2 * 1024 * 1024), "超过 2 MB"),
])  # fmt: skip
def test_a_bad_picture_is_refused_with_the_remedy_and_nothing_is_saved(world, data, sentence):
    client = world.client_as(world.officer)
    response = client.post(f"/institutions/{world.school.pk}/edit/", typed(world.school, contact="新人", seal=upload(data)))
    assert response.status_code == 422 and sentence in said(response)
    world.school.refresh_from_db()
    assert world.school.seal_id is None and world.school.contact == "林知遥"


def test_the_second_saver_sees_both_values(world):
    client, opened = world.client_as(world.officer), world.school.version
    client.post(f"/institutions/{world.school.pk}/edit/", typed(world.school, contact="先存的人"))
    late = typed(world.school, contact="后存的人") | {"version": opened, "once": "00000000-0000-4000-8000-000000000002"}
    response = client.post(f"/institutions/{world.school.pk}/edit/", late)
    assert response.status_code == 409 and "先存的人" in said(response) and "后存的人" in said(response)
    world.school.refresh_from_db()
    assert world.school.contact == "先存的人"


def test_a_body_sees_a_schools_name_and_contact_only(world):
    client = world.client_as(world.examiner)
    assert world.school.school_code not in said(client.get("/institutions/"))
    page = said(client.get(f"/institutions/{world.school.pk}/"))
    assert world.school.contact in page and world.school.school_code not in page


def test_a_refused_form_keeps_the_seal(world):
    client, url = world.client_as(world.officer), f"/institutions/{world.school.pk}/edit/"
    page = said(client.post(url, typed(world.school, contact="", seal=upload(picture()))))
    assert "已保留“seal.png”" in page
    kept = html.fromstring(page).xpath("//input[@name='seal_kept']/@value")[0]
    assert client.post(url, typed(world.school, seal_kept=kept)).status_code == 303
    world.school.refresh_from_db()
    assert world.school.seal is not None


def test_the_region_is_shown_by_name(world):
    client = world.client_as(world.user(world.province))
    assert "浙江省杭州市西湖区" in said(client.get("/institutions/"))
    assert world.school.name in said(client.get("/institutions/?city=3301"))
    assert "浙江省杭州市西湖区（330106）" in said(client.get(f"/institutions/{world.school.pk}/"))
