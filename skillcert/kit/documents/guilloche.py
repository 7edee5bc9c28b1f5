"""The guilloche of the certificate and the 核验纹, as SVG.

One formula draws everything: K strands swing between a lower envelope I and an upper envelope O,

    y_k = (O + I) / 2 + (O - I) / 2 * sin(waves * t + 2 pi k / K),   k = 0 ... K - 1,

along a straight line (the band) or around a circle (rosettes, underprint). Curves are cubic Béziers by Hermite fit,
control points P +- h/3 P', nine pieces a wave. Lengths are millimetres; path data is written in whole hundredths,
which keeps each part under the 32 KB within which the PDF's compressor folds the repeats of a part into one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

CINNABAR, GOLD, PALE_GOLD = "#A12A2C", "#B0894A", "#E9DBBB"

TILE = 87 / 8  # 297 - 2m = 25 tiles and 210 - 2m = 17 tiles give this length and m = 12.5625
AMPLITUDE = 4.35  # half the width of the band
CORNER = 7.5  # radius of the corner rosettes
UNDERPRINT = 78.0
ROSETTE = 11.0

PIECES = 9  # Bézier pieces a wave
TURN = 2 * np.pi


@dataclass(frozen=True)
class Ring:
    """A ring of strands: envelopes as shares of the radius, each rippled by ``ripple * cos(fold * angle + turn)``."""

    inner: float
    outer: float
    strands: int
    waves: int
    colour: str
    inner_ripple: float = 0.0
    outer_ripple: float = 0.0
    fold: int = 12
    turn: float = 0.0
    phase: float = 0.0


def _path(points: NDArray[np.complexfloating], slopes: NDArray[np.complexfloating], step: float) -> str:
    """Path data through ``points`` (strands x points) with the derivatives ``slopes``, relative, in hundredths."""
    at = np.round(points * 100)
    first = np.round(slopes[:, :-1] * (step / 3 * 100))
    last = np.diff(at) - np.round(slopes[:, 1:] * (step / 3 * 100))
    pieces = np.stack([first, last, np.diff(at)], axis=-1)
    numbers = np.stack([pieces.real, pieces.imag], axis=-1).astype(int).reshape(len(at), -1).tolist()
    starts = at[:, 0]
    return "".join(
        f"M{int(start.real)} {int(start.imag)}c{' '.join(map(str, row))}"
        for start, row in zip(starts, numbers, strict=True)
    ).replace(" -", "-")


def _stroke(data: str, colour: str, width: float) -> str:
    return f'<path stroke="{colour}" stroke-width="{width * 100:g}" d="{data}"/>'


def _svg(half_width: float, half_height: float, body: str) -> str:
    """An SVG with the origin in its middle; ``body`` is drawn in hundredths of a millimetre."""
    x, y = half_width * 100, half_height * 100
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * half_width:g}mm" height="{2 * half_height:g}mm" '
        f'viewBox="{-x:g} {-y:g} {2 * x:g} {2 * y:g}"><g fill="none" stroke-linejoin="round">{body}</g></svg>'
    )


def ring_path(radius: float, ring: Ring, start: float = 0.0, end: float = TURN) -> str:
    """The strands of ``ring`` between two angles (radians) as path data in hundredths of a millimetre."""
    count = max(2, round(ring.waves * (end - start) / TURN * PIECES))
    t = np.linspace(start, end, count + 1)
    k = np.arange(ring.strands)[:, None]
    beat = ring.fold * t + ring.turn
    upper, lower = ring.outer + ring.outer_ripple * np.cos(beat), ring.inner + ring.inner_ripple * np.cos(beat)
    upper_slope, lower_slope = (-r * ring.fold * np.sin(beat) for r in (ring.outer_ripple, ring.inner_ripple))
    swing = ring.waves * t + TURN * k / ring.strands + ring.phase
    r = (upper + lower) / 2 + (upper - lower) / 2 * np.sin(swing)
    slope = (
        (upper_slope + lower_slope) / 2
        + (upper_slope - lower_slope) / 2 * np.sin(swing)
        + (upper - lower) / 2 * ring.waves * np.cos(swing)
    )
    around = np.exp(1j * t)
    return _path(radius * r * around, radius * (slope + 1j * r) * around, (end - start) / count)


def _rings(radius: float, rings: tuple[Ring, ...], width: float, sectors: int = 1, extra: str = "") -> str:
    """An SVG of one sector of the rings. Turned ``sectors`` times it fills the circle."""
    body = "".join(_stroke(ring_path(radius, r, 0, TURN / sectors), r.colour, width) for r in rings)
    return _svg(radius + 0.5, radius + 0.5, body + extra)


@cache
def band_svg() -> str:
    """One tile of the border: gold swells where cinnabar narrows, a gold pair as spine."""
    t = np.linspace(-TILE / 2, TILE / 2, 2 * PIECES + 3)
    wave = TURN * 2 / TILE

    def strands(count: int, envelope: NDArray[np.floating], slope: NDArray[np.floating], phase: float) -> str:
        k = np.arange(count)[:, None]
        swing = wave * t + TURN * k / count + phase
        y = envelope * np.sin(swing)
        dy = slope * np.sin(swing) + envelope * wave * np.cos(swing)
        return _path(t + 1j * y, 1 + 1j * dy, float(t[1] - t[0]))

    swell, fall = 0.4 * np.cos(TURN * t / TILE), -0.4 * TURN / TILE * np.sin(TURN * t / TILE)
    flat = np.ones_like(t)
    body = _stroke(strands(8, AMPLITUDE * (0.6 + swell), AMPLITUDE * fall, 0), GOLD, 0.12)
    body += _stroke(strands(8, 0.97 * AMPLITUDE * (0.6 - swell), -0.97 * AMPLITUDE * fall, np.pi / 16), CINNABAR, 0.12)
    body += _stroke(strands(2, 0.13 * AMPLITUDE * flat, 0 * flat, 0), GOLD, 0.12)
    return _svg(TILE / 2, AMPLITUDE + 0.15, body)


@cache
def corner_svg() -> str:
    """A quarter of a corner rosette."""
    return _rings(
        CORNER,
        (
            Ring(0.60, 0.93, 8, 12, GOLD, 0.03, 0.03, fold=12),
            Ring(0.27, 0.60, 10, 8, CINNABAR, 0.03, 0.04, fold=8),
            Ring(0.10, 0.26, 8, 8, GOLD, 0.0, 0.03, fold=8),
        ),
        0.10,
        sectors=4,
    )


@cache
def underprint_svg() -> str:
    """A sector of 30 degrees of the flower under the text. Its ripples leave the white petals between the rings."""
    return _rings(
        UNDERPRINT,
        (
            Ring(0.50, 0.90, 16, 12, PALE_GOLD, 0.035, 0.10, fold=12),
            Ring(0.275, 0.475, 10, 12, PALE_GOLD, 0.025, 0.035, fold=12),
            Ring(0.13, 0.265, 10, 12, PALE_GOLD, 0.0, 0.025, fold=12),
            Ring(0.53, 0.93, 3, 12, PALE_GOLD, 0.035, 0.07, fold=12, phase=np.pi / 6),
        ),
        0.10,
        sectors=12,
    )


@lru_cache(maxsize=512)
def rosette_svg(number: str) -> str:
    """The 核验纹 of a certificate: its shape is the SHA-256 of the number, so that an eye can compare paper and screen.

    An aid to the reader. The proof is the signature.
    """
    b = hashlib.sha256(number.encode()).digest()

    def pick(index: int, low: int, high: int) -> int:
        return low + b[index] % (high - low + 1)

    def angle(index: int) -> float:
        return TURN * b[index] / 256

    body = "".join(
        _stroke(ring_path(ROSETTE, ring), ring.colour, 0.11)
        for ring in (
            Ring(
                0.60,
                0.93,
                pick(0, 7, 12),
                pick(1, 7, 14),
                CINNABAR,
                0.02 + b[2] / 256 * 0.03,
                0.01 + b[3] / 256 * 0.04,
                fold=pick(4, 5, 9),
                turn=angle(5),
                phase=angle(6),
            ),
            Ring(
                0.30,
                0.60,
                pick(7, 8, 13),
                pick(8, 6, 13),
                GOLD,
                0.01 + b[9] / 256 * 0.03,
                0.02 + b[10] / 256 * 0.03,
                fold=pick(11, 5, 9),
                turn=angle(12),
                phase=angle(13),
            ),
            Ring(
                0.08,
                0.30,
                pick(14, 7, 11),
                pick(15, 7, 12),
                CINNABAR,
                0.0,
                0.01 + b[16] / 256 * 0.03,
                fold=pick(17, 5, 9),
                turn=angle(18),
                phase=angle(19),
            ),
        )
    )
    rim = f'<circle r="{ROSETTE * 100:g}" stroke="{GOLD}" stroke-width="15"/>'
    return _svg(ROSETTE + 0.2, ROSETTE + 0.2, body + rim)


def ground_svgs() -> dict[str, str]:
    """The parts of the printed ground, for a template that builds the frame out of them."""
    return {"band": band_svg(), "corner": corner_svg(), "underprint": underprint_svg()}
