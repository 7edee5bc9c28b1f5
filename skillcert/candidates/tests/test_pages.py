"""The screens of candidates, as a clerk, a reader and a stranger meet them."""

from __future__ import annotations

import io
import re
import uuid
import zipfile

import pytest
from lxml import html

from skillcert.candidates import rules
from skillcert.candidates.consents import NOTICE_VERSION
from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState as S
from skillcert.integrations.identity import client as identity
from skillcert.integrations.identity.client import Comparison
from skillcert.kit import jobs
from skillcert.kit.audit import AuditEntry
from skillcert.kit.jobs import Job, JobState
from skillcert.kit.sheets.records import ImportRecord
from tests.world import id_number

LIST = "/candidates/college/"


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def once(**data):
    return {"once": str(uuid.uuid4()), **data}


def work_off() -> None:
    """Run the waiting jobs as the worker does."""
    for job in Job.objects.filter(state=JobState.WAITING):
        jobs.run_job.func(str(job.pk))


@pytest.fixture
def clerk(world):
    return world.client_as(world.officer)


FORM = {
    "name": "欧阳一诺", "pinyin": "", "id_type": "111", "id_number": "11010519491231002x", "phone": "１３８００００６０２１",
    "entry_year": "2024", "student_number": "", "class_name": "软件 2401", "notice": "on",
}  # fmt: skip


@pytest.mark.rule("R83", "R86", "R117")
def test_the_list_has_the_buttons_of_the_manual_and_two_kinds_stand_apart(world, clerk):
    world.candidate()
    world.candidate("赵明轩", kind="social")
    page = text(clerk.get(LIST))
    for label in ("新增考生", "批量导入考生信息", "批量导入学生照片", "批量导出考生信息", "批量修改考生信息", "批量认证", "批量删除"):
        assert label in page
    assert "周若溪" in page and "赵明轩" not in page
    social = text(clerk.get("/candidates/social/"))
    assert "赵明轩" in social and "周若溪" not in social


def test_a_reader_sees_rows_without_buttons_and_masked_numbers(world):
    world.candidate(id_number=id_number(3))
    page = text(world.client_as(world.actor(world.school, "只读")).get(LIST))
    assert "周若溪" in page and id_number(3) not in page and "138****6021" in page
    assert "新增考生" not in page and "批量删除" not in page


def test_others_see_nothing(world, portrait):
    row = world.candidate()
    rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=portrait(1), notice=NOTICE_VERSION)
    stranger = world.client_as(world.stranger)
    assert "周若溪" not in text(stranger.get(LIST))
    for url in (f"/candidates/{row.pk}/", f"/candidates/{row.pk}/photo/", f"/candidates/{row.pk}/edit/", f"/candidates/delete/{row.pk}/"):
        response = stranger.get(url)
        assert response.status_code == 404 and "周若溪" not in text(response)
    assert world.client_as(world.examiner).get(LIST).status_code == 403


@pytest.mark.rule("R88")
def test_new_candidate_in_a_dialog_with_proposed_pinyin(world, clerk):
    data = FORM | {"major": world.major.pk}
    assert "新增考生" in text(clerk.get("/candidates/college/new/"))
    clerk.post("/candidates/college/new/", once(**data))
    row = Candidate.objects.get()
    assert (row.name, row.pinyin, row.phone, row.level, row.id_number) == (
        "欧阳一诺", "OUYANG YINUO", "13800006021", "higher", "11010519491231002X",
    )  # fmt: skip
    again = clerk.post("/candidates/college/new/", once(**data))
    assert "本院校已有该证件号的考生" in text(again)
    wrong = clerk.post("/candidates/college/new/", once(**data | {"id_number": "110105194912310021", "phone": "123"}))
    assert "身份证号末位校验码不符" in text(wrong) and "手机号" in text(wrong)


@pytest.mark.rule("R103", "R104", "R105")
def test_editing_keeps_masked_numbers_and_locks_the_identity_once_accurate(world, clerk):
    row = world.candidate(state=S.UNVERIFIED, id_number=id_number(3))
    url = f"/candidates/{row.pk}/edit/"
    page = clerk.get(url)
    assert id_number(3) not in text(page) and 'name="photo"' in page.content.decode()
    form = FORM | {
        "name": "周若溪", "pinyin": "ZHOU RUOXI", "id_number": f"{id_number(3)[:6]}********{id_number(3)[-4:]}",
        "phone": "138****6021", "major": row.major_id, "class_name": "软件 2402", "version": row.version,
    }  # fmt: skip
    assert clerk.post(url, once(**form)).status_code == 303
    row.refresh_from_db()
    assert (row.class_name, row.phone, row.id_number, row.state) == ("软件 2402", "13800006021", id_number(3), S.UNVERIFIED)
    Candidate.objects.filter(pk=row.pk).update(state=S.ACCURATE)
    page = clerk.get(url)
    assert "姓名、证件类型、身份证号、照片已锁定" in text(page) and 'name="photo"' not in page.content.decode()
    clerk.post(url, once(**form | {"name": "另一个人", "class_name": "软件 2403", "version": row.version}))
    row.refresh_from_db()
    assert (row.name, row.class_name) == ("周若溪", "软件 2403")


