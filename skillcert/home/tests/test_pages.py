"""The desk and what surrounds every page."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from skillcert.accounts.actors import actor_of
from skillcert.config import urls  # noqa: F401  # every page registers itself
from skillcert.home import manual, rules, todos
from skillcert.home.jobs import forget_notices
from skillcert.kit.audit import AuditEntry
from skillcert.kit.files import StoredFile, store
from skillcert.kit.notices import Notice, notify
from skillcert.orgs.models import Organization


def said(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_every_figure_of_the_desk_equals_the_list_it_opens(world):
    for state in ("unverified", "unverified", "to_confirm", "no_photo"):
        world.candidate(state=state)
    world.certificate("center_pending")
    client = world.client_as(world.officer)
    lines = todos.todos(world.officer, world.now)
    assert {line.label for line in lines} >= {"院校考生信息待认证", "院校考生需人工确认", "院校考生缺照片", "考核站点待签发"}
    for line in lines:
        assert f"共 {line.count} 条" in re.sub(r"<[^>]+>", "", said(client.get(line.url))), line.label
    for stage in todos.funnel(world.officer, world.now):
        assert f"共 {stage.value} 条" in re.sub(r"<[^>]+>", "", said(client.get(stage.url))), stage.label


def test_every_todo_names_a_list_and_a_tab_that_are_there(world):
    """A line whose tab was renamed would vanish silently."""
    platform = Organization.objects.create(kind="platform", name="平台")
    actors = [world.officer, world.examiner, world.actor(world.province), world.actor(platform, "目录与机构")]
    for line in todos.TODOS:
        able = [actor for actor in actors if actor.may(line.by)]
        assert able and any(todos.opened(line.page, line.query, actor, world.now) for actor in able), line


def test_the_desk_shows_only_ones_own_work(world):
    world.candidate("周若溪", state="unverified")
    assert "院校考生信息待认证" in said(world.client_as(world.officer).get("/desk/"))
    assert "没有要办的事" in said(world.client_as(world.stranger).get("/desk/"))


def test_the_desk_shows_the_plan_and_its_next_deadline(world):
    page = said(world.client_as(world.officer).get("/desk/"))
    assert world.plan.name in page and "报考截止还有" in page


def test_the_front_leads_on(world):
    assert Client().get("/")["Location"] == "/public/"
    assert world.client_as(world.officer).get("/")["Location"] == "/desk/"


def test_the_bell_counts_until_all_is_read(world):
    notify(world.school.pk, "issuing.sign_center", "有 3 张证书待签发", "/issuing/center/")
    notify(world.school.pk, "results.edit", "不归本单位办", "")
    client = world.client_as(world.officer)
    assert "1 条未读" in said(client.get("/desk/"))
    page = said(client.get("/notices/"))
    assert "有 3 张证书待签发" in page and "不归本单位办" not in page
    assert "有 3 张证书待签发" not in said(world.client_as(world.stranger).get("/notices/"))
    client.post("/notices/read/")
    client.post("/notices/read/")
    assert "条未读" not in said(client.get("/desk/")) and Notice.objects.count() == 2
    assert "1 条未读" in said(world.client_as(world.user(world.school)).get("/desk/"))


def found(client, text: str) -> str:
    return re.sub(r"<[^>]+>", "", said(client.post("/search/", {"q": text})).partition('id="main"')[2])


def test_search_finds_by_name_pinyin_and_last_six_and_masks(world):
    one = world.candidate("周若溪")
    client = world.client_as(world.officer)
    for text in ("周", "周若", "zhouruo", one.id_number[-6:], one.number):
        page = found(client, text)
        assert "周若溪" in page and "考生 1" in page and "330106" in page, text
        assert one.id_number not in page
    for other in (world.stranger, world.examiner):
        assert "没有找到" in found(world.client_as(other), "周若溪")


def test_search_finds_a_certificate_by_its_number(world):
    world.certificate("released", number="2026000110123300000017")
    page = found(world.client_as(world.officer), "2026 0001 1012 3300 0000 17")
    assert "证书 1" in page and "完成发放" in page


def test_search_finds_places_and_what_can_be_done_there(world):
    client = world.client_as(world.officer)
    for text, label in (("周报", "周报"), ("考试管理", "考试计划"), ("yuanxiaokaosheng", "院校考生"), ("新增考生", "办理")):
        page = found(client, text)
        assert "菜单与办理" in page and label in page, text
    assert "没有找到" in found(world.client_as(world.user(world.school, "财务")), "用户管理")


def test_what_is_looked_for_stands_in_no_address(world):
    """trust 5: a name in an address would end in histories and logs."""
    world.candidate("周若溪")
    client = world.client_as(world.officer)
    assert "周若溪" not in said(client.get("/search/?q=周若溪")).partition('id="main"')[2]
    for page in ("/search/", "/candidates/college/"):
        assert 'method="post" action="/search/"' in said(client.get(page)) and 'hx-get="/search/' not in said(client.get(page))


def test_a_narrowed_person_finds_only_what_is_theirs(world):
    """证书负责人: its qualifications alone (domain 1.4)."""
    world.registered()
    owner = world.user(world.school, "证书负责人", is_qualification_owner=True)
    actor = actor_of(owner)
    page = found(world.client_as(owner), "周若溪")
    assert ("报考 1" in page) == (actor.scope is None or world.qualification.pk in actor.scope)
    assert "考生 1" not in page and "证书 1" not in page


def test_the_download_center_shows_ones_own_files(world):
    store(b"x", shelf="export", name="考生.xlsx", content_type="text/plain", actor=world.officer, days=1)
    assert "考生.xlsx" in said(world.client_as(world.officer).get("/downloads/"))
    assert "考生.xlsx" not in said(world.client_as(world.stranger).get("/downloads/"))


def edited(world) -> AuditEntry:
    client = world.client_as(world.officer)
    typed = {"once": "00000000-0000-4000-8000-000000000001", "version": world.school.version, "contact": "王一川", "phone": "13911112222"}
    client.post(f"/institutions/{world.school.pk}/edit/", typed)
    return AuditEntry.objects.get(action="orgs.edit")


def test_the_audit_shows_before_and_after_masked(world):
    entry = edited(world)
    page = said(world.client_as(world.officer).get(f"/audit/{entry.pk}/"))
    assert "林知遥" in page and "王一川" in page and "139****2222" in page and "13911112222" not in page
    assert "待封存" in page
    assert world.client_as(world.stranger).get(f"/audit/{entry.pk}/").status_code == 404


def test_the_platforms_auditor_sees_all_without_personal_data(world):
    entry = edited(world)
    auditor = world.client_as(world.user(Organization.objects.create(kind="platform", name="平台"), "审计"))
    assert "修改机构信息" in said(auditor.get("/audit/"))
    page = said(auditor.get(f"/audit/{entry.pk}/"))
    assert "王一川" not in page and "139****2222" not in page and world.school.name not in page


def test_help_opens_the_chapter_and_never_another_file(world):
    client = world.client_as(world.officer)
    assert "/help/?chapter=5.2.3" in said(client.get("/candidates/college/"))
    assert "社会考生是院校与培训评价组织合作" in said(client.get("/help/?chapter=5.2.3"))
    assert "操作手册" in said(client.get("/help/?chapter=../../README"))
    assert "操作手册" in said(Client().get("/help/"))


def test_every_picture_and_link_of_the_manual_leads_somewhere():
    client, chapters = Client(), list(manual.folder().glob("*.md"))
    drawn = [(path.name, client.get("/help/", {"chapter": path.stem}).content.decode()) for path in chapters]
    pictures = {(name, source) for name, text in drawn for source in re.findall(r'<img src="([^"]+)"', text)}
    links = {(name, link) for name, text in drawn for link in re.findall(r'<a href="([^"]*(?:chapter=|\.md)[^"]*)"', text)}
    assert len(pictures) > 20 and len(links) > 10
    assert [one for one in pictures if client.get(f"/help/{one[1]}").status_code != 200] == []
    written = {f"?chapter={path.stem}" for path in chapters}
    assert [one for one in links if f"?{one[1].partition('?')[2]}" not in written] == []
    for name in ("no-such.png", "..%2F..%2Fpictures%2Fguide.png", ".png"):
        assert client.get(f"/help/pictures/{name}").status_code == 404



@pytest.mark.parametrize("role", ["系统", "安全", "审计", "目录与机构"])
def test_each_platform_role_has_a_desk_without_errors(world, role):
    platform = Organization.objects.create(kind="platform", name="平台")
    assert "工作台" in said(world.client_as(world.user(platform, role)).get("/desk/"))


# --- messages ------------------------------------------------------------------------------------------------
@pytest.fixture
def outbox(monkeypatch) -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(rules, "sms", lambda: SimpleNamespace(send=lambda phone, text: sent.append((phone, text))))
    return sent


def test_one_message_is_opened_and_read(world):
    notify(world.school.pk, "issuing.sign_center", "有 3 张证书待签发", "/issuing/center/")
    notify(world.school.pk, "candidates.edit", "照片已导入", "")
    client, notice = world.client_as(world.officer), Notice.objects.get(text="有 3 张证书待签发")
    answer = client.post(f"/notices/{notice.pk}/read/")
    assert answer["Location"] == "/issuing/center/" and "1 条未读" in said(client.get("/desk/"))
    assert world.client_as(world.stranger).post(f"/notices/{notice.pk}/read/").status_code == 404
    assert "照片已导入" in said(client.get("/notices/?tab=unread")) and "证书待签发" not in said(client.get("/notices/?tab=unread"))
    assert "照片已导入" not in said(client.get("/notices/?kind=issuing")).partition("<tbody>")[2]


def test_each_person_chooses_what_the_bell_counts(world):
    notify(world.school.pk, "candidates.edit", "照片已导入", "")
    client = world.client_as(world.officer)
    page = said(client.get("/notices/settings/"))
    assert "考生计入铃铛" in page and "138****0000" in page
    client.post("/notices/settings/", {"bell": ["issuing"]})
    assert "条未读" not in said(client.get("/desk/")) and "照片已导入" in said(client.get("/notices/"))
    assert "1 条未读" in said(world.client_as(world.user(world.school)).get("/desk/"))


def test_a_text_message_tells_who_asked_once_and_without_the_content(world, outbox):
    client = world.client_as(world.officer)
    client.post("/notices/settings/", {"bell": ["issuing"], "sms": ["issuing"]})
    world.user(world.school)  # asked for nothing
    notify(world.school.pk, "issuing.sign_center", "周若溪的证书待签发", "/issuing/center/")
    notify(world.school.pk, "candidates.edit", "照片已导入", "")
    assert rules.text_notices() == 1 and rules.text_notices() == 0
    assert outbox == [("13800000000", "【职业技能等级证书】您有 1 条新消息（证书签发与发放），请登录平台查看。")]


def test_without_a_telephone_there_is_no_text_message(world, outbox):
    user = world.user(world.school)
    user.phone = ""
    user.save()
    client = world.client_as(user)
    assert "您还没有登记手机号" in said(client.get("/notices/settings/"))
    client.post("/notices/settings/", {"bell": [], "sms": ["issuing"]})
    notify(world.school.pk, "issuing.sign_center", "待签发", "")
    assert rules.text_notices() == 0 and outbox == []


def test_messages_are_kept_for_half_a_year(world):
    notify(world.school.pk, "issuing.sign_center", "旧的", "")
    notify(world.school.pk, "issuing.sign_center", "新的", "")
    Notice.objects.filter(text="旧的").update(at=timezone.now() - timedelta(days=181))
    forget_notices(world.now)
    assert [notice.text for notice in Notice.objects.all()] == ["新的"]


def test_the_download_center_says_how_large_who_and_until_when(world):
    store(b"x" * 2_500_000, shelf="export", name="考生.xlsx", content_type="text/plain", actor=world.officer, days=7)
    store(b"x", shelf="export", name="旧的.xlsx", content_type="text/plain", actor=world.officer, days=1)
    StoredFile.objects.filter(size=1).update(expires_at=timezone.now() - timedelta(seconds=1))
    page = said(world.client_as(world.officer).get("/downloads/"))
    assert "2.4 MB" in page and "院校管理员" in page and "还有 6 天" in page and "旧的.xlsx" not in page


def test_help_leads_to_the_section_of_the_desk_and_shows_its_pictures(world):
    client = world.client_as(world.officer)
    for url, section in (("/desk/", "0.1"), ("/audit/", "0.6"), ("/notices/", "0.3")):
        assert f"/help/?chapter={section}#c{section}" in said(client.get(url))
    assert 'id="c0.6"' in said(client.get("/help/?chapter=0.6")) and "日志校验" in said(client.get("/help/?chapter=0.6"))
    for wrong in ("nothing.png", "..png", "desk.md"):
        assert client.get(f"/help/pictures/{wrong}").status_code == 404
