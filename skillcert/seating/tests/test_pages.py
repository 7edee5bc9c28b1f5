"""Chapter 5.2.8 through its pages: the lists, the act of seating, the papers."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from skillcert.plans.models import PlanSubject
from skillcert.registrations.models import Registration
from skillcert.seating.models import RoomArrangement, Seat
from skillcert.seating.tests.test_rules import prepared, seat


@pytest.fixture
def seated(world):
    """Two candidates with photos nowhere, seated in one room."""
    session = prepared(world, 2)
    world.room("机房一")
    seat(world, session)
    return session


def text(response) -> str:
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def sheet(response) -> list[list]:
    return [list(row) for row in load_workbook(BytesIO(b"".join(response))).active.iter_rows(values_only=True)]


@pytest.mark.rule("R180", "R181", "R183")
def test_the_body_seats_a_subject_from_the_list(world):
    session = prepared(world, 2)
    world.room("机房一")
    client = world.client_as(world.examiner)
    assert "未排考" in text(client.get("/seating/subjects/"))
    page = text(client.get(f"/seating/subjects/seat/{session.pk}/"))
    assert "待排人数" in page
    client.post(f"/seating/subjects/seat/{session.pk}/", {"once": "00000000-0000-4000-8000-000000000001"})
    assert Seat.objects.count() == 2
    page = text(client.get("/seating/subjects/"))
    assert "已排 2 人。" in page and "已排完" in page


@pytest.mark.rule("R185", "R186")
def test_a_school_opens_the_arrangement_of_its_subject(world, seated):
    client = world.client_as(world.officer)
    page = text(client.get("/seating/subjects/"))
    assert "查看" in page and "查看考场编排" in page and "排考</button>" not in page
    assert world.center.name in text(client.get(f"/seating/subjects/{seated.pk}/"))
    rooms = client.get(f"/seating/subjects/{seated.pk}/rooms/", follow=True)
    assert "机房一" in text(rooms)


@pytest.mark.rule("R189", "R188")
def test_the_room_shows_who_sits_where_with_masked_numbers(world, seated):
    arrangement = RoomArrangement.objects.get()
    page = text(world.client_as(world.officer).get(f"/seating/rooms/{arrangement.pk}/"))
    registration = Registration.objects.first()
    assert registration.ticket_number in page and registration.id_number not in page
    assert world.client_as(world.stranger).get(f"/seating/rooms/{arrangement.pk}/").status_code == 404


@pytest.mark.parametrize(("name", "label"), [
    pytest.param("door-notices", "考场门贴", marks=pytest.mark.rule("R190")),
    pytest.param("desk-labels", "考场桌贴", marks=pytest.mark.rule("R191")),
    pytest.param("attendance-sheets", "考场签到表", marks=pytest.mark.rule("R192")),
    pytest.param("tickets", "准考证", marks=pytest.mark.rule("R193")),
])
def test_the_papers_come_as_pdf(world, seated, name, label):
    client = world.client_as(world.officer)
    list_page = text(client.get("/seating/rooms/"))
    assert ("导出准考证" if name == "tickets" else f"下载{label}") in list_page
    response = client.post(f"/seating/rooms/{name}/?list=seating.RoomArrangements", {"keys": str(RoomArrangement.objects.get().pk)})
    assert response.status_code == 200, response.content.decode()[:300]
    assert b"".join(response).startswith(b"%PDF-")
    assert label in response.headers["Content-Disposition"] or "filename*" in response.headers["Content-Disposition"]


def test_the_host_of_guests_gets_no_tickets(world, seated):
    world.lend(world.other_school)
    Seat.objects.update(institution=world.other_school)
    Registration.objects.update(institution=world.other_school)
    client = world.client_as(world.officer)
    response = client.post("/seating/rooms/tickets/?list=seating.RoomArrangements", {"keys": str(RoomArrangement.objects.get().pk)})
    assert "准考证由考生的报考院校下载" in response.content.decode()


@pytest.mark.rule("R195", "R196", "R197")
def test_seats_are_listed_searched_and_exported(world, seated):
    client = world.client_as(world.officer)
    ticket = Registration.objects.order_by("pk").first().ticket_number
    assert ticket in text(client.get("/seating/seats/"))
    assert ticket in text(client.get("/seating/seats/", {"registration__ticket_number": ticket}))
    assert "导出排考明细" in text(client.get("/seating/seats/"))
    assert not Seat.visible_to(world.stranger)


def test_numbers_of_a_page_do_not_grow_queries(world, seated, django_assert_max_num_queries):
    client = world.client_as(world.officer)
    client.get("/seating/seats/")
    with django_assert_max_num_queries(25):
        client.get("/seating/seats/")


def test_undo_from_the_page(world, seated):
    client = world.client_as(world.examiner)
    client.post(f"/seating/subjects/undo/{seated.pk}/", {"once": "00000000-0000-4000-8000-000000000002"})
    assert not Seat.objects.exists()
    assert PlanSubject.objects.get(pk=seated.pk).seated == 0
