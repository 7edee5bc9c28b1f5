"""The exam papers, looked at: four pixels a millimetre, places in millimetres."""

from pathlib import Path
from typing import Any

import pytest

from skillcert.kit.documents.tests.looking import Page, pages, samples

PAPERS = Path(__file__).parents[1] / "documents"
TICKET, DOOR = PAPERS / "admission_ticket", PAPERS / "door_notice"
LABELS, SHEET = PAPERS / "desk_labels", PAPERS / "attendance_sheet"


def cases(folder: Path) -> list[Any]:
    return [pytest.param(data, id=name) for name, data in samples(folder).items()]


def assert_blank(page: Page, boxes: dict[str, tuple[float, float, float, float]]) -> None:
    for place, box in boxes.items():
        assert not page.inked(*box), place


@pytest.mark.parametrize("data", cases(TICKET))
def test_a_ticket_keeps_its_fields_apart(data: dict[str, Any]) -> None:
    on_a5 = [t for t in data["entries"] if len(t["sessions"]) <= 3]
    for page, ticket in zip(pages(TICKET, data), on_a5, strict=False):
        sessions = len(ticket["sessions"])
        row = 11 if sessions == 3 else 12.4
        assert_blank(page, {
            "above the person": (12, 27, 186, 2.6),
            "between photo and fields": (42.6, 30, 5, 44),
            "between fields and QR code": (166.3, 30, 3.4, 40),
            "between person and sessions": (12, 73.5, 186, 4),
            "above the foot line": (12, 138.8, 186, 0.6),
        })  # fmt: skip
        for i in range(sessions):
            y = 85.5 + i * row
            for x in (48.5, 86.5, 152.5, 178.5):
                assert not page.inked(x, y + 0.4, 3, row - 0.8), f"between the columns at {x}"


def test_a_ticket_of_four_sessions_takes_an_a4_sheet_and_prints_all_of_them() -> None:
    first, second = pages(TICKET, samples(TICKET)["many"])
    assert first.pixels.shape[:2] == (148 * 4, 210 * 4)
    assert second.pixels.shape[:2] == (297 * 4, 210 * 4)
    assert all(second.inked(182, 85.5 + i * 12.4 + 2, 14, 8) for i in range(4))


def test_two_tickets_share_a_sheet_with_a_line_to_cut() -> None:
    (page,) = pages(TICKET, samples(TICKET)["two"])
    assert page.part(100, 148, 10, 1).min() < 240
    assert page.part(100, 147, 10, 1).min() == 255
    assert page.inked(12, 157, 60, 14)
    assert not page.inked(12, 149.2, 186, 6)


def test_a_missing_photo_is_a_marked_place_on_exam_papers() -> None:
    data = samples(TICKET)["plain"]
    (page,) = pages(TICKET, data | {"entries": [data["entries"][0] | {"photo": None}]})
    assert page.inked(20, 49, 14, 4)
    assert not page.inked(14, 33, 26, 12)


@pytest.mark.parametrize("data", cases(DOOR))
def test_a_door_notice_keeps_its_lines_apart(data: dict[str, Any]) -> None:
    for page in pages(DOOR, data):
        assert_blank(page, {
            "left": (4.2, 36, 9, 250),
            "right": (196.8, 36, 9, 250),
            "under the band": (14, 34.6, 182, 12),
            "above the place": (14, 111.5, 182, 8),
            "between place and sessions": (14, 134, 182, 4),
            "between subject and time": (104, 140, 6, 13),
            "above the print line": (14, 280.8, 182, 1.2),
        })  # fmt: skip


def test_the_room_number_is_read_from_three_metres() -> None:
    """The figures are about 48 mm high; times at least 10 mm by the 1:300 rule."""
    (page,) = pages(DOOR, samples(DOOR)["plain"])
    rows = (page.part(40, 40, 110, 75).min(axis=2) < 200).any(axis=1)
    assert 46 <= rows.sum() / 4 <= 52
    rows = (page.part(115, 139.5, 80, 16).min(axis=2) < 200).any(axis=1)
    assert rows.sum() / 4 >= 10


def test_a_seat_map_too_small_to_read_is_left_out() -> None:
    _, crowded = pages(DOOR, samples(DOOR)["long"])
    (plain,) = pages(DOOR, samples(DOOR)["plain"])
    assert plain.inked(14, 220, 182, 60)
    assert not crowded.inked(14, 218, 182, 60)


@pytest.mark.parametrize("data", cases(LABELS))
def test_labels_stay_on_their_stock(data: dict[str, Any]) -> None:
    for page in pages(LABELS, data):
        for i in range(10):
            x, y = 4.65 + (i % 2) * 101.6, 6 + i // 2 * 57
            assert_blank(page, {
                "left edge": (x + 0.4, y + 0.4, 4.2, 56),
                "right edge": (x + 94.6, y + 0.4, 4, 56),
                "upper edge": (x + 0.4, y + 0.4, 98, 3.5),
                "lower edge": (x + 0.4, y + 53.5, 98, 2.8),
                "between number and room": (x + 33.9, y + 9.4, 1.9, 18),
                "between text and photo": (x + 68.3, y + 9, 3.3, 36),
                "between name and numbers": (x + 5, y + 41.3, 63, 0.9),
            })  # fmt: skip


def test_eleven_candidates_take_a_second_sheet_of_labels() -> None:
    first, second = pages(LABELS, samples(LABELS)["long"])
    assert first.inked(106, 240, 60, 40)
    assert second.inked(9, 10, 60, 40)
    assert not second.inked(104.2, 10, 99, 275)


@pytest.mark.parametrize("data", cases(SHEET))
def test_no_text_of_the_attendance_sheet_touches_a_line(data: dict[str, Any]) -> None:
    for page, first in zip(pages(SHEET, data), range(0, len(data["entries"][0]["seats"]), 10), strict=True):
        rows = len(data["entries"][0]["seats"][first : first + 10])
        for i in range(rows):
            y = 51 + i * 20.9
            for x in (25, 42, 74, 118, 153, 184):
                assert not page.inked(x + 0.4, y + 0.5, 0.8, 19.9), f"right of the line at {x}"
                assert not page.inked(x - 1.2, y + 0.5, 0.8, 19.9), f"left of the line at {x}"
            assert not page.inked(153.5, y + 0.5, 30, 19.9), "the place for the signature is free"
            assert page.inked(187, y + 7, 6, 7), "the box for 缺考 is drawn"
        assert not page.inked(14, 39, 182, 3.6), "the head stays above the table"


def test_every_page_of_the_attendance_sheet_has_head_and_invigilators() -> None:
    both = pages(SHEET, samples(SHEET)["plain"])
    assert len(both) == 2
    for page in both:
        assert page.inked(80, 9, 50, 8), "title"
        assert page.inked(14, 44, 182, 6), "header row"
        assert page.inked(91, 267, 100, 6), "lines for two invigilators"
