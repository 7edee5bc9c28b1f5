"""The certificate and the signing record, looked at: four pixels a millimetre, places in millimetres."""

from pathlib import Path

import numpy as np
import pytest

from skillcert.kit.documents import MissingGlyph, TooLong, Unprintable, render
from skillcert.kit.documents.tests.looking import AT, Page, pages, samples

PAPERS = Path(__file__).parents[1] / "documents"
CERTIFICATE = PAPERS / "certificate"
RECORD = PAPERS / "signing_record"
BARE = {"ground": None, "seal": None, "stamp": None}


def certificate(case: str, **different: object) -> Page:
    (page,) = pages(CERTIFICATE, samples(CERTIFICATE)[case] | different)
    return page


@pytest.mark.parametrize("case", samples(CERTIFICATE))
def test_every_text_stays_in_its_cell(case: str) -> None:
    page = certificate(case, **BARE)
    for place, box in {
        "left of the photo": (8, 8, 27.5, 180),
        "between photo and text": (75, 84, 12.5, 56),
        "right of the head": (261.5, 24, 28, 60),
        "right of the text": (259.7, 84, 30, 57),
        "between name and rule": (88, 97.8, 171, 0.9),
        "between statement and foot": (75, 137, 200, 4.5),
        "between QR code and rosette": (64.3, 147, 3.4, 27),
        "between rosette and number": (94.4, 147, 6.2, 27),
        "between number and issuer": (171.5, 142, 4, 40),
        "below the foot": (30, 180, 240, 8),
    }.items():
        assert not page.inked(*box), place


@pytest.mark.parametrize("case", samples(CERTIFICATE))
def test_name_and_id_number_never_touch(case: str) -> None:
    line = certificate(case, **BARE).part(88, 87, 171, 10)
    blank = (line.min(axis=2) > 200).all(axis=0)
    longest = max(len(run) for run in "".join("x" if b else " " for b in blank).split())
    assert longest >= 5 * 4


def test_the_places_of_both_signatures_stay_free() -> None:
    """电子: the seals come as signatures. 纸质: the round one comes by hand."""
    page = certificate("paper", ground=None, seal=None, stamp=None)
    assert not page.inked(188.5, 163.6, 25, 9.6)
    assert not page.inked(226, 163.6, 32, 20)


@pytest.mark.parametrize("case", ["plain", "long"])
def test_the_seal_covers_the_end_of_the_name_and_nothing_that_must_be_read(case: str) -> None:
    sealed, bare = certificate(case, ground=None), certificate(case, ground=None, seal=None)
    rows, columns = np.nonzero(np.abs(sealed.pixels - bare.pixels).max(axis=2) > 40)
    assert (columns.min() / 4, columns.max() / 4) == pytest.approx((216, 258), abs=0.5)
    assert (rows.min() / 4, rows.max() / 4) == pytest.approx((143, 185), abs=0.5)


def test_preprinted_stock_gets_no_ground() -> None:
    stock, whole = certificate("stock"), certificate("plain")
    assert whole.inked(20, 7, 250, 10)
    assert not stock.inked(0, 0, 297, 25)


@pytest.mark.rule("R91")
def test_without_a_photo_there_is_no_certificate() -> None:
    with pytest.raises(Unprintable, match="考生欧阳龑没有照片，不能生成证书。请院校在考生管理中导入照片后重新发放。"):
        render(CERTIFICATE, samples(CERTIFICATE)["plain"] | {"photo": None}, at=AT)


def test_a_character_without_a_glyph_stops_the_certificate() -> None:
    with pytest.raises(MissingGlyph, match="字库缺字「𢀖」"):
        render(CERTIFICATE, samples(CERTIFICATE)["plain"] | {"name": "王𢀖"}, at=AT)


def test_a_name_below_the_smallest_size_is_told_not_printed() -> None:
    with pytest.raises(TooLong, match="「证书名称」太长"):
        render(CERTIFICATE, samples(CERTIFICATE)["plain"] | {"qualification": "职业技能" * 12}, at=AT)


def test_the_record_of_eight_names_is_one_page_and_the_annex_follows() -> None:
    cases = samples(RECORD)
    assert len(pages(RECORD, cases["plain"])) == 1
    assert len(pages(RECORD, cases["long"])) == 2


@pytest.mark.parametrize("case", samples(RECORD))
def test_the_record_keeps_its_margins(case: str) -> None:
    for page in pages(RECORD, samples(RECORD)[case]):
        assert not page.inked(0, 0, 24.5, 297)
        assert not page.inked(187.5, 0, 22.5, 297)
        assert not page.inked(0, 0, 210, 19)


def test_two_lines_that_are_not_enough_shrink_again() -> None:
    """41 characters need three lines at 12 pt, two at 11: the box above 负责人 is 11 mm high."""
    page = certificate("paper", **BARE, awarding_body="云岭省" * 13 + "中心")
    assert page.inked(176, 153, 83, 4)
    assert not page.inked(176, 150.1, 83, 2)
    assert not page.inked(176, 163.3, 83, 3)
