"""The manual that ``?`` opens: docs/manual/<chapter>.md, the nearest chapter above where one has no file of its own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

CHAPTER = re.compile(r"^\d+(\.\d+)*$")
SECTION = re.compile(r"<h2>(\d+(?:\.\d+)*)")  # a section of a chapter is where "?" leads
LINK = re.compile(r'href="(\d+(?:\.\d+)*)\.md"')  # from chapter to chapter, as it also works in the repository
PICTURE = re.compile(r"^\w[\w.-]*$")
INDEX = "index"


def folder() -> Path:
    return Path(settings.MANUAL)


def chapter_file(chapter: str) -> Path:
    """The file of a chapter: 5.2.3, else 5.2, else 5, else the index. Never a path of the asker's choosing."""
    parts = chapter.split(".") if CHAPTER.match(chapter) else []
    for length in range(len(parts), 0, -1):
        path = folder() / f"{'.'.join(parts[:length])}.md"
        if path.is_file():
            return path
    return folder() / f"{INDEX}.md"


@cache
def chapters() -> tuple[tuple[str, str], ...]:
    """(chapter, title) of every file, in the manual's order."""
    files = [path for path in folder().glob("*.md") if CHAPTER.match(path.stem)]
    files.sort(key=lambda path: [int(part) for part in path.stem.split(".")])
    return tuple((path.stem, path.read_text().partition("\n")[0].lstrip("# ")) for path in files)


def html_of(path: Path) -> SafeString:
    """The chapter as HTML. The text is ours; raw HTML in it stays text."""
    text = path.read_text() if path.is_file() else "# 帮助\n\n这一章还没有写。"
    drawn = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    drawn = LINK.sub(r'href="?chapter=\1"', SECTION.sub(r'<h2 id="c\1">\1', drawn))
    return mark_safe(drawn)  # noqa: S308  # our own text, raw HTML off


def picture(name: str) -> Path | None:
    """A picture of the manual by its name; None where there is none. Never a path of the asker's choosing."""
    path = folder() / "pictures" / f"{name}.png"
    return path if PICTURE.match(name) and path.is_file() else None
