"""The fonts of the papers: where they lie, which characters they have, what a character looks like.

No font is kept in the repository. The files come from the npm packages ``@expo-google-fonts/*``; the setting
``FONT_PATHS`` (a list of folders, searched with everything below them) says where they are on this machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

# Only these weights are loaded: all of them would take twice the time in each new process. Of the Traditional and
# Japanese families, which fill gaps and nothing else, the regular one is enough.
FILES = {
    "Noto Serif SC": ("NotoSerifSC_400Regular", "NotoSerifSC_600SemiBold", "NotoSerifSC_700Bold"),
    "Noto Sans SC": ("NotoSansSC_400Regular", "NotoSansSC_500Medium", "NotoSansSC_700Bold"),
    "Noto Serif TC": ("NotoSerifTC_400Regular",),
    "Noto Sans TC": ("NotoSansTC_400Regular",),
    "Noto Serif JP": ("NotoSerifJP_400Regular",),
}

SERIF_ORDER = ("Noto Serif SC", "Noto Sans SC", "Noto Serif TC", "Noto Serif JP")
SANS_ORDER = ("Noto Sans SC", "Noto Serif SC", "Noto Sans TC", "Noto Serif JP")


class FontsMissing(Exception):
    """A font file is not on this machine."""


@dataclass(frozen=True)
class Glyph:
    """An outline as SVG path data in units of the em: x from 0 to ``advance``, y downward, baseline at 0."""

    path: str
    left: float
    top: float
    right: float
    bottom: float
    advance: float


_told: list[Path] = []


def look_in(folders: Iterable[Path]) -> None:
    """Say where the fonts lie, in a process that has no settings. Before the first paper."""
    _told[:] = folders


def font_paths() -> list[Path]:
    """The folders of the setting FONT_PATHS; without Django, or without the setting, those that npm made."""
    from django.conf import settings

    given = _told or (getattr(settings, "FONT_PATHS", None) if settings.configured else None)
    return [Path(p) for p in given or [Path(__file__).parents[3] / "node_modules" / "@expo-google-fonts"]]


@cache
def font_file(name: str) -> Path:
    """The file of a face such as ``NotoSerifSC_700Bold``. Raises FontsMissing."""
    for folder in font_paths():
        for path in sorted(folder.rglob(f"{name}.ttf")):
            return path
    raise FontsMissing(
        f"缺少字体文件 {name}.ttf，证书和考务材料无法生成。请管理员执行 npm ci，或在设置 FONT_PATHS 中写明字体目录。"
    )


@cache
def typst_fonts() -> typst.Fonts:
    """The faces as typst takes them, with Libertinus and DejaVu Sans Mono out of its own wheel."""
    folders = sorted({str(font_file(name).parent) for names in FILES.values() for name in names})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


@cache
def _cmap(family: str) -> frozenset[int]:
    with TTFont(font_file(FILES[family][0]), lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_glyphs(text: str, family_order: Iterable[str] = SERIF_ORDER) -> list[str]:
    """The characters of ``text`` that no family can draw, each once, in order. typst itself gives no warning."""
    left = [c for c in dict.fromkeys(text) if not c.isspace()]
    for family in family_order:
        if left:  # reading a cmap takes a quarter of a second, and the first family has nearly everything
            left = [c for c in left if ord(c) not in _cmap(family)]
    return left


@cache
def _face(name: str) -> TTFont:
    return TTFont(font_file(name), lazy=True)


@cache
def glyph(face: str, character: str) -> Glyph | None:
    """The outline of a character in a face, or None where the face lacks it."""
    font = _face(face)
    name = font.getBestCmap().get(ord(character))
    if name is None:
        return None
    em, glyphs = font["head"].unitsPerEm, font.getGlyphSet()
    pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.4f}".rstrip("0").rstrip("."))
    glyphs[name].draw(TransformPen(pen, (1 / em, 0, 0, -1 / em, 0, 0)))
    box = font["glyf"][name]
    left, bottom, right, top = (getattr(box, side, 0) / em for side in ("xMin", "yMin", "xMax", "yMax"))
    return Glyph(pen.getCommands(), left, -top, right, -bottom, glyphs[name].width / em)
