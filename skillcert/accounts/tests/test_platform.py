"""The platform's 安全: the accounts of all without personal data, first administrators, their reset."""

from __future__ import annotations

import pytest
from django.test import Client

from skillcert.accounts import rules
from skillcert.accounts.models import Role, User
from skillcert.kit.notices import Notice
from skillcert.orgs.models import Organization

from .helpers import PASSWORD, PHONE, newest_code, post, said, shown_password, sign_in


@pytest.fixture
def security(world):
    rules.sync_roles()
    platform = Organization.objects.create(kind="platform", name="平台")
    return world.client_as(world.user(platform, "安全", username="platform-safe", name="程景行"))


def test_accounts_of_all_are_listed_without_personal_data(world, security):
    world.user(world.school, username="yunzhou-a", name="许一鸣")
    world.user(world.body, username="beichen-a", name="梁婉清")
    page = said(security.get("/users/all/"))
    assert "yunzhou-a" in page and "beichen-a" in page and world.body.name in page
    for personal in ("许一鸣", "梁婉清", "138****0000", "13800000000"):
        assert personal not in page
    found = User.objects.get(username="yunzhou-a")
    assert security.get(f"/users/{found.pk}/").status_code == 404
    assert "yunzhou-a" not in said(security.get("/users/"))


def test_the_first_administrator_of_an_organization_is_opened(world, security):
    data = {"organization": world.other_school.pk, "username": "linjiang-admin", "name": "许一鸣", "phone": PHONE}
    assert "验证码已发往" in said(post(security, "/users/all/new/", act="code", **data))
    password = shown_password(post(security, "/users/all/new/", **data, code=newest_code()))
    user = User.objects.get(username="linjiang-admin")
    assert (user.organization_id, user.role.name) == (world.other_school.pk, "院校管理员")
    assert sign_in(Client(), "linjiang-admin", password)["Location"] == "/account/password/"
    assert f'value="{world.other_school.pk}"' not in said(security.get("/users/all/new/"))


def test_a_second_first_administrator_is_refused(world, security):
    world.user(world.school)
    data = {"organization": world.school.pk, "username": "second", "name": "许一鸣", "phone": PHONE}
    post(security, "/users/all/new/", act="code", **data)
    refused = post(security, "/users/all/new/", **data, code="000000")
    assert refused.status_code == 422 and not User.objects.filter(username="second").exists()


def test_an_administrator_is_reset_and_told_a_sub_account_is_not(world, security):
    admin, clerk = world.user(world.school, username="admin-1", name="许一鸣"), world.user(world.school, "财务", username="fee-1")
    session = world.client_as(admin)
    session.get("/desk/")
    answer = post(security, f"/users/all/reset/{admin.pk}/")
    password = shown_password(answer)
    assert admin.name not in said(answer), "the platform knows the account, not the person"
    assert session.get("/desk/").status_code == 302
    assert sign_in(Client(), "admin-1", password)["Location"] == "/account/password/"
    assert Notice.objects.filter(organization_id=world.school.pk, text__contains="admin-1").exists()
    refused = post(security, f"/users/all/reset/{clerk.pk}/")
    assert refused.status_code == 422 and "子账号请由其单位管理员办理" in said(refused)
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_the_platform_does_not_stop_or_edit_another_organizations_account(world, security):
    clerk = world.user(world.school, "财务", username="fee-1")
    refused = post(security, f"/users/stop/{clerk.pk}/")
    assert refused.status_code == 422 and "只能办理本单位的账号" in said(refused)
    clerk.refresh_from_db()
    assert clerk.is_active


@pytest.mark.parametrize("role", ["系统", "审计", "目录与机构"])
def test_the_platforms_others_open_no_accounts(world, role):
    platform = Organization.objects.create(kind="platform", name="平台")
    client = world.client_as(world.user(platform, role))
    for url in ("/users/", "/users/all/", "/users/all/new/", "/users/new/", "/roles/new/"):
        assert client.get(url).status_code == 403


@pytest.mark.parametrize("kind", ["province", "body"])
def test_province_and_awarding_body_manage_their_own_alike(world, kind):
    rules.sync_roles()
    organization = world.province if kind == "province" else world.body
    admin = world.client_as(world.user(organization))
    page = said(admin.get("/users/new/"))
    assert "用户维护" in page and "证书负责人" not in page and "院校管理员" not in page
    reader = Role.objects.get(organization=None, organization_kind=organization.kind, name="只读")
    data = {"username": "reader-1", "name": "许一鸣", "phone": PHONE, "role": reader.pk}
    post(admin, "/users/new/", act="code", **data)
    assert "的临时密码" in said(post(admin, "/users/new/", **data, code=newest_code()))
    assert User.objects.get(username="reader-1").organization_id == organization.pk
