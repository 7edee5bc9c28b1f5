"""The second factor: bound by its owner, asked after the password, each code good once (trust 12)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from skillcert.accounts import rules
from skillcert.accounts.models import SecondFactor, User
from skillcert.kit.audit import AuditEntry

from .helpers import post, said, shown_password, sign_in

NOW = timezone.now().replace(microsecond=0)


def bind(user: User, client: Client) -> list[str]:
    """Bind an authenticator through the pages; the recovery codes that they show."""
    client.post("/account/factor/", {"act": "start"})
    page = said(client.get("/account/factor/"))
    factor = SecondFactor.objects.get(user=user)
    assert factor.key in page and '<svg class="qr"' in page
    shown = said(client.post("/account/factor/", {"code": rules.present_code(factor)}))
    return re.findall(r"<code>([0-9a-f]{6}-[0-9a-f]{6})</code>", shown)


@pytest.fixture
def signer(world) -> User:
    return world.user(world.school, "签发人", username="sign-1", name="王一川")


def present(user: User) -> str:
    return rules.present_code(SecondFactor.objects.get(user=user))


def test_binding_shows_a_qr_takes_the_first_code_and_gives_recovery_codes_once(world, signer):
    client = world.client_as(signer)
    client.post("/account/factor/", {"act": "start"})
    refused = client.post("/account/factor/", {"code": "000000"})
    assert refused.status_code == 422 and "动态口令不正确，请核对手机时间" in said(refused)
    codes = bind(signer, client)
    assert len(codes) == 8 and not any(code in said(client.get("/account/factor/")) for code in codes)
    assert "已绑定" in said(client.get("/account/")) and AuditEntry.objects.filter(action="accounts.enrol").count() == 1


def test_a_key_that_nobody_confirmed_is_made_anew(world, signer):
    client = world.client_as(signer)
    client.post("/account/factor/", {"act": "start"})
    first = SecondFactor.objects.get(user=signer)
    client.post("/account/factor/", {"act": "start"})
    second = SecondFactor.objects.get(user=signer)
    assert first.key != second.key and first.key not in said(client.get("/account/factor/"))
    assert client.post("/account/factor/", {"code": rules.present_code(first)}).status_code == 422
    SecondFactor.objects.filter(user=signer).update(at=second.at - timedelta(minutes=15, seconds=1))
    page = said(client.get("/account/factor/"))
    assert second.key not in page and "显示二维码" in page
    assert "这个二维码已失效" in said(client.post("/account/factor/", {"code": rules.present_code(second)}))


def test_key_and_recovery_codes_do_not_lie_open(world, signer):
    codes = bind(signer, world.client_as(signer))
    from django.db import connection

    key = SecondFactor.objects.get(user=signer).key
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, recovery FROM accounts_secondfactor")
        stored, recovery = cursor.fetchone()
    assert key.encode() not in bytes(stored) and not any(code in str(recovery) for code in codes)


def test_after_the_password_the_code_is_asked_and_only_then_is_one_in(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
    client = Client()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert sign_in(client, "sign-1", next="/issuing/center/")["Location"] == "/login/code/?next=%2Fissuing%2Fcenter%2F"
        assert client.get("/desk/").status_code == 302
        assert "动态口令" in said(client.get("/login/code/"))
        entered = client.post("/login/code/?next=%2Fissuing%2Fcenter%2F", {"code": present(signer)})
        assert entered["Location"] == "/issuing/center/" and client.get("/desk/").status_code == 200


def test_a_code_is_good_once_and_a_replay_is_refused(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        code = present(signer)
        first, second = Client(), Client()
        sign_in(first, "sign-1"), sign_in(second, "sign-1")
        assert first.post("/login/code/", {"code": code}).status_code == 303
        replayed = second.post("/login/code/", {"code": code})
        assert replayed.status_code == 422 and "不正确或已用过" in said(replayed)
        assert second.get("/desk/").status_code == 302


def test_the_code_of_binding_is_used_too(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
        client = Client()
        sign_in(client, "sign-1")
        assert client.post("/login/code/", {"code": present(signer)}).status_code == 422


def test_five_wrong_codes_end_it_wherever_they_come_from(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        for n in range(5):
            client = Client(REMOTE_ADDR=f"203.0.113.{n}")
            sign_in(client, "sign-1")
            refused = client.post("/login/code/", {"code": f"{(int(present(signer)) + 7) % 1_000_000:06d}"})
        assert "请 15 分钟后再登录" in said(refused)
        client = Client(REMOTE_ADDR="203.0.113.99")
        sign_in(client, "sign-1")
        refused = client.post("/login/code/", {"code": present(signer)})
        assert refused.status_code == 422 and "已输错 5 次" in said(refused) and client.get("/desk/").status_code == 302
    with time_machine.travel(NOW + timedelta(minutes=21), tick=False):
        client = Client(REMOTE_ADDR="203.0.113.99")
        sign_in(client, "sign-1")
        assert client.post("/login/code/", {"code": present(signer)}).status_code == 303


def test_the_step_is_bound_to_the_browser_that_gave_the_password_for_ten_minutes(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
    client = Client()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        sign_in(client, "sign-1")
        assert Client().post("/login/code/", {"code": present(signer)})["Location"] == "/login/"
    with time_machine.travel(NOW + timedelta(minutes=15, seconds=2), tick=False):
        assert client.post("/login/code/", {"code": present(signer)})["Location"] == "/login/"


def test_an_account_stopped_between_the_steps_does_not_come_in(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        client = Client()
        sign_in(client, "sign-1")
        rules.stop_user(actor=world.officer, now=world.now, user=signer)
        assert client.post("/login/code/", {"code": present(signer)})["Location"] == "/login/"


def test_a_password_reset_between_the_steps_ends_the_first(world, signer):
    with time_machine.travel(NOW, tick=False):
        bind(signer, world.client_as(signer))
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        client = Client()
        sign_in(client, "sign-1")
        rules.reset_password(actor=world.officer, now=world.now, user=signer)
        assert client.post("/login/code/", {"code": present(signer)})["Location"] == "/login/"
        assert client.get("/desk/").status_code == 302


def test_a_recovery_code_comes_in_once(world, signer):
    code = bind(signer, world.client_as(signer))[0]
    for status in (303, 422):
        client = Client()
        sign_in(client, "sign-1")
        assert client.post("/login/code/", {"code": code}).status_code == status
    assert AuditEntry.objects.filter(action="accounts.recovery").count() == 1


def test_a_lost_phone_is_mended_by_the_administrator_with_the_reset(world, signer):
    bind(signer, world.client_as(signer))
    admin = world.client_as(world.officer)
    assert "同时解绑动态口令" in said(admin.get(f"/users/reset/{signer.pk}/"))
    password = shown_password(post(admin, f"/users/reset/{signer.pk}/", drop_factor="on"))
    assert sign_in(Client(), "sign-1", password)["Location"] == "/account/password/"
    assert not SecondFactor.objects.exists()
    entry = AuditEntry.objects.get(action="accounts.drop_factor")
    assert (entry.actor_id, entry.object_id) == (world.officer.id, str(signer.pk))


def test_a_plain_reset_leaves_the_factor_in_place(world, signer):
    bind(signer, world.client_as(signer))
    password = shown_password(post(world.client_as(world.officer), f"/users/reset/{signer.pk}/"))
    assert sign_in(Client(), "sign-1", password)["Location"] == "/login/code/"


def test_unbinding_asks_for_a_code(world, signer):
    client = world.client_as(signer)
    code = bind(signer, client)[0]
    refused = post(client, "/account/factor/drop/", code="123123")
    assert refused.status_code == 422 and "还可以试 4 次" in said(refused) and SecondFactor.objects.exists()
    post(client, "/account/factor/drop/", code=code)
    assert not SecondFactor.objects.exists()


@pytest.mark.parametrize(("role", "led"), [("院校管理员", True), ("签发人", True), ("财务", False)])
def test_where_the_policy_asks_administrators_and_signers_are_led_to_bind(world, role, led):
    rules.change_policy(actor=world.officer, now=world.now, profile="asvs", must_enrol=True)
    user = world.user(world.school, role, username="someone")
    client = Client()
    sign_in(client, "someone")
    found = client.get("/desk/")
    assert (found.status_code, found.get("Location", "")) == ((302, "/account/factor/") if led else (200, ""))
    if led:
        bind(user, client)
        assert client.get("/desk/").status_code == 200


def test_outside_demo_and_tests_it_is_asked_where_nothing_was_chosen(world, settings):
    settings.SECOND_FACTOR_EXPECTED = True
    world.user(world.school, "签发人", username="sign-2")
    client = Client()
    sign_in(client, "sign-2")
    assert client.get("/desk/")["Location"] == "/account/factor/"
