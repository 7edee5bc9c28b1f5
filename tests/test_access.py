"""Who gets what: every page, asked by every kind of organization for its own object and for another's.

``access.csv`` is typed by hand from the manual and the table "who sees what", never from the grants. A cell is the
status expected of one's own object / of another's. ``login`` leads to the login page.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from skillcert.accounts.models import User
from skillcert.config import urls  # noqa: F401  # every page registers itself
from skillcert.kit.audit import AuditEntry
from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.base import names_in
from skillcert.orgs.models import Organization, Province

from .objects import Objects

HERE = Path(__file__).parent
with (HERE / "access.csv").open(encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))
PRODUCT = {
    name
    for name, page in PAGES.items()
    if page.__module__.startswith("skillcert.") and ".tests." not in page.__module__
}
SCHOOL = "云州职业技术学院"
PERSON = "周若溪"  # the candidate of ``Objects``, of world.school
# Each kind of organization is asked for an account or role of its own.
OWN_KIND = {
    f"accounts.{name}" for name in ("UserDetail", "StopUser", "StartUser", "EditUser", "DeleteUser", "ResetPassword",
                                    "RoleDetail", "EditRole", "DeleteRole")
}  # fmt: skip
NOT_IN_ACCESS = {name for name in PRODUCT if name.startswith("demo.")}  # there is no demo in production


def test_every_page_has_a_row_and_every_row_a_page():
    listed = [row["page"] for row in ROWS]
    assert len(listed) == len(set(listed))
    assert PRODUCT - NOT_IN_ACCESS - set(listed) == set(), "type these pages into tests/access.csv"
    assert set(listed) - PRODUCT == set(), "these pages are gone"


class People:
    """A client per kind of organization: its own, and a stranger of the same kind."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.other_province = Province.objects.create(kind="province", name="海东省教育厅", province_code="44")
        self.platform = Organization.objects.create(kind="platform", name="平台")

    def users(self, kind: str) -> list[Any]:
        world = self.world
        pairs = {
            "awarding_body": (world.body, world.other_body),
            "province": (world.province, self.other_province),
        }  # fmt: skip
        if kind == "platform":
            return [world.user(self.platform, "目录与机构")]
        if kind == "institution":
            return [User.objects.get(pk=world.officer.id), world.user(world.other_school)]
        return [world.user(organization) for organization in pairs[kind]]


def expected(cell: str, count: int) -> list[str]:
    """The status for own and other's object, or the one for both."""
    parts = cell.split("/")
    return parts if len(parts) == count else parts * count


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["page"])
def test_page(world, row):
    page, objects, people = PAGES[row["page"]], Objects(world), People(world)
    route = max(page.routes(), key=lambda route: "<int:pk>" in route and not is_import(page))
    wrong, shared = [], objects.where(page, names_in(route))
    for kind in ("institution", "awarding_body", "province", "platform"):
        clients = [world.client_as(user) for user in people.users(kind)]
        if page.name in OWN_KIND:
            asker = User.objects.get(pk=clients[0].session["_auth_user_id"])
            shared = {"pk": objects.of_organization(page, asker.organization).pk}
        for client, status in zip(clients, expected(row[kind], len(clients)), strict=True):
            wrong += differences(client, url_of(page, **shared), status, kind, stranger=client is not clients[0])
    wrong += differences(Client(), url_of(page, **shared), row["anonymous"], "anonymous", stranger=True)
    assert wrong == []


def is_import(page: Any) -> bool:
    return page.__name__.startswith(("Import", "Modify"))


def differences(client: Client, url: str, status: str, who: str, *, stranger: bool) -> list[str]:
    """What is not as typed: the status, a change made by asking, a name shown to a stranger."""
    if status == "-":
        return []
    before = AuditEntry.objects.count()
    response = client.get(url)
    found = (
        "login"
        if response.status_code == 302 and response["Location"].startswith("/login/")
        else str(response.status_code)
    )
    wrong = [] if found == status else [f"{who}: GET {url} is {found}, not {status}"]
    if AuditEntry.objects.count() != before:
        wrong.append(f"{who}: GET {url} changed something")
    text = "" if response.streaming else response.content.decode(errors="replace")
    if stranger and PERSON in text:
        wrong.append(f"{who}: {url} shows a stranger {PERSON}")
    if status in ("403", "404", "login"):
        if stranger and SCHOOL in text:
            wrong.append(f"{who}: {url} names {SCHOOL} in a refusal")
        posted = client.post(url)
        told = (
            "login"
            if posted.status_code == 302 and posted["Location"].startswith("/login/")
            else str(posted.status_code)
        )
        if told not in (status, "405"):
            wrong.append(f"{who}: POST {url} is {told}, not {status}")
        if AuditEntry.objects.count() != before:
            wrong.append(f"{who}: POST {url} changed something")
    return wrong