def test_the_second_saver_reads_no_number_in_full_and_no_index(world, clerk):
    row = world.candidate(state=S.UNVERIFIED, id_number=id_number(3))
    url, opened = f"/candidates/{row.pk}/edit/", row.version
    form = FORM | {"name": "周若溪", "pinyin": "ZHOU RUOXI", "major": row.major_id, "version": opened}
    clerk.post(url, once(**form | {"id_number": id_number(4), "phone": "13866021111"}))
    late = clerk.post(url, once(**form | {"id_number": id_number(5), "phone": "13866022222"}))
    rows = html.fromstring(late.content).xpath("//div[@class='differences']//tbody/tr")
    told = {row[0].text: (row[1].text, row[2].text) for row in rows}
    numbers = tuple(f"{id_number(n)[:6]}********{id_number(n)[-4:]}" for n in (5, 4))
    assert late.status_code == 409 and told == {"身份证号": numbers, "手机号": ("138****2222", "138****1111")}


def test_two_numbers_that_differ_in_the_middle_are_told_apart(world, clerk):
    row = world.candidate(state=S.UNVERIFIED, id_number=id_number(3))
    url, form = f"/candidates/{row.pk}/edit/", FORM | {"name": "周若溪", "pinyin": "ZHOU RUOXI", "major": row.major_id}
    form |= {"version": row.version, "id_number": id_number(3)}
    clerk.post(url, once(**form | {"phone": "13866021111"}))
    assert "138****1111（中间几位不同）" in text(clerk.post(url, once(**form | {"phone": "13866031111"})))


def test_the_full_number_is_shown_by_an_audited_act_only(world, clerk):
    row = world.candidate(id_number=id_number(3))
    assert id_number(3) not in text(clerk.get(f"/candidates/{row.pk}/"))
    assert id_number(3) in text(clerk.post(f"/candidates/{row.pk}/", {"reveal": "id_number"}))
    assert AuditEntry.objects.filter(action="kit.reveal", object_id=str(row.pk)).count() == 1


# --- photos --------------------------------------------------------------------------------------------
def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    file.seek(0)
    file.name = "软件学院照片.zip"
    return file


@pytest.mark.rule("R92", "R93", "R110")
def test_a_zip_of_photos_is_answered_for_file_by_file(world, clerk, portrait):
    page = text(clerk.get("/candidates/photos/import/"))
    assert "身份证.jpg" in page and "295×413" in page and "红色" in page
    row = world.candidate(id_number=id_number(3))
    files = {f"软件学院/{id_number(3)}.jpg": portrait(1), "__MACOSX/x.jpg": b"", f"{id_number(9)}.jpg": portrait(2), "说明.txt": b"x"}
    response = clerk.post("/candidates/photos/import/", once(zip=zipped(files), notice="on"))
    record = ImportRecord.objects.get()
    assert response.url == f"/jobs/{record.job_id}/"
    work_off()
    record.refresh_from_db()
    row.refresh_from_db()
    assert (record.succeeded, record.failed, row.state) == (1, 2, S.UNVERIFIED)
    result = text(clerk.get(f"/candidates/photos/{record.pk}/"))
    assert "无此考生" in result and "说明.txt" in result and id_number(9) not in result
    assert id_number(9).encode() not in str(Job.objects.values_list("result")).encode()
    sheet = clerk.post(f"/candidates/photos/{record.pk}/")
    assert sheet["Content-Type"].endswith("sheet") and AuditEntry.objects.filter(action="kit.download").exists()
    assert world.client_as(world.stranger).get(f"/candidates/photos/{record.pk}/").status_code == 404
    assert "学生照片" in text(clerk.get("/candidates/imports/"))
    photo = clerk.get(f"/candidates/{row.pk}/photo/")
    assert photo["Content-Type"] == "image/jpeg" and "no-store" in photo["Cache-Control"]


