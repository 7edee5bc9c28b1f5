"""知情同意: no ID number and no photo without it, a guardian's below fourteen, and what withdrawing does."""

from __future__ import annotations

import io
import uuid
from datetime import date, timedelta

import pytest

from skillcert.candidates import rules
from skillcert.candidates.consents import NOTICE_VERSION, ConsentState, ConsentSubject, GivenBy
from skillcert.candidates.imports import CollegeImport
from skillcert.candidates.models import Candidate, CandidateBatch, Consent
from skillcert.candidates.rules import PhotoFile
from skillcert.candidates.states import CandidateState as S
from skillcert.integrations.identity import client as identity
from skillcert.integrations.identity.client import Comparison
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Missing, NotAllowed, Refused
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import constraints_as_sentences
from skillcert.kit.sheets import engine
from skillcert.kit.sheets.records import ImportMode, ImportRecord
from tests.world import WEIGHTS, at, id_number

from .test_imports import line
from .test_imports import staged as stage_sheet
from .test_pages import FORM, once, text, work_off, zipped

BOTH = list(ConsentSubject)
FATHER = {"given_by": GivenBy.GUARDIAN, "guardian_name": "周建国", "relation": "父亲"}


def born(day: date, order: int = 1) -> str:
    """A valid ID card number of somebody born on that day."""
    body = f"330106{day:%Y%m%d}{order:03d}"
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


class Authority:
    def compare(self, name, id_number, photo):
        return Comparison(90.0, 0, "已比对")


@pytest.fixture
def authority(monkeypatch):
    monkeypatch.setattr(identity, "client", Authority)


@pytest.fixture
def clerk(world):
    return world.client_as(world.officer)


def fresh(row):
    return Candidate.objects.get(pk=row.pk)


def record(world, row, subjects=BOTH, *, actor=None, **more):
    return rules.record_consents(actor=actor or world.officer, now=world.now, candidate=row, subjects=subjects, **more)


def withdraw(world, row, *subjects, actor=None, reason="本人书面申请"):
    actor = actor or world.officer
    return rules.withdraw_consents(actor=actor, now=world.now, candidate=row, subjects=subjects or BOTH, reason=reason)


def photograph(world, row, data):
    return rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=data, notice=NOTICE_VERSION)


def verify(world, *rows):
    return rules.verify_candidates(actor=world.officer, now=world.now, candidates=[row.pk for row in rows])


# --- recording and withdrawing -----------------------------------------------------------------------
def test_a_consent_says_who_gave_it_how_and_to_which_notice(world):
    row = record(world, world.candidate(), **FATHER)
    assert row.consent == ConsentState.GIVEN and rules.lacking(row) == []
    one = Consent.objects.get(subject="photo")
    assert (one.guardian_name, one.relation, one.way, one.notice) == ("周建国", "父亲", "paper", NOTICE_VERSION)
    assert (one.given_at, one.withdrawn_at, one.user_id) == (world.now, None, world.officer.id)
    entry = AuditEntry.objects.get(action="candidates.consented")
    assert entry.detail.read()["reason"] == f"身份证件号码、照片，监护人，父亲，纸质，告知书 {NOTICE_VERSION}"
    assert "周建国" not in str(entry.summary) + str(entry.detail.read())


def test_old_candidates_are_unregistered_and_nothing_else(world, portrait, authority):
    row = world.candidate()
    assert (row.consent, rules.lacking(row)) == (ConsentState.NONE, [ConsentSubject.ID_NUMBER])
    photograph(world, row, portrait(1))
    assert verify(world, row).done == [row.pk]
    assert fresh(row).consent == ConsentState.NONE and rules.lacking(fresh(row)) == [ConsentSubject.ID_NUMBER]


