"""WCAG 2.2 AA by axe-core: no violation on any page that the small world can open, as the first role that may open it."""

from __future__ import annotations

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


def violations(page: Any) -> list[str]:
    page.evaluate(AXE)
    return page.evaluate(RUN)


def first_admitted(world: Any, url: str) -> Client | None:
    """The first who is answered with HTML; None for what is only posted to, or gives a file."""
    clients = [Client(), *(world.client_as(actor) for actor in (world.officer, world.examiner, world.actor(world.province)))]
    platform = Organization.objects.create(kind="platform", name="平台")
    clients += [world.client_as(world.actor(platform, role)) for role in ("目录与机构", "安全", "审计", "系统")]
    for client in clients:
        answer = client.get(url)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            return client
    return None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_no_page_has_a_violation(world, request, live_server, name):
    page, objects = PAGES[name], Objects(world)
    route = max(page.routes(), key=lambda route: "<int:pk>" in route and not is_import(page))
    url = url_of(page, **objects.where(page, names_in(route)))
    client = first_admitted(world, url)
    if client is None:
        return
    window = request.getfixturevalue("page")
    window.context.set_default_timeout(60_000)  # a busy machine is no failure
    window.emulate_media(reduced_motion="reduce")  # a button caught while its colour fades has a contrast nobody reads
    cookies = [{"name": key, "value": morsel.value, "url": live_server.url} for key, morsel in client.cookies.items()]
    window.context.add_cookies(cookies)
    window.goto(url)
    assert violations(window) == []


@pytest.mark.django_db(transaction=True)
def test_the_eye_is_not_blind(page, watched):
    watched.expect("404")
    page.goto("/login/")
    page.evaluate("document.querySelector('main, body').insertAdjacentHTML('beforeend', '<input id=bare><img src=/x.png>')")
    assert {one.split(":")[0] for one in violations(page)} >= {"label", "image-alt"}
