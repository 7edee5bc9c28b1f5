"""What holds for every paper of every room."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from skillcert.kit.documents import MissingGlyph, TooLong, book, render
from skillcert.kit.documents.tests.looking import AT, pages, samples
from skillcert.kit.documents.typeset import GETA, PACKAGE

FOLDERS = sorted(path.parent for path in PACKAGE.glob("*/documents/*/template.typ"))
CASES = [(folder, name) for folder in FOLDERS for name in samples(folder)]
NAMED = [f"{folder.name}-{name}" for folder, name in CASES]
TICKET = PACKAGE / "seating/documents/admission_ticket"
LABELS = PACKAGE / "seating/documents/desk_labels"

# Run in a fresh process: prints a digest for each paper whose data comes in.
DIGESTS = """
import hashlib, json, sys
from pathlib import Path
from skillcert.kit.documents import render
from skillcert.kit.documents.tests.looking import AT
for folder, data in json.load(sys.stdin):
    print(hashlib.sha256(render(Path(folder), data, at=AT)).hexdigest())
"""


def test_the_papers_are_there_with_their_data_and_nothing_else() -> None:
    assert len(FOLDERS) == 9
    for folder in FOLDERS:
        assert sorted(path.name for path in folder.iterdir()) == ["sample.json", "template.typ"]


@pytest.mark.parametrize(("folder", "name"), CASES, ids=NAMED)
def test_it_is_an_archivable_and_accessible_pdf_with_every_font_inside(folder: Path, name: str) -> None:
    pdf = render(folder, samples(folder)[name], at=AT)
    for part in (
        rb"pdfaid:part>2<",
        rb"pdfaid:conformance>A<",
        rb"pdfuaid:part>1<",
        rb"/Lang ?\(zh-CN\)",
        rb"/MarkInfo",
    ):
        assert re.search(part, pdf), part
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf


def test_the_same_data_give_the_same_bytes_also_in_another_process() -> None:
    chosen = [(str(folder), samples(folder)["plain"]) for folder in FOLDERS]
    here = [hashlib.sha256(render(Path(folder), data, at=AT)).hexdigest() for folder, data in chosen]
    again = [hashlib.sha256(render(Path(folder), data, at=AT)).hexdigest() for folder, data in chosen]
    there = subprocess.run(
        [sys.executable, "-c", DIGESTS],
        input=json.dumps(chosen),
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    assert here == again == there.stdout.split()


def test_another_moment_gives_another_file() -> None:
    data = samples(TICKET)["plain"]
    assert render(TICKET, data, at=AT) != render(TICKET, data, at=AT.replace(year=2025))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_signs_of_the_typesetter_in_the_data_are_only_text(folder: Path) -> None:
    data = samples(folder)["plain"]
    field = next(f for f in ("plan", "qualification", "platform") if f in data)
    render(folder, data | {field: '#panic("x") *粗* $1$ #read("/etc/passwd") \\u{41}'}, at=AT)


def with_name(name: str) -> dict:
    data = samples(TICKET)["plain"]
    return data | {"entries": [data["entries"][0] | {"name": name}]}


def test_a_missing_character_stops_a_paper_that_nobody_reports_on() -> None:
    with pytest.raises(MissingGlyph, match=r"^字库缺字「𢀖」「𮧵」$"):
        render(TICKET, with_name("王𢀖𮧵"), at=AT)


def test_a_reported_missing_character_is_printed_as_a_mark() -> None:
    report: list[str] = []
    marked = render(TICKET, with_name("王𢀖"), at=AT, report=report)
    assert report == [f"「王𢀖」中的𢀖字库没有，已印作{GETA}，请手工补写。"]
    assert marked == render(TICKET, with_name(f"王{GETA}"), at=AT)


def test_a_text_too_long_for_the_paper_is_never_cut() -> None:
    with pytest.raises(TooLong, match=r"「姓名」太长，版面放不下：长{60}。请核对并缩短后重新生成。"):
        render(TICKET, with_name("长" * 60), at=AT)


def room(seats: int, **different: object) -> dict:
    entry = samples(LABELS)["plain"]["entries"][0]
    return entry | {"seats": [entry["seats"][i % 10] | {"seat": f"{i + 1:02d}"} for i in range(seats)]} | different


def page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b", pdf))


def test_a_book_is_cut_between_rooms_and_made_in_processes_of_its_own() -> None:
    shared = {key: value for key, value in samples(LABELS)["plain"].items() if key != "entries"}
    rooms = [room(25), room(11), room(3)]
    volumes = list(book(LABELS, rooms, at=AT, shared=shared, most=5))
    assert len(volumes) == 2
    assert volumes[0] == render(LABELS, shared | {"entries": rooms[:2]}, at=AT)
    assert volumes[1] == render(LABELS, shared | {"entries": rooms[2:]}, at=AT)


def test_a_book_leaves_out_the_row_that_does_not_fit_and_says_so() -> None:
    shared = {key: value for key, value in samples(LABELS)["plain"].items() if key != "entries"}
    good, bad = room(3), room(3)
    bad["seats"][1] = bad["seats"][1] | {"name": "长" * 60}
    report: list[str] = []
    (volume,) = book(LABELS, [bad, good], at=AT, shared=shared, report=report)
    assert report == [f"「姓名」太长，版面放不下：{'长' * 60}。请核对并缩短后重新生成。"]
    kept = bad | {"seats": [bad["seats"][0], bad["seats"][2]]}
    assert volume == render(LABELS, shared | {"entries": [kept, good]}, at=AT)
    with pytest.raises(TooLong):
        list(book(LABELS, [bad], at=AT, shared=shared))


@pytest.mark.parametrize(("folder", "name"), CASES, ids=NAMED)
def test_nothing_but_the_ground_comes_near_the_edge(folder: Path, name: str) -> None:
    """4.2 mm stay free, where common printers cannot print; cut marks and bands may reach the edge, text never."""
    if folder.name in {"desk_labels", "door_notice"}:
        return
    for page in pages(folder, samples(folder)[name]):
        height, width = (side / 4 for side in page.pixels.shape[:2])
        cut = 148.5 if (folder.name, name) == ("admission_ticket", "two") else None
        for x, y, w, h in ((0, 0, width, 4.2), (0, height - 4.2, width, 4.2)):
            assert not page.inked(x, y, w, h)
        if cut is None:
            assert not page.inked(0, 0, 4.2, height)
            assert not page.inked(width - 4.2, 0, 4.2, height)
