"""Photos and their comparison: every file is answered for, and only a match passes by itself."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from skillcert.candidates import rules
from skillcert.candidates.consents import NOTICE_VERSION
from skillcert.candidates.models import Candidate, IdType
from skillcert.candidates.rules import PhotoFile
from skillcert.candidates.states import CandidateState as S
from skillcert.integrations.identity import client as identity
from skillcert.integrations.identity.client import Comparison, IdentityUnavailable
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Missing, NotAllowed, Refused
from skillcert.kit.files import StoredFile
from tests.world import id_number


class Authority:
    """Answers by name; counts how often it is asked."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, 0

    def compare(self, name, id_number, photo):
        self.asked += 1
        answer = self.answers.get(name, 95.0)
        if isinstance(answer, Exception):
            raise answer
        return Comparison(answer, 0, f"已比对，相似度 {answer}") if answer > 0 else identity.failed(int(answer))


@pytest.fixture
def authority(monkeypatch):
    def use(**answers):
        made = Authority(**answers)
        monkeypatch.setattr(identity, "client", lambda: made)
        return made

    return use


def picture(width=295, height=413, colour=(200, 30, 40), kind="JPEG", **more):
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind, **more)
    return file.getvalue()


def upload(world, *items, actor=None):
    items = [PhotoFile(name, data) for name, data in items]
    return list(rules.import_photos(actor=actor or world.officer, now=world.now, items=items))


def verify(world, *rows, actor=None):
    return rules.verify_candidates(actor=actor or world.officer, now=world.now, candidates=[row.pk for row in rows])


def fresh(row):
    return Candidate.objects.get(pk=row.pk)


# --- photos from a zip -------------------------------------------------------------------------------
@pytest.mark.rule("R92", "R93", "R110")
def test_a_photo_named_by_the_id_number_finds_its_candidate(world, portrait):
    row = world.candidate(id_number="11010519491231002X")
    passport = world.candidate("JOHN", id_type=IdType.PASSPORT, id_number="E12345678")
    results = upload(world, ("11010519491231002x.jpg", portrait(1)), ("照片/E12345678.PNG", portrait(2)))
    assert [result.sentence for result in results] == ["成功", "成功"]
    for one in (row, passport):
        kept = fresh(one)
        assert kept.state == S.UNVERIFIED and kept.photo.read().startswith(b"\xff\xd8")


@pytest.mark.rule("R94", "R95", "R96")
@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        (f"{id_number(3)}.gif", b"GIF89a", "不是 jpg 或 png"),
        (f"{id_number(3)}.jpg", b"GIF89a not a photo", "按内容判断"),
        (f"{id_number(3)}.jpg", b"\xff\xd8" + b"0" * (5 * 1024 * 1024), "超过 5M"),
        (f"{id_number(3)}.png", picture(600, 800), "600×800 像素，应为 295×413"),
        (f"{id_number(4)}.jpg", picture(), "无此考生"),
        ("周若溪.jpg", picture(), "无此考生"),
    ],
    ids=["suffix", "content", "size", "pixels", "nobody", "name"],
)
def test_a_file_that_is_no_photo_of_anyone_says_why(world, name, data, sentence):
    row = world.candidate(id_number=id_number(3))
    (result,) = upload(world, (name, data))
    assert not result.ok and sentence in result.sentence
    assert fresh(row).state == S.NO_PHOTO and not StoredFile.objects.filter(shelf="photo").exists()


@pytest.mark.rule("R94", "R97", "R98")
@pytest.mark.parametrize(("width", "height", "kind"), [(270, 378, "PNG"), (320, 448, "JPEG")])
def test_small_differences_of_size_are_let_pass(world, width, height, kind):
    world.candidate(id_number=id_number(3))
    (result,) = upload(world, (f"{id_number(3)}.{kind.lower()}", picture(width, height, kind=kind)))
    assert result.ok


@pytest.mark.rule("R99")
def test_a_background_that_is_not_red_is_kept_with_a_warning(world):
    world.candidate(id_number=id_number(3))
    (result,) = upload(world, (f"{id_number(3)}.jpg", picture(colour=(60, 110, 220))))
    assert result.ok and "底色不是红色" in result.warning