def test_a_new_consent_ends_the_one_before_and_one_stands_at_most(world):
    row = record(world, world.candidate())
    record(world, row, [ConsentSubject.PHOTO], **FATHER)
    assert list(row.consents.filter(subject="photo", withdrawn_at=None).values_list("given_by", flat=True)) == ["guardian"]
    assert row.consents.get(subject="photo", withdrawn_at=world.now).reason == "由新的登记代替"
    assert fresh(row).consent == ConsentState.GIVEN
    with pytest.raises(Refused, match="这一项刚刚由他人登记了同意"), constraints_as_sentences(Consent):
        Consent.objects.create(candidate=row, subject="photo", given_by="self", way="paper")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"subjects": []}, "subjects", "请选择身份证件号码、照片中的至少一项"),
        ({"given_by": "guardian", "relation": "母亲"}, "guardian_name", "请填写监护人姓名"),
        ({"given_by": "guardian", "guardian_name": "周建国"}, "relation", "请填写与考生的关系"),
    ],
)
def test_what_is_missing_is_named(world, change, field, sentence):
    with pytest.raises(Refused, match=sentence) as no:
        record(world, world.candidate(), **change)
    assert no.value.field == field and not Consent.objects.exists()


def test_only_who_may_edit_its_own_candidates_records_and_withdraws(world):
    row = world.candidate()
    for act in (record, withdraw):
        with pytest.raises(Missing):
            act(world, row, actor=world.stranger)
        with pytest.raises(NotAllowed):
            act(world, row, actor=world.actor(world.school, "只读"))
    assert not Consent.visible_to(world.stranger).exists()


def test_withdrawing_the_photos_consent_removes_the_photo_before_it_is_verified(
    world, portrait, authority, django_capture_on_commit_callbacks
):
    row = record(world, world.candidate())
    photograph(world, row, portrait(1))
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(world, fresh(row), ConsentSubject.PHOTO)
    left = fresh(row)
    assert (left.state, left.photo, left.consent) == (S.NO_PHOTO, None, ConsentState.WITHDRAWN)
    assert not StoredFile.objects.filter(shelf="photo").exists()
    assert "本人书面申请" in AuditEntry.objects.get(action="candidates.consent_withdrawn").detail.read()["reason"]


def test_a_verified_photo_stays(world, portrait, authority):
    row = record(world, world.candidate())
    photograph(world, row, portrait(1))
    verify(world, row)
    left = withdraw(world, fresh(row))
    assert (left.state, left.consent) == (S.ACCURATE, ConsentState.WITHDRAWN) and left.photo


@pytest.mark.parametrize("subject", BOTH)
def test_what_is_withdrawn_refuses_photos_and_verification_until_it_is_given_again(world, portrait, authority, subject):
    row = record(world, world.candidate(id_number=id_number(903)))
    photograph(world, row, portrait(1))
    waiting = world.candidate(state=S.TO_CONFIRM)
    for one in (row, waiting):
        withdraw(world, fresh(one), subject)
    Candidate.objects.filter(pk=row.pk).update(state=S.UNVERIFIED)
    Candidate.objects.filter(pk=waiting.pk).update(state=S.TO_CONFIRM)
    (_, sentence), *_ = verify(world, row).refused
    assert "考生已撤回同意" in sentence and "请院校在考生详情的“知情同意”中登记" in sentence
    with pytest.raises(Refused, match="考生已撤回同意"):
        photograph(world, fresh(row), portrait(2))
    item = PhotoFile(f"{id_number(903)}.jpg", portrait(2))
    (zipped_one,) = rules.import_photos(actor=world.officer, now=world.now, items=[item], notice=NOTICE_VERSION)
    assert not zipped_one.ok and "考生已撤回同意" in zipped_one.sentence
    with pytest.raises(Refused, match="考生已撤回同意"):
        rules.confirm_candidate(actor=world.officer, now=world.now, candidate=fresh(waiting), remark="本人到场")
    record(world, fresh(row))
    photograph(world, fresh(row), portrait(2))
    assert verify(world, row).done == [row.pk]


def test_it_is_withdrawn_once_with_a_reason_and_also_where_nothing_was_recorded(world):
    row = world.candidate()
    with pytest.raises(Refused, match="请写明由谁"):
        withdraw(world, row, reason=" ")
    assert withdraw(world, row, ConsentSubject.PHOTO).consent == ConsentState.WITHDRAWN
    assert Consent.objects.get().given_at is None
    with pytest.raises(Refused, match="照片的同意已经撤回"):
        withdraw(world, row)


def test_consents_go_with_their_candidate(world):
    row = record(world, world.candidate())
    rules.delete_candidates(actor=world.officer, now=world.now, candidates=[row.pk])
    assert not Consent.objects.exists()


