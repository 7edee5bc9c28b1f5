"""What an organization asks of passwords: the ASVS profile by default, 等保 to choose (trust 13)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from skillcert.accounts import rules
from skillcert.accounts.models import Policy, User
from skillcert.kit.audit import AuditEntry

from .helpers import PASSWORD, post, said, sign_in

PHRASE = "tidal quartz lantern orchard"  # long and unguessable, of one class of characters


def change(client: Client, old: str, new: str):
    return post(client, "/account/password/", old=old, new=new, again=new)


def test_by_default_length_and_guessing_count_and_nothing_expires(world):
    user = world.user(world.school, username="someone")
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=900))
    client = Client()
    assert sign_in(client, "someone")["Location"] == "/desk/"
    assert change(client, PASSWORD, PHRASE).status_code == 303


def dengbao(world) -> None:
    admin = world.client_as(world.officer)
    page = said(admin.get("/users/policy/"))
    assert "通用策略" in page and "等保策略" in page
    assert post(admin, "/users/policy/", profile="dengbao", version=1).status_code == 303
    assert Policy.objects.get(organization=world.school).profile == "dengbao"


def test_who_finds_a_browser_signed_in_guesses_five_times_and_no_more(world):
    user = world.user(world.school, username="someone")
    client = world.client_as(user)
    for n in range(5):
        assert "原密码不正确" in said(change(client, f"guess-{n}", PHRASE))
    refused = change(client, PASSWORD, PHRASE)
    assert refused.status_code == 422 and "原密码已输错 5 次，请 15 分钟后再试" in said(refused)
    assert sign_in(Client(), "someone")["Location"] == "/desk/", "the login counts for itself"
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1), tick=False):
        assert change(client, PASSWORD, PHRASE).status_code == 303


def test_dengbao_asks_for_three_classes(world):
    dengbao(world)
    client = world.client_as(world.user(world.school))
    refused = change(client, PASSWORD, PHRASE)
    assert refused.status_code == 422 and "至少三类" in said(refused)
    assert change(client, PASSWORD, "Tidal quartz lantern 92").status_code == 303


def test_dengbao_remembers_the_last_five(world):
    dengbao(world)
    user = world.user(world.school, username="someone")
    client, old = world.client_as(user), PASSWORD
    for new in ("Tidal quartz lantern 92", "Orchard velvet 17 comet", "Tidal quartz lantern 92"):
        answer = change(client, old, new)
        old = new
    assert answer.status_code == 422 and "最近 5 次用过" in said(answer)


def test_dengbao_remembers_the_one_before_a_reset(world):
    dengbao(world)
    user, own = world.user(world.school, "财务", username="someone"), "Orchard velvet 17 comet"
    assert change(world.client_as(user), PASSWORD, own).status_code == 303
    temporary = rules.reset_password(actor=world.officer, now=world.now, user=user)
    client = Client()
    sign_in(client, "someone", temporary)
    refused = change(client, temporary, own)
    assert refused.status_code == 422 and "最近 5 次用过" in said(refused)


def test_dengbao_asks_for_a_new_one_after_ninety_days(world):
    dengbao(world)
    user = world.user(world.school, username="someone")
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    client = Client()
    assert sign_in(client, "someone")["Location"] == "/account/password/"
    assert client.get("/desk/")["Location"] == "/account/password/"
    change(client, PASSWORD, "Tidal quartz lantern 92")
    assert client.get("/desk/").status_code == 200


def test_another_organization_keeps_its_own_policy(world):
    dengbao(world)
    client = world.client_as(world.user(world.other_school))
    assert change(client, PASSWORD, PHRASE).status_code == 303


def test_the_first_choice_says_in_the_audit_whether_the_second_factor_was_given_up(world):
    rules.change_policy(actor=world.officer, now=world.now, profile="asvs", must_enrol=False)
    assert AuditEntry.objects.get(action="accounts.policy").summary == {"profile": "asvs", "must_enrol": False}


def test_the_second_of_two_who_change_the_policy_is_told(world):
    dengbao(world)
    rules.change_policy(actor=world.officer, now=world.now, profile="asvs", must_enrol=False, version=1)
    told = post(world.client_as(world.user(world.school)), "/users/policy/", profile="dengbao", version=1)
    assert told.status_code == 409 and "已被他人修改" in said(told)


@pytest.mark.parametrize("role", ["财务", "只读"])
def test_only_an_administrator_opens_the_policy(world, role):
    assert world.client_as(world.user(world.school, role)).get("/users/policy/").status_code == 403
