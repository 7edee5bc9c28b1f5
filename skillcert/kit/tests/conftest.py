"""The toy room for the tests of this folder: its table, its pages, and who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from skillcert.kit import access, web
from skillcert.kit.access import Actor

ALL = frozenset({"toys.view", "toys.edit", "toys.finish", "personal.reveal"})
MINE, OTHER = 1, 2


def person(*codes: str, organization: int = MINE, number: int = 7) -> Actor:
    """A user of an organization; without codes one who may do everything."""
    return Actor(
        kind="user", label="林知遥", id=number, organization_kind="institution", organization_id=organization,
        codes=frozenset(codes) or ALL,
    )  # fmt: skip


@pytest.fixture(scope="session")
def toy_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The toys' table, made outside any test's transaction, which SQLite asks for."""
    from skillcert.kit.tests.toys import Toy

    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Toy)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Toy)


@pytest.fixture
def toys(toy_table: None, db: None, settings: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The toy pages with their addresses, their table, and ``sign_in``, which says who asks from now on."""
    from skillcert.kit.pages import PAGES
    from skillcert.kit.tests import toys as room

    PAGES.update(room.TOY_PAGES)
    settings.ROOT_URLCONF = "skillcert.kit.tests.toys_urls"
    asking = {"actor": person()}
    monkeypatch.setattr(access, "actor_of_request", lambda request: asking["actor"])
    monkeypatch.setattr(web, "SHELL_PARTS", {})  # what other rooms tell of their own users
    monkeypatch.setattr(access, "_find_user", lambda number: asking["actor"])
    sign_in: Callable[[Actor], None] = lambda actor: asking.update(actor=actor)  # noqa: E731
    yield SimpleNamespace(room=room, Toy=room.Toy, sign_in=sign_in, client=Client())
    for name in room.TOY_PAGES:
        PAGES.pop(name, None)
    room.Toy.objects.all().delete()  # no installed room: a transactional test's flush passes it by