# --- below fourteen ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("birthday", "last", "first"),
    [
        (date(2012, 11, 27), "2026-11-26 23:59:59", "2026-11-27 00:00:00"),
        (date(2012, 1, 1), "2025-12-31 23:59:59", "2026-01-01 00:00:00"),
        (date(2012, 2, 29), "2026-02-28 23:59:59", "2026-03-01 00:00:00"),
    ],
)
def test_fourteen_on_the_birthday_and_not_a_second_before(world, portrait, authority, birthday, last, first):
    row = world.candidate(id_number=born(birthday))
    photograph(world, row, portrait(1))
    world.clock(at(last))
    (_, sentence), *_ = verify(world, row).refused
    assert "考生未满十四周岁，监护人的同意还没有登记" in sentence and "请院校在考生详情的“知情同意”中登记" in sentence
    assert fresh(row).state == S.UNVERIFIED
    world.clock(at(first))
    assert verify(world, row).done == [row.pk]


def test_a_guardian_named_with_the_relation_consents_to_both(world, portrait, authority):
    row = world.candidate(id_number=born(world.now.date() - timedelta(days=13 * 365)))
    photograph(world, row, portrait(1))  # the clerk's declaration names nobody
    assert verify(world, row).refused
    with pytest.raises(Refused, match="考生未满十四周岁，须由监护人同意"):
        record(world, row)
    record(world, fresh(row), [ConsentSubject.ID_NUMBER], **FATHER)
    assert verify(world, row).refused
    record(world, fresh(row), [ConsentSubject.PHOTO], **FATHER)
    assert verify(world, row).done == [row.pk]


def test_nobody_confirms_a_minor_by_hand_without_the_guardian(world):
    row = world.candidate(state=S.TO_CONFIRM, id_number=born(date(2013, 5, 1)))
    act = {"actor": world.officer, "now": world.now, "remark": "本人到场"}
    with pytest.raises(Refused, match="监护人的同意还没有登记"):
        rules.confirm_candidate(candidate=row, **act)
    with pytest.raises(Missing):
        rules.confirm_candidate(candidate=row, **act | {"actor": world.stranger})
    record(world, row, **FATHER)
    assert rules.confirm_candidate(candidate=fresh(row), **act).state == S.ACCURATE


def test_a_minor_in_a_batch_is_refused_and_the_others_are_verified(world, portrait, authority):
    minor, adult = world.candidate(id_number=born(date(2013, 5, 1))), world.candidate()
    for row in (minor, adult):
        photograph(world, row, portrait(1))
    outcome = verify(world, minor, adult)
    assert (outcome.done, [key for key, _ in outcome.refused]) == ([adult.pk], [minor.pk])


# --- declared by a clerk, on the screens ---------------------------------------------------------------
def test_a_new_candidate_needs_the_declaration_and_nothing_typed_is_lost(world, clerk):
    data = {name: value for name, value in FORM.items() if name != "notice"} | {"major": world.major.pk}
    page = clerk.get("/candidates/college/new/").content.decode()
    assert 'href="/privacy/"' in page and "未满十四周岁的已取得监护人同意" in page
    again = clerk.post("/candidates/college/new/", once(**data))
    assert again.status_code == 422 and "请先向考生告知并取得同意，再勾选这一项" in text(again)
    assert 'value="欧阳一诺"' in again.content.decode() and not Candidate.objects.exists()
    clerk.post("/candidates/college/new/", once(**data, notice="on"))
    row = Candidate.objects.get()
    assert row.consent == ConsentState.GIVEN
    assert Consent.objects.values_list("subject", "way", "notice").get() == ("id_number", "declared", NOTICE_VERSION)
    assert AuditEntry.objects.get(action="candidates.created").summary == {"notice": NOTICE_VERSION}


