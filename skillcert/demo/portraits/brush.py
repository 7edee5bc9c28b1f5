"""Painting with distance fields: a small canvas on which soft and sharp shapes of any tilt are laid one over another.

All coordinates are those of the model: x runs from the middle of the picture to the right, y from its top down, in
pixels of the upright picture. The canvas turns and shifts them, so that one description of a face gives many
shots. A shape is an array of signed distances in pixels (negative inside); `ink` turns it into coverage.
"""

from collections.abc import Sequence
from math import cos, hypot, sin
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]  # float32 in fact; numpy's types forget it in sums with plain numbers

Color = Sequence[float]

WIDTH, HEIGHT = 295, 413


class Window(NamedTuple):
    """A part of the canvas: where it lies, and the model coordinates of its pixels."""

    place: tuple[slice, slice]
    x: Field
    y: Field


class Canvas:
    """A picture of three float32 planes (3, height, width), 0-255, seen through a turn (radians), a shift (pixels)
    and a scale about `middle`. Planes, because numpy is several times slower on an innermost axis of three."""

    def __init__(
        self, size: tuple[int, int], middle: tuple[float, float], turn: float, shift: tuple[float, float], scale: float
    ) -> None:
        self.width, self.height = size
        self.planes = np.zeros((3, self.height, self.width), np.float32)
        self._middle, self._shift, self._scale = middle, shift, scale
        self._cos, self._sin = cos(turn), sin(turn)
        across = np.arange(self.width, dtype=np.float32) + (0.5 - self.width / 2 - shift[0] - middle[0])
        down = np.arange(self.height, dtype=np.float32)[:, None] + (0.5 - shift[1] - middle[1])
        self._x = across * (self._cos / scale) + (down * (self._sin / scale) + middle[0])
        self._y = down * (self._cos / scale) - (across * (self._sin / scale) - middle[1])

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The smallest upright part of the picture that holds a rectangle of the model."""
        columns, rows = [], []
        for x, y in ((left, top), (right, top), (left, bottom), (right, bottom)):
            across, down = (x - self._middle[0]) * self._scale, (y - self._middle[1]) * self._scale
            columns.append(across * self._cos - down * self._sin + self._middle[0] + self._shift[0] + self.width / 2)
            rows.append(down * self._cos + across * self._sin + self._middle[1] + self._shift[1])
        place = (
            slice(max(0, int(min(rows)) - 1), max(0, int(max(rows)) + 2)),
            slice(max(0, int(min(columns)) - 1), max(0, int(max(columns)) + 2)),
        )
        return Window(place, self._x[place], self._y[place])

    def lay(self, window: Window, cover: Field, color: Color) -> None:
        """Lay a colour over the window as far as `cover` (0-1) hides what is below."""
        for plane, part in zip(self.planes, color, strict=True):
            below = plane[window.place]
            below += cover * (part - below)

    def tint(self, window: Window, amount: Field, factor: Color) -> None:
        """Multiply by a colour factor as far as `amount` (0-1) says: shadow below 1, light above."""
        for plane, part in zip(self.planes, factor, strict=True):
            if part != 1:
                plane[window.place] *= 1 + amount * (part - 1)


def ink(distance: Field, soft: float = 1.0) -> Field:
    """Coverage 0-1 of a shape whose edge is `soft` pixels wide."""
    cover: Field = 0.5 - distance * (1 / soft)
    np.clip(cover, 0, 1, out=cover)
    return cover


def step(value: Field, begin: float, end: float) -> Field:
    """0 at `begin`, 1 at `end`, smooth between; `begin` may be the greater."""
    t = (value - begin) * (1 / (end - begin))
    np.clip(t, 0, 1, out=t)
    smooth: Field = t * t * (3 - 2 * t)
    return smooth


def glow(window: Window, x: float, y: float, wide: float, high: float) -> Field:
    """A soft spot, 1 in its middle, e^-1 at `wide` and `high`.

    Made as the product of a row and a column: its axes stay upright when the head tilts, which nobody sees.
    """
    row = int(np.abs(window.y[:, window.y.shape[1] // 2] - y).argmin())
    column = int(np.abs(window.x[row] - x).argmin())
    across = np.exp(-(((window.x[row] - x) / wide) ** 2))
    down = np.exp(-(((window.y[:, column] - y) / high) ** 2))
    spot: Field = down[:, None] * across
    return spot


def ellipse(window: Window, x: float, y: float, wide: float, high: float) -> Field:
    """Distance to an ellipse of these half axes, exact at its edge to first order."""
    across, down = (window.x - x) * (1 / wide), (window.y - y) * (1 / high)
    across *= across
    down *= down
    slope = 2 * np.sqrt(across * (1 / wide**2) + down * (1 / high**2)) + 1e-3
    distance: Field = (across + down - 1) / slope
    return distance


def polygon(window: Window, points: Sequence[tuple[float, float]]) -> Field:
    """Distance to a convex polygon, corners clockwise on the screen."""
    distance = np.full(window.x.shape, -1e6, np.float32)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        length = hypot(bx - ax, by - ay)
        side = ((window.x - ax) * (by - ay) - (window.y - ay) * (bx - ax)) / length
        np.maximum(distance, side, out=distance)
    return distance


def mix(one: Color, other: Color, share: float) -> Color:
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))


def shade(color: Color, factor: float) -> Color:
    return tuple(min(255.0, part * factor) for part in color)
