"""工作台: what is to be done today comes first, and all of it on a page of its own."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpResponseBase

from skillcert.kit.pages import LOGIN, PAGES, PUBLIC, Page, url_of
from skillcert.kit.pages.screen import Card, Head

from .. import desks, todos


class Front(Page):
    """The bare address: the public home, or the desk of the signed-in. A GET that only leads on."""

    manual, why = None, "The address itself; the manual begins at the login page"
    url, permission, title = "", PUBLIC, "首页"

    def get(self) -> HttpResponseBase:
        if self.actor.kind == "user":
            return self.redirect(url_of(Desk))
        return self.redirect(url_of("portal.PublicHome" if "portal.PublicHome" in PAGES else "accounts.Login"))


class Desk(Page):
    """工作台: what is to be done today comes first."""

    manual, why = None, "The manual begins behind it; screens.md asks for it"
    url, permission, title, help = "desk/", LOGIN, "工作台", "0.1"
    template = "home/desk.html"

    def get(self) -> HttpResponseBase:
        weekday = "一二三四五六日"[self.now.weekday()]
        subtitle = f"{self.now:%Y-%m-%d} 星期{weekday} ・ 第 {self.now.isocalendar().week} 周"
        parts = desks.parts_of(self.actor, self.now)
        return self.render(
            page=Head(self.title, subtitle, hint=f"数据截至 {self.now:%H:%M}"), kind=self.actor.organization_kind,
            figures=[figure for part in parts for figure in part.figures],
            cards=[self.turned(card) for part in parts for card in part.cards],
        )  # fmt: skip

    def turned(self, card: Card) -> Card:
        """A card with a chart and a table shows the one that was asked for, and leads to the other."""
        if not (card.template and card.table):
            return card
        tabled = self.query.getlist("table")
        if card.title in tabled:
            rest = urlencode([("table", title) for title in tabled if title != card.title])
            return replace(card, template="", acts=(*card.acts, desks.link("图表", f"?{rest}", "chart-bar")))
        more = urlencode([("table", title) for title in (*tabled, card.title)])
        return replace(card, table=None, acts=(*card.acts, desks.link("表格", f"?{more}", "table")))


class Todos(Page):
    """全部待办: what one has to sign, to review, to mend, to do, each with its deadline."""

    manual, why = None, "screens.md: the to-do inbox"
    url, permission, title, help = "todos/", LOGIN, "待办", "0.2"
    template = "home/todos.html"

    def get(self) -> HttpResponseBase:
        lines = todos.waiting(self.actor, self.now)
        groups = [
            Card(label, hint=todos.sum_words(own), template="home/desk/todo.html", context={"todos": [one.todo for one in own]})
            for kind, label in todos.KINDS.items()
            if (own := [one for one in lines if one.line.kind == kind])
        ]
        return self.render(page=Head(self.title, todos.sum_words(lines), url_of(Desk)), cards=groups)
