"""审计记录: who reads what, what the check finds when somebody owns the database, and what an erasure leaves."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from lxml import html
from openpyxl import load_workbook

from skillcert.home import log_state, rules
from skillcert.home.jobs import check_every_night
from skillcert.home.pages.audit import NOUNS
from skillcert.integrations.chain.log import SignedLog, open_log_key
from skillcert.issuing.states import ISSUE
from skillcert.kit import audit, blocks, jobs
from skillcert.kit.audit import AuditBlock, AuditDetail, AuditEntry, AuditLeaf
from skillcert.kit.errors import NotAllowed
from skillcert.kit.gate import change
from skillcert.kit.ledger import anchor
from skillcert.kit.pages import tidy
from skillcert.kit.rows import Row
from skillcert.orgs.models import Organization


def said(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def log(settings, tmp_path) -> SignedLog:
    """The audit's log with keys of its own."""
    settings.DATA = tmp_path
    return SignedLog(blocks.AUDIT, blocks.AUDIT_TABLE, open_log_key(tmp_path, b"correct horse battery staple"))


@pytest.fixture
def auditor(world):
    return world.user(Organization.objects.create(kind="platform", name="平台"), "审计")


def edited(world, contact: str = "王一川") -> AuditEntry:
    """An edit of one's own institution through its page."""
    world.school.refresh_from_db()
    typed = {"once": str(uuid4()), "version": world.school.version, "contact": contact, "phone": "13911112222"}
    world.client_as(world.officer).post(f"/institutions/{world.school.pk}/edit/", typed)
    return AuditEntry.objects.filter(action="orgs.edit").latest("pk")


def sealed(world, log: SignedLog, parts: int = 3) -> list[AuditEntry]:
    """Entries in as many blocks."""
    entries = []
    for number in range(parts):
        entries.append(edited(world, f"王一川{number}"))
        blocks.take_audit(log, everywhere=True)
    return entries


def checked(client) -> str:
    """The page after a check that a person started."""
    assert client.post("/audit/check/start/").status_code == 303
    job = jobs.Job.objects.filter(kind=log_state.CHECK).latest("created_at")
    jobs.run_job.func(str(job.pk))
    return said(client.get("/audit/check/"))


def owner_of_the_database_says(table: str, sql: str, *values: object) -> None:
    """What nobody can do through the platform: the triggers are taken away first."""
    with connection.cursor() as cursor:
        on = ""
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            on = f" ON {table}"
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER {table}_no_{verb}{on}")
        cursor.execute(sql, values)


# --- the check ---------------------------------------------------------------------------------------------
def test_a_whole_log_is_said_to_be_whole_until_where_and_how_many(world, log, auditor):
    sealed(world, log)
    client = world.client_as(auditor)
    assert "还没有校验过日志" in said(client.get("/audit/check/"))
    page = checked(client)
    height, leaves = AuditBlock.objects.count(), AuditLeaf.objects.count()
    assert f"日志完整，已校验至第 {height} 块" in page and f"共 {leaves:,} 条" in page and "不符之处" not in page
    assert "日志完整" in said(client.get("/audit/"))
    edited(world)
    blocks.take_audit(log, everywhere=True)
    assert "此后又封存 1 块" in said(client.get("/audit/check/"))