def test_a_file_that_is_no_zip_is_refused_before_anything_is_kept(world, clerk):
    file = io.BytesIO(b"Rar!\x1a\x07")
    file.name = "照片.rar"
    assert "不是 .zip 压缩包" in text(clerk.post("/candidates/photos/import/", once(zip=file, notice="on")))
    assert not ImportRecord.objects.exists()


# --- verification ----------------------------------------------------------------------------------------
class Authority:
    def compare(self, name, id_number, photo):
        return Comparison(90.0 if name == "周若溪" else 30.0, 0, "已比对")


@pytest.fixture
def authority(monkeypatch):
    monkeypatch.setattr(identity, "client", Authority)


@pytest.mark.rule("R111", "R112", "R113")
def test_ticked_candidates_are_verified_as_a_job_and_the_result_says_how_many(world, clerk, authority, portrait):
    rows = [world.candidate(name) for name in ["周若溪"] * 4 + ["赵明轩"] * 2]
    for row in rows:
        rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=portrait(1), notice=NOTICE_VERSION)
    bare = world.candidate("孙浩然")
    keys = ",".join(str(row.pk) for row in [*rows, bare])
    preview = clerk.post("/candidates/verify/?list=candidates.CollegeCandidates", {"keys": keys}, follow=True)
    assert "将认证" in text(preview) and "当前状态为“无照片”，不可认证" in text(preview)
    response = clerk.post(preview.redirect_chain[-1][0], once())
    work_off()
    result = text(clerk.get(response.url))
    assert "已比对 6 人：信息准确 4 人，需人工确认 2 人" in result and "当前状态为“无照片”" in result
    assert Candidate.objects.filter(state=S.ACCURATE).count() == 4


@pytest.mark.rule("R111", "R114", "R115")
def test_one_is_verified_and_confirmed_from_its_row_and_there_is_no_batch(world, clerk, authority, portrait):
    row = world.candidate("赵明轩")
    rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=portrait(1), notice=NOTICE_VERSION)
    assert f"/candidates/verify/{row.pk}/" in clerk.get(LIST).content.decode()
    clerk.post(f"/candidates/verify/{row.pk}/", once())
    page = clerk.get(LIST).content.decode()
    assert f"/candidates/confirm/{row.pk}/" in page and f"/candidates/verify/{row.pk}/" not in page
    assert "批量人工确认" not in page and clerk.get("/candidates/confirm/").status_code == 404
    dialog = clerk.get(f"/candidates/confirm/{row.pk}/")
    assert "30.0" in text(dialog) and f"/candidates/{row.pk}/photo/" in dialog.content.decode()
    assert clerk.post(f"/candidates/confirm/{row.pk}/", once(reason="")).status_code == 422
    clerk.post(f"/candidates/confirm/{row.pk}/", once(reason="核对身份证原件"))
    row.refresh_from_db()
    assert row.state == S.ACCURATE
    assert "核对身份证原件" in text(clerk.get(f"/candidates/{row.pk}/"))


# --- deleting, exporting -----------------------------------------------------------------------------------
@pytest.mark.rule("R108", "R116", "R117")
def test_the_delete_button_shows_where_it_may_be_used_and_a_batch_says_who_stays(world, clerk):
    free, registered = world.candidate(), world.candidate("赵明轩", registration_count=1)
    page = clerk.get(LIST).content.decode()
    assert f"/candidates/delete/{free.pk}/" in page and f"/candidates/delete/{registered.pk}/" not in page
    keys = f"{free.pk},{registered.pk}"
    preview = clerk.post("/candidates/delete/?list=candidates.CollegeCandidates", {"keys": keys}, follow=True)
    assert "已报考证书数不为 0，不能删除" in text(preview)
    clerk.post(preview.redirect_chain[-1][0], once(reason=""))
    assert list(Candidate.objects.all()) == [registered]


@pytest.mark.rule("R102")
def test_export_takes_the_ticked_rows_else_all_masked(world, clerk):
    from python_calamine import CalamineWorkbook

    first, _ = world.candidate(id_number=id_number(900)), world.candidate("赵明轩")

    def rows(**data):
        kept = clerk.post("/candidates/college/export/?list=candidates.CollegeCandidates", data, follow=True)
        response = clerk.post(kept.redirect_chain[-1][0], once())
        return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()

    ticked = rows(keys=str(first.pk))
    assert [line[0] for line in ticked[1:]] == ["周若溪"] and id_number(900) not in str(ticked)
    assert len(rows(query="")) == 3
