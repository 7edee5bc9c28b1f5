"""Ctrl+K and ?: what is looked for, and the manual."""

from __future__ import annotations

from django.http import FileResponse, HttpResponseBase

from skillcert.kit.errors import Missing
from skillcert.kit.pages import LOGIN, PUBLIC, Page, url_of
from skillcert.kit.pages.screen import ActView, Head

from .. import manual, search


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
    """A picture of the manual, taken by the browser tests"""

    manual, why = None, "It belongs to the manual's own pages"
    url, permission, title = "help/pictures/<str:picture>.png", PUBLIC, "操作手册插图"

    def get(self) -> HttpResponseBase:
        path = manual.picture(self.where["picture"])
        if path is None:
            raise Missing()
        response = FileResponse(path.open("rb"), content_type="image/png")
        response["Cache-Control"] = "public, max-age=3600"
        return response
