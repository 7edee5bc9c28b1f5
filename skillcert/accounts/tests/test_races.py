"""Many at the same moment: a code comes in once, a try is counted before it is evaluated, one administrator stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import time_machine
from django.db import connection
from django.utils import timezone

from skillcert.accounts import rules
from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import PhoneCode, SecondFactor, User
from skillcert.accounts.rules import login
from skillcert.kit.errors import Refused
from skillcert.orgs.models import Organization

from .helpers import PHONE, newest_code

NOW = timezone.now().replace(microsecond=0)


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each got: its answer, or the refusal."""
    gate, answers = threading.Barrier(len(acts)), []

    def work(act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            answers.append(act())
        except Refused as no:
            answers.append(no)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(acts)
    return answers


def came_through(answers: list[Any]) -> int:
    return sum(not isinstance(answer, Refused) for answer in answers)


def test_two_administrators_who_stop_each_other_leave_one(transactional_db, world):
    one, other = world.user(world.school, username="admin-1"), world.user(world.school, username="admin-2")

    def stop(actor: User, user: User) -> Callable[[], Any]:
        who = actor_of(actor)
        return lambda: rules.stop_user(actor=who, now=world.now, user=User.objects.get(pk=user.pk))

    answers = at_once([stop(one, other), stop(other, one)])
    assert came_through(answers) == 1
    assert User.objects.filter(organization=world.school, is_active=True).count() == 1


def test_one_code_of_an_authenticator_comes_in_once(transactional_db, world):
    user = world.user(world.school, "签发人", username="sign-1")
    with time_machine.travel(NOW, tick=False):
        factor = rules.start_enrolment(actor=actor_of(user))
        rules.confirm_enrolment(actor=actor_of(user), code=rules.present_code(factor))
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        code = rules.present_code(SecondFactor.objects.get(user=user))
        attempt = rules.Attempt("sign-1", "203.0.113.1")
        answers = at_once([lambda: rules.check_second_step(user=user, attempt=attempt, code=code)] * 4)
    assert came_through(answers) == 1


def test_two_who_open_the_first_administrator_open_one(transactional_db, world):
    rules.sync_roles()
    platform = Organization.objects.create(kind="platform", name="平台")
    security = [world.actor(platform, "安全") for _ in range(4)]
    codes = {}
    for n, actor in enumerate(security):
        rules.send_phone_code(actor=actor, phone=f"1391234567{n}")
        codes[n] = newest_code(f"1391234567{n}")

    def open_one(n: int) -> Callable[[], Any]:
        return lambda: rules.open_administrator(
            actor=security[n], organization=world.other_school, username=f"first-{n}", name="许一鸣", phone=f"1391234567{n}",
            code=codes[n],
        )  # fmt: skip

    answers = at_once([open_one(n) for n in range(4)])
    assert came_through(answers) == 1 and User.objects.filter(organization=world.other_school).count() == 1


def test_one_that_waits_is_started_or_another_opened_but_not_both(transactional_db, world):
    rules.sync_roles()
    platform = Organization.objects.create(kind="platform", name="平台")
    one, other = world.actor(platform, "安全"), world.actor(platform, "安全")
    waiting = world.user(world.school, username="waits-1", is_active=False, phone_verified=False)
    codes = {}
    for actor, phone in ((one, "13900000001"), (other, "13900000002")):
        rules.send_phone_code(actor=actor, phone=phone)
        codes[phone] = newest_code(phone)
    data = {"name": "许一鸣", "phone": "13900000001", "code": codes["13900000001"]}
    new = {"name": "罗一凡", "phone": "13900000002", "code": codes["13900000002"]}
    answers = at_once([
        lambda: rules.start_administrator(actor=one, now=world.now, user=waiting, version=None, **data),
        lambda: rules.open_administrator(actor=other, organization=world.school, username="new-1", **new),
    ])  # fmt: skip
    assert came_through(answers) == 1
    assert User.objects.filter(organization=world.school, is_active=True).count() == 1


def test_one_code_of_a_phone_makes_one_account(transactional_db, world):
    rules.sync_roles()
    officer = world.officer
    rules.send_phone_code(actor=officer, phone=PHONE)
    code, role = newest_code(), User.objects.get(pk=officer.id).role

    def create(number: int) -> Callable[[], Any]:
        return lambda: rules.create_user(
            actor=officer, username=f"made-{number}", name="许一鸣", phone=PHONE, role=role, code=code
        )

    answers = at_once([create(number) for number in range(4)])
    assert came_through(answers) == 1 and User.objects.filter(username__startswith="made-").count() == 1
    assert PhoneCode.objects.filter(used=True).count() == 1


def test_asking_for_codes_at_the_same_moment_sends_one(transactional_db, world):
    officer = world.officer
    answers = at_once([lambda: rules.send_phone_code(actor=officer, phone=PHONE)] * 6)
    assert came_through(answers) == 1 and PhoneCode.objects.count() == 1


def test_tries_at_the_same_moment_are_no_way_around_the_limit(transactional_db, world, monkeypatch):
    world.user(world.school, username="yunzhou")
    evaluated = []
    monkeypatch.setattr(login, "check_password", lambda *both: evaluated.append(both) or False)
    monkeypatch.setattr(login, "_check_sum", lambda *told: None)
    attempt = rules.Attempt("yunzhou", "203.0.113.1")
    answers = at_once([lambda: rules.check_login(attempt=attempt, password="wrong")] * 30)
    assert came_through(answers) == 0
    assert len(evaluated) == 5
