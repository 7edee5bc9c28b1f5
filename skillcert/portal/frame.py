"""The frame of every public page, whichever room it belongs to."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from skillcert.kit.pages import PUBLIC, Page, url_of
from skillcert.kit.pages.screen import TabView

from .rules import knock

WHY = "The public site of R201 and of verification; the manual describes the institutions' side only"
NAVIGATION = {"portal.ScoreQuery": "成绩查询", "portal.VerifyNumber": "证书核验"}


class PublicPage(Page):
    """The frame: navigation, the asker's address for the limits, no cache for what names a person."""

    permission, manual, why = PUBLIC, None, WHY

    def draw(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        nav = [TabView(label, url_of(page), label == self.title) for page, label in NAVIGATION.items()]
        links = {"home_url": url_of("portal.PublicHome"), "privacy_url": url_of("privacy.PrivacyNotice")}
        response = self.render(template, status, nav=nav, place=self.title, shell=None, **links, **context)
        response["Cache-Control"] = "no-store"
        return response

    def knock(self, purpose: str) -> None:
        knock(purpose, self.request.META.get("REMOTE_ADDR", ""))
