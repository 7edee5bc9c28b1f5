"""A dialog: what will happen, to how many and to whom not, then the one verb. One row, or ten thousand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django_htmx.http import HttpResponseClientRefresh

from ..errors import Missing, NotAllowed, Refused
from ..gate import Outcome
from ..jobs import enqueue
from ..once import once
from ..selection import Selection, only
from .acts import Batch
from .base import Page, url_of
from .fields import KitForm
from .filters import seal
from .screen import ActView, Fact, Figure, Head, Note

LISTED = 10_000  # keys kept of each kind


@dataclass(frozen=True)
class Preview:
    """How many rows are selected and able, and why the others are not."""

    count: int
    able: int
    refusals: tuple[tuple[str, int], ...]


@dataclass
class Tally:
    """What a batch did so far, as JSON keeps it: counts, reasons, and the first keys of each kind to list them."""

    counts: dict[str, int] = field(default_factory=lambda: {"done": 0, "skipped": 0, "failed": 0})
    reasons: dict[str, int] = field(default_factory=dict)
    keys: dict[str, list[int]] = field(default_factory=lambda: {"done": [], "skipped": [], "failed": []})

    def add(self, outcome: Outcome) -> None:
        self._note("done", outcome.done)
        self._note("skipped", [key for key, _ in outcome.refused])
        for sentence, count in outcome.reasons():
            self.reasons[sentence] = self.reasons.get(sentence, 0) + count

    def fail(self, key: int, sentence: str) -> None:
        self._note("failed", [key])
        self.reasons[sentence] = self.reasons.get(sentence, 0) + 1

    def _note(self, kind: str, keys: list[int]) -> None:
        self.counts[kind] += len(keys)
        self.keys[kind] += keys[: LISTED - len(self.keys[kind])]

    @property
    def seen(self) -> int:
        return sum(self.counts.values())


class Dialog(Page):
    """One verb on one row (``<url><pk>/``) or, unless ``single``, on a selection (``<url>?selection=…``).

    ``move`` or ``guards`` decide who is able; ``run`` calls the rule. Up to ``in_request`` rows are done at once, more
    as a job that a kill does not stop. ``final`` marks what cannot be undone; ``confirm_text`` must then be typed.
    """

    opens = "dialog"
    template = "kit/dialog.html"
    model: ClassVar[type[Model]]
    form: ClassVar[type[KitForm] | None] = None
    final: ClassVar[bool] = False
    confirm_text: ClassVar[str] = ""
    single: ClassVar[bool] = False
    unit: ClassVar[str] = "条"
    size: ClassVar[int] = 480
    body: ClassVar[str] = ""
    refuse: ClassVar[Sequence[Batch]] = ()
    back: ClassVar[type[Page] | str | None] = None
    in_request: ClassVar[int] = 300
    else_all: ClassVar[bool] = False

    # --- what a room says --------------------------------------------------------------------------
    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        """Call the rule on the rows with the form's data."""
        raise NotImplementedError

    def initial(self, row: Any) -> dict[str, Any]:
        """The form's first values; ``row`` is None for a selection."""
        return {}

    def facts(self, row: Any) -> list[Fact]:
        """What the dialog says about its one row."""
        return []

    def notes(self) -> list[Note]:
        return []

    def warning(self) -> Note | None:
        """The consequence, above the button."""
        return None

    def more(self) -> dict[str, Any]:
        """Further context for ``body``, the room's own template."""
        return {}

    def done(self, count: int) -> str:
        """The sentence of success."""
        return f"已{self.label}。" if self.one is not None else f"已{self.label} {count:,} {self.unit}。"

    # --- which rows --------------------------------------------------------------------------------
    @classmethod
    def routes(cls) -> list[str]:
        one = f"{cls.url}<int:pk>/"
        return [one] if cls.single else [cls.url, one]

    @cached_property
    def selection(self) -> Selection:
        """The one row of the address, or the stored selection. Raises Missing for a foreign one."""
        actor = self.actor
        if "pk" in self.where:
            return Selection(keys=[self.where["pk"]], count=1, user_id=actor.id, organization_id=actor.organization_id)
        if key := self.query.get("selection"):
            return Selection.of_actor(key, actor)
        raise Refused("还没有勾选数据，请先在列表中勾选，或选择全部匹配的数据。")

    @cached_property
    def rows(self) -> QuerySet:
        return self.selection.rows(self.model, actor=self.actor, now=self.now)

    @cached_property
    def one(self) -> Any:
        """The row of the address; None for a selection."""
        if "pk" not in self.where:
            return None
        row = self.rows.first()
        if row is None:
            raise Missing()
        return row

    @cached_property
    def preview(self) -> Preview:
        """Counted by the Q of move and guards, never by trying: each guard sees what the ones before it left."""
        left, reasons = self.rows.order_by(), []
        count = able = left.count()
        if self.move:
            column = self.move.machine.field
            wrong = left.exclude(**{f"{column}__in": self.move.sources}).values(column).annotate(n=Count("pk"))
            reasons = [(self.move.wrong_state(one[column]), one["n"]) for one in wrong]
            left = left.filter(**{f"{column}__in": self.move.sources})
            able = count - sum(n for _, n in reasons)
        for guard in (*(self.move.guards if self.move else ()), *self.guards):
            left = left.filter(guard.q_for(self.actor, self.now))
            passed = left.count()
            reasons += [(guard.sentence, able - passed)] if passed < able else []
            able = passed
        return Preview(count, able, tuple(sorted(reasons, key=lambda reason: -reason[1])))

    # --- answers -----------------------------------------------------------------------------------
    def get(self) -> HttpResponseBase:
        return self.draw(self.make_form())

    def post(self) -> HttpResponseBase:
        if "once" not in self.request.POST and "pk" not in self.where:
            return HttpResponseRedirect(f"{url_of(type(self))}?selection={self.keep_selection().pk}", status=303)
        form = self.make_form(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        if self.confirm_text and self.request.POST.get("confirm_text", "").strip() != self.confirm_text:
            return self.draw(form, 422, confirm_error=f"请原样输入“{self.confirm_text}”")
        try:
            key = self.request.POST.get("once", "")
            answer = once(key, page=self.request.path, actor=self.actor, act=lambda: self.act(form.cleaned_data))
        except (NotAllowed, Missing):
            raise
        except Refused as no:
            self.show_refusal(form, no)
            return self.draw(form, 422)
        return self.answer(answer, form)

    def keep_selection(self) -> Selection:
        """Store what the list's bar posted as ticked."""
        data = self.request.POST.copy()
        data.update({key: str(value) for key, value in self.query.items() if key.startswith("where_")})
        kept = Selection.posted(
            data, page=self.query.get("list", ""), act=self.name, actor=self.actor, else_all=self.else_all
        )
        kept.count = kept.rows(self.model, actor=self.actor, now=self.now).count()
        kept.save(force_insert=True)
        return kept

    def make_form(self, data: QueryDict | None = None) -> KitForm:
        kind = self.form or KitForm
        return kind(data, initial=self.initial(self.one), page=self, row=self.one)

    def act(self, data: dict[str, Any]) -> dict[str, Any]:
        """Do it now, or hand it to a job. The answer is JSON, so that a second click gets the same one."""
        if self.selection.count > self.in_request:
            args = {"page": self.name, "selection": str(self.selection.pk), "data": seal(self.request.POST.urlencode())}
            job = enqueue("kit.batch", actor=self.actor, args=args, label=self.batch_label)
            return {"job": str(job.pk)}
        keys = list(self.rows.values_list("pk", flat=True))
        tally = Tally()
        tally.add(self.run(self.model.visible_to(self.actor).filter(pk__in=keys), data))  # type: ignore[attr-defined]
        return self.account(tally)

    @property
    def batch_label(self) -> str:
        return f"{self.label} {self.selection.count:,} {self.unit}"

    def account(self, tally: Tally) -> dict[str, Any]:
        """The answer about a finished batch: counts, reasons, a sentence, and an address that lists each kind."""
        reasons = sorted(tally.reasons.items(), key=lambda one: -one[1])
        links = {kind: self.list_of(keys) for kind, keys in tally.keys.items() if keys and self.selection.page}
        return {**tally.counts, "reasons": reasons, "says": self.done(tally.counts["done"]), "links": links}

    def list_of(self, keys: list[int]) -> str:
        """An address that lists just these rows."""
        kept = only(sorted(keys), page=self.selection.page, actor=self.actor, **self.selection.where)
        return f"{url_of(self.selection.page, **self.selection.where)}?only={kept.pk}"

    def answer(self, answer: dict[str, Any], form: KitForm) -> HttpResponseBase:
        if "job" in answer:
            return self.redirect(url_of("kit.JobPage", pk=answer["job"]))
        if "pk" not in self.where:
            return self.render("kit/result.html", **result_context(self.title or self.label, answer, self.back_url()))
        if not answer["done"]:
            sentence = answer["reasons"][0][0] if answer["reasons"] else Missing().sentence
            form.add_error(None, sentence)
            return self.draw(form, 422)
        messages.success(self.request, answer["says"])
        gone = not self.model.visible_to(self.actor).filter(pk=self.where["pk"]).exists()  # type: ignore[attr-defined]
        here = (getattr(self.request, "htmx", None) and self.request.htmx.current_url_abs_path) or ""  # type: ignore[attr-defined]
        if self.in_dialog and (not gone or not self.back or here.split("?")[0] == self.back_url()):
            return HttpResponseClientRefresh()
        return self.redirect(self.next_url(self.back_url()))

    def back_url(self) -> str:
        """The list to go back to: the selection's own, else ``back``."""
        if self.selection.page:
            return url_of(self.selection.page, **self.selection.where)
        return url_of(self.back) if self.back else "/"

    def show_refusal(self, form: KitForm, no: Refused) -> None:
        form.add_error(no.field if no.field in form.fields else None, no.sentence)

    # --- drawing -----------------------------------------------------------------------------------
    def heading(self) -> str:
        return f"{self.title or self.label}：{self.one}" if self.one is not None else self.title or self.label

    def draw(self, form: forms.Form, status: int = 200, **more: Any) -> HttpResponse:
        preview = self.preview
        many = self.one is None
        nobody = preview.able == 0
        context = {
            "title": self.heading(), "form": form if form.fields or form.errors else None,
            "figures": self._figures(preview) if many else [],
            "refusals": preview.refusals if many or nobody else (), "facts": [] if many else self.facts(self.one),
            "notes": self.notes(), "warning": self.warning(), "hidden": self._hidden(), "body": self.body,
            "size": self.size, "submit_label": self.submit_label(preview), "submit_final": self.final,
            "no_submit": nobody, "confirm_text": self.confirm_text if not nobody else "",
            "refuse": self._refuse_views(), "cancel_url": self.next_url(self.back_url()), **self.more(), **more,
        }  # fmt: skip
        context["page"] = Head(self.heading())
        return self.render(status=status, **context)

    def submit_label(self, preview: Preview) -> str:
        return self.label if self.one is not None else f"{self.label} {preview.able:,} {self.unit}"

    def _figures(self, preview: Preview) -> list[Figure]:
        figures = [Figure(f"将{self.label}", f"{preview.able:,}", self.unit)]
        if refused := preview.count - preview.able:
            figures.append(Figure(f"不可{self.label}", f"{refused:,}", self.unit, bad=True))
        return figures

    def _hidden(self) -> list[tuple[str, str]]:
        key = self.request.POST.get("once") or str(uuid.uuid4())
        return [("once", key), ("next", self.next_url(""))]

    def _refuse_views(self) -> list[ActView]:
        shown = [act for act in self.refuse if act.shown_to(self.actor)]
        if self.one is not None:
            return [act.view(pk=self.where["pk"]) for act in shown]
        views = [act.view() for act in shown]
        return [replace(view, url=f"{view.url}?selection={self.selection.pk}") for view in views]


def result_context(title: str, answer: dict[str, Any], back_url: str) -> dict[str, Any]:
    """What kit/result.html draws: 成功, 跳过, 失败 with their lists, and the reasons."""
    labels = {"done": "成功", "skipped": "跳过", "failed": "失败"}
    links = answer.get("links", {})
    figures = [
        Figure(label, f"{answer.get(name, 0):,}", url=links.get(name, ""), bad=name == "failed" and bool(answer.get(name)))
        for name, label in labels.items()
    ]
    return {
        "page": Head(title), "title": title, "says": answer.get("says", ""), "figures": figures,
        "refusals": [tuple(reason) for reason in answer.get("reasons", [])],
        "acts": [ActView("back", "完成", back_url, primary=True)], **{name: answer.get(name, 0) for name in labels},
    }  # fmt: skip
