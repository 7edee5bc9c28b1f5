"""角色管理, and what a change of a role does to who holds it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skillcert.accounts import rules
from skillcert.accounts.models import Role, User
from skillcert.config.roles import CODES, ROLES
from skillcert.kit.errors import Refused

from .helpers import post, said


@pytest.fixture
def admin(world):
    rules.sync_roles()
    return world.client_as(world.officer)


def built_in(name: str, kind: str = "institution") -> Role:
    return Role.objects.get(organization=None, organization_kind=kind, name=name)


@pytest.mark.rule("R238")
def test_a_built_in_role_is_read_and_copied_into_ones_own(world, admin):
    start = built_in("财务")
    page = said(admin.get(f"/roles/{start.pk}/"))
    assert "生成缴费申请单" in page and f"/roles/new/?copy={start.pk}" in page
    form = said(admin.get(f"/roles/new/?copy={start.pk}"))
    assert "财务（复制）" in form
    post(admin, "/roles/new/", name="财务二组", codes=["fees.view", "fees.edit"])
    made = Role.objects.get(name="财务二组")
    assert made.organization_id == world.school.pk and made.codes == ["fees.edit", "fees.view"]
    assert "财务二组" in said(admin.get("/users/new/"))


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_a_built_in_role_stays_as_it_is(admin, act):
    role = built_in("财务")
    url = f"/roles/{role.pk}/edit/" if act == "edit" else f"/roles/delete/{role.pk}/"
    assert "内置角色不能修改或删除" in said(post(admin, url, name="改名", codes=["fees.view"], version=1))
    role.refresh_from_db()
    assert role.name == "财务"


def test_no_role_holds_more_than_its_kind_may_or_its_maintainer_has(world, admin):
    for codes in (["plans.edit"], ["jobs.view"], ["fees.confirm", "fees.view"], ["no.such"]):
        refused = post(admin, "/roles/new/", name="越权", codes=codes)
        assert refused.status_code == 422
    less = replace(world.officer, codes=world.officer.codes - {"fees.edit"})
    with pytest.raises(Refused, match="您自己没有这些权限，不能授予他人：生成缴费申请单"):
        rules.create_role(actor=less, name="越权", codes=["fees.edit"])
    assert not Role.objects.filter(name="越权").exists()


def test_a_role_in_use_is_not_deleted_a_free_one_is(world, admin):
    role = Role.objects.create(organization=world.school, organization_kind="institution", name="自建", codes=["fees.view"])
    user = world.user(world.school, username="clerk")
    User.objects.filter(pk=user.pk).update(role=role)
    refused = post(admin, f"/roles/delete/{role.pk}/")
    assert refused.status_code == 422 and "还有账号使用这个角色，不能删除" in said(refused)
    User.objects.filter(pk=user.pk).update(role=built_in("财务"))
    post(admin, f"/roles/delete/{role.pk}/")
    assert not Role.objects.filter(pk=role.pk).exists()


def test_a_change_of_rights_ends_the_sessions_of_its_holders_at_once(world, admin):
    role = Role.objects.create(organization=world.school, organization_kind="institution", name="自建", codes=["fees.view", "orgs.view"])
    user = world.user(world.school)
    User.objects.filter(pk=user.pk).update(role=role)
    session, bystander = world.client_as(User.objects.get(pk=user.pk)), world.client_as(world.user(world.school, "财务"))
    assert session.get("/fees/requests/").status_code == 200 and bystander.get("/fees/requests/").status_code == 200
    page = admin.get(f"/roles/{role.pk}/edit/")
    assert "1 个账号正在使用这个角色" in said(page)
    post(admin, f"/roles/{role.pk}/edit/", name="自建", codes=["orgs.view"], version=1)
    assert session.get("/fees/requests/")["Location"].startswith("/login/")
    assert bystander.get("/fees/requests/").status_code == 200
    assert admin.get("/users/").status_code == 200


def test_two_administrators_editing_one_role_lose_nothing(world, admin):
    role = Role.objects.create(organization=world.school, organization_kind="institution", name="自建", codes=["fees.view"])
    post(admin, f"/roles/{role.pk}/edit/", name="自建甲", codes=["fees.view"], version=1)
    told = post(world.client_as(world.user(world.school)), f"/roles/{role.pk}/edit/", name="自建乙", codes=["fees.view"], version=1)
    assert told.status_code == 409 and "自建甲" in said(told) and "自建乙" in said(told)
    post(admin, f"/roles/{role.pk}/edit/", name="自建甲", codes=["fees.view", "orgs.view"], version=2)
    told = post(world.client_as(world.user(world.school)), f"/roles/{role.pk}/edit/", name="自建甲", codes=["orgs.view"], version=2)
    assert "<td>查看机构信息</td><td>查看机构信息、查看缴费申请单</td>" in said(told)


def test_nobody_changes_the_role_one_holds(world):
    role = Role.objects.create(
        organization=world.school, organization_kind="institution", name="管理二", codes=sorted(ROLES["institution"]["院校管理员"])
    )
    user = world.user(world.school)
    User.objects.filter(pk=user.pk).update(role=role)
    refused = world.client_as(User.objects.get(pk=user.pk))
    answer = post(refused, f"/roles/{role.pk}/edit/", name="管理二", codes=["orgs.view"], version=1)
    assert "这是您自己的角色" in said(answer)
    role.refresh_from_db()
    assert "users.edit" in role.codes


def test_another_organizations_role_is_not_found(world, admin):
    foreign = Role.objects.create(organization=world.other_school, organization_kind="institution", name="他校", codes=["fees.view"])
    for url in (f"/roles/{foreign.pk}/", f"/roles/{foreign.pk}/edit/", f"/roles/delete/{foreign.pk}/"):
        assert admin.get(url).status_code == 404
    assert "他校" not in said(admin.get("/roles/")) and "他校" not in said(admin.get(f"/roles/new/?copy={foreign.pk}"))


def test_of_system_security_and_audit_none_does_anothers_work(world):
    """By the pages, not by the codes: what one opens, the other two are refused at."""
    from skillcert.kit.pages import PAGES
    from skillcert.orgs.models import Organization

    platform = Organization.objects.create(kind="platform", name="平台")
    actors = {name: world.actor(platform, name) for name in ("系统", "安全", "审计")}
    product = [page for page in PAGES.values() if page.__module__.startswith("skillcert.") and page.permission in CODES]
    opened = {name: {page.name for page in product if page.admits(actor)} for name, actor in actors.items()}
    assert "accounts.AllUsers" in opened["安全"] and "home.AuditTrail" in opened["审计"]
    for one in actors:
        for other in actors:
            assert one == other or not opened[one] & opened[other]
