"""Hair behind the head and before it. The crown follows the skull; the lower edge makes the style."""

import numpy as np

from skillcert.demo.portraits.brush import HEIGHT, Canvas, Field, Window, ellipse, ink, mix, shade, step
from skillcert.demo.portraits.face import head_outline
from skillcert.demo.portraits.person import Person

HAIR_BEHIND = {"bob": 14.0, "long": 96.0, "bangs": 34.0, "tail": 0.0}
HANGING = {"bob", "long", "bangs"}


def draw_hair_behind(canvas: Canvas, person: Person) -> None:
    """The mass behind head and neck, down to so many pixels below the chin."""
    if person.style == "tail":
        window = canvas.window(-140, 130, 140, 420)
        side = 1 if person.part > 0 else -1
        middle = 46 + 16 * step(window.y, 225, 330)
        tail = np.abs(window.x * side - middle) - 19 * step(window.y, 205, 270) * step(window.y, 416, 320)
        canvas.lay(window, ink(tail, 1.5), shade(person.hair, 0.85))
        return
    bottom = person.chin + HAIR_BEHIND[person.style]
    window = canvas.window(-140, 60, 140, min(HEIGHT + 6, bottom + 14))
    wide = person.half_width + 11 + 7 * person.volume
    top = np.hypot(window.x / wide, np.minimum(0, window.y - 168) / 98) - 1
    flare = step(window.y, 180, bottom) * (9 if person.style != "long" else 4)
    inward = step(window.y, bottom - 26, bottom + 6) * (12 if person.style == "bob" else 5)
    shape = np.where(window.y < 168, top * 90, np.abs(window.x) - wide - flare + inward)
    shape = np.maximum(shape, window.y - bottom + (window.x / 42) ** 2 * 1.4)
    cover = ink(shape, 1.6)
    canvas.lay(window, cover, shade(person.hair, 0.92))
    strands = 0.5 + 0.5 * np.sin(window.x * 0.9 + np.sin(window.y * 0.03) * 3)
    canvas.tint(window, cover * strands * 0.5, (1.22, 1.22, 1.22))
    canvas.tint(window, cover * step(np.abs(window.x), wide * 0.9, wide * 0.55), (0.55, 0.55, 0.55))


def draw_hair(canvas: Canvas, window: Window, outline: Field, person: Person) -> None:
    """The hair before the head: the crown follows the skull, its lower edge makes the style."""
    u = window.x / person.half_width
    edge, thick = _hair_edge(window, u, outline, person)
    crown = outline - (thick if person.style in HANGING else thick * step(window.y, person.eye_y + 20, 120))
    shape = np.maximum(crown, (window.y - edge) * 0.75)
    cover = ink(shape, 1.6)
    below = ink(shape - 5, 9) * ink(outline, 1.3) * (1 - cover)
    canvas.tint(window, below * 0.6, (0.70, 0.58, 0.54))
    canvas.lay(window, cover, person.hair)
    fan = (window.x - person.part * 40) / (320 - window.y)
    strands = np.sin(fan * 66) * 0.5 + np.sin(fan * 151) * 0.3
    canvas.tint(window, cover * np.clip(0.35 + strands * 0.5, 0, 1) * 0.5, (1.25, 1.25, 1.26))
    from_middle = (window.x + 12) ** 2 + ((window.y - 190) * 0.92) ** 2
    gloss = np.clip(1 - ((from_middle - 88**2) / 2400) ** 2, 0, 1) * step(window.y, 150, 100)
    canvas.lay(window, cover * gloss * (0.22 + 0.12 * np.clip(strands, -1, 1)), mix(person.hair, (190, 180, 184), 0.7))
    canvas.tint(window, cover * step(u, 0.2, 1.2) * 0.5, (0.66, 0.66, 0.68))
    if person.style == "bun":
        top = canvas.window(-50, 20, 50, 110)
        knot = ellipse(top, 4 * person.part, 68, 30, 24)
        canvas.lay(top, ink(knot, 1.5) * (1 - ink(head_outline(top, person) - 3, 3)), shade(person.hair, 1.05))


def _hair_edge(window: Window, u: Field, outline: Field, person: Person) -> tuple[Field, float]:
    """The y of the hair's lower edge over the face, and how far the hair stands out from the skull."""
    line = 122 + person.hairline
    side = 1 if person.part > 0 else -1
    temple = person.eye_y + 12
    toward = u * side
    reach = np.abs(u)
    sides = step(outline, -15, -1)
    # Long hair follows the temple, then hangs: it must not run along the jaw like a beard.
    locks = np.where(window.y < person.eye_y + 10, step(outline, -14, -3), step(reach, 0.79, 0.955)) * 200
    if person.style == "crew":
        return line - 6 + 6 * reach**2 + sides * (temple - line - 2), 5 + 4 * person.volume
    if person.style == "parted":
        sweep = line - 8 + 22 * step(np.abs(toward - abs(person.part)), 0.0, 1.25) * (toward < abs(person.part))
        sweep = sweep + 10 * step(toward, abs(person.part), 1.0)
        return sweep + sides * (temple - line - 12), 9 + 7 * person.volume
    if person.style == "swept":
        return line - 10 + 8 * reach**2 + sides * (temple - line - 4), 13 + 8 * person.volume
    if person.style in ("fringe", "short"):
        teeth = 3.0 * np.abs(np.sin(u * 7 + person.part * 9))
        low = person.eye_y - person.brow_y - 12
        return low - teeth - 8 * step(toward, 0.2, 0.9) + sides * (
            temple + (20 if person.style == "short" else 0) - low
        ), 9 + 6 * person.volume
    if person.style in ("tail", "bun"):
        return line - 10 + 14 * reach**2.5 + sides * (temple - line - 22), 6 + 4 * person.volume
    if person.style == "bangs":
        low = person.eye_y - person.brow_y - 1
        return low - 1.5 * np.abs(np.sin(u * 9)) + locks, 10 + 6 * person.volume
    curtain = line - 12 + 44 * step(np.abs(toward - abs(person.part)), 0.0, 1.1)
    return curtain + locks, 10 + 6 * person.volume
