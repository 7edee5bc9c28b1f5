"""Sessions: how long, how many, and what ends them (trust 6, 10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from skillcert.accounts import rules, sessions
from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import SignIn, User
from skillcert.kit.audit import AuditEntry
from skillcert.orgs.models import Organization

from .helpers import PASSWORD, post, said, sign_in

NOW = timezone.now().replace(microsecond=0)


def test_a_session_at_rest_ends_after_half_an_hour(world):
    client = Client()
    world.user(world.school, username="yunzhou")
    with time_machine.travel(NOW, tick=False):
        sign_in(client, "yunzhou")
    with time_machine.travel(NOW + timedelta(minutes=29), tick=False):
        assert client.get("/desk/").status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=58), tick=False):
        assert client.get("/desk/").status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=88, seconds=1), tick=False):
        assert client.get("/desk/")["Location"] == "/login/?next=/desk/"


def test_a_session_ends_after_twelve_hours_however_busy(world):
    client = Client()
    world.user(world.school, username="yunzhou")
    with time_machine.travel(NOW, tick=False):
        sign_in(client, "yunzhou")
    for quarter in range(1, 49):
        with time_machine.travel(NOW + timedelta(minutes=15 * quarter), tick=False):
            assert client.get("/account/").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=12, seconds=1), tick=False):
        assert client.get("/account/").status_code == 302


def test_the_limits_are_those_of_the_settings(settings):
    assert (settings.SESSION_IDLE, settings.SESSION_COOKIE_AGE) == (1800, 43200)
    assert settings.SESSION_COOKIE_HTTPONLY and settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_ones_sessions_are_listed_and_another_can_be_ended(world):
    world.user(world.school, username="yunzhou")
    here, there = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/120"), Client(REMOTE_ADDR="203.0.113.7")
    sign_in(here, "yunzhou")
    sign_in(there, "yunzhou")
    page = said(here.get("/account/"))
    assert "Chrome ・ Windows（本机）" in page and "203.0.113.7" in page and "结束" in page
    other = SignIn.objects.get(address="203.0.113.7")
    stranger = world.client_as(world.stranger)
    assert stranger.post(f"/account/sessions/{other.pk}/end/").status_code == 404
    assert here.get(f"/account/sessions/{other.pk}/end/").status_code == 405
    assert there.get("/desk/").status_code == 200
    here.post(f"/account/sessions/{other.pk}/end/")
    assert there.get("/desk/").status_code == 302 and here.get("/desk/").status_code == 200
    assert "203.0.113.7" not in said(here.get("/account/"))


def act_stop(world, user):
    rules.stop_user(actor=world.officer, now=world.now, user=user)


def act_reset(world, user):
    rules.reset_password(actor=world.officer, now=world.now, user=user)


def act_organization(world, user):
    user.organization.active = False
    user.organization.save()


def act_role(world, user):
    rules.stop_user(actor=world.officer, now=world.now, user=user)
    user.refresh_from_db()
    role = world.user(world.school, "财务").role
    rules.edit_user(actor=world.officer, now=world.now, user=user, version=user.version, name=user.name, phone=user.phone, role=role)
    rules.start_user(actor=world.officer, now=world.now, user=user)


@pytest.mark.parametrize("act", [act_stop, act_reset, act_organization, act_role])
def test_a_session_ends_at_the_next_request(world, act):
    user = world.user(world.school, "考生信息员", username="info-1")
    client = Client()
    sign_in(client, "info-1")
    assert client.get("/candidates/college/").status_code == 200
    act(world, user)
    refused = client.get("/candidates/college/")
    assert refused.status_code == 302 and refused["Location"].startswith("/login/")


def test_a_session_of_a_stopped_organization_does_not_come_back_with_it(world):
    user = world.user(world.school, "考生信息员", username="info-1")
    client = Client()
    sign_in(client, "info-1")
    act_organization(world, user)
    assert client.get("/desk/").status_code == 302
    user.organization.active = True
    user.organization.save()
    assert client.get("/desk/").status_code == 302


def test_an_organization_stopped_and_resumed_has_ended_the_sessions_that_asked_nothing_in_between(world):
    platform = world.client_as(world.user(Organization.objects.create(kind="platform", name="平台"), "目录与机构"))
    for name, school in (("info-1", world.school), ("info-2", world.other_school)):
        world.user(school, "考生信息员", username=name)
    client, bystander = Client(), Client()
    sign_in(client, "info-1")
    sign_in(bystander, "info-2")
    assert client.get("/desk/").status_code == 200
    post(platform, f"/institutions/stop/{world.school.pk}/", reason="整改")
    post(platform, f"/institutions/resume/{world.school.pk}/")
    world.school.refresh_from_db()
    assert world.school.active and world.school.version == 3
    assert client.get("/desk/")["Location"].startswith("/login/") and bystander.get("/desk/").status_code == 200
    sign_in(client, "info-1")
    page = said(client.get("/account/"))
    assert client.get("/desk/").status_code == 200 and "（本机）" in page and "/end/" not in page


def test_the_sign_in_log_is_ones_own_and_the_administrators(world):
    user = world.user(world.school, "财务", username="fee-1", name="许一鸣")
    sign_in(Client(), "fee-1", "wrong")
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/120")
    sign_in(client, "fee-1")
    own = said(client.get("/account/log/"))
    assert "登录失败" in own and "Firefox ・ Windows" in own and "127.0.0.1" in own
    admin = said(world.client_as(world.officer).get("/users/log/"))
    assert "许一鸣" in admin and "登录失败" in admin and "本人" in admin
    assert "许一鸣" not in said(world.client_as(world.stranger).get("/users/log/"))
    assert client.get("/users/log/").status_code == 403
    assert AuditEntry.objects.filter(action="accounts.login", object_id=str(user.pk)).count() == 1


def test_a_changed_password_keeps_this_session_in_the_list(world):
    world.user(world.school, username="yunzhou")
    client = Client()
    sign_in(client, "yunzhou")
    typed = {"old": PASSWORD, "new": "tidal-quartz-lantern-92", "again": "tidal-quartz-lantern-92"}
    assert post(client, "/account/password/", **typed).status_code == 303
    assert "（本机）" in said(client.get("/account/"))


def test_a_changed_password_takes_the_other_sessions_off_the_list(world):
    user = world.user(world.school, username="yunzhou")
    client, other = Client(), Client(REMOTE_ADDR="203.0.113.7")
    sign_in(client, "yunzhou")
    sign_in(other, "yunzhou")
    typed = {"old": PASSWORD, "new": "tidal-quartz-lantern-92", "again": "tidal-quartz-lantern-92"}
    assert post(client, "/account/password/", **typed).status_code == 303
    page = said(client.get("/account/"))
    assert other.get("/desk/").status_code == 302 and "203.0.113.7" not in page and "（本机）" in page
    assert SignIn.objects.filter(user=user).count() == 1


def test_a_job_of_a_stopped_account_does_not_run(world):
    from skillcert.kit.access import actor_of_job
    from skillcert.kit.errors import NotAllowed
    from skillcert.kit.jobs import Job

    user = world.user(world.school, "财务")
    job = Job(user_id=user.pk)
    assert actor_of_job(job) == actor_of(User.objects.get(pk=user.pk))
    act_stop(world, user)
    with pytest.raises(NotAllowed, match="已停用"):
        actor_of_job(job)


def test_who_changes_accounts_in_one_browser_gets_a_session_under_a_key_of_its_own(world, rf):
    request = rf.get("/")
    request.session = SessionStore()
    users = [world.user(world.school, username=name) for name in ("first", "second")]
    for user in (*users, users[1]):
        sessions.sign_in(request, user)
    keys = set(SignIn.objects.values_list("session_key", flat=True))
    assert len(keys) == 3 and "" not in keys
