"""The small count of ``make trial NAME=kill_9``: one import and one export, their workers killed a few times."""

from __future__ import annotations

import random

import pytest

from tests.trials.kill_9 import Killing, export_survives, import_survives
from tests.world import World


@pytest.mark.django_db(transaction=True)
def test_an_import_and_an_export_survive_killed_workers(world: World, child_environment: dict[str, str]) -> None:
    killing = Killing(random.Random(7), child_environment, longest=0.15)
    import_survives(world, killing, first=0, rows=6000)
    export_survives(world, killing)
    assert killing.kills
