"""修订 of a published entry: it stays in force until the platform has passed the revision."""

from __future__ import annotations

import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lxml import html

from skillcert.integrations.chain.log import SignedLog
from skillcert.kit.audit import AuditEntry
from skillcert.kit.blocks import CERTIFICATES, CHAIN_TABLE, take_receipts
from skillcert.kit.ledger import ChainReceipt
from skillcert.kit.notices import Notice
from skillcert.qualifications import rules
from skillcert.qualifications.imports import MappingImport
from skillcert.qualifications.models import Qualification, Revision
from skillcert.qualifications.states import RevisionState
from tests.sheets import uploaded

R = RevisionState


def said(response) -> str:
    return response.content.decode()


def once(**more) -> dict:
    return {"once": str(uuid.uuid4()), **more}


def typed(**more) -> dict:
    texts = {"description": "", "audience": "", "requirements": "", "statement": ""}
    return once(reason="依增补目录增加专业", fee="360", **texts) | more


@pytest.fixture
def anchored(world):
    """The published entry, anchored as publishing does."""
    row = world.qualification
    receipt = ChainReceipt.objects.create(subject_type="qualifications.qualification", subject_id=str(row.pk),
                                          payload=rules.payload_of(row), leaf="0" * 64)  # fmt: skip
    Qualification.objects.filter(pk=row.pk).update(receipt=receipt)
    row.refresh_from_db()
    return row


def add_major(world, client, entry) -> None:
    data = once(search="大数据", majors=[world.other_major.pk], version=entry.revisions.get().version)
    assert client.post(f"/qualifications/{entry.pk}/majors/add/", data).status_code == 303


def test_a_revision_is_begun_shown_and_changes_nothing_yet(world, body, anchored):
    assert "修订" in said(body.get(f"/qualifications/{anchored.pk}/"))
    there = body.post(f"/qualifications/{anchored.pk}/revise/", typed(version=anchored.version))["Location"]
    add_major(world, body, anchored)
    page = said(body.get(there))
    for words in ("依增补目录增加专业", "300.00 元", "360.00 元", "增加", "大数据与会计 530302（2021 版）"):
        assert words in page
    anchored.refresh_from_db()
    assert anchored.fee == 30000 and list(anchored.majors.all()) == [world.major]
    assert "大数据与会计" in said(body.get(f"/qualifications/{anchored.pk}/revision/majors/"))
    assert "正在修订（草稿）" in said(body.get(f"/qualifications/{anchored.pk}/"))
    assert "正在修订" not in said(world.client_as(world.officer).get(f"/qualifications/{anchored.pk}/"))
    listed = said(body.get(f"/qualifications/{anchored.pk}/majors/"))
    assert "大数据与会计" not in listed and "这个证书正在修订" in listed


def test_adopted_it_is_in_force_anchored_anew_and_the_pilots_are_told(world, body, platform, anchored):
    body.post(f"/qualifications/{anchored.pk}/revise/", typed(version=anchored.version))
    add_major(world, body, anchored)
    row, before = anchored.revisions.get(), anchored.receipt
    body.post(f"/qualifications/revisions/submit/{row.pk}/", once())
    assert "证书修订待审核" in said(platform.get("/desk/"))
    page = said(platform.get(f"/qualifications/revisions/adopt/{row.pk}/"))
    assert "300.00 元 → 360.00 元" in page and "大数据与会计 530302（2021 版）" in page and "通过并生效" in page and "退回" in page
    row.refresh_from_db()
    platform.post(f"/qualifications/revisions/adopt/{row.pk}/", once(version=row.version))
    anchored.refresh_from_db(), row.refresh_from_db()
    assert anchored.fee == 36000 and set(anchored.majors.all()) == {world.major, world.other_major}
    assert (row.state, row.receipt) == (R.ADOPTED, before) and anchored.receipt != before
    take_receipts(SignedLog(CERTIFICATES, CHAIN_TABLE, Ed25519PrivateKey.generate()))
    assert "三者一致" in said(world.client_as(world.officer).get(f"/qualifications/{anchored.pk}/chain/"))
    told = Notice.objects.filter(organization_id=world.school.pk, text__contains="已修订：参考费用；对应专业增加 1 个")
    assert told.count() == 1 and Notice.objects.filter(organization_id=world.body.pk, text__endswith="已生效。").exists()
    assert AuditEntry.objects.filter(action="qualifications.revise", object_id=str(anchored.pk)).count() == 1
    assert "大数据与会计 530302" in said(body.get(f"/qualifications/revisions/{row.pk}/")), "what it changed stays to be read"
    history = said(world.client_as(world.officer).get(f"/qualifications/{anchored.pk}/"))
    assert "历次修订" in history and "参考费用；对应专业增加 1 个" in history and before.leaf in history


