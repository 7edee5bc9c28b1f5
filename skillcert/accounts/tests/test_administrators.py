"""Administrators of the organizations, by the platform: from a sheet they wait, stopped, until the code sent to their phone is
told (R241); stopped, edited and started by it too, without the person's name being shown.
"""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from skillcert.accounts import rules
from skillcert.accounts.imports import AdministratorImport
from skillcert.accounts.models import Role, User
from skillcert.integrations.sms.embedded import open_outbox
from skillcert.kit.audit import AuditDetail, AuditEntry
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Organization
from tests.sheets import uploaded

from .helpers import PHONE, newest_code, post, said, shown_password, sign_in

OTHER = "13912345679"


@pytest.fixture
def security(world) -> Client:
    rules.sync_roles()
    platform = Organization.objects.create(kind="platform", name="平台")
    return world.client_as(world.user(platform, "安全", username="platform-safe", name="程景行"))


def line(organization: Organization, username: str, name: str = "许一鸣", phone: str = PHONE) -> list[str]:
    return [organization.get_kind_display(), organization.name, username, name, phone]


def sent_to(phone: str) -> int:
    return sum(one.phone == phone for one in open_outbox(Path(settings.DATA)).recent(20))


def bring_in(client: Client, *rows: list[str]) -> str:
    """The page of the sheet as it was before its good rows went in."""
    there = uploaded(client, "/users/all/import/", AdministratorImport, *rows)
    page = said(client.get(there)) + said(client.get(f"{there}?tab=skip"))
    client.post(there, {"act": "next", "strategy": "good"})
    return page


def test_administrators_of_all_kinds_come_in_and_nobody_can_sign_in_yet(world, security):
    rows = (line(world.province, "zhejiang-1"), line(world.body, "beichen-1"), line(world.other_school, "linjiang-1"))
    assert "3 行可导入" in bring_in(security, *rows)
    made = {user.username: user for user in User.objects.filter(phone_verified=False)}
    assert {name: (user.organization_id, user.role.name) for name, user in made.items()} == {
        "zhejiang-1": (world.province.pk, "管理员"), "beichen-1": (world.body.pk, "管理员"),
        "linjiang-1": (world.other_school.pk, "院校管理员"),
    }  # fmt: skip
    assert not any(user.is_active or user.has_usable_password() for user in made.values())
    page = said(security.get("/users/all/?tab=awaiting"))
    assert "linjiang-1" in page and "核验并启用" in page and "许一鸣" not in page
    table = page.partition("<tbody")[2]
    assert table.count("待核验") == 3 and "停用" not in table.partition("</tbody>")[0]
    assert "linjiang-1" not in said(security.get("/users/all/?tab=stopped"))


