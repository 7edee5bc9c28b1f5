"""A form that makes or changes one row. What was typed is never lost; the second saver sees both values."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django_htmx.http import HttpResponseClientRefresh

from ..errors import Conflict, Missing, NotAllowed, Refused
from ..gate import refusals
from ..once import answer_of, once
from .base import Page, url_of
from .fields import KitForm
from .screen import Card, Difference, Event, Fact, Head, Note, Section
from .uploads import files_of, keep


def row_of(page: Page, model: type[Model], related: Sequence[str] = ()) -> Any:
    """The row of the page's address. Raises Missing for a foreign one, the same as for none."""
    row = model.visible_to(page.actor).select_related(*related).filter(pk=page.where["pk"]).first()  # type: ignore[attr-defined]
    if row is None:
        raise Missing()
    return row


def check_row(page: Page, row: Any) -> None:
    """Raise Refused with the sentence when the page cannot be used on this row now."""
    if page.move and getattr(row, page.move.machine.field) not in page.move.sources:
        raise Refused(page.move.wrong_state(getattr(row, page.move.machine.field)))
    guards = (*(page.move.guards if page.move else ()), *page.guards)
    for sentence in refusals(type(row), [row.pk], guards, actor=page.actor, now=page.now).values():
        raise Refused(sentence)


class FormPage(Page):
    """A page or (``opens = "dialog"``) a dialog with a form: of the row ``pk`` of its address, else of a new one."""

    template = "kit/form.html"
    model: ClassVar[type[Model]]
    form: ClassVar[type[KitForm]]
    related: ClassVar[Sequence[str]] = ()
    back: ClassVar[type[Page] | str | None] = None
    submit_label: ClassVar[str] = "保存"
    size: ClassVar[int] = 640
    columns: ClassVar[int] = 2

    # --- what a room says --------------------------------------------------------------------------
    def initial(self, row: Any) -> dict[str, Any]:
        """The form's first values; ``row`` is None for a new one."""
        return {name: getattr(row, name) for name in self.form.base_fields if row is not None and hasattr(row, name)}

    def save(self, row: Any, data: dict[str, Any]) -> Any:
        """Call the rule. Gives the saved row. ``self.version`` is the one the form was opened with."""
        raise NotImplementedError

    def done(self, row: Any) -> str:
        return "已保存。"

    def heading(self, row: Any) -> str:
        return f"{self.title}：{row}" if row is not None else self.title

    def sections(self, form: KitForm) -> list[Section]:
        return []

    def notes(self, row: Any) -> list[Note]:
        return []

    def facts(self, row: Any) -> list[Fact]:
        return []

    def side(self, row: Any) -> list[Card]:
        return []

    def events(self, row: Any) -> list[Event]:
        return []

    def after(self, row: Any) -> str:
        """Where a page goes when it is saved; a dialog stays where it was opened."""
        return self.next_url(self.back_url())

    # --- answers -----------------------------------------------------------------------------------
    @cached_property
    def row(self) -> Any:
        if "pk" not in self.where:
            return None
        row = row_of(self, self.model, self.related)
        check_row(self, row)
        return row

    def taken(self) -> HttpResponseBase | None:
        """The same form a second time gets the first one's answer, and nothing of its row, whatever became of it since."""
        answer = answer_of(self.request.POST.get("once", ""), page=self.request.path, actor=self.actor)
        return self._say(answer) if answer else None

    def get(self) -> HttpResponseBase:
        return self.draw(self.make_form())

    def post(self) -> HttpResponseBase:
        form = self.make_form(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        data = {name: value for name, value in form.cleaned_data.items() if name not in ("once", "version")}
        self.version: int | None = form.cleaned_data.get("version")
        try:
            key = self.request.POST.get("once", "")
            answer = once(key, page=self.request.path, actor=self.actor, act=lambda: self._save(data))
        except Conflict as conflict:
            return self._draw_conflict(form, conflict)
        except (NotAllowed, Missing):
            raise
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.sentence)
            link = [Note(no.sentence, "bad", no.url, no.link)] if no.url else []
            return self.draw(form, 422, notes=[*link, *self.notes(self.row)])
        return self._say(answer)

    def _say(self, answer: dict[str, Any]) -> HttpResponseBase:
        messages.success(self.request, answer["says"])
        return HttpResponseClientRefresh() if self.in_dialog and not answer["url"] else self.redirect(answer["url"] or "/")

    def _save(self, data: dict[str, Any]) -> dict[str, Any]:
        row = self.save(self.row, data)
        return {"says": self.done(row), "url": "" if self.in_dialog else self.after(row)}

    def make_form(self, data: QueryDict | None = None) -> KitForm:
        """The form, bound to what was posted, with its key and the version that it shows."""
        first = {"once": uuid.uuid4(), **self.initial(self.row)}
        if self.row is not None:
            first["version"] = self.row.version
        files = files_of(self, data) if data is not None else None
        form = self.form(data, files or None, initial=first, page=self, row=self.row)
        form.fields["once"] = forms.UUIDField(widget=forms.HiddenInput, required=False)
        if self.row is not None:
            form.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
        return form

    # --- drawing -----------------------------------------------------------------------------------
    def back_url(self) -> str:
        return url_of(self.back) if self.back else "/"

    def _draw_conflict(self, form: KitForm, conflict: Conflict) -> HttpResponse:
        """Both values, what was typed still in the form, and the version that the next save replaces knowingly."""
        typed = self.request.POST.copy()
        typed["version"] = str(conflict.version)
        form.data = typed
        differences = [Difference(label, mine, theirs) for label, (mine, theirs) in conflict.fields.items()]
        return self.draw(form, 409, conflict={"sentence": conflict.sentence, "differences": differences})

    def draw(self, form: KitForm, status: int = 200, **more: Any) -> HttpResponse:
        row, cancel = self.row, self.next_url(self.back_url())
        kept = keep(form, self.actor) if status >= 400 else []
        context = {
            "page": Head(self.heading(row), back_url=cancel), "title": self.heading(row), "form": form,
            "sections": self.sections(form), "columns": self.columns, "facts": self.facts(row), "notes": self.notes(row),
            "side": self.side(row), "events": self.events(row), "submit_label": self.submit_label, "cancel_url": cancel,
            "size": self.size, "hidden": [("next", self.next_url("")), *kept], **more,
        }  # fmt: skip
        own = self.opens != "dialog" or self.template != FormPage.template
        return self.render("" if own else "kit/dialog.html", status, **context)
