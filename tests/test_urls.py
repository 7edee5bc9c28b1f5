"""Every address: it answers somebody, a GET changes nothing, a POST without a token is refused."""

from __future__ import annotations

import hashlib

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from skillcert.accounts.models import User
from skillcert.candidates.models import Candidate
from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.base import names_in
from skillcert.orgs.models import Organization

from .leaks import numbers, said
from .objects import Objects
from .test_access import PRODUCT, is_import

UNKNOWN_OPENS_NOTHING = (
    "issuing.Phone", "issuing.SigningStatus", "portal.DownloadProof", "portal.DownloadTrust", "candidates.PhotoImportResult",
)  # fmt: skip
OWN_PHONE = {"accounts.EditOwn"}  # a form that fills in one's own
WATCHED = ("orgs_", "accounts_", "qualifications_", "standards_",
           "pilots_", "plans_", "candidates_", "centers_", "registrations_", "fees_",
           "seating_", "results_", "issuing_", "kit_audit", "kit_notice", "kit_storedfile", "kit_selection", "kit_chain")  # fmt: skip


def fingerprint() -> str:
    """A digest over every business table. Sessions and the like are not business."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names()):
            if table.startswith(WATCHED):
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # the table's own name
                rows = [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]
                found.update(repr((table, rows)).encode())
    return found.hexdigest()


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_address(world, name):
    page, objects = PAGES[name], Objects(world)
    platform = Organization.objects.create(kind="platform", name="平台")
    people = [
        User.objects.get(pk=world.officer.id), User.objects.get(pk=world.examiner.id), world.user(world.province),
        *(world.user(platform, role) for role in ("系统", "安全", "审计", "目录与机构")),
    ]  # fmt: skip
    route = max(page.routes(), key=lambda route: "<int:pk>" in route and not is_import(page))
    url = url_of(page, **objects.where(page, names_in(route)))
    clients = [world.client_as(user) for user in people]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people[0])
    if not Candidate.objects.exists():
        world.certificate("center_pending")
    readers = [world.client_as(world.user(one, "只读")) for one in (world.school, world.body, world.province)]
    before, personal = fingerprint(), numbers()
    statuses = [client.get(url).status_code for client in clients]
    for masked in (*readers, Client()):
        response = masked.get(url)
        statuses.append(response.status_code)
        shown = [number for number in personal if number in said(response)]
        assert shown == [] or name in OWN_PHONE, "a masked role sees a full number"
    assert fingerprint() == before, "a GET changed the data"
    assert not any(status >= 500 for status in statuses)
    if not name.startswith(UNKNOWN_OPENS_NOTHING):
        assert any(status in (200, 302, 303, 400, 405) for status in statuses), statuses
    refused = strict.post(url, {"once": "00000000-0000-4000-8000-000000000001"})
    assert refused.status_code == 403
    strict.cookies[settings.CSRF_COOKIE_NAME] = token = "t" * 32
    posted = {"once": "00000000-0000-4000-8000-000000000001", "csrfmiddlewaretoken": token}
    assert strict.post(url, posted, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert fingerprint() == before, "a POST without a token, or from elsewhere, changed the data"
