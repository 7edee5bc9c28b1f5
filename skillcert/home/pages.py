"""工作台 and what surrounds every page: messages, files, tasks, search, the audit trail, help."""

from __future__ import annotations

from django.http import HttpResponseBase

from skillcert.kit.pages import LOGIN, Page
from skillcert.kit.pages.screen import Head


class Desk(Page):
    """工作台: what is to be done today comes first."""

    manual, why = None, "The manual begins behind it; screens.md asks for it"
    url, permission, title = "desk/", LOGIN, "工作台"
    template = "home/desk.html"

    def get(self) -> HttpResponseBase:
        weekday = "一二三四五六日"[self.now.weekday()]
        subtitle = f"{self.now:%Y-%m-%d} 星期{weekday} ・ 第 {self.now.isocalendar().week} 周"
        return self.render(page=Head(self.title, subtitle), todos=[])
