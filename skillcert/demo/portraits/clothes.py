"""Shoulders, collars, ties and lapels."""

from random import Random

import numpy as np

from skillcert.demo.portraits.brush import HEIGHT, Canvas, Color, Field, Window, ellipse, ink, polygon, shade, step
from skillcert.demo.portraits.person import Person

SUITS = ((34, 46, 78), (44, 46, 54), (30, 34, 44), (58, 62, 72), (62, 40, 58), (36, 62, 68))
SHIRTS = ((246, 247, 250), (236, 240, 247), (250, 246, 238), (220, 232, 245))
SWEATERS = ((38, 54, 92), (92, 50, 58), (60, 80, 70), (88, 92, 102), (150, 120, 92), (52, 52, 60))
TIES = ((120, 32, 44), (32, 60, 112), (40, 74, 70), (84, 58, 104))


def draw_clothes(canvas: Canvas, person: Person, clothes: str, dice: Random) -> None:
    base = person.chin + 28
    window = canvas.window(-160, base - 12, 160, HEIGHT + 12)
    body = ink(_shoulders(window, person), 1.5)
    fold = 0.5 + 0.5 * np.sin(window.x * 0.05 + 1)
    if clothes in ("tee", "sweater"):
        color = dice.choice(SWEATERS if clothes == "sweater" else (*SHIRTS, *SWEATERS[:3]))
        neck = ellipse(window, 0, base - 2, 42, 34 if clothes == "tee" else 26)
        canvas.lay(window, body * ink(-neck, 1.5), color)
        rib = ink(np.abs(neck - 4) - 4, 1.5) * body
        canvas.tint(window, rib, (0.88, 0.88, 0.88))
        if clothes == "sweater":
            _draw_collar(canvas, window, person, dice.choice(SHIRTS), spread=34, depth=30)
    else:
        shirt = dice.choice(SHIRTS)
        open_neck = polygon(window, [(-30, base - 14), (30, base - 14), (0, base + 40)])
        canvas.lay(window, body * ink(-open_neck, 1.5), shirt)
        if person.sex == "男" and (clothes == "suit" or dice.random() < 0.3):
            canvas.lay(window, ink(open_neck - 1, 1.5) * step(window.y, base + 4, base + 14), shade(shirt, 0.9))
            tie = dice.choice(TIES)
            canvas.lay(
                window, ink(polygon(window, [(-12, base + 12), (12, base + 12), (7, base + 38), (-7, base + 38)])), tie
            )
            canvas.lay(
                window,
                ink(polygon(window, [(-6, base + 39), (6, base + 39), (17, HEIGHT + 20), (-17, HEIGHT + 20)])),
                shade(tie, 0.92),
            )
        _draw_collar(canvas, window, person, shirt, spread=40, depth=44)
        if clothes == "suit":
            _draw_lapels(canvas, window, base, body, dice.choice(SUITS))
    canvas.tint(window, body * step(np.abs(window.x), 60, 170) * (0.5 + 0.5 * fold), (0.72, 0.72, 0.76))


def _shoulders(window: Window, person: Person) -> Field:
    top = person.chin + (33 if person.sex == "男" else 36)
    reach = np.abs(window.x)
    slope = 0.30 if person.sex == "男" else 0.36
    fall = np.maximum(0, reach - (128 if person.sex == "男" else 108)) ** 2 / 26
    line: Field = top + reach * slope + reach * reach * 0.0006 + fall - window.y
    return line


def _draw_collar(canvas: Canvas, window: Window, person: Person, color: Color, *, spread: float, depth: float) -> None:
    base = person.chin + 28
    for side in (-1, 1):
        corners = [(30, base - 16), (spread + 6, base - 4), (spread - 10, base + depth), (0, base + depth * 0.82)]
        wing = polygon(window, _mirrored(corners, side))
        canvas.tint(window, ink(wing - 2, 4) * 0.5, (0.78, 0.76, 0.76))
        canvas.lay(window, ink(wing), color)
        canvas.tint(window, ink(np.abs(wing + 1.2) - 0.5, 1.2) * 0.5, (0.86, 0.86, 0.88))


def _draw_lapels(canvas: Canvas, window: Window, base: float, body: Field, color: Color) -> None:
    apex = base + 104
    opening = np.abs(window.x) - np.clip((apex - window.y) * 0.40, 0, 60)
    jacket = body * ink(-opening, 1.5)
    canvas.lay(window, jacket, color)
    for side in (-1, 1):
        lapel = polygon(
            window, _mirrored([(34, base + 4), (58, base + 26), (50, base + 52), (2, apex + 6), (0, apex - 4)], side)
        )
        canvas.tint(window, ink(lapel - 2, 5) * body, (0.72, 0.72, 0.76))
        canvas.lay(window, ink(lapel) * jacket, shade(color, 1.12))
    canvas.tint(window, ink(np.abs(window.x - 1) - 0.7, 1.4) * (window.y > apex), (0.7, 0.7, 0.7))


def _mirrored(points: list[tuple[float, float]], side: int) -> list[tuple[float, float]]:
    """The points on the right (1) or on the left (-1); turned round there, so that they stay clockwise."""
    return points if side > 0 else [(-x, y) for x, y in reversed(points)]
