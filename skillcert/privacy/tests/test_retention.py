"""trust 44: what need not be kept goes at its time, by the business clock, and not a second before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from skillcert.candidates.models import Candidate
from skillcert.kit.audit import AuditEntry
from skillcert.kit.files import StoredFile
from skillcert.privacy import rules
from skillcert.privacy.jobs import forget
from skillcert.privacy.models import PersonalRequest, Wish
from skillcert.privacy.retention import RETENTION, years_before
from tests.world import at

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def last_touched(candidate: Candidate, moment) -> Candidate:
    Candidate.objects.filter(pk=candidate.pk).update(updated_at=moment)
    return candidate


@pytest.mark.parametrize(("late", "gone"), [(-SECOND, False), (timedelta(), False), (SECOND, True)])
def test_who_never_registered_goes_after_three_years_with_the_photo(world, late, gone):
    candidate = last_touched(world.accurate(), at("2026-11-20 10:00"))
    forget(at("2029-11-20 10:00") + late)
    assert Candidate.objects.filter(pk=candidate.pk).exists() is not gone
    assert StoredFile.objects.filter(pk=candidate.photo_id).exists() is not gone
    if gone:
        entry = AuditEntry.objects.get(action="candidates.deleted")
        assert entry.actor_kind == "system" and not entry.detail.values and entry.detail_holds


def test_who_is_registered_or_has_an_open_request_stays(world):
    kept = [
        last_touched(world.candidate(registration_count=1), at("2020-01-01 00:00")),
        last_touched(asking := world.candidate(), at("2020-01-01 00:00")),
    ]
    rules.register_in_person(actor=world.officer, now=world.now, candidate=asking, wish=Wish.COPY, text="")
    forget(world.now)
    assert Candidate.objects.filter(pk__in=[one.pk for one in kept]).count() == 2


@pytest.mark.parametrize(("late", "gone"), [(-SECOND, False), (timedelta(), False), (SECOND, True)])
def test_what_is_personal_in_a_request_goes_after_two_years(world, late, gone):
    candidate = world.candidate(registration_count=1)
    request = rules.register_in_person(actor=world.officer, now=world.now, candidate=candidate, wish=Wish.DELETE, text="全部删除")
    rules.refuse_requests(actor=world.officer, now=world.now, requests=[request.pk], reason="已有报考")
    forget(world.now.replace(year=world.now.year + 2) + late)
    kept = PersonalRequest.objects.get(pk=request.pk)
    assert (kept.name, kept.phone, kept.text, kept.answer) == (
        ("", "", "", "") if gone else (candidate.name, candidate.phone, "全部删除", "已有报考")
    )
    assert kept.closed_at == world.now and kept.state == "refused"  # that it was answered, and when, stays
    assert AuditEntry.objects.filter(action="privacy.forgotten").count() == gone


def test_an_open_request_is_never_blanked(world):
    request = rules.register_in_person(actor=world.officer, now=world.now, candidate=world.candidate(), wish=Wish.COPY, text="")
    assert rules.forget_requests(world.now.replace(year=2040)) == 0
    request.refresh_from_db()
    assert request.name


def test_three_years_before_a_day_that_was_not():
    assert years_before(at("2028-02-29 10:00"), 3) == at("2025-02-28 10:00")


def test_the_notice_shows_every_line_of_the_table(client):
    page = client.get("/privacy/").content.decode()
    assert all(one.what in page and one.how_long in page and one.then in page for one in RETENTION)
    assert "未满十四周岁" in page and "单独同意" in page and "/privacy/request/" in page