def test_an_import_keeps_one_declaration_on_its_record_and_each_candidate_finds_it(world, clerk):
    file = io.BytesIO(("姓名,姓名拼音,证件类型,身份证号,手机号,就读专业,专业代码,专业版本,专业层次,入学年份,学号,班级\n" + "".join(
        f"欧阳一诺,OUYANG YINUO,居民身份证,{id_number(n)},13800000000,软件技术,510203,2021,高职专科,2024,,软件 2401\n" for n in (1, 2)
    )).encode())  # fmt: skip
    file.name = "考生.csv"
    refused = clerk.post("/candidates/college/import/", once(file=file))
    page = refused.content.decode()
    assert refused.status_code == 422 and "请先向考生告知并取得同意，再勾选这一项" in page and "已保留“考生.csv”" in page
    assert not ImportRecord.objects.exists()
    kept = page.split('name="file_kept" value="')[1].split('"')[0]
    there = clerk.post("/candidates/college/import/", once(file_kept=kept, notice="on"))["Location"]
    clerk.post(there, {"act": "next", "strategy": "good"})
    record = ImportRecord.objects.get()
    assert (record.params, record.user_id, record.succeeded) == ({"notice": NOTICE_VERSION}, world.officer.id, 2)
    assert not Consent.objects.exists()
    for row in Candidate.objects.all():
        assert row.consent == ConsentState.GIVEN and rules.lacking(row) == []
        detail = text(clerk.get(f"/candidates/{row.pk}/"))
        assert "导入时声明" in detail and f"告知书 {NOTICE_VERSION} 版" in detail


def imported(world, *lines):
    staged = stage_sheet(world, CollegeImport, *lines)
    ImportRecord.objects.filter(pk=staged.pk).update(params={"notice": NOTICE_VERSION})
    staged.refresh_from_db()
    engine.claim(staged, ImportMode.GOOD)
    engine.write(staged, actor=world.officer, now=world.now)
    return staged


def test_what_was_declared_on_an_import_is_withdrawn_for_one(world):
    imported(world, line(1), line(2))
    first, second = Candidate.objects.order_by("number")
    withdraw(world, first, ConsentSubject.ID_NUMBER)
    one = Consent.objects.get()
    assert (one.way, one.notice, one.candidate) == ("declared", NOTICE_VERSION, first) and one.given_at and one.withdrawn_at
    assert (fresh(first).consent, rules.lacking(first)) == (ConsentState.WITHDRAWN, [ConsentSubject.ID_NUMBER])
    assert fresh(second).consent == ConsentState.GIVEN


def test_who_stays_when_an_import_is_undone_keeps_the_declaration(world):
    record_ = imported(world, line(1), line(2))
    kept = Candidate.objects.order_by("number").first()
    Candidate.objects.filter(pk=kept.pk).update(registration_count=1)
    rules.undo_import(actor=world.officer, now=world.now, record=record_)
    assert CandidateBatch.objects.get().undone and Candidate.objects.get() == kept
    assert rules.declaration_of(kept) == record_


def test_a_zip_of_photos_asks_for_the_photos_own_consent(world, clerk, portrait):
    row = world.candidate(id_number=id_number(3))
    refused = clerk.post("/candidates/photos/import/", once(zip=zipped({f"{id_number(3)}.jpg": portrait(1)})))
    page = refused.content.decode()
    assert refused.status_code == 422 and "请先就照片取得考生的单独同意" in page and "已保留“软件学院照片.zip”" in page
    assert not ImportRecord.objects.exists()
    kept = page.split('name="zip_kept" value="')[1].split('"')[0]
    clerk.post("/candidates/photos/import/", once(zip_kept=kept, notice="on"))
    work_off()
    assert ImportRecord.objects.get().params == {"notice": NOTICE_VERSION}
    one = Consent.objects.get()
    assert (one.candidate, one.subject, one.way, one.notice) == (row, "photo", "declared", NOTICE_VERSION)
    assert fresh(row).state == S.UNVERIFIED


def test_one_photo_asks_for_its_own_consent_and_is_kept_meanwhile(world, clerk, portrait):
    row = world.candidate(state=S.NO_PHOTO, id_number=id_number(3))
    photo = io.BytesIO(portrait(1))
    photo.name = "照片.jpg"
    form = FORM | {
        "name": "周若溪", "pinyin": "ZHOU RUOXI", "id_number": f"{id_number(3)[:6]}********{id_number(3)[-4:]}",
        "phone": "138****6021", "major": row.major_id, "class_name": "软件 2402", "version": row.version,
    }  # fmt: skip
    del form["notice"]
    refused = clerk.post(f"/candidates/{row.pk}/edit/", once(**form, photo=photo))
    page = refused.content.decode()
    assert refused.status_code == 422 and "请先就照片取得考生的单独同意" in page and "已保留“照片.jpg”" in page
    assert fresh(row).class_name == "软件 2401"
    kept = page.split('name="photo_kept" value="')[1].split('"')[0]
    assert clerk.post(f"/candidates/{row.pk}/edit/", once(**form, photo_kept=kept, notice="on")).status_code == 303
    assert (fresh(row).state, fresh(row).class_name) == (S.UNVERIFIED, "软件 2402")
    assert Consent.objects.get().subject == "photo"


