"""The pictures of seals: the field that takes one, the card that shows them, the picture itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase

from skillcert.kit.errors import Missing
from skillcert.kit.files import StoredFile
from skillcert.kit.pages import Page, UploadField, url_of
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import ActView, Card, Fact

from ..models import AwardingBody, Institution, Kind
from ..seals import MARKS, MOST_BYTES


class SealField(UploadField):
    """The picture of a seal."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label, most=MOST_BYTES, accept="image/png", required=False, help_text="PNG，透明底，2 MB 以内；不选则不变"
        )


def seal_card(row: Institution | AwardingBody, labels: dict[str, str], title: str, more: tuple[ActView, ...] = ()) -> Card:
    """Which seals are there, with a link to look at each."""
    facts, acts = [], []
    for name, label in labels.items():
        file: StoredFile | None = getattr(row, name)
        facts.append(Fact(label, f"已上传 {plain_text(file.created_at)}" if file else "未上传"))
        if file:
            acts.append(ActView(name, f"查看{label}", url_of(SealPicture, pk=row.pk, mark=name), "eye"))
    return Card(title, tuple(facts), acts=(*acts, *more), side=True)


def read(data: dict[str, Any], *names: str) -> dict[str, bytes | None]:
    """Take the uploaded pictures out of a form's data."""
    return {name: upload.data if (upload := data.pop(name)) else None for name in names}


class SealPicture(Page):
    """The uploaded picture of a seal, for its own organization and the platform."""

    manual, url, permission, title = "2.2", "orgs/<int:pk>/seal/<str:mark>/", "orgs.edit", "签章图片"

    def get(self) -> HttpResponseBase:
        pk, mark = self.where["pk"], self.where["mark"]
        own = self.actor.organization_kind == Kind.PLATFORM or self.actor.organization_id == pk
        row = (Institution.objects.filter(pk=pk).first() or AwardingBody.objects.filter(pk=pk).first()) if own else None
        file = getattr(row, mark, None) if mark in MARKS else None
        if not isinstance(file, StoredFile):
            raise Missing()
        return file.response(inline=True)
