"""Signing in and out, one's own account, 用户管理, as people and thieves meet them."""

from __future__ import annotations

import pytest
from django.test import Client

from skillcert.accounts import rules
from skillcert.accounts.models import LoginFailure, Role, User
from skillcert.kit.audit import AuditEntry

PASSWORD = "correct horse battery staple"


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str):
    return client.post("/login/", {"username": username, "password": password, **more})


def said(response) -> str:
    return response.content.decode()


@pytest.mark.rule("R1")
def test_account_and_password_lead_to_the_desk(world):
    user = world.user(world.school, username="yunzhou")
    client = Client()
    assert "登录账号" in said(client.get("/login/"))
    assert sign_in(client, "yunzhou")["Location"] == "/desk/"
    page = said(client.get("/desk/"))
    assert "工作台" in page and world.school.name in page
    assert AuditEntry.objects.filter(action="accounts.login", object_id=str(user.pk)).count() == 1


def test_a_visitor_is_led_back_to_the_page_that_was_asked(world):
    world.user(world.school, username="yunzhou")
    client = Client()
    assert client.get("/users/")["Location"] == "/login/?next=/users/"
    assert sign_in(client, "yunzhou", next="/users/")["Location"] == "/users/"
    assert sign_in(Client(), "yunzhou", next="https://evil.example/")["Location"] == "/desk/"


def test_the_answer_is_the_same_whatever_is_wrong(world):
    world.user(world.school, username="active")
    world.user(world.school, username="stopped", is_active=False)
    closed = world.user(world.other_school, username="closed")
    closed.organization.active = False
    closed.organization.save()
    for username, password in (("active", "wrong"), ("nobody", PASSWORD), ("stopped", PASSWORD), ("closed", PASSWORD)):
        response = sign_in(Client(), username, password)
        assert response.status_code == 422 and rules.WRONG in said(response)


def test_an_unknown_account_costs_a_password_check_too(world, monkeypatch):
    """Same timing: a hash is computed whether the account is there or not."""
    world.user(world.school, username="active")
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))
    sign_in(Client(), "nobody", "wrong")
    assert hashed == ["wrong"]


def test_five_failures_wait_at_this_address_and_nowhere_else(world):
    world.user(world.school, username="yunzhou")
    for _ in range(5):
        sign_in(Client(), "yunzhou", "wrong")
    refused = sign_in(Client(), "yunzhou")
    assert refused.status_code == 422 and "分钟后再试" in said(refused)
    assert LoginFailure.objects.count() == 5, "while it waits nothing is evaluated"
    owner = Client(REMOTE_ADDR="203.0.113.7")
    assert sign_in(owner, "yunzhou").status_code == 303


def test_what_was_typed_as_a_name_is_kept_nowhere(world):
    sign_in(Client(), "MySecretPassword", "x")
    entry = AuditEntry.objects.get(action="accounts.login_failed")
    assert "MySecretPassword" not in repr(entry.__dict__)
    assert LoginFailure.objects.filter(account__contains="MySecret").count() == 0


def test_the_session_gets_a_new_key_at_login(world):
    world.user(world.school, username="yunzhou")
    client = Client()
    client.session["fixed"] = "by a thief"
    session = client.session
    session["fixed"] = "by a thief"
    session.save()
    client.cookies["skillcert-session"] = session.session_key
    sign_in(client, "yunzhou")
    assert client.session.session_key != session.session_key


def test_logout_is_a_post_and_ends_the_session(world):
    client = world.client_as(world.officer)
    assert client.get("/logout/").status_code == 405
    assert client.get("/desk/").status_code == 200
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/desk/").status_code == 302
    assert AuditEntry.objects.filter(action="accounts.logout").count() == 1


def test_a_stopped_account_is_out_at_the_next_request(world):
    user = world.user(world.school)
    client = world.client_as(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/desk/")["Location"].startswith("/login/")


def test_a_temporary_password_must_be_changed_first(world):
    world.user(world.school, username="new", must_change_password=True)
    client = Client()
    assert sign_in(client, "new")["Location"] == "/account/password/"
    assert "临时密码" in said(client.get("/account/password/"))


def test_a_new_password_ends_the_other_sessions(world):
    user = world.user(world.school)
    here, there = world.client_as(user), world.client_as(user)
    typed = {"old": PASSWORD, "new": "tidal-quartz-lantern-92", "again": "tidal-quartz-lantern-92"}
    assert here.post("/account/password/", typed | {"once": "00000000-0000-4000-8000-000000000001"}).status_code == 303
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302


@pytest.mark.parametrize(("new", "sentence"), [
    ("short1", "至少 8 位"), ("x" * 65, "最多 64 位"), ("P@ssw0rd", "容易被猜中"), (PASSWORD, "相同"),
    ("yunzhou-teacher1", "容易被猜中"),
])  # fmt: skip
def test_a_weak_password_is_refused_with_the_remedy(world, new, sentence):
    client = world.client_as(world.user(world.school, username="yunzhou-teacher"))
    typed = {"old": PASSWORD, "new": new, "again": new, "once": "00000000-0000-4000-8000-000000000001"}
    response = client.post("/account/password/", typed)
    assert response.status_code == 422 and sentence in said(response)


@pytest.mark.rule("R235")
def test_the_list_shows_the_own_accounts_found_by_account_and_name(world):
    world.user(world.school, username="zhang-san", name="张三")
    world.user(world.school, username="li-si", name="李四")
    world.user(world.other_school, username="zhang-other", name="张他校")
    client = world.client_as(world.officer)
    page = said(client.get("/users/?username=zhang"))
    assert "张三" in page and "李四" not in page and "张他校" not in page
    assert "李四" in said(client.get("/users/?name=李四"))


@pytest.mark.rule("R242")
def test_view_shows_the_account(world):
    user = world.user(world.school, username="li-si", name="李四")
    page = said(world.client_as(world.officer).get(f"/users/{user.pk}/"))
    assert "li-si" in page and "李四" in page and "138****0000" in page and "13800000000" not in page


@pytest.mark.django_db
def test_built_in_roles_are_made_once():
    assert rules.sync_roles() > 0
    count = Role.objects.count()
    assert rules.sync_roles() == 0 and Role.objects.count() == count
