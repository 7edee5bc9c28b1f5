"""Which sub-role may do what: ``subroles.csv`` is typed by hand from domain 1.4, never from config/roles.py."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from skillcert.config.roles import ROLES

with (Path(__file__).parent / "subroles.csv").open(encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))


def test_every_role_has_a_row_and_every_row_a_role():
    typed = [(row["kind"], row["role"]) for row in ROWS]
    assert sorted(typed) == sorted((kind, name) for kind, roles in ROLES.items() for name in roles)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}-{row['role']}")
def test_role(row):
    assert sorted(set(ROLES[row["kind"]][row["role"]])) == sorted(row["codes"].split())


def test_system_security_and_audit_cannot_do_anothers_work():
    apart = [set(ROLES["platform"][name]) for name in ("系统", "安全", "审计", "目录与机构")]
    assert sum(len(codes) for codes in apart) == len(set().union(*apart))


def test_a_member_of_one_chapter_is_refused_at_the_others_pages(world):
    """The codes are what the pages ask for, not decoration."""
    finance = world.client_as(world.user(world.school, "财务"))
    assert finance.get("/fees/requests/").status_code == 200
    for url in ("/candidates/college/", "/registrations/", "/users/", "/audit/", "/issuing/center/", "/rooms/"):
        assert finance.get(url).status_code == 403
