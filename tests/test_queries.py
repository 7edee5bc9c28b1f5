"""A list asks the database the same number of questions whatever it shows: ``queries.csv`` holds the most per page.

A page may ask fewer. More fails: look for a query per row first; a new filter or tab may raise its number knowingly.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from skillcert.config import urls  # noqa: F401  # every page registers itself
from skillcert.kit.pages import PAGES, ListPage, url_of
from skillcert.kit.pages.base import names_in
from skillcert.orgs.models import Organization

from .objects import Objects

with (Path(__file__).parent / "queries.csv").open(encoding="utf-8") as table:
    BASELINE = {row["page"]: int(row["queries"]) for row in csv.DictReader(table)}

LISTS = sorted(
    name for name, page in PAGES.items()
    if issubclass(page, ListPage) and page.__module__.startswith("skillcert.") and ".tests." not in page.__module__
)  # fmt: skip


def test_every_list_has_a_number():
    assert sorted(BASELINE) == LISTS


def fill(world: Any) -> None:
    """Several rows in every list: people, their seats, results, certificates in every state."""
    objects = Objects(world)
    objects.seating_object(PAGES["seating.RoomArrangementDetail"])
    objects.fees_object(PAGES["fees.PaymentDetail"])
    for state in (
        "body_pending",
        "center_pending",
        "to_release",
        "released",
        "body_refused",
        "center_refused",
        "seal_failed",
    ):
        for _ in range(2):
            world.certificate(state)
    for state in ("unverified", "to_confirm", "no_photo"):
        world.candidate(state=state)
    world.candidate(kind="social", major=None, state="unverified")
    world.lend(world.other_school)
    world.apply(state="draft")
    world.approve_pilot(world.school, qualification=world.qualification_of("网店运营推广", 109))
    for edition in ("2.0", "3.0"):
        world.skill_standard(edition, state="disabled"), world.center_standard(edition, state="disabled")
    world.room("机房二")
    objects.weekly_object(PAGES["weekly.ReportDetail"])
    for _ in range(3):
        objects.home_object(PAGES["home.AuditEntryDetail"])


def asked(client: Any, url: str) -> int:
    client.get(url)  # the first page of a client also reads what later ones find cached
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_lists_ask_no_more_than_they_did(world):
    fill(world)
    platform = Organization.objects.create(kind="platform", name="平台")
    reviewers = [world.actor(platform, role) for role in ("安全", "目录与机构", "系统")]
    actors = (world.officer, world.examiner, world.actor(world.province), *reviewers)
    clients = [world.client_as(actor) for actor in actors]
    counts = {}
    for name in LISTS:
        page = PAGES[name]
        able = [client for client, actor in zip(clients, actors, strict=True) if page.admits(actor)]
        url = url_of(page, **Objects(world).where(page, names_in(page.url)))
        counts[name] = max(asked(client, url) for client in able)
    more = {name: (count, BASELINE.get(name)) for name, count in counts.items() if count > BASELINE.get(name, 0)}
    assert more == {}


@pytest.mark.parametrize(
    "name", ["candidates.CollegeCandidates", "registrations.Registrations", "issuing.CenterToSign", "results.Results"]
)
def test_twice_the_rows_ask_no_more(world, name):
    client, url = world.client_as(world.officer), url_of(name)
    world.certificate("center_pending")
    few = asked(client, url)
    for _ in range(4):
        world.certificate("center_pending")
    assert asked(client, url) == few