@pytest.mark.rule("R105")
def test_an_accurate_candidates_photo_is_not_replaced(world, portrait):
    row = world.candidate(state=S.ACCURATE, id_number=id_number(3))
    (result,) = upload(world, (f"{id_number(3)}.jpg", portrait(1)))
    assert not result.ok and "信息已准确，照片不可再改" in result.sentence
    with pytest.raises(Refused, match="信息准确后不能修改姓名、证件类型、身份证号和照片"):
        rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=portrait(1), notice=NOTICE_VERSION)
    assert fresh(row).photo is None


def test_one_bad_file_does_not_stop_the_others_and_the_same_zip_again_does_no_harm(
    world, portrait, django_capture_on_commit_callbacks
):
    rows = [world.candidate(id_number=id_number(n)) for n in (3, 4)]
    files = [(f"{id_number(3)}.jpg", portrait(1)), ("readme.txt", b""), (f"{id_number(4)}.jpg", portrait(2))]
    assert [r.ok for r in upload(world, *files)] == [True, False, True]
    assert upload(world, *files)[0].sentence == "与现有照片相同"
    assert StoredFile.objects.filter(shelf="photo").count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        upload(world, (f"{id_number(3)}.jpg", portrait(5)))
    assert StoredFile.objects.filter(shelf="photo").count() == 2  # the former photo is gone
    assert fresh(rows[0]).photo != fresh(rows[1]).photo


def test_two_files_of_one_candidate_are_told_apart_by_name(world, portrait):
    world.candidate(id_number=id_number(3))
    first, second = upload(world, (f"{id_number(3)}.jpg", portrait(1)), (f"{id_number(3)}.png", portrait(2)))
    assert first.ok and not second.ok and "同一考生" in second.sentence


def test_a_photo_reaches_no_other_schools_candidate_and_no_reader(world, portrait):
    row = world.candidate(id_number=id_number(3))
    (result,) = upload(world, (f"{id_number(3)}.jpg", portrait(1)), actor=world.stranger)
    assert "无此考生" in result.sentence and fresh(row).photo is None
    with pytest.raises(NotAllowed):
        upload(world, (f"{id_number(3)}.jpg", portrait(1)), actor=world.actor(world.school, "只读"))


def test_metadata_does_not_survive(world):
    world.candidate(id_number=id_number(3))
    exif = Image.Exif()
    exif[0x010E] = "GPS 30.27 120.15"
    upload(world, (f"{id_number(3)}.jpg", picture(exif=exif)))
    assert b"GPS 30.27" not in Candidate.objects.get(last_six__isnull=False).photo.read()


def test_a_report_of_a_zip_reads_back_and_is_sealed(world):
    results = upload(world, (f"{id_number(3)}.jpg", picture()))
    file = rules.keep_report(actor=world.officer, name="照片.zip", results=results)
    assert rules.read_report(file) == results
    from skillcert.integrations.storage.client import client as storage

    with storage().open(file.key) as kept:
        assert id_number(3).encode() not in kept.read()


# --- comparison --------------------------------------------------------------------------------------
@pytest.fixture
def photographed(world):
    def make(name="周若溪", **more):
        row = world.candidate(name, **more)
        rules.store_photo(actor=world.officer, now=world.now, candidate=row, data=picture(), notice=NOTICE_VERSION)
        return fresh(row)

    return make


@pytest.mark.rule("R111", "R112")
def test_a_match_makes_the_candidate_accurate(world, photographed, authority):
    authority(周若溪=70.0)
    row = photographed()
    assert verify(world, row).done == [row.pk]
    row = fresh(row)
    assert (row.state, float(row.similarity), row.comparison) == (S.ACCURATE, 70.0, "已比对，相似度 70.0")


@pytest.mark.rule("R113")
@pytest.mark.parametrize(
    ("answer", "says"), [(69.99, "相似度 69.99"), (-1, "姓名与身份证号不一致"), (-2, "库中无此身份证号")]
)
def test_anything_else_goes_to_confirmation_by_hand(world, photographed, authority, answer, says):
    authority(周若溪=answer)
    row = photographed()
    verify(world, row)
    row = fresh(row)
    assert row.state == S.TO_CONFIRM and says in row.comparison
    assert (row.similarity is None) == (answer < 0)


def test_a_technical_failure_leaves_the_state_and_says_so(world, photographed, authority):
    authority(周若溪=IdentityUnavailable("timeout"))
    row, other = photographed(), photographed("赵明轩")
    outcome = verify(world, row, other)
    assert outcome.done == [other.pk] and "比对接口暂不可用" in dict(outcome.refused)[row.pk]
    assert fresh(row).state == S.UNVERIFIED


