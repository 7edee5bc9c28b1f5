"""Buttons and links. Each names its page, and shows if and only if that page would let the actor do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..access import Actor
from .base import Page, page_named, url_of
from .screen import ActView


@dataclass(frozen=True)
class Act:
    """A button that leads to ``target``, a page or (from another room) its name. Label, icon and the way it opens
    come from the page unless given here.
    """

    target: type[Page] | str
    label: str = ""
    icon: str = ""
    primary: bool = False
    danger: bool = False
    query: str = ""

    @property
    def page(self) -> type[Page]:
        return page_named(self.target) if isinstance(self.target, str) else self.target

    def shown_to(self, actor: Actor) -> bool:
        return self.page.admits(actor)

    def view(self, **where: Any) -> ActView:
        page = self.page
        url = url_of(page, **where) + (f"?{self.query}" if self.query else "")
        return ActView(
            key=page.name, label=self.label or page.label, url=url, icon=self.icon or page.icon,
            opens=page.opens, primary=self.primary, danger=self.danger,  # type: ignore[arg-type]
        )  # fmt: skip


class Open(Act):
    """查看: the row's own page."""

    def view(self, **where: Any) -> ActView:
        found = super().view(**where)
        return found if self.label else replace(found, label="查看")


class Go(Act):
    """A link or button above the list."""


class Batch(Act):
    """An act on the ticked rows, or on all that match."""

    def view_on(self, origin: str) -> ActView:
        """``origin`` names the list, as ``Selection`` reads it."""
        found = super().view()
        return replace(found, url=f"{found.url}?{origin}", needs_selection=True)


class BatchOrAll(Batch):
    """The same, but with nothing ticked it means the whole list (R147)."""

    def view_on(self, origin: str) -> ActView:
        return replace(super().view_on(origin), needs_selection=False, or_all=True)


@dataclass(frozen=True)
class Group:
    """Several links under one button, such as 导入 and 导入记录."""

    label: str
    items: Sequence[Act]
    icon: str = ""
    primary: bool = False

    def shown_to(self, actor: Actor) -> bool:
        return any(item.shown_to(actor) for item in self.items)

    def view_for(self, actor: Actor, **where: Any) -> ActView:
        items = tuple(item.view(**where) for item in self.items if item.shown_to(actor))
        return ActView(self.label, self.label, "", self.icon, primary=self.primary, items=items)
