"""申报计划: who keeps it, who sees it, and what its clock opens to the second."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from skillcert.kit.errors import Conflict, NotAllowed, Refused
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Province
from skillcert.pilots import rules
from skillcert.pilots.models import PilotRound
from skillcert.pilots.states import RoundState
from tests.world import at

PDF = b"%PDF-1.7 notice %%EOF"


@pytest.fixture
def province(world):
    return world.actor(world.province)


def words(response) -> str:
    return response.content.decode()


def form(world, **more):
    values = {
        "once": str(uuid.uuid4()), "name": "2027 年度试点申报", "year": "2027", "by_major": "True", "review_levels": "2",
        "start": "2026-11-20T09:00:00", "end": "2026-12-10T17:59:59", "description": "请如实填报",
        "qualifications": [world.qualification.pk],
    }  # fmt: skip
    return values | more


@pytest.mark.rule("R52")
def test_the_province_drafts_and_publishes_and_its_institutions_are_told_and_see_it(world, province):
    client, school = world.client_as(province), world.client_as(world.officer)
    upload = SimpleUploadedFile("申报通知.pdf", PDF, "application/pdf")
    client.post("/pilots/rounds/new/", form(world, files=[upload]))
    made = PilotRound.objects.get(name="2027 年度试点申报")
    assert (made.state, made.end.second, made.files.count()) == (RoundState.DRAFT, 59, 1)
    assert "2027 年度试点申报" not in words(school.get("/pilots/apply/"))
    client.post(f"/pilots/rounds/publish/{made.pk}/", {"once": str(uuid.uuid4())})
    made.refresh_from_db()
    assert made.stage(world.now) == RoundState.PUBLISHED
    page = words(school.get("/pilots/apply/"))
    assert "2027 年度试点申报" in page and f'href="/pilots/apply/{made.pk}/"' in page and "立即申报" in page
    assert set(Notice.objects.values_list("organization_id", flat=True)) == {world.school.pk, world.other_school.pk}
    file = school.get(f"/pilots/rounds/files/{made.files.get().pk}/")
    assert b"".join(file.streaming_content) == PDF


def test_another_province_neither_sees_nor_is_told(world, province):
    other = Province.objects.create(kind="province", name="海东省教育厅", province_code="44")
    made = world.open_round(state="draft")
    foreign = world.actor(other)
    outcome = rules.publish_rounds(actor=foreign, now=world.now, rounds=[made.pk])
    assert outcome.done == [] and not PilotRound.visible_to(foreign).exists()
    made.refresh_from_db()
    assert made.state == RoundState.DRAFT and not Notice.objects.exists()


def test_only_a_province_makes_rounds(world):
    values = {"name": "x", "year": 2027, "start": at("2026-11-20 09:00"), "end": at("2026-12-01 09:00")}
    with pytest.raises(NotAllowed):
        rules.create_round(actor=world.officer, now=world.now, values=values, qualifications=[world.qualification])
    assert not PilotRound.objects.filter(name="x").exists()


def test_a_window_that_ends_before_it_begins_is_refused_with_what_was_typed(world, province):
    answer = world.client_as(province).post("/pilots/rounds/new/", form(world, end="2026-11-20T08:59:59"))
    assert answer.status_code == 422 and "申报结束时间须晚于开始时间" in words(answer) and "请如实填报" in words(answer)
    assert not PilotRound.objects.filter(name="2027 年度试点申报").exists()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("通知.exe", b"MZ", "附件只接受 PDF、DOCX、XLSX"),
        ("通知.pdf", b"MZ not a pdf", "的内容不是 PDF"),
    ],
)
def test_an_attachment_is_judged_by_name_and_content(world, province, name, data, sentence):
    upload = SimpleUploadedFile(name, data)
    answer = world.client_as(province).post("/pilots/rounds/new/", form(world, files=[upload]))
    assert answer.status_code == 422 and sentence in words(answer)
    assert not PilotRound.objects.filter(name="2027 年度试点申报").exists()


def test_the_attachments_of_a_refused_form_are_kept_and_need_not_be_chosen_again(world, province):
    client = world.client_as(province)
    chosen = [SimpleUploadedFile(name, b"%PDF-1.7 %%EOF") for name in ("通知.pdf", "范围.pdf")]
    refused = client.post("/pilots/rounds/new/", form(world, files=chosen, name=""))
    assert refused.status_code == 422 and "已保留“通知.pdf”“范围.pdf”" in words(refused)
    kept = re.findall(r'name="files_kept" value="([^"]+)"', refused.content.decode())
    client.post("/pilots/rounds/new/", form(world, files_kept=kept))
    made = PilotRound.objects.get(name="2027 年度试点申报")
    assert sorted(one.file.name for one in made.files.all()) == ["范围.pdf", "通知.pdf"]


def test_the_second_who_saves_a_round_sees_both_choices_of_certificates(world, province):
    made = world.open_round(state="draft")
    opened = made.version
    values = {"name": made.name}
    rules.edit_round(actor=province, now=world.now, round_=made, values=values, qualifications=[world.other_qualification], version=opened)
    with pytest.raises(Conflict) as conflict:
        rules.edit_round(actor=province, now=world.now, round_=made, values=values, qualifications=[world.qualification], version=opened)
    assert conflict.value.fields["证书范围"] == (str(world.qualification), str(world.other_qualification))


def test_a_round_that_is_over_before_it_is_published_is_refused(world, province):
    made = world.open_round(state="draft", end=world.now - timedelta(seconds=1))
    outcome = rules.publish_rounds(actor=province, now=world.now, rounds=[made.pk])
    assert "申报结束时间已过" in outcome.refused[0][1]


def test_a_published_round_keeps_what_institutions_have_read(world, province):
    made = world.open_round()
    values = {"name": "改名", "year": 2030, "by_major": False, "start": at("2026-01-01 00:00"), "end": at("2026-12-20 18:00")}
    rules.edit_round(actor=province, now=world.now, round_=made, values=values, qualifications=[world.qualification])
    made.refresh_from_db()
    assert (made.name, made.year, made.by_major) == ("改名", 2026, True)
    assert made.end == at("2026-12-20 18:00") and made.start == at("2026-11-16 00:00")
    assert set(made.qualifications.all()) == {world.qualification, world.other_qualification}


def test_another_end_of_a_published_round_is_told_once(world, province):
    made = world.open_round()
    edited = rules.edit_round(actor=province, now=world.now, round_=made, values={"end": at("2026-12-20 18:00")})
    rules.edit_round(actor=province, now=world.now, round_=edited, values={"name": "改名"})
    told = Notice.objects.get(organization_id=world.school.pk)
    assert told.text == f"申报计划“{made.name}”的截止时间由 2026-12-10 18:00 改为 2026-12-20 18:00。"
    draft = world.open_round("草稿", state="draft")
    rules.edit_round(actor=province, now=world.now, round_=draft, values={"end": at("2026-12-21 18:00")})
    assert Notice.objects.filter(organization_id=world.school.pk).count() == 1


def test_a_closed_round_is_neither_edited_nor_deleted(world, province):
    made = world.open_round(state="closed")
    with pytest.raises(Refused, match="已关闭，不能修改"):
        rules.edit_round(actor=province, now=world.now, round_=made, values={"name": "改名"})
    assert "不能删除" in rules.delete_rounds(actor=province, now=world.now, rounds=[made.pk]).refused[0][1]
    assert PilotRound.objects.filter(pk=made.pk, name="2026 年补充申报").exists()


def test_a_name_is_used_once_in_a_province(world):
    world.open_round()
    with pytest.raises(IntegrityError), transaction.atomic():
        world.open_round()


@pytest.mark.parametrize(
    ("offset", "edge", "is_open", "stage"),
    [
        (-1, "start", False, RoundState.PUBLISHED), (0, "start", True, RoundState.PUBLISHED),
        (-1, "end", True, RoundState.PUBLISHED), (0, "end", True, RoundState.PUBLISHED),
        (1, "end", False, RoundState.CLOSED),
    ],
)  # fmt: skip
def test_the_window_to_the_second_by_row_and_by_query(world, offset, edge, is_open, stage):
    """[start, end] in Asia/Shanghai, while the database keeps UTC."""
    made = world.open_round(start=at("2026-11-20 09:00:00"), end=at("2026-12-10 17:59:59"))
    made.refresh_from_db()
    assert made.end.utcoffset() == timedelta(0)
    world.clock(getattr(made, edge) + timedelta(seconds=offset))
    assert made.stage(world.now) == stage
    assert PilotRound.objects.filter(PilotRound.in_stage(stage, world.now), pk=made.pk).exists()
    assert PilotRound.objects.filter(PilotRound.open_at(world.now), pk=made.pk).exists() is is_open
    page = words(world.client_as(world.officer).get("/pilots/apply/?tab=open"))
    assert ("立即申报" in page) is is_open


def test_closing_ends_it_before_its_time_and_reopening_takes_that_back(world, province):
    made = world.open_round()
    rules.close_rounds(actor=province, now=world.now, rounds=[made.pk])
    made.refresh_from_db()
    assert made.stage(world.now) == RoundState.CLOSED
    rules.reopen_rounds(actor=province, now=world.now, rounds=[made.pk])
    made.refresh_from_db()
    assert made.stage(world.now) == RoundState.PUBLISHED
