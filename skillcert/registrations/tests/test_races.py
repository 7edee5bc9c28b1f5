"""Two at the same moment: the last place of a major, and a registration against the return of what it goes by."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from skillcert.kit.errors import Refused
from skillcert.pilots.models import PilotApplication
from skillcert.pilots.rules import reopen_rounds, return_applications
from skillcert.pilots.states import ApplicationState
from skillcert.registrations import rules
from skillcert.registrations.models import Mode, Registration


def together(*acts: Callable[[], None]) -> list[str]:
    """Run the acts in threads that start at once; what each was refused with, "" for done."""
    start, answers = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], None]) -> None:
        start.wait(10)
        try:
            act()
        except Refused as no:
            answers[place] = no.sentence
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def registering(world, plan, candidate) -> Callable[[], None]:
    """As an import that has judged its rows already."""
    offer = rules.offers_of(plan, world.school.pk)[world.qualification.pk]
    entry = rules.Entry(candidate, offer, offer.sessions_for(""), Mode.CERTIFICATE)

    def act() -> None:
        with transaction.atomic():
            rules.register(actor=world.officer, now=world.now, plan=plan, entries=[entry])

    return act


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R61")
def test_the_last_place_of_a_major_goes_to_one_of_two(transactional_db, world):
    world.application.majors.update(trainees=1)
    other = world.publish_plan("2026 年第五批统一考核")
    acts = [registering(world, plan, world.candidate(name=name)) for plan, name in ((world.plan, "周若溪"), (other, "赵明轩"))]
    _ = world.officer
    answers = sorted(together(*acts))
    assert answers[0] == "" and "申请培训人数为 1 人，已报考 1 人" in answers[1]
    world.application.refresh_from_db()
    assert (Registration.objects.count(), world.application.registered) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R71")
def test_a_return_and_a_registration_at_once_never_both_stand(transactional_db, world):
    province = world.actor(world.province)
    reopen_rounds(actor=province, now=world.now, rounds=[world.application.round_id])
    key = world.application.pk

    def give_back() -> None:
        return_applications(actor=province, now=world.now, applications=[key], reason="请核对")

    act = registering(world, world.plan, world.candidate())
    _ = world.officer
    together(act, give_back)
    made = PilotApplication.objects.get(pk=key)
    assert (made.state, made.registered, Registration.objects.count()) in (
        (ApplicationState.APPROVED, 1, 1), (ApplicationState.RETURNED, 0, 0),
    )  # fmt: skip
