"""trust 8: a stranger who fails and fails again keeps the owner out of no browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from skillcert.accounts.models import LoginFailure, PhoneCode, User
from skillcert.accounts.rules import Attempt
from skillcert.kit.jobs import Job, run_job

from .helpers import PASSWORD, newest_code, said

PROVE, OWNER = "/login/browser/", "13987654321"
WRONG = "核验码不正确或已过期"


@pytest.fixture
def owner(world):
    user = world.user(world.school, username="owner-1")
    User.objects.filter(pk=user.pk).update(phone=OWNER)
    return user


def besieged(minutes: int = 1) -> None:
    """A stranger has failed from many places, and here."""
    key = Attempt("owner-1", "").account
    LoginFailure.objects.bulk_create(LoginFailure(account=key, address=f"198.51.100.{n}") for n in range(25))
    LoginFailure.objects.filter(account=key).update(at=timezone.now() - timedelta(minutes=minutes))


def run_jobs() -> None:
    for job in Job.objects.filter(kind="accounts.vouch", state="waiting"):
        run_job.func(str(job.pk))


def log_in(client: Client, password: str = PASSWORD):
    return client.post("/login/", {"username": "owner-1", "password": password})


def test_the_owner_proves_a_fresh_browser_and_comes_in_though_the_stranger_goes_on(owner, client):
    besieged()
    refused = log_in(client)
    assert refused.status_code == 422 and f'href="{PROVE}"' in said(refused) and "用手机短信证明是本人" in said(refused)
    assert 'value="owner-1"' in said(refused)  # what was typed stays
    assert "核验码已发到该账号登记的手机" in said(client.post(PROVE, {"username": "owner-1", "act": "code"}))
    run_jobs()
    assert log_in(client).status_code == 422  # asking alone opens nothing
    assert client.post(PROVE, {"username": "owner-1", "code": newest_code(OWNER), "act": "go"}).status_code == 303
    assert "已证明是您本人" in said(client.get("/login/"))
    assert log_in(client, "wrong password").status_code == 422  # the password is still asked
    besieged()
    assert log_in(client).status_code == 303


def test_an_unknown_account_is_answered_alike(owner, client):
    pages = [said(client.post(PROVE, {"username": name, "act": "code"})) for name in ("owner-1", "nobody-1")]
    assert all("核验码已发到该账号登记的手机" in page for page in pages)
    wrong = [client.post(PROVE, {"username": name, "code": "000000", "act": "go"}) for name in ("owner-1", "nobody-1")]
    assert all(one.status_code == 422 and WRONG in said(one) for one in wrong)
    run_jobs()
    assert PhoneCode.objects.count() == 1


def test_a_code_is_good_once_for_an_hour_and_for_this_alone(owner, client):
    client.post(PROVE, {"username": "owner-1", "act": "code"})
    run_jobs()
    code = newest_code(OWNER)
    sent = PhoneCode.objects.get()
    PhoneCode.objects.update(at=sent.at - timedelta(minutes=60, seconds=5))
    assert WRONG in said(client.post(PROVE, {"username": "owner-1", "code": code, "act": "go"}))
    PhoneCode.objects.update(at=sent.at - timedelta(minutes=59))
    assert client.post(PROVE, {"username": "owner-1", "code": code, "act": "go"}).status_code == 303
    assert WRONG in said(Client().post(PROVE, {"username": "owner-1", "code": code, "act": "go"}))


def test_a_stranger_who_asks_and_guesses_stops_at_ten_and_leaves_the_owner_a_code(owner, client):
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    client.post(PROVE, {"username": "owner-1", "act": "code"}, **stranger)
    run_jobs()
    code = newest_code(OWNER)
    guesses = [client.post(PROVE, {"username": "owner-1", "code": f"{n:06d}", "act": "go"}, **stranger) for n in range(12)]
    assert "尝试次数过多" in said(guesses[-1]) and "尝试次数过多" not in said(guesses[5])
    assert Client().post(PROVE, {"username": "owner-1", "code": code, "act": "go"}).status_code == 303
