"""The curves are where their formula says, and every part meets its neighbour."""

import re

import numpy as np
import pytest

from skillcert.kit.documents import guilloche as g
from skillcert.kit.documents import rosette_svg

RING = g.Ring(0.50, 0.90, 16, 12, "#000", 0.035, 0.10, fold=12)


def strands(data: str) -> list[np.ndarray]:
    """Per strand the points of its pieces in millimetres: (pieces, 4) complex, start to end."""
    found = []
    for strand in re.findall(r"M([^M]+)", data):
        start, curve = strand.split("c")
        x, y = map(int, re.findall(r"-?\d+", start))
        steps = np.array(re.findall(r"-?\d+", curve), dtype=float).reshape(-1, 3, 2)
        moves = steps[..., 0] + 1j * steps[..., 1]
        starts = x + 1j * y + np.concatenate([[0], np.cumsum(moves[:-1, 2])])
        found.append(np.column_stack([starts, starts[:, None] + moves]) / 100)
    return found


def test_the_border_closes_with_whole_tiles() -> None:
    margin = (297 - 25 * g.TILE) / 2
    assert margin == (210 - 17 * g.TILE) / 2 == 12.5625


def test_neighbouring_tiles_of_the_band_meet() -> None:
    paths = re.findall(r' d="([^"]+)"', g.band_svg())
    assert len(paths) == 3
    for path in paths:
        left = sorted(round(s[0, 0].imag, 2) for s in strands(path))
        right = sorted(round(s[-1, 3].imag, 2) for s in strands(path))
        assert left == pytest.approx(right, abs=0.011)
        assert all(s[-1, 3].real - s[0, 0].real == pytest.approx(g.TILE, abs=0.011) for s in strands(path))


@pytest.mark.parametrize(("part", "sectors"), [("corner", 4), ("underprint", 12)])
def test_a_sector_turned_continues_itself(part: str, sectors: int) -> None:
    for path in re.findall(r' d="([^"]+)"', g.ground_svgs()[part]):
        begins = np.array([s[0, 0] for s in strands(path)]) * np.exp(2j * np.pi / sectors)
        for end in (s[-1, 3] for s in strands(path)):
            assert np.abs(begins - end).min() < 0.02


def test_the_curves_follow_the_formula_within_a_fiftieth_of_a_millimetre() -> None:
    radius = 78.0
    pieces = round(12 / 12 * g.PIECES)
    for k, strand in enumerate(strands(g.ring_path(radius, RING, 0, np.pi / 6))):
        middle = (strand @ np.array([1, 3, 3, 1])) / 8
        angle = (np.arange(pieces) + 0.5) * np.pi / 6 / pieces
        upper, lower = 0.90 + 0.10 * np.cos(12 * angle), 0.50 + 0.035 * np.cos(12 * angle)
        r = (upper + lower) / 2 + (upper - lower) / 2 * np.sin(12 * angle + 2 * np.pi * k / 16)
        assert np.abs(np.abs(middle) - radius * r).max() < 0.06
        assert np.abs(np.angle(middle * np.exp(-1j * angle))).max() * radius < 0.06


def test_no_part_is_longer_than_the_window_of_the_compressor() -> None:
    assert all(len(svg) < 32 * 1024 for svg in g.ground_svgs().values())


def test_the_rosette_changes_with_one_figure_of_the_number() -> None:
    number = "2026003400123200012385"
    assert rosette_svg(number) == rosette_svg(number)
    others = {rosette_svg(number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :]) for i in range(len(number))}
    assert len(others | {rosette_svg(number)}) == len(number) + 1
