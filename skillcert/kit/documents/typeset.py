"""Papers out of a template folder and data, by typst.

A folder holds ``template.typ`` and ``sample.json`` (the data it takes, with the hard cases). ``render`` gives one PDF
(PDF/A-2a and PDF/UA-1); the same data and the same moment give the same bytes. ``book`` gives long ones, cut into
files of about ``most`` pages, each made in a process of its own, because typst gives no memory back.

``report`` is a list for sentences. Where one is given, a paper is made in spite of what it cannot show, and the list
says what that was; without one, nothing incomplete leaves this module.

In the data, ``bytes`` are pictures (JPEG or PNG), and ``{"qr_svg": "https://..."}`` is replaced by the drawing of that
name: see ``_drawings``. SVG goes as text, and only our own, never an upload. Everything else is inert: no sign in it is
read as typst.
"""

from __future__ import annotations

import base64
import io
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import segno
import typst
from PIL import Image

from . import fonts
from .fonts import SERIF_ORDER, missing_glyphs, typst_fonts

PACKAGE = Path(__file__).parents[2]  # templates import "/kit/documents/paper.typ"
STANDARDS = ["a-2a", "ua-1"]
SEATS_A_SHEET = 10  # desk labels and attendance sheets
GETA = "〓"  # stands where a character cannot be drawn
REFUSED = "cannot be printed|"  # how a template refuses, with a sentence
TOO_LONG = "too long for its place|"  # how paper.typ says that a text does not fit at its smallest size


class Unprintable(Exception):
    """Data that a paper cannot show whole. The sentence goes to the clerk."""


class MissingGlyph(Unprintable):
    """The fonts lack characters of the data."""

    def __init__(self, characters: list[str]) -> None:
        super().__init__("字库缺字" + "".join(f"「{c}」" for c in characters))
        self.characters = characters

    def __reduce__(self) -> tuple[type, tuple[list[str]]]:
        return type(self), (self.characters,)


class TooLong(Unprintable):
    """A text does not fit its place even at the smallest size."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"「{field}」太长，版面放不下：{text}。请核对并缩短后重新生成。")
        self.field, self.text = field, text

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.field, self.text)


@lru_cache(maxsize=512)
def qr_svg(text: str, *, border: int = 0) -> str:
    """A QR code of level M on a clear ground, sized by its viewBox. Screens give the quiet zone, ``border=4``."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False, boost_error=False)
    plain = {"xmldecl": False, "nl": False, "svgclass": None, "lineclass": None, "omitsize": True}
    code.save(out, kind="svg", border=border, dark="#1D1A18", **plain)
    return out.getvalue().decode()


def _drawings() -> dict[str, Callable[..., Any]]:
    from . import guilloche, seal  # seal imports this module

    return {
        "qr_svg": qr_svg,
        "rosette_svg": guilloche.rosette_svg,
        "ground_svgs": guilloche.ground_svgs,
        "seal_svg": seal.seal_svg,
        "signature_stamp_svg": seal.signature_stamp_svg,
    }


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if not value.startswith("<svg"):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)


def _picture(photo: bytes) -> str:
    """A JPEG or PNG inside an SVG. As an array of numbers it would take typst four times as long and thirty times the
    memory; the PDF carries the same JPEG either way.
    """
    with Image.open(io.BytesIO(photo)) as image:  # reads the head only
        kind, (width, height) = str(image.format).lower(), image.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><image width="{width}" '
        f'height="{height}" href="data:image/{kind};base64,{base64.b64encode(photo).decode()}"/></svg>'
    )


def _prepared(value: Any, lacking: frozenset[str]) -> Any:
    """The data as the template takes it: drawings drawn, characters that no font has replaced by 〓."""
    if isinstance(value, str):
        return "".join(GETA if c in lacking else c for c in value) if lacking else value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _picture(bytes(value))
    if isinstance(value, dict):
        if len(value) == 1 and (draw := _drawings().get(next(iter(value)))):
            given = next(iter(value.values()))
            return draw(**given) if isinstance(given, dict) else draw(given)
        return {key: _prepared(part, lacking) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_prepared(part, lacking) for part in value]
    return value


@cache
def _compiler(template: Path) -> typst.Compiler:
    return typst.Compiler(str(template), root=str(PACKAGE), font_paths=typst_fonts(), ignore_system_fonts=True)


def _compile(template: Path, data: Any, **options: Any) -> list[bytes]:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        made = _compiler(template).compile(sys_inputs={"data": text}, **options)
    except typst.TypstError as error:
        said = str(error)
        if REFUSED in said:
            raise Unprintable(said.split(REFUSED, 1)[1].split('"')[0]) from None
        if TOO_LONG in said:
            field, text = said.split(TOO_LONG, 1)[1].split("|", 1)
            raise TooLong(field, text.split('"\n')[0].removesuffix('"')) from None
        raise
    return made if isinstance(made, list) else [made or b""]


