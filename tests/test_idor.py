"""The small count of ``make trial NAME=idor``, and that it would notice."""

from __future__ import annotations

import pytest

from skillcert.candidates.models import Candidate
from skillcert.kit.rows import EVERYBODY
from tests.trials.idor import run, secrets
from tests.world import World


@pytest.mark.django_db
def test_generated_requests_of_strangers_find_and_change_nothing(world: World) -> None:
    found = run(world, requests=600, seed=7)
    assert (found.leaks, found.writes, found.failures) == ([], [], [])


@pytest.mark.django_db
def test_a_model_that_shows_itself_to_everybody_would_be_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.candidate("欧阳一诺")
    stranger = world.client_as(world.stranger)
    assert not [one for one in secrets() if one in stranger.get("/candidates/college/").content.decode()]
    monkeypatch.setattr(Candidate, "seen_by", classmethod(lambda cls, actor: EVERYBODY))
    assert "欧阳一诺" in [one for one in secrets() if one in stranger.get("/candidates/college/").content.decode()]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/users/99999999999999999999/", "/pilots/print/99999999999999999999/"])
def test_a_key_too_long_for_any_column_is_not_found(world: World, address: str) -> None:
    assert world.client_as(world.officer).get(address).status_code == 404
    sent = {"keys": "99999999999999999999", "list": "candidates.CollegeCandidates"}
    assert world.client_as(world.officer).post("/candidates/verify/", sent).status_code == 400