def test_other_papers_are_not_sent_to_the_police(world, photographed, authority):
    made = authority()
    row = photographed("JOHN", id_type=IdType.PASSPORT, id_number="E12345678")
    verify(world, row)
    assert fresh(row).state == S.TO_CONFIRM and made.asked == 0
    assert "非居民身份证" in fresh(row).comparison


def test_who_is_incomplete_without_photo_foreign_or_accurate_is_refused_with_its_sentence(
    world, photographed, authority
):
    made = authority()
    incomplete, bare, accurate = photographed(), world.candidate(), world.candidate(state=S.ACCURATE)
    Candidate.objects.filter(pk=incomplete.pk).update(complete=False)
    foreign = world.candidate(institution=world.other_school, state=S.UNVERIFIED)
    refused = dict(verify(world, incomplete, bare, accurate, foreign).refused)
    assert "基本信息不完整" in refused[incomplete.pk]
    assert "当前状态为“无照片”，不可认证" in refused[bare.pk] and "信息准确" in refused[accurate.pk]
    assert "不属于您的单位" in refused[foreign.pk]
    assert made.asked == 0 and fresh(foreign).state == S.UNVERIFIED


def test_who_is_changed_during_the_comparison_is_compared_again(world, photographed, monkeypatch):
    row = photographed()

    class Slow(Authority):
        def compare(self, name, id_number, photo):
            rules.edit_candidate(actor=world.officer, now=world.now, candidate=row, values={"name": "另一个人"})
            return super().compare(name, id_number, photo)

    monkeypatch.setattr(identity, "client", Slow)
    assert "认证期间考生信息被修改" in verify(world, row).refused[0][1]
    assert fresh(row).state == S.UNVERIFIED


def test_the_embedded_authority_tells_the_person_from_another(world, portrait, settings, tmp_path):
    from skillcert.integrations.identity.embedded import open_reference

    settings.DATA, settings.IDENTITY_THRESHOLD = tmp_path, 84
    identity.client.cache_clear()
    right, wrong = world.candidate(id_number=id_number(3)), world.candidate("赵明轩", id_number=id_number(4))
    library = open_reference(tmp_path)
    library.add("周若溪", id_number(3), portrait(11, 1))
    library.add("赵明轩", id_number(4), portrait(12, 1))
    upload(world, (f"{id_number(3)}.jpg", portrait(11)), (f"{id_number(4)}.jpg", portrait(13)))
    verify(world, right, wrong)
    identity.client.cache_clear()
    assert (fresh(right).state, fresh(wrong).state) == (S.ACCURATE, S.TO_CONFIRM)


# --- confirmation by hand ----------------------------------------------------------------------------
@pytest.mark.rule("R114")
def test_confirmation_by_hand_makes_it_accurate_and_keeps_who_and_why(world, photographed, authority):
    authority(周若溪=41.0)
    row = photographed()
    verify(world, row)
    with pytest.raises(Refused, match="须写明理由"):
        rules.confirm_candidate(actor=world.officer, now=world.now, candidate=row, remark=" ")
    row = rules.confirm_candidate(actor=world.officer, now=world.now, candidate=row, remark="本人到场，核对身份证原件")
    assert row.state == S.ACCURATE
    entry = AuditEntry.objects.get(action="candidate.confirm")
    assert entry.actor_label == world.officer.label
    assert entry.detail.read()["reason"] == "本人到场，核对身份证原件"


@pytest.mark.parametrize("state", [S.NO_PHOTO, S.UNVERIFIED, S.ACCURATE])
def test_only_who_failed_the_comparison_is_confirmed(world, state):
    with pytest.raises(Refused, match="不可人工确认"):
        rules.confirm_candidate(actor=world.officer, now=world.now, candidate=world.candidate(state=state), remark="x")


def test_a_stranger_and_a_clerk_without_the_right_confirm_nobody(world):
    row = world.candidate(state=S.TO_CONFIRM)
    with pytest.raises(Missing):
        rules.confirm_candidate(actor=world.stranger, now=world.now, candidate=row, remark="x")
    with pytest.raises(NotAllowed):
        clerk = replace(world.officer, codes=world.officer.codes - {"candidates.verify"})
        rules.confirm_candidate(actor=clerk, now=world.now, candidate=row, remark="x")
    assert fresh(row).state == S.TO_CONFIRM