def _typeset(folder: Path, data: dict[str, Any], at: datetime, report: list[str] | None, **options: Any) -> list[bytes]:
    lacking: set[str] = set()
    for text in _strings(data):
        if missing := missing_glyphs(text, SERIF_ORDER):
            if report is None:
                raise MissingGlyph(missing)
            lacking.update(missing)
            report.append(f"「{text}」中的{'、'.join(missing)}字库没有，已印作{GETA}，请手工补写。")
    prepared = _prepared(data, frozenset(lacking))
    return _compile(Path(folder) / "template.typ", prepared, timestamp=int(at.timestamp()), **options)


def render(folder: Path, data: dict[str, Any], *, at: datetime, report: list[str] | None = None) -> bytes:
    """The paper of ``folder`` for ``data`` as PDF bytes, dated ``at`` (aware).

    A character that no font has raises MissingGlyph: no certificate is printed with a hole. With a ``report``, as
    exam papers are made, 〓 is drawn instead. Raises TooLong, and Unprintable where the template itself refuses.
    """
    return _typeset(folder, data, at, report, format="pdf", pdf_standards=STANDARDS)[0]


def preview(folder: Path, data: dict[str, Any], *, at: datetime, ppi: float = 96) -> list[bytes]:
    """The same as pictures for a screen: a PNG a page."""
    return _typeset(folder, data, at, [], format="png", ppi=ppi)


def book(
    folder: Path,
    pages: Iterable[dict[str, Any]],
    *,
    at: datetime,
    most: int = 300,
    shared: dict[str, Any] | None = None,
    report: list[str] | None = None,
) -> Iterator[bytes]:
    """PDFs of about ``most`` pages each. ``pages`` become the data's ``entries``, ``shared`` is the rest of it.

    An entry (a ticket, a room with its ``seats``) is never cut. With a ``report``, a row that is too long for its
    place is left out and told there; without one, TooLong and MissingGlyph are raised.
    """
    for entries in _volumes(pages, most):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            volume = Volume(Path(folder), entries, shared or {}, at, report is not None)
            told, pdf = process.submit(_bind, fonts.font_paths(), volume).result()
        if report is not None:
            report.extend(told)
        if pdf:
            yield pdf


@dataclass(frozen=True)
class Volume:
    """A part of a book, as it goes to the process that makes it."""

    folder: Path
    entries: list[dict[str, Any]]
    shared: dict[str, Any]
    at: datetime
    lenient: bool


def _volumes(pages: Iterable[dict[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    volume: list[dict[str, Any]] = []
    count = 0
    for entry in pages:
        sheets = -(-len(entry.get("seats", ".")) // SEATS_A_SHEET)
        if volume and count + sheets > most:
            yield volume
            volume, count = [], 0
        volume.append(entry)
        count += sheets
    if volume:
        yield volume


def _bind(font_folders: list[Path], volume: Volume) -> tuple[list[str], bytes]:
    """What could not be printed, and the PDF. Runs in a process of its own."""
    fonts.look_in(font_folders)
    left_out: list[str] = []
    entries = volume.entries
    while entries:
        told: list[str] | None = [] if volume.lenient else None
        try:
            pdf = render(volume.folder, volume.shared | {"entries": entries}, at=volume.at, report=told)
            return left_out + (told or []), pdf
        except TooLong as error:
            fewer = _without(entries, error.text)
            if told is None or fewer == entries:
                raise
            left_out.append(str(error))
            entries = fewer
    return left_out, b""


def _without(entries: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The entries without the seats, or else the entries, that hold ``text``."""

    def holds(part: Any) -> bool:
        return bool(text) and text in _strings(part)

    result = []
    for entry in entries:
        seats = entry.get("seats", ())
        if seats and any(holds(seat) for seat in seats):
            if rest := [seat for seat in seats if not holds(seat)]:
                result.append(entry | {"seats": rest})
        elif not holds(entry):
            result.append(entry)
    return result


def drawing_pdf(drawing: str | bytes, width: float, height: float) -> bytes:
    """A drawing (SVG of our own, or an uploaded JPEG or PNG) as a one-page PDF of its own size in millimetres."""
    data = {"svg": _prepared(drawing, frozenset()), "width": width, "height": height}
    return _compile(Path(__file__).with_name("drawing.typ"), data, format="pdf", timestamp=0)[0]
