"""选择专业 (R58): a search through the catalogue of majors by name or code, on the server; what is ticked stays ticked, and
what was typed in the form behind rides along. A dialog over the page, and a page of its own without scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import HttpResponse, QueryDict

from skillcert.kit.pages.fields import NARROW, tidy
from skillcert.kit.pages.screen import Head
from skillcert.qualifications.models import Major, Qualification

if TYPE_CHECKING:
    from .form import ApplicationPage

SHOWN = 30
OWN = ("csrfmiddlewaretoken", "act", "pick", "q")


def page_key(text: str) -> int:
    """The key that a page sent; 0, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 12 else 0


@dataclass(frozen=True)
class Choice:
    """A line of the picker. ``why_not``: what keeps it from being ticked."""

    major: Major
    ticked: bool
    why_not: str = ""


class Picker:
    """One answer to 选择专业 or to its search."""

    def __init__(self, page: ApplicationPage, data: QueryDict) -> None:
        self.page, self.data = page, data
        self.text = tidy(data.get("q", "").translate(NARROW))
        shown = Qualification.objects.filter(pk=page_key(data.get("qualification", ""))).first()
        self.qualification = shown or (page.row.qualification if page.row is not None else None)
        self.there = {page_key(one) for one in data.getlist("major")}
        self.ticked = {page_key(one) for one in data.getlist("pick")} - self.there

    def answer(self) -> HttpResponse:
        htmx: Any = getattr(self.page.request, "htmx", None)
        results = bool(htmx) and htmx.target == "picker-results"
        template = "pilots/picker_results.html" if results else "pilots/picker.html"
        return self.page.render(template, **self.context())

    def context(self) -> dict[str, Any]:
        found, count = self.found()
        carried = [(name, value) for name, values in self.data.lists() if name not in OWN for value in values]
        ticked = Major.objects.filter(pk__in=self.ticked).order_by("code", "version")
        return {
            "page": Head("选择专业", f"添加到“{self.qualification}”的拟申报专业" if self.qualification else ""),
            "carried": carried, "form_url": self.page.request.path, "text": self.text, "count": count, "shown": SHOWN,
            "kept": [Choice(major, True) for major in ticked], "choices": found, "qualification": self.qualification,
            "in_dialog": self.page.opens == "dialog" and self.page.in_dialog,
        }  # fmt: skip

    def found(self) -> tuple[list[Choice], int]:
        """The certificate's own majors first; without a word typed only these."""
        if self.qualification is None:
            return [], 0
        mapped = set(self.qualification.majors.values_list("pk", flat=True))
        rows = Major.objects.filter(self._q() if self.text else Q(pk__in=mapped)).exclude(pk__in=self.ticked)
        own = rows.filter(pk__in=mapped).order_by("code", "-version")[:SHOWN]
        others = rows.exclude(pk__in=mapped).order_by("code", "-version")[: max(0, SHOWN - len(own))]
        return [self._choice(major, mapped) for major in (*own, *others)], rows.count()

    def _q(self) -> Q:
        """Each word must be in the name, begin the code, or be the version: 软件 2021."""
        q = Q()
        for word in self.text.split()[:5]:
            q &= Q(name__icontains=word) | Q(code__istartswith=word) | Q(version=word)
        return q

    def _choice(self, major: Major, mapped: set[int]) -> Choice:
        why = "已在列表中" if major.pk in self.there else "" if major.pk in mapped else "不在该证书的对应专业内"
        return Choice(major, False, why)
