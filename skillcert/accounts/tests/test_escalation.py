"""What a maintainer of accounts cannot take for oneself: rights beyond one's own, another's duty, another's account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from skillcert.accounts import rules
from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import Role, User
from skillcert.integrations.sms.embedded import open_outbox
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Refused
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Organization

from .helpers import PASSWORD, PHONE, newest_code, post, said

LESS = ["users.edit", "users.view"]


@pytest.fixture
def keeper(world) -> User:
    """Who maintains accounts and may do nothing else."""
    rules.sync_roles()
    role = Role.objects.create(organization=world.school, organization_kind="institution", name="账号维护", codes=LESS)
    user = world.user(world.school, username="keeper", name="程景行")
    User.objects.filter(pk=user.pk).update(role=role)
    return User.objects.select_related("organization", "role").get(pk=user.pk)


def built_in(name: str, kind: str = "institution") -> Role:
    return Role.objects.get(organization=None, organization_kind=kind, name=name)


def test_no_account_is_opened_with_rights_beyond_the_openers_own(world, keeper):
    client = world.client_as(keeper)
    page = said(client.get("/users/new/"))
    assert "账号维护" in page and "院校管理员" not in page and "签发人" not in page
    data = {"username": "mine-2", "name": "程景行", "phone": PHONE, "role": built_in("院校管理员").pk, "is_qualification_owner": "no"}
    post(client, "/users/new/", act="code", **data)
    assert post(client, "/users/new/", **data, code=newest_code()).status_code == 422
    del data["is_qualification_owner"]
    with pytest.raises(Refused, match=r"超出您自己的权限（.+）"):
        rules.create_user(actor=actor_of(keeper), **data | {"role": built_in("院校管理员")}, code=newest_code())
    assert not User.objects.filter(username="mine-2").exists()


@pytest.mark.parametrize("act", ["reset", "delete", "edit"])
def test_an_account_with_rights_beyond_ones_own_is_not_taken_over(world, keeper, act):
    signer = world.user(world.school, "签发人", username="signer-1", name="梁婉清", is_active=act == "reset")
    client, url = world.client_as(keeper), f"/users/{signer.pk}/edit/" if act == "edit" else f"/users/{act}/{signer.pk}/"
    data = {"name": "程景行", "phone": signer.phone, "role": keeper.role_id, "version": signer.version}
    refused = post(client, url, **data)
    assert "这个账号有您没有的权限" in said(refused) and 'id="temporary"' not in said(refused)
    after = User.objects.get(pk=signer.pk)
    assert after.check_password(PASSWORD) and (after.version, after.role_id) == (signer.version, signer.role_id)


def test_a_sheet_gives_no_rights_beyond_the_importers_own(world, keeper):
    from skillcert.accounts.imports import UserImport
    from skillcert.kit.sheets.spec import ImportRun

    column = next(one for one in UserImport.columns if one.name == "role")
    run = ImportRun(actor=actor_of(keeper), now=world.now)
    assert column.options(run) == ["账号维护"]
    with pytest.raises(Refused, match="超出您自己的权限"):
        values = {"username": "mine-2", "name": "程景行", "phone": PHONE, "role": built_in("院校管理员")}
        rules.import_users(actor=actor_of(keeper), accounts=[(values, [])])
    assert not User.objects.filter(username="mine-2").exists()


def test_a_role_with_rights_beyond_ones_own_is_not_cut_down_by_renaming_it(world, keeper):
    role = Role.objects.create(
        organization=world.school, organization_kind="institution", name="签发二组", codes=["issuing.sign_center", "users.view"]
    )
    client, data = world.client_as(keeper), {"name": "签发三组", "codes": ["users.view"], "version": 1}
    for answer in (client.get(f"/roles/{role.pk}/edit/"), post(client, f"/roles/{role.pk}/edit/", **data)):
        assert "这个角色有您没有的权限" in said(answer)
    role.refresh_from_db()
    assert (role.name, role.codes) == ("签发二组", ["issuing.sign_center", "users.view"])


def test_a_right_that_the_kind_no_longer_has_stands_in_nobodys_way(world):
    rules.sync_roles()
    role = Role.objects.create(organization=world.school, organization_kind="institution", name="旧", codes=["gone.edit", "fees.view"])
    client = world.client_as(User.objects.get(pk=world.officer.id))
    assert post(client, f"/roles/{role.pk}/edit/", name="新", codes=["fees.view"], version=1).status_code == 303
    assert f'<option value="{role.pk}">新</option>' in said(client.get("/users/new/"))


def test_the_administrator_still_gives_every_role_of_the_kind(world):
    rules.sync_roles()
    page = said(world.client_as(User.objects.get(pk=world.officer.id)).get("/users/new/"))
    for role in Role.objects.filter(organization=None, organization_kind="institution"):
        assert f'<option value="{role.pk}">{role.name}</option>' in page


# --- 系统, 安全, 审计 (domain 1.4) ----------------------------------------------------------------------------
@pytest.fixture
def platform(world) -> Organization:
    rules.sync_roles()
    return Organization.objects.create(kind="platform", name="平台")


@pytest.fixture
def security(world, platform) -> User:
    return world.user(platform, "安全", username="platform-safe", name="程景行")


def open_auditor(client, phone: str):
    data = {"username": "audit-2", "name": "程景行", "phone": phone, "role": built_in("审计", "platform").pk}
    post(client, "/users/new/", act="code", **data)
    return post(client, "/users/new/", **data, code=newest_code(phone))


def test_security_opens_no_account_of_audit_for_its_own_phone(world, security):
    refused = open_auditor(world.client_as(security), security.phone)
    assert refused.status_code == 422 and "已用于账号 platform-safe（安全）" in said(refused)
    assert "系统、安全、审计须由不同的人担任" in said(refused) and not User.objects.filter(username="audit-2").exists()


@pytest.mark.parametrize("way", ["edit_user", "edit_own"])
def test_no_account_of_audit_gets_the_phone_of_security_afterwards(world, platform, security, way):
    auditor = world.user(platform, "审计", username="audit-1", is_active=way == "edit_own")
    User.objects.filter(pk=security.pk).update(phone=PHONE)
    who = actor_of(security if way == "edit_user" else auditor)
    rules.send_phone_code(actor=who, phone=PHONE, own=True)
    more = {"user": auditor, "version": 1, "role": auditor.role} if way == "edit_user" else {}
    with pytest.raises(Refused, match="已用于账号 platform-safe"):
        getattr(rules, way)(actor=who, now=world.now, name="梁婉清", phone=PHONE, code=newest_code(), **more)
    auditor.refresh_from_db()
    assert auditor.phone != PHONE and auditor.name != "梁婉清"


def test_security_resets_audit_and_does_not_see_the_password(world, platform, security, django_capture_on_commit_callbacks):
    auditor = world.user(platform, "审计", username="audit-1")
    client = world.client_as(security)
    assert "用短信发到本人手机" in said(client.get(f"/users/reset/{auditor.pk}/"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client, f"/users/reset/{auditor.pk}/")
    text = open_outbox(Path(settings.DATA)).recent(1)[0]
    password = re.search(r"临时密码 (\S+?)，", text.text)[1]
    auditor.refresh_from_db()
    assert text.phone == auditor.phone and auditor.check_password(password) and auditor.must_change_password
    assert answer.status_code == 303 and password not in said(client.get("/users/"))


def test_audit_learns_of_an_account_opened_and_of_its_own_reset(world, platform, security):
    auditor = world.user(platform, "审计", username="audit-1")
    client = world.client_as(security)
    assert "的临时密码" in said(open_auditor(client, PHONE))
    post(client, f"/users/reset/{auditor.pk}/")
    told = list(Notice.objects.filter(organization_id=platform.pk, code="audit.view").order_by("id").values_list("text", flat=True))
    assert told == [
        "平台账号 audit-2（审计）已新增，请在审计记录中核对。", "平台账号 audit-1（审计）已被重置密码，请在审计记录中核对。"
    ]
    assert AuditEntry.objects.filter(action="accounts.reset", object_id=str(auditor.pk), actor_id=security.pk).count() == 1


def test_security_changes_neither_the_own_account_nor_its_password_from_outside(world, platform, security):
    client, auditor_role = world.client_as(security), built_in("审计", "platform")
    data = {"name": "程景行", "phone": security.phone, "role": auditor_role.pk, "version": security.version}
    for url in (f"/users/{security.pk}/edit/", f"/users/reset/{security.pk}/"):
        assert "自己的账号" in said(post(client, url, **data))
    with pytest.raises(Refused, match="自己的账号"):
        rules.edit_user(
            actor=actor_of(security), now=world.now, user=security, version=1, name="程景行", phone=security.phone, role=auditor_role
        )
    after = User.objects.get(pk=security.pk)
    assert after.role_id == security.role_id and after.check_password(PASSWORD)
