"""The fee slip, looked at: four pixels a millimetre, places in millimetres."""

from pathlib import Path
from typing import Any

import pytest

from skillcert.kit.documents.tests.looking import pages, samples

SLIP = Path(__file__).parents[1] / "documents" / "fee_slip"


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in samples(SLIP).items()])
def test_no_text_touches_a_line(data: dict[str, Any]) -> None:
    page = pages(SLIP, data)[0]
    for y in (34, 44.4):
        for x in (36, 122, 146):
            assert not page.inked(x + 0.4, y + 0.5, 1.2, 9.4)
            assert not page.inked(x - 1.6, y + 0.5, 1.2, 9.4)
    listed = len(data["entries"][0]["items"]) > 3
    for i in range(1 if listed else 0, 3):
        y = 62.8 + i * 8.2
        for x in (74, 96, 120, 142, 168):
            assert not page.inked(x + 0.4, y + 0.5, 1.2, 7.2)
            assert not page.inked(x - 1.6, y + 0.5, 1.2, 7.2)
    assert not page.inked(146, 88, 4, 8), "capitals and figures of the total stand apart"
    assert not page.inked(12, 97.9, 186, 4.5), "the signatures begin below the table"


def test_more_than_three_items_are_listed_on_following_pages() -> None:
    data = samples(SLIP)["many"]
    slip, first, second = pages(SLIP, data)
    assert len(data["entries"][0]["items"]) == 14
    assert first.inked(168, 26 + 12 * 8.2, 29, 8)
    assert second.inked(168, 26, 29, 8)
    assert not second.inked(12, 35, 186, 100)
    assert not slip.inked(168.5, 71.5, 29, 7)