@pytest.mark.parametrize(
    ("table", "sql", "which", "sentence"),
    [
        ("kit_auditentry", "UPDATE kit_auditentry SET ip = NULL WHERE id = %s", "entry", "审计记录 {entry} 被改动（区块 {block}）"),
        ("kit_auditentry", "UPDATE kit_auditentry SET digest = 'ab' WHERE id = %s", "entry", "审计记录 {entry} 被改动"),
        ("kit_auditleaf", "DELETE FROM kit_auditleaf WHERE entry_id = %s", "entry", "有记录被删除或改动次序"),
        ("kit_auditblock", "UPDATE kit_auditblock SET root = previous_hash WHERE height = %s", "block", "与其根哈希不符"),
        ("kit_auditblock", "UPDATE kit_auditblock SET signature = X'00' WHERE height = %s", "block", "签名不是本平台"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_found_with_its_first_block(world, log, auditor, table, sql, which, sentence):
    """trust 38, 43: also when the attacker owns the database."""
    entry = sealed(world, log)[1]
    values = {"entry": entry.pk, "block": entry.leaf.block_id}
    if connection.vendor == "postgresql":
        sql = sql.replace("X'00'", r"'\x00'")
    owner_of_the_database_says(table, sql, values[which])
    page = checked(world.client_as(auditor))
    assert sentence.format(**values) in page and f"第一处在第 {values['block']} 块" in page and 'role="alert"' in page
    assert "日志有" in said(world.client_as(auditor).get("/audit/"))


def test_a_log_cut_short_is_found_by_what_the_last_check_saw(world, log, auditor):
    sealed(world, log)
    client = world.client_as(auditor)
    checked(client)
    last = AuditBlock.objects.latest("height").height
    owner_of_the_database_says("kit_auditleaf", "DELETE FROM kit_auditleaf WHERE block_id = %s", last)
    owner_of_the_database_says("kit_auditblock", "DELETE FROM kit_auditblock WHERE height = %s", last)
    assert "日志尾部被删除或替换" in checked(client)


def test_a_changed_entry_that_no_block_holds_yet_is_found(world, log, auditor):
    entry = edited(world)
    owner_of_the_database_says("kit_auditentry", "UPDATE kit_auditentry SET object_label = '别的' WHERE id = %s", entry.pk)
    assert f"审计记录 {entry.pk} 被改动（待封存的记录）" in checked(world.client_as(auditor))


def test_values_written_over_beside_an_entry_are_found(world, log, auditor):
    entry = sealed(world, log)[0]
    AuditDetail.objects.filter(entry=entry).update(values='{"before": {}, "after": {"contact": "假的"}}')
    assert f"审计记录 {entry.pk} 的改前改后被改动" in checked(world.client_as(auditor))
    AuditDetail.objects.filter(entry=entry).update(values=b"not sealed by us")
    assert "无法解开" in checked(world.client_as(auditor))


def test_a_second_check_is_refused_while_one_runs(world, auditor):
    client = world.client_as(auditor)
    client.post("/audit/check/start/")
    answer = client.post("/audit/check/start/")
    assert answer.status_code == 400 and "日志正在校验中" in answer.content.decode()
    assert jobs.Job.objects.filter(kind=log_state.CHECK).count() == 1


def test_the_log_is_checked_once_a_night_by_itself(world, log):
    check_every_night(world.now)
    check_every_night(world.now)
    job = jobs.Job.objects.get(kind=log_state.CHECK)
    jobs.run_job.func(str(job.pk))
    check_every_night(world.now)
    assert jobs.Job.objects.filter(kind=log_state.CHECK).count() == 1
    jobs.Job.objects.update(created_at=timezone.now() - timedelta(days=1))
    check_every_night(world.now)
    assert jobs.Job.objects.filter(kind=log_state.CHECK).count() == 2


# --- kept, whatever anybody asks -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kit_auditentry SET actor_label = 'x'", "DELETE FROM kit_auditentry",
        'UPDATE kit_auditleaf SET "index" = 7', "DELETE FROM kit_auditleaf",
        "UPDATE kit_auditblock SET previous_hash = 'x'", "DELETE FROM kit_auditblock",
        "UPDATE kit_chainblock SET previous_hash = 'x'", "DELETE FROM kit_chainblock", "DELETE FROM kit_auditdetail",
    ],
)  # fmt: skip
def test_the_database_refuses_to_change_the_log(world, log, sql):
    """trust 43: on both databases; of the values beside an entry, only blanking is left to the erasure."""
    sealed(world, log, 1)
    anchor(world.school, {"x": 1})
    blocks.take_receipts(SignedLog(blocks.CERTIFICATES, blocks.CHAIN_TABLE, log._key))
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_nothing_that_tidies_up_removes_audit_entries(world, log):
    """trust 42: kept for six months and longer; there is nothing that deletes them."""
    entry = sealed(world, log, 1)[0]
    owner_of_the_database_says("kit_auditentry", "UPDATE kit_auditentry SET at = %s WHERE id = %s", "2020-01-01 00:00:00+00:00", entry.pk)
    before = AuditEntry.objects.count(), AuditDetail.objects.count()
    for tick, _ in jobs.TICKS:
        if tick.__module__.startswith(("skillcert.kit", "skillcert.home")):
            tick(timezone.now() + timedelta(days=3650))
    tidy.remove_old(timezone.now())
    assert (AuditEntry.objects.count(), AuditDetail.objects.count()) == before


# --- views of full personal data -----------------------------------------------------------------------------
def test_a_full_number_is_shown_only_together_with_its_entry(world, monkeypatch):
    """trust 42: who, when, whose; no audit, no action."""
    one = world.candidate()
    client = world.client_as(world.officer)
    assert one.id_number in said(client.post(f"/candidates/{one.pk}/", {"reveal": "id_number"}))
    entry = AuditEntry.objects.get(action="kit.reveal")
    assert (entry.actor_id, entry.object_id, entry.summary["field"]) == (world.officer.id, str(one.pk), "id_number")
    assert one.id_number not in said(client.get(f"/audit/{entry.pk}/"))

    def broken(*args, **kwargs):
        raise DatabaseError("the audit cannot be written")

    monkeypatch.setattr(audit, "record", broken)
    client.raise_request_exception = False
    answer = client.post(f"/candidates/{one.pk}/", {"reveal": "id_number"})
    assert answer.status_code == 500 and one.id_number not in answer.content.decode()


# --- erasure ---------------------------------------------------------------------------------------------------
def test_an_erasure_blanks_the_values_alone_and_leaves_every_proof(world, log, auditor):
    """trust 44."""
    entry = sealed(world, log)[1]
    client = world.client_as(auditor)
    told = {"once": "00000000-0000-4000-8000-000000000002", "reason": "本人申请，受理单号 2026-017", "confirm_text": "清除"}
    client.post(f"/audit/erase/{entry.pk}/", told)
    assert not AuditDetail.objects.filter(entry__action="orgs.edit").exclude(values="").exists()
    act = AuditEntry.objects.get(action="audit.erase")
    assert act.summary == {"erased": 3} and act.detail.read()["reason"] == "本人申请，受理单号 2026-017"
    assert "日志完整" in checked(client)
    page = said(world.client_as(world.officer).get(f"/audit/{entry.pk}/"))
    assert "已依申请清除" in page and "王一川" not in page.replace(world.officer.label, "")
    call_command("check_logs")


def test_an_erasure_needs_its_word_its_reason_and_its_permission(world, log, auditor):
    entry = edited(world)
    client, url = world.client_as(auditor), f"/audit/erase/{entry.pk}/"
    once = {"once": "00000000-0000-4000-8000-000000000003"}
    assert "请原样输入“清除”" in client.post(url, once | {"reason": "申请"}).content.decode()
    assert client.post(url, once | {"confirm_text": "清除"}).status_code == 422
    assert world.client_as(world.officer).post(url, once).status_code == 403
    with pytest.raises(NotAllowed):
        rules.erase_details(actor=world.officer, entry=entry, reason="申请")
    assert entry.detail.read()["after"]["contact"] == "王一川" and not AuditEntry.objects.filter(action="audit.erase").exists()


# --- the page ----------------------------------------------------------------------------------------------------
def test_an_entry_shows_what_was_struck_and_what_came_with_its_object_and_block(world, log):
    entry = edited(world)
    blocks.take_audit(log, everywhere=True)
    page = said(world.client_as(world.officer).get(f"/audit/{entry.pk}/"))
    assert '<del class="was">林知遥</del>' in page and '<ins class="now">王一川</ins>' in page
    assert "联系人" in page and f'href="/institutions/{world.school.pk}/"' in page and "第 1 块" in page


def test_a_move_shows_the_states_in_words(world):
    certificate = world.certificate("center_pending")
    change(certificate, ISSUE["center_refuse"], actor=world.officer, now=world.now, reason="照片有误")
    entry = AuditEntry.objects.latest("pk")
    page = said(world.client_as(world.officer).get(f"/audit/{entry.pk}/"))
    assert "考核站点待签发</del>" in page and "考核站点拒绝签发</ins>" in page and "照片有误" in page


def test_the_trail_is_filtered_and_exported(world, log):
    entry = edited(world)
    client = world.client_as(world.officer)
    rows = said(client.get("/audit/?action=orgs.edit&actor_label=" + world.officer.label[:2]))
    assert f"/audit/{entry.pk}/" in rows
    days = "at_from=2020-01-01&at_to=2020-01-02"
    for nothing in ("action=accounts.logout", "actor_label=没有这人", "object_id=999999", days, "sealed=yes"):
        assert f"/audit/{entry.pk}/" not in said(client.get(f"/audit/?{nothing}")), nothing
    dialog = client.post("/audit/export/?list=home.AuditTrail", {"all": "1", "query": "action=orgs.edit"})
    file = client.post(dialog["Location"], {"once": str(uuid4())})
    lines = list(load_workbook(BytesIO(file.content)).active.values)
    assert [line[2] for line in lines] == ["做了什么", "修改机构信息"] and lines[1][-1] == "待封存"


def test_acts_of_one_name_are_one_in_the_filter_and_on_the_desk(world, log, auditor):
    for action, times in (("weekly.return", 2), ("center.return", 1), ("weekly.submit", 1)):
        for _ in range(times):
            audit.record(action, [audit.fact_of(world.school)], actor=world.officer)
    client = world.client_as(world.officer)
    options = html.fromstring(said(client.get("/audit/"))).xpath("//select[@name='action']/option")
    (value,) = [option.get("value") for option in options if option.text == "退回"]
    rows = html.fromstring(said(client.get(f"/audit/?action={value}"))).xpath("//tbody/tr")
    assert len(rows) == 3 and all("退回" in row.text_content() for row in rows)
    assert re.search(r"退回</td>\s*<td[^>]*>3<", said(world.client_as(auditor).get("/desk/")))


def test_the_platforms_auditors_cannot_ask_for_a_name_that_they_may_not_see(world, log, auditor):
    """domain 1.3: a filter that answers by its count would tell whose entries there are."""
    edited(world)
    name = world.school.name
    own = said(world.client_as(world.officer).get("/audit/", {"object_label": name}))
    assert name in own and 'id="query_object_label"' in own
    page = world.client_as(auditor).get("/audit/", {"object_label": "没有这个人"})
    assert 'id="query_object_label"' not in said(page) and "修改机构" in said(page)


def test_a_failure_wears_a_badge_and_words(world):
    audit.record("accounts.login_failed", [audit.fact_of(world.school)], actor=world.officer)
    assert "登录失败" in said(world.client_as(world.officer).get("/audit/?action=accounts.login_failed")).partition("<tbody>")[2]


def test_the_system_can_check_by_the_command_too(world, log):
    sealed(world, log, 2)
    call_command("check_logs")


def test_the_platforms_auditor_reads_kind_and_number_under_its_own_head(world, auditor):
    entry = edited(world)
    page = said(world.client_as(auditor).get("/audit/"))
    heads = re.findall(r"<th[^>]*>(.*?)</th>", page, re.S)
    assert any("对象编号" in head for head in heads)
    assert f"试点院校 {entry.object_id}" in page
    assert world.school.name not in page


def test_every_kind_of_row_has_a_noun():
    ours = [model for model in apps.get_models() if issubclass(model, Row) and ".tests" not in model.__module__]
    assert {model._meta.label_lower for model in ours if model.__module__.startswith("skillcert.")} - set(NOUNS) == set()
