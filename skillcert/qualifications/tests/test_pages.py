"""Chapter 4.1 through its pages, and the moves of a catalogue entry."""

from __future__ import annotations

import pytest

from skillcert.kit.errors import NotAllowed, Refused
from skillcert.kit.ledger import ChainBlock, ChainReceipt
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Organization
from skillcert.qualifications import rules
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.states import QualificationState


def said(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def reviewer(world):
    return world.actor(Organization.objects.create(kind="platform", name="平台"), "目录与机构")


@pytest.mark.rule("R13", "R14")
def test_the_list_opens_on_what_the_school_pilots_and_can_show_all(world):
    client = world.client_as(world.officer)
    page = said(client.get("/qualifications/"))
    assert "Web前端开发" in page and "物流管理" not in page
    page = said(client.get("/qualifications/?scope=all"))
    assert "Web前端开发" in page and "物流管理" in page
    assert "Web前端开发" not in said(client.get("/qualifications/?scope=all&name=物流"))


@pytest.mark.rule("R15")
def test_view_shows_the_entry_and_its_majors(world):
    page = said(world.client_as(world.officer).get(f"/qualifications/{world.qualification.pk}/"))
    assert "证书基本信息" in page and "证书对应专业" in page and "软件技术" in page and "510203" in page


@pytest.mark.rule("R15")
def test_view_counts_the_majors_that_it_does_not_list_too(world):
    world.qualification.majors.add(*(world.major_of(f"专业{n:03}", f"{520000 + n}") for n in range(204)))
    assert "共 205 个" in said(world.client_as(world.officer).get(f"/qualifications/{world.qualification.pk}/"))


@pytest.mark.rule("R16")
def test_publishing_anchors_and_the_dialog_shows_block_and_hashes(world, reviewer):
    row = world.qualification_of("老年照护", 9, 1, QualificationState.DRAFT)
    rules.submit_qualification(actor=world.examiner, now=world.now, qualification=row)
    rules.publish_qualification(actor=reviewer, now=world.now, qualification=row)
    row.refresh_from_db()
    client, url = world.client_as(world.officer), f"/qualifications/{row.pk}/chain/"
    assert "尚未上链" in said(client.get(url)) and "正等待写入区块" in said(client.get(url))
    block = ChainBlock.objects.create(
        height=41, previous_hash="0" * 64, root="1" * 64, size=1, at=world.now, block_hash="ab" * 32, signature=b""
    )
    ChainReceipt.objects.filter(pk=row.receipt_id).update(block=block, index=0)
    page = said(client.get(url))
    assert all(word in page for word in ("区块高度", "41", "块哈希", "ab" * 32, "交易哈希", row.receipt.leaf))
    assert Notice.objects.filter(organization_id=world.body.pk, text__contains="已发布").count() == 1


def test_a_draft_is_seen_by_its_body_and_the_platform_alone(world):
    row = Qualification.objects.create(awarding_body=world.body, code="Q9", number=9, name="老年照护", grade=1)
    assert world.client_as(world.officer).get(f"/qualifications/{row.pk}/").status_code == 404
    assert world.client_as(world.examiner).get(f"/qualifications/{row.pk}/").status_code == 200


def test_moves_by_the_wrong_hand_or_state_are_refused(world, reviewer):
    row = world.qualification_of("老年照护", 9, 1, QualificationState.DRAFT)
    with pytest.raises(Refused, match="当前状态为“草稿”，不可发布"):
        rules.publish_qualification(actor=reviewer, now=world.now, qualification=row)
    rules.submit_qualification(actor=world.examiner, now=world.now, qualification=row)
    with pytest.raises(NotAllowed):
        rules.publish_qualification(actor=world.examiner, now=world.now, qualification=row)
    with pytest.raises(Refused, match="退回须写明理由"):
        rules.return_qualification(actor=reviewer, now=world.now, qualification=row, reason=" ")
    rules.return_qualification(actor=reviewer, now=world.now, qualification=row, reason="缺对应专业")
    row.refresh_from_db()
    assert row.state == QualificationState.RETURNED and row.receipt is None
