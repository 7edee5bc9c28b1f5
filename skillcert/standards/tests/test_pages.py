"""Chapter 3 through its pages: who sees which standard, drafting with a file, enabling and disabling, what is refused."""

from __future__ import annotations

import io
import uuid
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

from skillcert.kit.audit import AuditEntry
from skillcert.kit.files import StoredFile, store
from skillcert.qualifications.rules import note_application
from skillcert.standards.models import CenterStandard, SkillStandard
from skillcert.standards.states import StandardState

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


def said(response) -> str:
    return response.content.decode()


def once() -> dict[str, str]:
    return {"once": str(uuid.uuid4())}


def docx(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in ("[Content_Types].xml", "word/document.xml", *names):
            packed.writestr(name, "<x/>")
    return out.getvalue()


def upload(data: bytes = PDF, name: str = "标准.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def typed(world, **more):
    values = {"code": "S101", "name": "Web前端开发职业技能等级标准", "edition": "2026 年版", "start_date": "2026-09-01"}
    return once() | values | {"qualifications": [world.qualification.pk], "description": ""} | more


def center_typed(world, **more):
    values = {"qualification": world.qualification.pk, "name": "考核站点建设标准", "edition": "1.0", "start_date": ""}
    return once() | values | {"venue": "机房两间", "equipment": "工位 80 个", "staff": "考评员 4 人"} | more


@pytest.fixture
def drafter(world):
    return world.client_as(world.user(world.body, "标准与证书"))


# --- who sees which (domain 1.3) ---------------------------------------------------------------------------
@pytest.mark.rule("R7", "R10")
def test_a_school_sees_the_standards_of_what_it_ever_applied_for(world):
    world.skill_standard(), world.center_standard(state=StandardState.DISABLED)
    client = world.client_as(world.stranger)
    for url in ("/standards/skill/", "/standards/center/"):
        assert "Web前端开发" not in said(client.get(url))
    note_application(world.other_school, world.qualification, 2024)  # years ago, and never approved
    assert "Web前端开发职业技能等级标准" in said(client.get("/standards/skill/"))
    page = said(client.get("/standards/center/"))
    assert "Web前端开发考核站点建设标准" in page and "已停用" in page


def test_a_draft_is_seen_by_its_own_body_alone(world):
    row = world.skill_standard(state=StandardState.DRAFT)
    url = f"/standards/skill/{row.pk}/"
    assert world.client_as(world.examiner).get(url).status_code == 200
    for actor in (world.officer, world.actor(world.province), world.actor(world.other_body)):
        assert world.client_as(actor).get(url).status_code == 404


def test_the_province_sees_what_was_published(world):
    world.skill_standard(), world.center_standard(state=StandardState.DISABLED)
    client = world.client_as(world.user(world.province))
    assert "Web前端开发" in said(client.get("/standards/skill/")) and "Web前端开发" in said(client.get("/standards/center/"))


# --- lists and records ---------------------------------------------------------------------------------------
@pytest.mark.rule("R8", "R11")
def test_the_lists_are_filtered(world):
    world.skill_standard("1.0", state="disabled"), world.skill_standard("2.0", code="S101", start_date=date(2026, 9, 1))
    world.center_standard("1.0", state="disabled"), world.center_standard("2.0")
    client = world.client_as(world.officer)

    def found(url: str) -> list[str]:
        page = html.fromstring(client.get(url).content)
        return [" ".join(cell.text_content().split()) for cell in page.xpath("//tbody//tr")]

    assert len(found("/standards/skill/")) == 2
    assert len(found("/standards/skill/?edition=2.0")) == 1 and "2.0" in found("/standards/skill/?edition=2.0")[0]
    assert len(found("/standards/skill/?tab=disabled")) == 1
    assert len(found("/standards/skill/?start_date_from=2026-08-01&start_date_to=2026-10-01")) == 1
    assert len(found("/standards/center/?qualification__name=Web&tab=enabled")) == 1
    assert found("/standards/center/?qualification__name=物流") == []
    assert len(found(f"/standards/center/?qualification__grade={world.qualification.grade}")) == 2


@pytest.mark.rule("R9", "R12")
def test_view_shows_the_details_and_the_file_leaves_as_an_attachment(world):
    skill, center = world.skill_standard(), world.center_standard()
    skill.file = store(PDF, shelf="standard", name="标准.pdf", content_type="application/pdf", actor=world.examiner)
    skill.save()
    client = world.client_as(world.officer)
    page = said(client.get(f"/standards/skill/{skill.pk}/"))
    assert all(word in page for word in ("S101", "1.0", world.body.name, world.qualification.name, "标准.pdf"))
    page = said(client.get(f"/standards/center/{center.pk}/"))
    assert all(word in page for word in ("机房 100 平方米", "工位 40 个", "考评员 2 人"))
    response = client.get(f"/standards/skill/{skill.pk}/file/")
    assert b"".join(response) == PDF
    assert response["Content-Disposition"].startswith("attachment") and response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox"
    assert client.get(f"/standards/center/{center.pk}/file/").status_code == 404


# --- drafting --------------------------------------------------------------------------------------------------
def test_a_body_drafts_a_standard_with_its_file_and_enables_it(world, drafter):
    old = world.skill_standard("2021 年版")
    response = drafter.post("/standards/skill/new/", typed(world, file=upload(docx(), "标准.docx")))
    assert response.status_code == 303
    row = SkillStandard.objects.get(edition="2026 年版")
    assert row.state == StandardState.DRAFT and row.file.name == "标准.docx" and list(row.qualifications.all()) == [world.qualification]
    assert "2021 年版）”将随之停用" in said(drafter.get(f"/standards/skill/enable/{row.pk}/"))
    drafter.post(f"/standards/skill/enable/{row.pk}/", once())
    row.refresh_from_db(), old.refresh_from_db()
    assert (row.state, old.state) == (StandardState.ENABLED, StandardState.DISABLED)
    drafter.post(f"/standards/skill/disable/{row.pk}/", once())
    row.refresh_from_db()
    assert row.state == StandardState.DISABLED


def test_the_next_edition_begins_with_the_last_one(world, drafter):
    row = world.center_standard()
    page = said(drafter.get(f"/standards/center/{row.pk}/edition/"))
    assert "机房 100 平方米" in page and 'value="1.0"' not in page
    drafter.post(f"/standards/center/{row.pk}/edition/", center_typed(world, edition="2.0") | {"version": row.version})
    made = CenterStandard.objects.get(edition="2.0")
    assert made.state == StandardState.DRAFT and made.awarding_body_id == world.body.pk
    drafter.post(f"/standards/center/delete/{made.pk}/", once())
    assert not CenterStandard.objects.filter(edition="2.0").exists()


def test_one_without_a_file_is_not_enabled(world, drafter):
    row = world.skill_standard(state=StandardState.DRAFT)
    response = drafter.post(f"/standards/skill/enable/{row.pk}/", once())
    assert "还没有上传标准文件" in said(response)
    row.refresh_from_db()
    assert row.state == StandardState.DRAFT


def test_what_is_enabled_is_not_edited_and_what_was_is_not_deleted(world, drafter):
    enabled, disabled = world.skill_standard("1.0"), world.skill_standard("0.9", state=StandardState.DISABLED)
    response = drafter.post(f"/standards/skill/{enabled.pk}/edit/", typed(world) | {"version": enabled.version})
    assert response.status_code == 400 and "请先停用，或用“新建版本”" in said(response)
    assert "只能停用" in said(drafter.post(f"/standards/skill/delete/{disabled.pk}/", once()))
    assert SkillStandard.objects.count() == 2 and not AuditEntry.objects.filter(action__startswith="standards.").exists()


# --- bad input --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("data", "name", "sentence"), [
    (b"MZ\x90\x00 not a document", "标准.pdf", "的内容不是 PDF"), (b"%PDF-1.7 cut off", "标准.pdf", "的内容不是 PDF"),
    (PDF, "标准.docx", "的内容不是 DOCX"), (docx("word/vbaProject.bin"), "标准.docx", "含宏"), (PDF, "标准.exe", "只接受 PDF、DOCX"),
    (b"", "标准.pdf", "是空文件"), (b"<html><script>alert(1)</script>", "标准.html", "只接受 PDF、DOCX"),
    (PDF + b"0" * (20 * 1024 * 1024), "标准.pdf", "超过 20 MB"),
])  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(world, drafter, data, name, sentence):
    response = drafter.post("/standards/skill/new/", typed(world, file=upload(data, name)))
    assert response.status_code == 422 and sentence in said(response) and "S101" in said(response)
    assert not SkillStandard.objects.exists() and not StoredFile.objects.exists()