def test_the_rules_ask_for_the_declaration_too(world, portrait):
    act = {"actor": world.officer, "now": world.now, "notice": ""}
    with pytest.raises(Refused, match="未取得同意的照片不能上传"):
        rules.store_photo(candidate=world.candidate(), data=portrait(1), **act)
    with pytest.raises(Refused, match="未取得同意的信息不能录入"):
        rules.create_candidate(kind="social", values={"name": "赵明轩", "id_number": id_number(8)}, **act)
    with pytest.raises(Refused, match="未取得同意的照片不能上传"):
        rules.open_photo_import(actor=world.officer, name="照片.zip", data=b"", notice="")


# --- the card and its dialogs --------------------------------------------------------------------------
def test_the_card_records_and_withdraws(world, clerk):
    row = world.candidate(id_number=born(date(2013, 5, 1)))
    page = text(clerk.get(f"/candidates/{row.pk}/"))
    assert "知情同意 未登记 登记同意 撤回同意" in page and "考生未满十四周岁，监护人的同意还没有登记" in page and "去登记" in page
    dialog = clerk.get(f"/candidates/consent/{row.pk}/")
    assert "考生未满十四周岁，须由监护人同意" in text(dialog)
    data = {"subjects": ["id_number", "photo"], "given_by": "guardian", "guardian_name": "周建国", "relation": "父亲", "way": "paper"}
    refused = clerk.post(f"/candidates/consent/{row.pk}/", once(**data | {"guardian_name": ""}))
    assert refused.status_code == 422 and "请填写监护人姓名" in text(refused) and 'value="父亲"' in refused.content.decode()
    clerk.post(f"/candidates/consent/{row.pk}/", once(**data))
    page = text(clerk.get(f"/candidates/{row.pk}/"))
    assert "已同意" in page and "监护人 周建国（父亲）同意，纸质" in page and "去登记" not in page
    assert "照片随即删除" not in text(clerk.get(f"/candidates/consent/withdraw/{row.pk}/"))
    clerk.post(f"/candidates/consent/withdraw/{row.pk}/", once(subjects=["photo"], reason="监护人书面申请"))
    page = text(clerk.get(f"/candidates/{row.pk}/"))
    assert "已撤回" in page and "监护人书面申请" in page
    assert fresh(row).consent == ConsentState.WITHDRAWN


def test_the_dialog_says_what_becomes_of_the_photo(world, clerk):
    def warning(**more):
        row = world.candidate(photo=world.photo(), **more)
        return text(clerk.get(f"/candidates/consent/withdraw/{row.pk}/"))

    assert "考生信息中的照片随即删除。" in warning(state=S.UNVERIFIED)
    assert "照片随即删除，已报考的计划中所用的照片保留。" in warning(state=S.UNVERIFIED, registration_count=1)
    assert "已核准的照片为证书所用，予以保留。" in warning(state=S.ACCURATE)


def test_a_reader_sees_the_card_without_its_buttons(world):
    row = world.candidate()
    reader = world.client_as(world.actor(world.school, "只读"))
    page = text(reader.get(f"/candidates/{row.pk}/"))
    assert "知情同意" in page and "登记同意" not in page
    assert reader.post(f"/candidates/consent/{row.pk}/", {"once": str(uuid.uuid4())}).status_code == 403


def test_the_list_is_filtered_by_consent(world, clerk):
    record(world, world.candidate("周若溪"))
    withdraw(world, world.candidate("赵明轩"))
    world.candidate("孙浩然")
    for state, name in (("given", "周若溪"), ("withdrawn", "赵明轩"), ("none", "孙浩然")):
        page = text(clerk.get(f"/candidates/college/?consent={state}"))
        assert [one for one in ("周若溪", "赵明轩", "孙浩然") if one in page] == [name]
