"""Looking at papers as a reader does: samples, and where ink is on a page."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from skillcert.kit.documents import preview

AT = datetime(2026, 11, 23, 8, 40, tzinfo=UTC)
PPI = 101.6  # four pixels a millimetre


def samples(folder: Path) -> dict[str, dict[str, Any]]:
    """The sample data of a paper: ``plain``, and the hard cases as what differs from it."""
    cases = json.loads((folder / "sample.json").read_text())
    return {name: cases["plain"] | case for name, case in cases.items()}


class Page:
    """A page as a picture, asked in millimetres from its top left corner."""

    def __init__(self, png: bytes) -> None:
        self.pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)

    def part(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """The pixels of a rectangle."""
        top, left = round(y * 4), round(x * 4)
        return self.pixels[top : round((y + height) * 4), left : round((x + width) * 4)]

    def inked(self, x: float, y: float, width: float, height: float) -> bool:
        """Whether anything but white lies in a rectangle."""
        return bool((self.part(x, y, width, height).min(axis=2) < 200).any())


def pages(folder: Path, data: dict[str, Any]) -> list[Page]:
    """Every page of a paper."""
    return [Page(png) for png in preview(folder, data, at=AT, ppi=PPI)]
