"""What a maintainer of accounts cannot take for oneself: rights beyond one's own, another's duty, another's account."""

from __future__ import annotations

import pytest

from skillcert.accounts import rules
from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import Role, User
from skillcert.kit.errors import Refused

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


def test_the_administrator_still_gives_every_role_of_the_kind(world):
    rules.sync_roles()
    page = said(world.client_as(User.objects.get(pk=world.officer.id)).get("/users/new/"))
    for role in Role.objects.filter(organization=None, organization_kind="institution"):
        assert f'<option value="{role.pk}">{role.name}</option>' in page
