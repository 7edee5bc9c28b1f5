"""Ctrl+K and ?: what is looked for, and the manual."""

from __future__ import annotations

import re

from django.http import FileResponse, HttpResponseBase

from skillcert.kit.errors import Missing
from skillcert.kit.pages import LOGIN, PUBLIC, Page, url_of
from skillcert.kit.pages.screen import ActView, Head

from .. import manual, search

PICTURE = re.compile(r"^[a-z0-9][a-z0-9.-]*\.png$")


class Search(Page):
    """Ctrl+K: people, records, places. What is typed comes by POST: no address, history or log holds it"""

    manual, why = None, "screens.md: any page in one search"
    url, permission, title, help = "search/", LOGIN, "搜索", "0.4"
    template = "home/search.html"

    def get(self) -> HttpResponseBase:
        return self.render(page=Head(self.title))

    def post(self) -> HttpResponseBase:
        text = self.request.POST.get("q", "")[:80]
        groups = search.search(text, self.actor)
        if self.in_dialog:
            return self.render("kit/palette_results.html", groups=groups, q=text)
        return self.render(page=Head(self.title), groups=groups, q=text)


class Help(Page):
    """?: the chapter of the page that one came from"""

    manual, why = None, "It shows the manual; the manual does not describe it"
    url, permission, title = "help/", PUBLIC, "操作手册"
    template = "home/help.html"

    def get(self) -> HttpResponseBase:
        path = manual.chapter_file(self.query.get("chapter", ""))
        lines = [ActView(key, label, f"{url_of(Help)}?chapter={key}") for key, label in manual.chapters()]
        shell = {} if self.actor.kind == "user" else {"shell": None}
        return self.render(page=Head(self.title), text=manual.html_of(path), chapters=lines, here=path.stem, **shell)


class ManualPicture(Page):
    """A picture of the manual"""

    manual, why = None, "It belongs to the manual's chapters"
    url, permission, title = "help/pictures/<str:name>", PUBLIC, "手册图片"

    def get(self) -> HttpResponseBase:
        path = manual.folder() / "pictures" / self.where["name"]
        if not PICTURE.match(self.where["name"]) or not path.is_file():
            raise Missing()
        return FileResponse(path.open("rb"), content_type="image/png")