def test_words_alone_leave_the_anchor_as_it_is(world, platform, anchored):
    row = world.revision("in_review", audience="面向数字出版岗位")
    assert platform.post(f"/qualifications/revisions/adopt/{row.pk}/", once()).status_code == 422, "of which version?"
    platform.post(f"/qualifications/revisions/adopt/{row.pk}/", once(version=row.version))
    before = anchored.receipt
    anchored.refresh_from_db()
    assert anchored.audience == "面向数字出版岗位" and anchored.receipt == before and ChainReceipt.objects.count() == 1


def test_returned_with_a_reason_it_is_edited_and_submitted_again(world, body, platform):
    row = world.revision("in_review")
    assert body.post(f"/qualifications/revisions/{row.pk}/edit/", typed(version=row.version)).status_code == 400
    platform.post(f"/qualifications/revisions/return/{row.pk}/", once(reason="请说明涨价依据"))
    assert "平台退回：请说明涨价依据" in said(body.get(f"/qualifications/revisions/{row.pk}/"))
    assert Notice.objects.filter(organization_id=world.body.pk, text__contains="请说明涨价依据").exists()
    row.refresh_from_db()
    assert body.post(f"/qualifications/revisions/{row.pk}/edit/", typed(version=row.version, fee="320")).status_code == 303
    body.post(f"/qualifications/revisions/submit/{row.pk}/", once())
    row.refresh_from_db()
    assert (row.state, row.fee) == (R.IN_REVIEW, 32000)


def test_one_revision_at_a_time(world, body):
    row = world.revision()
    refused = body.post(f"/qualifications/{row.qualification_id}/revise/", typed(version=row.qualification.version))
    assert refused.status_code == 400 and "已有进行中的修订" in said(refused)
    with pytest.raises(rules.Refused, match="已有进行中的修订"):
        rules.start_revision(actor=world.examiner, now=world.now, qualification=row.qualification, values={"reason": "又一个"})
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "returned", "stopped"])
def test_only_a_published_entry_is_revised(world, body, state):
    entry = world.qualification_of("老年照护", 9, 1, state)
    refused = body.post(f"/qualifications/{entry.pk}/revise/", typed(version=entry.version))
    assert refused.status_code == 400 and "只有已发布的证书可以修订" in said(refused)


def test_what_is_not_to_be_submitted(world, body):
    same = world.revision(fee=world.qualification.fee)
    assert "修订内容与现行的一致" in said(body.post(f"/qualifications/revisions/submit/{same.pk}/", once()))
    same.majors.clear()
    assert "修订后没有对应专业" in said(body.post(f"/qualifications/revisions/submit/{same.pk}/", once()))
    same.refresh_from_db()
    assert same.state == R.DRAFT


def test_a_stopped_entry_takes_no_revision(world, platform):
    row = world.revision("in_review")
    Qualification.objects.filter(pk=row.qualification_id).update(state="stopped")
    refused = platform.post(f"/qualifications/revisions/adopt/{row.pk}/", once(version=row.version))
    assert "这个证书已停用" in said(refused)
    row.refresh_from_db()
    assert row.state == R.IN_REVIEW and row.qualification.fee == 30000


def test_another_body_and_its_own_reviewer_are_kept_out(world, body):
    row = world.revision("in_review")
    other = world.client_as(world.user(world.other_body, "标准与证书"))
    for url in (f"{row.pk}/", f"{row.pk}/edit/", f"submit/{row.pk}/", f"delete/{row.pk}/"):
        assert other.get(f"/qualifications/revisions/{url}").status_code == 404
    assert other.get(f"/qualifications/{row.qualification_id}/revision/majors/").status_code == 404
    assert "按新标准调整" not in said(other.get("/qualifications/revisions/"))
    assert body.post(f"/qualifications/revisions/adopt/{row.pk}/", once()).status_code == 403
    assert "正在修订" not in said(other.get(f"/qualifications/{row.qualification_id}/majors/"))


