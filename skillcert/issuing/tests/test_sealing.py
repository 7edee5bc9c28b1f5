"""The sealer: every certificate once, with its reason when it fails; every entry and receipt into one block."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from skillcert.integrations.chain.log import log_keys_in
from skillcert.integrations.chain.proof import check_proof
from skillcert.integrations.seal.client import PASSPHRASE_VARIABLE, STAMP_FIELD
from skillcert.integrations.seal.client import client as seal_client
from skillcert.integrations.seal.verify import roots_in, verify_pdf
from skillcert.issuing import rules, sealer
from skillcert.issuing.models import CertificateFile
from skillcert.issuing.states import CertificateState
from skillcert.kit import blocks, files
from skillcert.kit.audit import AuditEntry, AuditLeaf, history
from skillcert.kit.documents import seal_pdf, signature_stamp_pdf
from skillcert.kit.ledger import ChainReceipt

S = CertificateState
TRUST = Path(settings.DATA) / "trust"


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse battery staple")
    seal_client.cache_clear()
    yield
    seal_client.cache_clear()


@pytest.fixture
def sealed_body(world):
    """The awarding body has uploaded both its seals."""
    for column, data in (("seal", seal_pdf(world.body.name, "1101080012346")), ("signature_stamp", signature_stamp_pdf("梁婉清"))):
        file = files.store(data, shelf="seal", name=f"{column}.pdf", content_type="application/pdf", actor=world.examiner)
        setattr(world.body, column, file)
    world.body.save()
    return world.body


@pytest.fixture
def press(keys):
    return sealer.Sealer(sealer.passphrase())


def release(world, way="electronic", **more):
    certificate = world.certificate(S.TO_RELEASE, **more)
    rules.release(actor=world.examiner, now=world.now, rows=[certificate.pk], way=way)
    return certificate


@pytest.mark.rule("R47", "R49")
def test_an_electronic_certificate_gets_both_seals_and_its_place_in_the_log(world, sealed_body, press):
    certificate = release(world)
    done = press.round(world.now)
    assert (done.sealed, done.failed, done.anchored) == (1, 0, 1)
    certificate.refresh_from_db()
    made = certificate.files.get()
    assert certificate.state == S.RELEASED and made.edition == 1
    pdf = made.file.read()
    assert verify_pdf(pdf, roots_in(TRUST), organization_code=world.body.org_code).ok
    receipt = ChainReceipt.objects.select_related("block").get()
    (_, proof), *_ = blocks.proofs_of([receipt])
    verdict = check_proof(proof, pdf, log_keys_in(TRUST))
    assert verdict.ok and verdict.height == 1 and verdict.leaf == receipt.leaf
    assert certificate.name not in str(receipt.payload) and certificate.id_number not in str(receipt.payload)
    assert history(certificate)[0].sentence == "盖章成功"


def test_a_paper_certificate_gets_the_stamp_alone(world, sealed_body, press):
    release(world, "paper")
    press.round(world.now)
    pdf = CertificateFile.objects.get().file.read()
    assert verify_pdf(pdf, roots_in(TRUST), expected=[STAMP_FIELD]).ok
    assert not verify_pdf(pdf, roots_in(TRUST)).ok


@pytest.mark.parametrize(("column", "way", "reason"), [
    ("seal", "electronic", "尚未上传公章"), ("signature_stamp", "electronic", "尚未上传签名章"),
    ("signature_stamp", "paper", "尚未上传签名章"),
])  # fmt: skip
def test_without_a_seal_it_fails_and_says_where_to_mend_it(world, sealed_body, press, column, way, reason):
    type(world.body).objects.filter(pk=world.body.pk).update(**{column: None})
    certificate = release(world, way)
    assert press.round(world.now).failed == 1
    certificate.refresh_from_db()
    assert certificate.state == S.SEAL_FAILED and reason in certificate.failure and "培训评价组织管理" in certificate.failure


def test_a_character_no_font_has_fails_by_name_and_the_others_go_on(world, sealed_body, press):
    rare = release(world, result=world.result(world.registered(world.accurate("李\U0003fffd"))))
    good = release(world)
    assert press.round(world.now).sealed == 1
    rare.refresh_from_db(), good.refresh_from_db()
    assert (rare.state, good.state) == (S.SEAL_FAILED, S.RELEASED) and "字库缺字" in rare.failure


@pytest.mark.rule("R48", "R50")
def test_releasing_again_makes_the_next_edition_and_leaves_the_old_file(world, sealed_body, press):
    certificate = release(world)
    press.round(world.now)
    first = certificate.files.get()
    rules.re_release(actor=world.examiner, now=world.now, rows=[certificate.pk])
    assert certificate.files.get() == first
    rules.release(actor=world.examiner, now=world.now, rows=[certificate.pk], way="electronic")
    press.round(world.now)
    second = certificate.files.get(edition=2)
    assert second.token != first.token and second.face == first.face
    assert first.file.read() != second.file.read()


def test_killed_before_the_move_it_is_made_again_and_once(world, sealed_body, press, monkeypatch):
    certificate = release(world)
    monkeypatch.setattr(sealer, "mark_sealed", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        press.seal_some(world.now)
    monkeypatch.undo()
    assert not certificate.files.exists()
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse battery staple")
    assert press.seal_some(world.now) == (1, 0) and press.seal_some(world.now) == (0, 0)
    assert certificate.files.count() == ChainReceipt.objects.count() == 1
    assert files.StoredFile.objects.filter(shelf="certificate").count() == 2
    sealer.Sealer(sealer.passphrase())  # a new start clears what the killed round left behind
    assert files.StoredFile.objects.get(shelf="certificate") == certificate.files.get().file


def test_what_is_sealed_twice_at_once_has_one_effect(world, sealed_body, press, monkeypatch):
    certificate = release(world)
    kept = []
    monkeypatch.setattr(sealer, "mark_sealed", lambda **given: kept.append(given))
    press.seal_some(world.now)
    press.seal_some(world.now)
    for given in kept:
        rules.mark_sealed(**given)
    assert certificate.files.count() == ChainReceipt.objects.count() == 1
    assert AuditEntry.objects.filter(action="certificate.sealed").count() == 1


def test_every_audit_entry_lands_in_one_block_and_a_changed_one_is_found(world, sealed_body, press):
    release(world), release(world)
    while not press.round(world.now).idle:
        pass
    assert not AuditEntry.objects.filter(leaf=None).exists()
    assert AuditLeaf.objects.count() == AuditEntry.objects.count()
    trusted = log_keys_in(TRUST)
    assert blocks.check_audit(trusted).problems == [] and blocks.check_certificates(trusted).problems == []
    receipt = ChainReceipt.objects.first()
    receipt.payload["number"] = "2026000110123300000999"
    receipt.save()
    where = f"区块 {receipt.block_id}"
    found = blocks.check_certificates(trusted).problems
    assert found == [f"{where} 第 {receipt.index} 条存证内容被改动", f"{where} 的内容与其根哈希不符"]


def test_an_entry_that_commits_late_is_taken_all_the_same(world, press):
    def write(number: int) -> AuditEntry:
        entry = AuditEntry(id=number, at=world.now, action="certificate.collected", actor_kind="system", object_type="x", salt=b"x")
        entry.digest = entry.compute_digest()
        entry.save(force_insert=True)
        return entry

    write(1000)
    press.round(world.now)
    late = write(999)
    press.round(world.now)
    assert late.leaf.block.height == 2
    assert blocks.check_audit(log_keys_in(TRUST)).leaves == 2
