"""The ways around a list (trust 4): search, counts, export, error file, audit, notices, media. What a list hides, none of
them shows; and what is masked, none of them shows in full (trust 5).
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from skillcert.candidates.models import Candidate
from skillcert.config import urls  # noqa: F401  # every page registers itself
from skillcert.kit.exports import ExportDialog
from skillcert.kit.notices import notify
from skillcert.kit.pages import PAGES, url_of
from skillcert.kit.pages.base import names_in
from skillcert.kit.sheets.records import ImportRecord

from .leaks import numbers, said
from .test_access import PERSON, PRODUCT


def exported(client: Client, name: str) -> Any:
    """The whole list as a file, as its button gives it; the refusal for who may not."""
    page = PAGES[name]
    kept = client.post(f"{url_of(page)}?list={page.list_page.name}", {"all": "1", "query": ""})  # type: ignore[attr-defined]
    return client.post(kept["Location"], {"once": str(uuid4())}) if kept.status_code == 303 else kept


EXPORTS = sorted(
    name for name in PRODUCT if issubclass(PAGES[name], ExportDialog) and not names_in(PAGES[name].list_page.url)  # type: ignore[attr-defined]
)


# --- masked roles: the pages themselves are asked in test_urls ------------------------------------------------
@pytest.mark.parametrize("name", EXPORTS)
def test_no_export_gives_a_masked_role_a_full_number(world, name):
    world.certificate("center_pending")
    full = numbers()
    for one in (world.school, world.body, world.province):
        text = said(exported(world.client_as(world.user(one, "只读")), name))
        assert not [number for number in full if number in text]


# --- another organization's ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", EXPORTS)
def test_no_export_holds_another_institutions_person(world, name):
    world.certificate("center_pending")
    other = world.client_as(world.stranger)
    assert PERSON not in said(exported(other, name))


def looked_for(client: Client, query: str) -> str:
    return said(client.post("/search/", {"q": query}))


@pytest.mark.parametrize("query", [PERSON, "zhouruoxi", "ZHOU RUOXI"])
def test_the_search_finds_nobody_of_another_institution(world, query):
    world.certificate("released")
    found = f"/candidates/{Candidate.objects.get().pk}/"
    assert found in looked_for(world.client_as(world.officer), query)
    assert found not in looked_for(world.client_as(world.stranger), query)


def test_the_search_by_the_last_six_and_by_number_finds_nobody_either(world):
    certificate = world.certificate("released")
    stranger = world.client_as(world.stranger)
    for query in (certificate.id_number[-6:], certificate.candidate_number, certificate.id_number):
        assert PERSON not in looked_for(stranger, query)


def test_counts_and_tabs_count_the_own_rows_alone(world):
    for _ in range(3):
        world.certificate("center_pending")
    page = said(world.client_as(world.stranger).get("/candidates/college/"))
    assert re.findall(r'class="tabs__count[^"]*">([1-9]\d*)<', page) == [] and PERSON not in page


def test_a_notice_is_its_receivers(world):
    notify(world.school.pk, "issuing.view", f"{PERSON}的证书等待签发", "/issuing/center/")
    assert PERSON in said(world.client_as(world.officer).get("/notices/"))
    assert PERSON not in said(world.client_as(world.stranger).get("/notices/"))
    assert PERSON not in said(world.client_as(world.user(world.school, "财务")).get("/notices/")), "without the code"


def test_an_import_and_its_error_file_are_their_organizations(world):
    client = world.client_as(world.officer)
    once = str(client.get("/candidates/college/import/").context["form"]["once"].value())
    file = SimpleUploadedFile("考生.csv", "姓名,身份证号\n周若溪,1\n".encode())
    there = client.post("/candidates/college/import/", {"file": file, "once": once, "notice": "on"})["Location"]
    assert ImportRecord.objects.exists() and client.get(there).status_code == 200
    stranger = world.client_as(world.stranger)
    for answer in (stranger.get(there), stranger.post(there, {"act": "error_file"}), stranger.get("/candidates/imports/")):
        assert PERSON not in said(answer) and answer.status_code in (404, 200)
    assert stranger.get(there).status_code == 404


def test_the_audit_is_its_organizations(world):
    client = world.client_as(world.officer)
    user = world.user(world.school, "财务", name="许一鸣")
    client.post(f"/users/stop/{user.pk}/", {"once": str(uuid4())})
    assert "许一鸣" in said(client.get("/audit/"))
    assert "许一鸣" not in said(world.client_as(world.stranger).get("/audit/"))
