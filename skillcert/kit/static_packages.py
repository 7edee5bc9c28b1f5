"""The files of npm packages that browsers get: exactly these, under ``vendor/``, nothing else of node_modules.

``{% static "vendor/echarts/echarts.min.js" %}``. In a checkout they lie in node_modules; a built wheel carries them
(and the fonts and icons that the server itself reads) in ``skillcert/packages``, put there by ``hatch_build.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

SERVED: dict[str, str] = {
    # served under vendor/              in node_modules
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "tom-select/tom-select.complete.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select/tom-select.css": "tom-select/dist/css/tom-select.css",
    "signature_pad/signature_pad.umd.min.js": "signature_pad/dist/signature_pad.umd.min.js",
    "jsqr/jsQR.js": "jsqr/dist/jsQR.js",
}
# Read by the server, never served: each a file or a folder of node_modules.
READ: tuple[str, ...] = (
    "@tabler/icons/icons/outline",
    "@tabler/icons/icons/filled",
    "@tabler/icons/LICENSE",
    "@expo-google-fonts/noto-serif-sc",
    "@expo-google-fonts/noto-sans-sc",
    "@expo-google-fonts/noto-serif-tc/400Regular",
    "@expo-google-fonts/noto-sans-tc/400Regular",
    "@expo-google-fonts/noto-serif-jp/400Regular",
)
PREFIX = "vendor/"
# A manifest storage would look for the .map file and stop.
SOURCE_MAP = re.compile(rb"^\s*(//[#@]|/\*[#@])\s*sourceMappingURL=.*$", re.MULTILINE)


def package_file(path: str) -> Path:
    """Where a file of a package lies: ``package_file("@tabler/icons/icons/outline/clock.svg")``."""
    return Path(settings.PACKAGES) / path


class PackageStorage(FileSystemStorage):
    """Reads served names (without the prefix) out of node_modules; read only."""

    prefix = PREFIX.rstrip("/")

    def path(self, name: str) -> str:
        return str(package_file(SERVED[name]))

    def _open(self, name: str, mode: str = "rb") -> File:
        content = Path(self.path(name)).read_bytes()
        return ContentFile(SOURCE_MAP.sub(b"", content), name=name)


class NamedPackageFiles(BaseFinder):
    """A staticfiles finder over ``SERVED``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = PackageStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        name = path.removeprefix(PREFIX)
        found = path.startswith(PREFIX) and name in SERVED and package_file(SERVED[name]).exists()
        if not found:
            return []
        return [self.storage.path(name)] if find_all else self.storage.path(name)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, PackageStorage]]:
        for name in SERVED:
            yield name, self.storage