@pytest.mark.rule("R241", "R247")
def test_the_told_code_starts_the_account_and_gives_its_password(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user = User.objects.get(username="linjiang-1")
    url = f"/users/all/{user.pk}/start/"
    page = said(security.get(url))
    assert "139****5678" in page and PHONE not in page and world.other_school.name in page
    data = {"name": "许一鸣", "phone": "", "version": user.version}
    assert "验证码已发往 139****5678" in said(post(security, url, act="code", **data))
    wrong = post(security, url, **data, code="000000")
    assert wrong.status_code == 422 and not User.objects.get(pk=user.pk).is_active
    password = shown_password(post(security, url, **data, code=newest_code()))
    assert sign_in(Client(), "linjiang-1", password)["Location"] == "/account/password/"
    assert "linjiang-1" in said(security.get("/users/all/")) and f"/users/all/{user.pk}/start/" not in said(security.get("/users/all/"))


def test_a_wrong_number_is_mended_and_the_code_goes_to_the_right_one(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user = User.objects.get(username="linjiang-1")
    url, data = f"/users/all/{user.pk}/start/", {"name": "罗一凡", "phone": OTHER, "version": user.version}
    post(security, url, act="code", **data)
    bad = post(security, url, **data | {"phone": "1391234"}, code=newest_code(OTHER))
    assert bad.status_code == 422 and "手机号须为 1 开头的 11 位数字" in said(bad)
    post(security, url, **data, code=newest_code(OTHER))
    user.refresh_from_db()
    assert (user.name, user.phone, user.is_active, user.phone_verified) == ("罗一凡", OTHER, True, True)
    entry = AuditEntry.objects.filter(action="accounts.open").latest("id")
    assert "phone" in entry.summary["fields"] and OTHER not in json.dumps(entry.summary)
    assert "argon2" not in AuditDetail.objects.get(entry=entry).values  # sealed at rest, as the phone in it


@pytest.mark.parametrize(("change", "column", "sentence"), [
    ({"organization": "没有的学院"}, 1, "没有名为“没有的学院”的试点院校"), ({"kind": "省厅"}, 1, "的省厅，请照开通时的名称填写"),
    ({"kind": "平台"}, 0, "不在可选项中"), ({"username": "TAKEN-1"}, 2, "登录账号已被使用"),
    ({"username": "1abc"}, 2, "须为 4 至 40 位"), ({"phone": "1391234"}, 4, "手机号"), ({"name": ""}, 3, "姓名不能为空"),
])  # fmt: skip
def test_a_wrong_line_is_told_and_makes_nobody(world, security, change, column, sentence):
    world.user(world.school, username="Taken-1")
    row = line(world.other_school, "linjiang-1")
    row[column] = next(iter(change.values()))
    if "kind" in change:
        row[0] = change["kind"]
    before = User.objects.count()
    assert sentence in bring_in(security, row)
    assert User.objects.count() == before


def test_a_stopped_organization_and_two_lines_for_one_are_wrong(world, security):
    Organization.objects.filter(pk=world.body.pk).update(active=False)
    page = bring_in(
        security, line(world.body, "beichen-1"), line(world.other_school, "linjiang-1"), line(world.other_school, "linjiang-2")
    )
    assert "该单位已停用" in page
    assert not User.objects.filter(username__in=["beichen-1", "linjiang-2"]).exists()


def test_who_has_an_administrator_or_one_that_waits_is_skipped(world, security):
    world.user(world.school, username="yunzhou-1")
    bring_in(security, line(world.other_school, "linjiang-1"))
    page = bring_in(security, line(world.school, "yunzhou-2"), line(world.other_school, "linjiang-1"))
    assert "该单位已有启用的管理员" in page and "该单位的管理员账号 linjiang-1 已导入，待核验" in page
    assert User.objects.filter(username__in=["yunzhou-2", "linjiang-1"]).count() == 1


def test_an_account_that_waits_is_deleted_but_no_other(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user, other = User.objects.get(username="linjiang-1"), world.user(world.school, username="yunzhou-1")
    page = said(security.get(f"/users/all/delete/{user.pk}/"))
    assert "linjiang-1" in page and "许一鸣" not in page
    post(security, f"/users/all/delete/{user.pk}/")
    assert not User.objects.filter(pk=user.pk).exists()
    refused = post(security, f"/users/all/delete/{other.pk}/")
    assert refused.status_code == 422 and User.objects.filter(pk=other.pk).exists()


def test_once_somebody_else_administers_it_the_waiting_account_is_not_started_but_can_be_cleared(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user = User.objects.get(username="linjiang-1")
    world.user(world.other_school, username="linjiang-0")
    data = {"name": "许一鸣", "phone": "", "version": user.version, "code": "000000"}
    refused = post(security, f"/users/all/{user.pk}/start/", **data)
    assert refused.status_code == 400 and "该单位已有启用的管理员" in said(refused)
    post(security, f"/users/all/delete/{user.pk}/")
    assert not User.objects.filter(pk=user.pk).exists()


def test_what_an_organization_brought_in_itself_is_no_concern_of_the_platform(world, security):
    """Its person is not shown, started or deleted, even when nobody administers the organization any more (domain 1.3)."""
    role = Role.objects.get(organization=None, organization_kind="institution", name="院校管理员")
    values = {"username": "linjiang-2", "name": "许一鸣", "phone": PHONE, "role": role, "is_qualification_owner": False}
    rules.import_users(actor=world.stranger, accounts=[(values, [])])
    User.objects.filter(pk=world.stranger.id).update(is_active=False)
    user = User.objects.get(username="linjiang-2")
    assert "linjiang-2" not in said(security.get("/users/all/?tab=awaiting"))
    shown = security.get(f"/users/all/{user.pk}/start/")
    assert shown.status_code == 400 and "许一鸣" not in said(shown) and "139****5678" not in said(shown)
    assert post(security, f"/users/all/delete/{user.pk}/").status_code == 422
    assert User.objects.filter(pk=user.pk, is_active=False).exists()


def test_the_form_sent_twice_says_what_became_of_it(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user = User.objects.get(username="linjiang-1")
    url, data = f"/users/all/{user.pk}/start/", {"name": "许一鸣", "phone": "", "version": user.version}
    post(security, url, act="code", **data)
    sent = {**data, "code": newest_code(), "once": str(uuid4())}
    assert "的临时密码" in said(security.post(url, sent))
    again = security.post(url, sent, follow=True)
    assert again.status_code == 200 and "没有记下请重置密码" in said(again)
    User.objects.filter(pk=user.pk).update(phone=OTHER)
    for more in ({"act": "code"}, {"version": "x"}, {"code": "000000"}):
        shown = security.post(url, sent | more)
        assert shown.status_code == 303 and sent_to(OTHER) == 0, "it opens the person's form no more"
    other = post(security, url, **data, code="000000")
    assert other.status_code == 400 and "可能刚刚由他人启用或删除" in said(other)


def test_the_key_of_a_form_that_was_taken_opens_no_other_row(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user, once = User.objects.get(username="linjiang-1"), str(uuid4())
    data = {"name": "许一鸣", "phone": "", "version": user.version}
    post(security, f"/users/all/{user.pk}/start/", act="code", **data)
    security.post(f"/users/all/{user.pk}/start/", {**data, "code": newest_code(), "once": once})
    other = world.user(world.school)
    User.objects.filter(pk=other.pk).update(is_active=False, phone_verified=False)
    shown = security.post(f"/users/all/{other.pk}/start/", {"once": once, "name": "", "version": ""})
    assert shown.status_code == 400 and f"****{other.phone[-4:]}" not in said(shown)


def test_no_password_goes_to_a_phone_that_nobody_has_proven(world, security):
    bring_in(security, line(world.other_school, "linjiang-1"))
    user = User.objects.get(username="linjiang-1")
    refused = post(security, f"/users/all/reset/{user.pk}/")
    assert refused.status_code == 422 and "手机号还没有核验" in said(refused)
    assert not User.objects.get(pk=user.pk).has_usable_password()


@pytest.mark.rule("R243", "R247")
def test_the_platform_stops_the_last_administrator_and_starts_it_again(world, security):
    admin = world.user(world.other_school, username="linjiang-1", name="许一鸣")
    session = world.client_as(admin)
    session.get("/desk/")
    url = f"/users/all/stop/{admin.pk}/"
    page = said(security.get(url))
    assert "唯一启用的管理员" in page and "许一鸣" not in page
    unreasoned = post(security, url, reason="")
    assert unreasoned.status_code == 422 and User.objects.get(pk=admin.pk).is_active
    post(security, url, reason="已调离")
    assert not User.objects.get(pk=admin.pk).is_active and session.get("/desk/").status_code == 302
    assert Notice.objects.filter(organization_id=world.other_school.pk, text__contains="linjiang-1：已调离").exists()
    assert f'value="{world.other_school.pk}"' in said(security.get("/users/all/new/")), "another one can be opened now"
    post(security, f"/users/all/resume/{admin.pk}/")
    assert User.objects.get(pk=admin.pk).is_active and session.get("/desk/").status_code == 302


@pytest.mark.rule("R245")
def test_a_stopped_administrators_phone_is_changed_without_showing_the_old_one(world, security):
    admin = world.user(world.other_school, username="linjiang-1", name="许一鸣", is_active=False)
    url, data = f"/users/all/{admin.pk}/edit/", {"name": "", "version": admin.version}
    page = said(security.get(url))
    assert "linjiang-1" in page and "许一鸣" not in page and "138****0000" not in page
    assert post(security, url, **data, phone=OTHER).status_code == 422, "another phone needs its code"
    post(security, url, **data, phone=OTHER, act="code")
    post(security, url, **data, phone=OTHER, code=newest_code(OTHER))
    admin.refresh_from_db()
    assert (admin.name, admin.phone, admin.is_active) == ("许一鸣", OTHER, False)


def test_an_empty_number_sends_no_code_and_shows_no_number(world, security):
    admin = world.user(world.other_school, username="linjiang-1", name="许一鸣", is_active=False)
    refused = post(security, f"/users/all/{admin.pk}/edit/", act="code", name="", phone="", version=admin.version)
    assert refused.status_code == 422 and "没有换手机号" in said(refused) and "138****0000" not in said(refused)
    assert sent_to(admin.phone) == 0


def test_a_number_is_not_guessed_and_an_empty_form_changes_nothing(world, security):
    admin = world.user(world.other_school, username="linjiang-1", name="许一鸣", is_active=False)
    url = f"/users/all/{admin.pk}/edit/"
    for version in (admin.version, 0):
        answers = [post(security, url, name="", phone=phone, version=version) for phone in (admin.phone, OTHER)]
        assert [answer.status_code for answer in answers] == [422, 422], "right and wrong look alike"
    empty = post(security, url, name="", phone="", version=admin.version)
    assert empty.status_code == 422 and "没有修改" in said(empty)
    assert not Notice.objects.filter(organization_id=world.other_school.pk).exists()


def test_an_organization_that_is_administered_looks_after_its_own(world, security):
    world.user(world.school, username="admin-1")
    left = world.user(world.school, username="admin-2", is_active=False)
    assert security.get(f"/users/all/{left.pk}/edit/").status_code == 400
    refused = post(security, f"/users/all/resume/{left.pk}/")
    assert refused.status_code == 422 and "该单位已有启用的管理员" in said(refused)
    assert not User.objects.get(pk=left.pk).is_active


def test_who_saves_second_is_told_but_not_shown_the_person(world, security):
    admin = world.user(world.other_school, username="linjiang-1", name="许一鸣", is_active=False)
    url, data = f"/users/all/{admin.pk}/edit/", {"phone": "", "version": admin.version}
    User.objects.filter(pk=admin.pk).update(name="沈知远", version=admin.version + 1)
    told = post(security, url, **data, name="罗一凡")
    assert told.status_code == 409 and "已被他人修改并保存" in said(told)
    assert "沈知远" not in said(told) and 'value="罗一凡"' in said(told), "what was typed is kept"


def test_an_active_one_is_not_edited_and_a_sub_account_not_touched(world, security):
    admin, clerk = world.user(world.school, username="admin-1"), world.user(world.school, "财务", username="fee-1")
    assert security.get(f"/users/all/{admin.pk}/edit/").status_code == 400
    for url in (f"/users/all/stop/{clerk.pk}/", f"/users/all/resume/{clerk.pk}/"):
        refused = post(security, url, reason="试")
        assert refused.status_code == 422 and "子账号请由其单位管理员办理" in said(refused)
    assert User.objects.get(pk=clerk.pk).is_active


def test_a_schools_administrator_reaches_none_of_it(world):
    rules.sync_roles()
    waiting = world.user(world.other_school, username="linjiang-1")
    client = world.client_as(world.officer)
    for url in ("import/", "imports/", f"{waiting.pk}/start/", f"{waiting.pk}/edit/", f"delete/{waiting.pk}/", f"stop/{waiting.pk}/",
                f"resume/{waiting.pk}/"):  # fmt: skip
        assert client.get(f"/users/all/{url}").status_code == 403