def test_a_refused_form_keeps_the_file(world, drafter):
    world.skill_standard("2026 年版")
    response = drafter.post("/standards/skill/new/", typed(world, file=upload()))
    page = said(response)
    assert response.status_code == 422 and "本单位已有同一标准编码和版本的标准" in page and "已保留“标准.pdf”" in page
    kept = html.fromstring(page).xpath("//input[@name='file_kept']/@value")[0]
    assert drafter.post("/standards/skill/new/", typed(world, edition="2027 年版", file_kept=kept)).status_code == 303
    row = SkillStandard.objects.get(edition="2027 年版")
    assert row.file.name == "标准.pdf" and row.file.read() == PDF


def test_anothers_kept_file_is_not_taken(world, drafter):
    kept = store(PDF, shelf="draft", name="别人的.pdf", content_type="application/pdf", actor=world.actor(world.other_body))
    assert drafter.post("/standards/skill/new/", typed(world, file_kept=str(kept.pk))).status_code == 303
    assert SkillStandard.objects.get().file is None


def test_another_bodys_qualification_is_refused(world):
    client = world.client_as(world.user(world.other_body, "标准与证书"))
    response = client.post("/standards/skill/new/", typed(world))
    assert response.status_code == 422 and not SkillStandard.objects.exists()


def test_the_second_of_two_editors_sees_both_values(world, drafter):
    row = world.center_standard(state=StandardState.DRAFT)
    other = world.client_as(world.user(world.body, "标准与证书"))
    url, opened = f"/standards/center/{row.pk}/edit/", row.version
    assert drafter.post(url, center_typed(world, venue="机房三间") | {"version": opened}).status_code == 303
    response = other.post(url, center_typed(world, venue="机房四间") | {"version": opened})
    assert response.status_code == 409 and "机房三间" in said(response) and "机房四间" in said(response)
    row.refresh_from_db()
    assert row.venue == "机房三间"


@pytest.mark.parametrize("values", [{"edition": "1.0", "state": "draft"}, {"edition": "2.0", "state": "enabled"}])
def test_the_database_keeps_one_edition_and_one_in_force(world, values):
    from skillcert.kit.errors import Refused
    from skillcert.kit.rows import constraints_as_sentences

    world.skill_standard("1.0"), world.center_standard("1.0")
    for make, sentence in ((world.skill_standard, "标准编码"), (world.center_standard, "该证书|同一证书")):
        model = SkillStandard if make == world.skill_standard else CenterStandard
        with pytest.raises(Refused, match=sentence), constraints_as_sentences(model):
            make(**values)
