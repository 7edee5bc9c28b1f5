"""R218: the cycles as a pure function, over years, leap days and changes of the setting; the server runs in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from skillcert.weekly.cycles import (
    BEGINNING,
    HALF_MONTH,
    SECOND,
    WEEK,
    Setting,
    before,
    changed,
    cycle_at,
    latest,
    of_year,
)
from tests.world import at

WEEKLY, HALF = [Setting(BEGINNING, WEEK)], [Setting(BEGINNING, HALF_MONTH)]
moments = st.datetimes(datetime(2001, 1, 1), datetime(2045, 12, 31)).map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
kinds = st.sampled_from([WEEK, HALF_MONTH])
patient = example_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def histories(draw):
    """Settings as ``changed`` makes them: a beginning, then changes at some moments."""
    settings = [Setting(BEGINNING, draw(kinds))]
    for moment in sorted(draw(st.lists(moments, max_size=4))):
        settings = changed(settings, draw(kinds), moment)
    return settings


@pytest.mark.parametrize(
    ("settings", "moment", "first", "end", "label"),
    [
        (WEEKLY, "2026-11-16 00:00:00", "2026-11-16", "2026-11-23", "第 47 周"),
        (WEEKLY, "2026-11-22 23:59:59", "2026-11-16", "2026-11-23", "第 47 周"),
        (WEEKLY, "2026-11-23 00:00:00", "2026-11-23", "2026-11-30", "第 48 周"),
        (WEEKLY, "2027-01-02 10:00:00", "2026-12-28", "2027-01-04", "第 53 周"),
        (HALF, "2026-11-15 23:59:59", "2026-11-01", "2026-11-16", "11 月上半月"),
        (HALF, "2026-11-16 00:00:00", "2026-11-16", "2026-12-01", "11 月下半月"),
        (HALF, "2028-02-29 23:59:59", "2028-02-16", "2028-03-01", "2 月下半月"),
        (HALF, "2027-02-28 23:59:59", "2027-02-16", "2027-03-01", "2 月下半月"),
        (HALF, "2026-12-31 23:59:59", "2026-12-16", "2027-01-01", "12 月下半月"),
    ],
)  # fmt: skip
@pytest.mark.rule("R218", "R220", "R221")
def test_weeks_begin_on_monday_and_half_months_on_the_1st_and_16th(settings, moment, first, end, label):
    found = cycle_at(settings, at(moment).astimezone(UTC))
    assert (found.start, found.end, found.label) == (at(f"{first} 00:00"), at(f"{end} 00:00"), label)


@pytest.mark.rule("R218")
def test_a_cycle_says_its_year_and_its_days():
    turn = cycle_at(WEEKLY, at("2027-01-01 10:00"))
    assert (turn.year, turn.full_label, turn.days) == (2026, "2026 年第 53 周", "2026-12-28 至 2027-01-03")
    assert cycle_at(HALF, at("2026-11-20 10:00")).full_label == "2026 年 11 月下半月"


@patient
@given(histories(), moments)
def test_cycles_cover_all_time_without_gap_or_overlap(settings, now):
    cycle = cycle_at(settings, now)
    assert cycle.start <= now < cycle.end
    assert cycle_at(settings, cycle.start) == cycle == cycle_at(settings, cycle.end - SECOND)
    assert cycle_at(settings, cycle.end).start == cycle.end
    assert before(settings, cycle).end == cycle.start
    assert cycle.end - cycle.start <= timedelta(days=16)


@patient
@given(histories(), moments)
def test_a_cycle_begins_and_ends_at_midnight_of_the_platform(settings, now):
    for moment in (cycle_at(settings, now).start, cycle_at(settings, now).end):
        assert timezone.localtime(moment).time().isoformat() == "00:00:00"


@patient
@given(histories(), moments, kinds)
def test_a_change_leaves_the_past_and_the_present_cycle_alone(settings, now, kind):
    now = max(now, settings[-1].since)  # what is decided later comes later
    after = changed(settings, kind, now)
    cycle = cycle_at(settings, now)
    assert [cycle_at(after, moment) for moment in (cycle.start - SECOND, now)] == [before(settings, cycle), cycle]
    assert cycle_at(after, cycle.end).kind == kind
    assert cycle_at(after, cycle.end).start == cycle.end


@patient
@given(histories(), moments)
def test_no_two_cycles_of_a_history_have_one_name(settings, now):
    found = latest(settings, now, 30)
    assert len({(cycle.kind, cycle.full_label) for cycle in found}) == 30
    assert len({cycle.key for cycle in found}) == 30


@pytest.mark.rule("R218")
def test_a_second_change_within_a_cycle_replaces_the_first():
    once = changed(WEEKLY, HALF_MONTH, at("2026-11-18 09:00"))
    assert once == [*WEEKLY, Setting(at("2026-11-23 00:00"), HALF_MONTH)]
    assert changed(once, WEEK, at("2026-11-19 09:00")) == WEEKLY
    first = cycle_at(once, at("2026-11-23 00:00"))
    assert (first.label, first.days) == ("11 月下半月", "2026-11-23 至 2026-11-30")


def test_a_year_has_its_cycles_as_far_as_they_have_begun():
    assert len(of_year(WEEKLY, 2026, at("2028-01-01 10:00"))) == 53
    assert len(of_year(HALF, 2027, at("2028-06-01 10:00"))) == 24
    assert [cycle.label for cycle in of_year(HALF, 2027, at("2027-01-20 10:00"))] == ["1 月上半月", "1 月下半月"]