def test_majors_of_a_revision_are_removed_and_imported(world, body):
    row = world.revision()
    there = uploaded(body, "/qualifications/majors/import/", MappingImport, ["530302", "2021", ""], qualification=row.qualification_id)
    body.post(there, {"strategy": "good", "act": "next"})
    assert set(row.majors.all()) == {world.major, world.other_major}
    where = f"?list=qualifications.RevisedMajors&where_qualification={row.qualification_id}"
    kept = body.post(f"/qualifications/majors/remove/{where}", {"keys": [world.major.pk]})
    body.post(kept["Location"], once())
    assert list(row.majors.all()) == [world.other_major] and list(row.qualification.majors.all()) == [world.major]


def test_a_revision_is_deleted_while_it_is_a_draft(world, body):
    row = world.revision()
    body.post(f"/qualifications/revisions/delete/{row.pk}/", once())
    assert not Revision.objects.exists()
    sent = world.revision("in_review")
    assert "已提交的修订请等平台审核" in said(body.post(f"/qualifications/revisions/delete/{sent.pk}/", once()))
    assert Revision.objects.filter(pk=sent.pk).exists()


# --- what is stale, or another's ---------------------------------------------------------------------------
def test_a_form_opened_before_another_revision_came_into_force_is_not_taken_unseen(world, body, platform):
    entry, opened = world.qualification, world.qualification.version
    platform.post(f"/qualifications/revisions/adopt/{world.revision('in_review').pk}/", once(version=1))
    told = body.post(f"/qualifications/{entry.pk}/revise/", typed(version=opened, fee="300"))
    assert told.status_code == 409 and "已被他人修改并保存" in said(told) and "依增补目录增加专业" in said(told)
    assert not Revision.objects.exclude(state=R.ADOPTED).exists()
    entry.refresh_from_db()
    assert entry.fee == 36000


def test_what_was_changed_since_the_review_was_opened_is_not_adopted(world, body, platform):
    row = world.revision("in_review")
    page = html.fromstring(platform.get(f"/qualifications/revisions/adopt/{row.pk}/").content)
    opened = page.xpath("//input[@name='version']/@value")[0]
    platform.post(f"/qualifications/revisions/return/{row.pk}/", once(reason="请降低"))
    row.refresh_from_db()
    body.post(f"/qualifications/revisions/{row.pk}/edit/", typed(version=row.version, fee="999"))
    body.post(f"/qualifications/revisions/submit/{row.pk}/", once())
    refused = platform.post(f"/qualifications/revisions/adopt/{row.pk}/", once(version=opened))
    assert refused.status_code == 422 and "打开之后又改过" in said(refused)
    row.refresh_from_db()
    assert row.state == R.IN_REVIEW and row.qualification.fee == 30000


def test_the_lists_of_an_entry_and_its_revision_are_not_taken_for_each_other(world, body):
    row = world.revision()
    where = f"?list=qualifications.MappedMajors&where_qualification={row.qualification_id}"
    kept = body.post(f"/qualifications/majors/remove/{where}", {"keys": [world.major.pk]})
    refused = body.post(kept["Location"], once())
    assert "修订后的专业" in said(refused) and list(row.majors.all()) == [world.major]


def test_another_body_cannot_tell_whether_an_entry_is_being_revised(world):
    client = world.client_as(world.user(world.other_body, "标准与证书"))
    url = f"/qualifications/{world.qualification.pk}/majors/add/"
    before = said(client.get(url))
    world.revision()
    after = client.get(url)
    sentence = "只能维护本单位的证书"
    assert after.status_code == 400 and sentence in before and sentence in said(after)
    where = f"?list=qualifications.MappedMajors&where_qualification={world.qualification.pk}"
    kept = client.post(f"/qualifications/majors/remove/{where}", {"keys": [world.major.pk]})
    assert sentence in said(client.post(kept["Location"], once()))


@pytest.mark.parametrize("given", ["abc", "99999999999999999999", ""])
@pytest.mark.parametrize("listed", ["MappedMajors", "RevisedMajors"])
def test_a_made_up_address_is_no_error_of_ours(world, body, listed, given):
    world.revision()
    where = f"?list=qualifications.{listed}&where_qualification={given}"
    assert body.post(f"/qualifications/majors/remove/{where}", {"keys": [world.major.pk]}).status_code in (400, 404)


def test_a_revision_sent_twice_is_one_and_said_to_be_saved(world, body):
    sent = typed(version=world.qualification.version)
    first, again = (body.post(f"/qualifications/{world.qualification.pk}/revise/", sent) for _ in range(2))
    assert first["Location"] == again["Location"] and Revision.objects.count() == 1
