"""Drawn seals: the round 公章 and the 签名章, as SVG for screens and as a one-page PDF for a signature's appearance.

Characters are outlines, not text: whoever shows the seal needs no font, and no reader can select its name.
All lengths are millimetres, the origin is the middle of the seal.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, radians, sin

from .fonts import SERIF_ORDER, glyph, missing_glyphs
from .typeset import MissingGlyph, drawing_pdf

SEAL_RED = "#C8161D"
OPACITY = 0.86

SEAL_SIZE = 43.0  # the square that the seal and its signature field take
RADIUS = 21.0  # outer edge of the ring
RING = 1.2
STAMP_SIZE = (25.0, 9.6)  # width and height of a 签名章


def _box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    """Millimetres from the top left of a landscape A4 page as PDF points from its bottom left: x1, y1, x2, y2."""
    left, bottom, right, top = (round(mm * 72 / 25.4, 2) for mm in (x, 210 - y - height, x + width, 210 - y))
    return left, bottom, right, top


# Where the certificate leaves room for its two signature fields.
SEAL_BOX = _box(215.5, 142.5, SEAL_SIZE, SEAL_SIZE)
SIGNATURE_BOX = _box(188.5, 163.6, *STAMP_SIZE)

NAME_FACES = ("NotoSerifSC_700Bold", "NotoSansSC_700Bold", "NotoSerifTC_400Regular", "NotoSerifJP_400Regular")
CODE_FACES = ("NotoSansSC_500Medium",)
STAMP_FACES = ("NotoSerifSC_600SemiBold", *NAME_FACES[1:])

# The box of a drawn character of the em, as most Han characters fill it: left, top, right, bottom.
HAN_BOX = (0.03, -0.845, 0.97, 0.085)


def _outline(faces: tuple[str, ...], character: str) -> str:
    for face in faces:
        if found := glyph(face, character):
            return found.path
    raise MissingGlyph([character])


def _character(
    faces: tuple[str, ...],
    character: str,
    transform: str,
    width: float,
    height: float,
    box: tuple[float, float, float, float] = HAN_BOX,
) -> str:
    """A character stretched to ``width`` x ``height``, centred on the origin of ``transform``."""
    left, top, right, bottom = box
    x, y = width / (right - left), height / (bottom - top)
    return (
        f'<path transform="{transform} scale({x:.4f} {y:.4f}) '
        f'translate({-(left + right) / 2:.4f} {-(top + bottom) / 2:.4f})" d="{_outline(faces, character)}"/>'
    )


def name_height(count: int) -> float:
    """The height of the characters of a name of ``count`` characters around the seal."""
    return max(4.3, 6.2 - 0.16 * max(0, count - 16))


def name_placement(count: int) -> tuple[float, float, float, float]:
    """How ``count`` characters stand around the seal: radius of their middles, height, width, degrees between two.

    24 degrees, at most 240 in all, symmetric about the top. The width is what the chord at the characters' feet
    allows, so a long name becomes narrow and never overlaps.
    """
    height = name_height(count)
    middle = RADIUS - RING - 0.95 - height / 2
    pitch = min(24.0, 240.0 / max(1, count - 1))
    chord = 2 * (middle - height / 2) * sin(radians(pitch) / 2)
    apart = 2 * middle * sin(radians(pitch) / 2)
    return middle, height, min(0.84 * height, 1.16 * chord, 0.97 * apart), pitch


def _star() -> str:
    outer, raised = 7.0, 0.2
    inner = outer * sin(radians(18)) / sin(radians(126))
    points = []
    for i in range(10):
        r, a = (outer if i % 2 == 0 else inner), -pi / 2 + i * pi / 5
        points.append(f"{r * cos(a):.3f},{r * sin(a) - raised:.3f}")
    return f'<polygon points="{" ".join(points)}"/>'


def _name(name: str) -> str:
    middle, height, width, pitch = name_placement(len(name))
    first = -(len(name) - 1) / 2 * pitch
    return "".join(
        _character(NAME_FACES, c, f"rotate({first + i * pitch:.3f}) translate(0 {-middle:.3f})", width, height)
        for i, c in enumerate(name)
    )


def _kind(kind: str) -> str:
    height, width = 4.1, 4.1 * 0.82
    pitch = min(width * 1.12, 29.0 / max(1, len(kind)))  # 考核站点专用章 is longer and still clears the ring
    narrow = width * pitch / (width * 1.12)
    return "".join(
        _character(NAME_FACES, c, f"translate({(i - (len(kind) - 1) / 2) * pitch:.3f} 11)", narrow, height)
        for i, c in enumerate(kind)
    )


def _code(code: str) -> str:
    """The figures along the foot of the ring, read from left to right with their feet outward."""
    height, radius, pitch = 1.75, 18.45, 4.6
    figures = ((c, glyph(CODE_FACES[0], c)) for c in code)
    return "".join(
        _character(
            CODE_FACES,
            c,
            f"rotate({((len(code) - 1) / 2 - i) * pitch:.3f}) translate(0 {radius})",
            height * 0.62 * ((g.right - g.left) / 0.47 if g else 1),
            height,
            (g.left, -0.733, g.right, 0.0) if g else HAN_BOX,
        )
        for i, (c, g) in enumerate(figures)
    )


@lru_cache(maxsize=256)
def seal_svg(name: str, code: str = "", kind: str = "证书专用章") -> str:
    """The round seal of an organization. ``code`` is its code of 13 figures, may be empty. Raises MissingGlyph."""
    if lacking := missing_glyphs(name + kind, SERIF_ORDER):
        raise MissingGlyph(lacking)
    half = SEAL_SIZE / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SEAL_SIZE:g}mm" height="{SEAL_SIZE:g}mm" '
        f'viewBox="{-half:g} {-half:g} {SEAL_SIZE:g} {SEAL_SIZE:g}"><g fill="{SEAL_RED}" opacity="{OPACITY}">'
        f'<circle r="{RADIUS - RING / 2:g}" fill="none" stroke="{SEAL_RED}" stroke-width="{RING:g}"/>'
        f"{_star()}{_name(name)}{_kind(kind)}{_code(code)}</g></svg>"
    )


@lru_cache(maxsize=256)
def seal_pdf(name: str, code: str = "", kind: str = "证书专用章") -> bytes:
    """The seal as a one-page PDF of 43 x 43 mm, sharp at any size: the appearance of a digital signature."""
    return drawing_pdf(seal_svg(name, code, kind), SEAL_SIZE, SEAL_SIZE)


@lru_cache(maxsize=256)
def signature_stamp_svg(name: str) -> str:
    """An invented 负责人签名章 out of a name, for a demonstration where none was uploaded: slanted, close, swelling."""
    if lacking := missing_glyphs(name, SERIF_ORDER):
        raise MissingGlyph(lacking)
    width, height = STAMP_SIZE
    pitch = min(7.2, (width - 2.4) / max(1, len(name)))
    letters = ""
    for i, c in enumerate(name):
        # A hand does not repeat itself: each character leans, rises and swells a little differently.
        beat = ord(c) * 0.618 + i * 2.4
        lean, rise, size = 6 * sin(beat), 0.45 * cos(1.7 * beat), 1 + 0.08 * sin(2.3 * beat)
        x = (i - (len(name) - 1) / 2) * pitch
        letters += _character(
            STAMP_FACES, c, f"translate({x:.3f} {rise:.3f}) rotate({lean:.2f}) skewX(-11)", pitch * size, 7.2 * size
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="{-width / 2:g} {-height / 2:g} {width:g} {height:g}">'
        f'<g fill="#1D1A18" stroke="#1D1A18" stroke-width=".012">{letters}</g></svg>'
    )


@lru_cache(maxsize=256)
def signature_stamp_pdf(name: str) -> bytes:
    """The invented 签名章 as a one-page PDF of 25 x 9.6 mm."""
    return drawing_pdf(signature_stamp_svg(name), *STAMP_SIZE)
