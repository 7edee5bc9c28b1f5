"""The manual's buttons have exactly its names: ``buttons.csv``, typed by hand from the list of exact names.

A line names a list, who looks (the first sub-role of that kind), the state of its row, the place (toolbar or row) and the
labels in their order. Further buttons of our own may stand between them.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from skillcert.config import urls  # noqa: F401  # every page registers itself
from skillcert.kit.pages import PAGES, url_of
from skillcert.weekly.models import WeeklyReport

from .objects import Objects

with (Path(__file__).parent / "buttons.csv").open(encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))

PLACES = {
    "toolbar": "//div[contains(concat(' ', @class, ' '), ' toolbar ')]",
    "row": "//div[contains(concat(' ', @class, ' '), ' row-acts ')]",
}


def words(node: Any) -> list[str]:
    """The labels of the buttons and links below a node, in the order a reader meets them."""
    found = node.xpath(".//a | .//button | .//summary")
    return [" ".join(one.text_content().split()) for one in found]


def in_order(wanted: list[str], shown: list[str]) -> bool:
    rest = iter(shown)
    return all(label in rest for label in wanted)


def put_a_row(world: Any, row: dict[str, str]) -> None:
    """What the list must hold for its row's buttons to show."""
    if row["page"].startswith("issuing."):
        world.certificate(row["state"])
    elif row["page"].startswith("candidates.") and row["state"]:
        world.candidate(state=row["state"], photo=world.photo(), complete=True)
    elif row["page"].startswith("standards."):
        world.skill_standard(), world.center_standard()
    elif row["page"].startswith("weekly."):
        WeeklyReport.objects.filter(pk=Objects(world).weekly_object(PAGES["weekly.EditReport"]).pk).update(state=row["state"])
    elif row["page"] == "accounts.Users":
        organization = world.school if row["kind"] == "institution" else world.body
        role = "财务"  # held by both kinds; the name sorts first
        world.user(organization, role, username="a-clerk", is_active=row["state"] != "stopped")
    elif row["page"] == "pilots.RoundsToApply":
        world.open_round()
    elif row["page"].startswith("pilots.") and row["state"]:
        world.apply(state=row["state"])
    elif row["page"].startswith("seating."):
        Objects(world).seating_object(PAGES["seating.RoomArrangementDetail"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['page']}-{row['kind']}-{row['state']}-{row['place']}")
def test_labels(world, row):
    put_a_row(world, row)
    client = world.client_as(world.officer if row["kind"] == "institution" else world.examiner)
    response = client.get(url_of(row["page"]))
    assert response.status_code == 200
    places = html.fromstring(response.content).xpath(PLACES[row["place"]])
    assert places, f"no {row['place']} on the page"
    shown = words(places[0])
    assert in_order(row["labels"].split("|"), shown), shown
