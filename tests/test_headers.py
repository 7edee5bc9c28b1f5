"""trust 45: what every response says to the browser, whoever asks and whatever comes of it."""

from __future__ import annotations

import pytest
from django.test import Client

from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.base import names_in

from . import deploy_check
from .objects import Objects
from .test_access import PRODUCT, is_import

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": ("same-origin", "no-referrer"),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = ("default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'self'", "frame-ancestors 'none'")

NOBODYS = {"home.ManualPicture"}  # the manual's own pictures may be kept


def lacks(response, *, personal: bool) -> list[str]:
    """What the response does not say."""
    found = [f"{name}: {response.headers.get(name)}" for name, value in ALWAYS.items() if response.headers.get(name) not in (
        value if isinstance(value, tuple) else (value,))]  # fmt: skip
    policy = response.headers.get("Content-Security-Policy", "")
    if policy != "sandbox":  # a file: nothing in it may run at all
        found += [f"the policy lacks {part}" for part in POLICY if part not in policy]
    if "unsafe" in policy:
        found.append(f"the policy is {policy}")
    if personal and "no-store" not in response.headers.get("Cache-Control", ""):
        found.append(f"Cache-Control: {response.headers.get('Cache-Control')}")
    text = "" if response.streaming else response.content.decode(errors="replace")
    if "<script>" in text or " style=" in text or " onclick=" in text or "javascript:" in text:
        found.append("something stands inline")
    return found


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_every_route_answers_with_them(world, name):
    page, objects = PAGES[name], Objects(world)
    route = max(page.routes(), key=lambda route: "<int:pk>" in route and not is_import(page))
    url = url_of(page, **objects.where(page, names_in(route)))
    for client in (world.client_as(world.officer), world.client_as(world.examiner), Client()):
        client.raise_request_exception = False  # a page that breaks says them too
        for method in (client.get, client.post):
            response = method(url)
            signed_in = "_auth_user_id" in client.session and name not in NOBODYS
            assert lacks(response, personal=signed_in) == [], (method.__name__, response.status_code)


@pytest.mark.parametrize(("url", "status"), [("/no-such-page/", 404), ("/login", 301)])
def test_refusals_and_redirects_have_them_too(world, url, status):
    response = Client().get(url)
    assert response.status_code == status and lacks(response, personal=False) == []


def test_a_missing_token_is_refused_with_them(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.user(world.school))
    response = strict.post("/notices/read/")
    assert response.status_code == 403 and lacks(response, personal=True) == []


@pytest.mark.parametrize("name", ["portal.ScoreQuery", "portal.VerifyNumber"])
def test_what_the_public_finds_about_a_person_is_not_stored(world, name):
    """The answer to a query names a person, though nobody is signed in."""
    typed = {"name": "周若溪", "number": "1", "id_number": "330106200501010000", "code": "402718"}
    response = Client().post(url_of(name), typed)
    assert response.status_code in (200, 303, 422) and "no-store" in response.headers.get("Cache-Control", "")


def test_production_says_it_to_every_browser_for_a_year(world, settings):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    assert Client().get("/login/", secure=True).headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_production_settings_pass_djangos_own_check():
    assert deploy_check.main() == 0
