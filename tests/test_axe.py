"""WCAG 2.2 AA by axe-core: no violation on any page that the small world can open, as the first role that may open it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.base import names_in
from skillcert.orgs.models import Organization

from .objects import Objects
from .test_access import PRODUCT, is_import

AXE = (Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js").read_text()
RUN = """
async () => {
  const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] });
  const where = (one) => one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ");
  return found.violations.map((one) => `${one.id}: ${one.help}: ${where(one)}`);
}
"""
ROOMS = sorted({name.split(".")[0] for name in PRODUCT})


def violations(page: Any) -> list[str]:
    page.evaluate(AXE)
    return page.evaluate(RUN)


def openings(world: Any, room: str) -> Iterator[tuple[str, str, Client]]:
    """(name, address, client) of each page of a room that answers with HTML, once."""
    platform = Organization.objects.create(kind="platform", name="平台")
    clients = [Client(), *(world.client_as(actor) for actor in (world.officer, world.examiner, world.actor(world.province)))]
    clients += [world.client_as(world.actor(platform, role)) for role in ("目录与机构", "安全", "审计", "系统")]
    objects = Objects(world)
    for name in sorted(PRODUCT):
        if name.split(".")[0] != room:
            continue
        page = PAGES[name]
        route = max(page.routes(), key=lambda route: "<int:pk>" in route and not is_import(page))
        url = url_of(page, **objects.where(page, names_in(route)))
        for client in clients:
            answer = client.get(url)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                yield name, url, client
                break


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", ROOMS)
def test_no_page_of_the_room_has_a_violation(world, page, live_server, room):
    found = {}
    for name, url, client in list(openings(world, room)):
        page.context.clear_cookies()
        cookies = [{"name": key, "value": morsel.value, "url": live_server.url} for key, morsel in client.cookies.items()]
        page.context.add_cookies(cookies)
        page.goto(url)
        if wrong := violations(page):
            found[f"{name} {url}"] = wrong
    assert found == {}


@pytest.mark.django_db(transaction=True)
def test_the_eye_is_not_blind(page):
    page.goto("/login/")
    page.evaluate("document.querySelector('main, body').insertAdjacentHTML('beforeend', '<input id=bare><img src=/x.png>')")
    assert {one.split(":")[0] for one in violations(page)} >= {"label", "image-alt"}
