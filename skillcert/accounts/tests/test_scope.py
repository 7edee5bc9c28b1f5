"""证书负责人: what a person answers for is all that person sees (R240), list by list."""

from __future__ import annotations

import re

import pytest

from skillcert.accounts import rules
from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import User
from skillcert.kit.errors import Refused
from skillcert.kit.pages import PAGES, url_of
from skillcert.qualifications.models import QualificationOwner
from tests.objects import Objects

from .helpers import PHONE, said

LISTS = {
    "pilots.PilotApplications": "pilots", "registrations.Registrations": "registrations", "fees.PaymentRequests": "fees",
    "results.Scores": "results", "results.Results": "results", "seating.Seats": "seating", "centers.ExamCenters": "centers",
    "centers.ExamRooms": "rooms", "issuing.CenterToSign": "issuing",
}  # fmt: skip


@pytest.fixture
def rows(world):
    """Something of ``world.qualification`` in every list of the school."""
    objects = Objects(world)
    objects.seating_object(PAGES["seating.RoomArrangementDetail"])
    objects.fees_object(PAGES["fees.PaymentDetail"])
    world.certificate("center_pending")
    world.room("机房二")


def owner_of(world, *qualifications) -> User:
    """An administrator by role, so that only the scope narrows what is seen."""
    user = world.user(world.school, is_qualification_owner=True)
    for one in qualifications:
        QualificationOwner.objects.create(user=user, qualification=one)
    return User.objects.get(pk=user.pk)


def total(client, name: str) -> str:
    page = said(client.get(url_of(name)))
    return re.search(r"共\s*<?[^0-9]*([\d,]+)", page)[1]


@pytest.mark.rule("R240")
@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_what_one_answers_for(world, rows, name):
    everything = world.client_as(world.officer)
    mine, other, nothing = (
        world.client_as(owner_of(world, *which)) for which in ((world.qualification,), (world.other_qualification,), ())
    )
    assert total(everything, name) != "0"
    assert total(mine, name) == total(everything, name)
    assert total(other, name) == total(nothing, name) == "0"


@pytest.mark.rule("R240")
def test_a_record_outside_ones_charge_is_not_found(world, rows):
    from skillcert.issuing.models import Certificate
    from skillcert.registrations.models import Registration

    mine, other = world.client_as(owner_of(world, world.qualification)), world.client_as(owner_of(world, world.other_qualification))
    for url in (
        f"/pilots/{world.application.pk}/", f"/registrations/{Registration.objects.first().pk}/",
        f"/issuing/{Certificate.objects.first().pk}/",
    ):  # fmt: skip
        assert (mine.get(url).status_code, other.get(url).status_code) == (200, 404)


@pytest.mark.rule("R240")
def test_who_is_narrowed_opens_and_touches_no_wider_account(world):
    world.approve_pilot(world.school, qualification=world.other_qualification)
    mine = actor_of(owner_of(world, world.qualification))
    role = world.user(world.school, "考务管理员").role
    more = {"username": "wide-1", "name": "许一鸣", "phone": PHONE, "role": role, "code": "000000"}
    with pytest.raises(Refused, match="也须是证书负责人"):
        rules.create_user(actor=mine, **more)
    with pytest.raises(Refused, match="只能选择您自己负责的证书"):
        rules.create_user(actor=mine, **more, is_qualification_owner=True, qualifications=[world.other_qualification.pk])
    wide, own, other = (world.user(world.school, "考务管理员", is_qualification_owner=owner) for owner in (False, True, True))
    QualificationOwner.objects.create(user=own, qualification=world.qualification)
    QualificationOwner.objects.create(user=other, qualification=world.other_qualification)
    for one in (wide, other):
        with pytest.raises(Refused, match="不负责的证书"):
            rules.reset_password(actor=mine, now=world.now, user=one)
    assert rules.reset_password(actor=mine, now=world.now, user=own)
