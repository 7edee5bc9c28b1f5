"""A list is data: query bar, tabs with counts, toolbar, table, pager. It costs the same at ten rows and ten million."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.db.models import BooleanField, Case, Model, Q, QuerySet, When
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict

from ..list_settings import ListSettings
from ..selection import Selection
from ..states import Machine
from . import keyset
from .acts import Act, Batch, Group, Open
from .base import Page, names_in, url_of
from .columns import Col
from .filters import SEALED, DateRange, Filter, masked, seal
from .screen import ActView, ColumnView, Head, Note, PagerView, RowView, TabView

SIZES = (10, 20, 50, 100)
MOST_ACTS = 3
PLACE = ("page", "after", "before")


@dataclass(frozen=True)
class Tab:
    """A part of the list. ``q`` may be a function of now, for states that the clock gives."""

    label: str
    q: Q | Callable[[datetime], Q]
    key: str = ""

    def q_at(self, now: datetime) -> Q:
        return self.q if isinstance(self.q, Q) else self.q(now)


def StateTabs(machine: Machine, *states: str) -> list[Tab]:  # noqa: N802  # reads as a declaration
    """A tab per state, in the order of the enum, or of the states given."""
    return [Tab(machine.label(state), Q(**{machine.field: state}), state) for state in states or machine.states.values]


class ListPage(Page):
    """A list. ``rows`` says which rows it is about; the kit narrows them by ``visible_to`` and the query.

    ``order`` is the first sort, as a field ("-created_at"); ties go by id. ``row``: acts on one row; ``batch``: on
    the selection; ``header``: the toolbar; ``links``: beside the title.
    """

    template = "kit/list.html"
    fragment = "kit/list_rows.html"
    model: ClassVar[type[Model]]
    related: ClassVar[Sequence[str]] = ()
    columns: ClassVar[Sequence[Col]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    tabs: ClassVar[Sequence[Tab]] = ()
    tabs_all: ClassVar[bool] = True
    row: ClassVar[Sequence[Act]] = ()
    batch: ClassVar[Sequence[Batch]] = ()
    header: ClassVar[Sequence[Any]] = ()
    links: ClassVar[Sequence[Act]] = ()
    order: ClassVar[Sequence[str]] = ("-id",)
    size: ClassVar[int] = 20
    empty: ClassVar[str] = "没有符合条件的数据"
    nothing_yet: ClassVar[str] = ""  # what to say, and to do, where no condition hides anything

    bar: ClassVar[Sequence[Any]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "url" in cls.__dict__:  # an Export becomes the act of a dialog made for this list
            cls.bar = [act.for_list(cls) if hasattr(act, "for_list") else act for act in cls.header]

    # --- what a room may say -------------------------------------------------------------------------
    def rows(self) -> QuerySet:
        return self.model._default_manager.all()

    def notes(self) -> list[Note]:
        return []

    def row_label(self, row: Any) -> str:
        return str(row)

    # --- which rows --------------------------------------------------------------------------------
    @cached_property
    def visible(self) -> QuerySet:
        """The list's rows that the actor may see, before any filter."""
        rows = self.rows()
        return rows if self.actor.kind == "system" else rows.filter(self.model.seen_by(self.actor))  # type: ignore[attr-defined]

    @cached_property
    def form(self) -> forms.Form:
        """The query bar, bound to the address; what the tab, sort and size are rides along."""
        fields: dict[str, forms.Field] = {entry.param: entry.form_field(self) for entry in self.filters}
        for name in ("tab", "sort", "size"):
            if self.query.get(name):
                fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)
        data = self.query.copy()
        for entry in self.filters:
            if entry.private and data.get(entry.param):
                widget = fields[entry.param].widget  # the sealed value is longer than what may be typed
                fields[entry.param] = forms.CharField(label=entry.label, required=False, widget=widget)
        return type("QueryForm", (forms.Form,), fields)(data, auto_id="query_%s")

    @property
    def query_shown(self) -> int:
        """How many fields of the query bar fit beside its buttons: four, a range of dates counting double."""
        return 3 if any(isinstance(entry, DateRange) for entry in self.filters[:3]) else 4

    @cached_property
    def filtered(self) -> QuerySet:
        """The rows that the query bar leaves; none when it cannot be read, so that no batch runs on a misreading."""
        rows = self.visible
        if only := self.query.get("only"):
            rows = rows.filter(pk__in=Selection.of_actor(only, self.actor).keys or [])
        if not self.form.is_valid():
            return rows.none()
        for entry in self.filters:
            if value := self.form.cleaned_data.get(entry.param):
                rows = rows.filter(entry.q(value))
        return rows

    @cached_property
    def tab(self) -> Tab | None:
        """The open tab; None for 全部."""
        chosen = {tab_key(tab): tab for tab in self.tabs}.get(self.query.get("tab", ""))
        return chosen or (None if self.tabs_all or not self.tabs else self.tabs[0])

    def within(self, tab: Tab | None) -> QuerySet:
        return self.filtered.filter(tab.q_at(self.now)) if tab else self.filtered

    @cached_property
    def matching(self) -> QuerySet:
        """All that match: visible, filtered, in the open tab."""
        return self.within(self.tab)

    @cached_property
    def sort(self) -> keyset.Order:
        asked = self.query.get("sort", "")
        column = next((c for c in self.columns if c.sort and c.key == asked.lstrip("-")), None)
        return keyset.Order(column.sort, asked.startswith("-")) if column else keyset.Order.parse(self.order[0])

    @cached_property
    def page_size(self) -> int:
        asked = self.query.get("size", "")
        return int(asked) if asked.isdecimal() and len(asked) < 4 and int(asked) in SIZES else self.size

    # --- answers -----------------------------------------------------------------------------------
    def get(self) -> HttpResponseBase:
        if any(self._clear_private(entry) for entry in self.filters):
            return self.post()
        context = self.context()
        bare = self.in_list
        response = self.render(self.fragment if bare else self.template, **context)
        response["Vary"] = "HX-Request, HX-Target"
        return response

    def post(self) -> HttpResponse:
        """The query bar of a list with private filters: the values are sealed, then the address is opened."""
        query = (self.request.POST or self.request.GET).copy()
        for name in ("csrfmiddlewaretoken", *PLACE):
            query.pop(name, None)
        for entry in self.filters:
            if entry.private and (typed := query.get(entry.param, "")):
                before = self.query.get(entry.param, "")
                query[entry.param] = before if "*" in typed and before else typed if typed.startswith(SEALED) else seal(typed.strip())
        return HttpResponseRedirect(f"{self.request.path}?{_filled(query).urlencode()}", status=303)

    def _clear_private(self, entry: Filter) -> bool:
        value = self.query.get(entry.param, "") if entry.private else ""
        return bool(value) and not value.startswith(SEALED)

    @property
    def in_list(self) -> bool:
        """htmx asks for the table alone."""
        htmx: Any = getattr(self.request, "htmx", None)
        return bool(htmx) and htmx.target == "list" and not htmx.history_restore_request

    def context(self) -> dict[str, Any]:
        """What the templates draw; the keys are the contract of kit/list.html."""
        found = self.fetch()
        counts = self._counts()
        shown = self.shown_columns
        return {
            "page": Head(self.title, self.subtitle),
            "query": self._query_view(),
            "query_method": "post" if any(entry.private for entry in self.filters) else "get",
            "query_folded": not any(self.query.get(entry.param) for entry in self.filters[self.query_shown :]),
            "query_shown": self.query_shown,
            "tabs": self._tab_views(counts),
            "acts": self._views(self.bar),
            "head_links": self._views(self.links),
            "batch": [act.view_on(self.origin) for act in self.batch if act.shown_to(self.actor)],
            "columns": self._column_views(),
            "rows": self.row_views(found.rows, shown),
            "has_row_acts": bool(self._row_acts),
            "pager": self._pager(found, counts[tab_key(self.tab)]),
            "total_matching": keyset.count_text(counts[tab_key(self.tab)]),
            "empty": Note(self.empty, url="?", link="清空条件") if self.query else self.nothing_yet or self.empty,
            "selection_key": self.selection_key,
            "columns_url": url_of("kit.ListColumns", name=self.name) if self.actor.kind == "user" else "",
            "notes": self._notes(),
        }

    # --- rows of this page -------------------------------------------------------------------------
    def fetch(self) -> Found:
        """The rows of this page: by number within the first 10,000 rows, by key everywhere."""
        rows = self.matching.select_related(*self.related) if self.related else self.matching
        order, size = self.sort, self.page_size
        number = int(text) if (text := self.query.get("page", "")).isdecimal() and len(text) < 9 else 1
        for side in ("after", "before"):
            spot = keyset.place(self.query.get(side, ""), field_at(self.model, order.field)) if self.query.get(side) else None
            if spot and side == "after":
                found = keyset.after(rows, order, *spot, size + 1)
                return Found(found[:size], max(number, 2), True, len(found) > size)
            if spot:
                found = keyset.before(rows, order, *spot, size + 1)
                if len(found) > size:
                    return Found(found[1:], max(number, 2), True, True)
                number = 1  # too few rows before it: that is the first page
        number = max(1, min(number, keyset.COUNTED // size))
        start = (number - 1) * size
        found = list(rows.order_by(*order.by)[start : start + size + 1])
        return Found(found[:size], number, number > 1, len(found) > size)

    @cached_property
    def _row_acts(self) -> list[Act]:
        return [act for act in self.row if act.shown_to(self.actor)]

    def allowed_acts(self, rows: Sequence[Any]) -> dict[int, set[int]]:
        """Which of the row acts each row allows now: one query for the page, by the same Q that the rule enforces."""
        whens = {f"act_{n}": act.page.allowed(self.actor, self.now) for n, act in enumerate(self._row_acts)}
        free = {int(name[4:]) for name, q in whens.items() if not q}
        bound = {
            name: Case(When(q, then=True), default=False, output_field=BooleanField()) for name, q in whens.items() if q
        }
        if not bound or not rows:
            return {row.pk: free for row in rows}
        found = self.model._default_manager.filter(pk__in=[row.pk for row in rows]).annotate(**bound).values("pk", *bound)
        return {one["pk"]: free | {int(name[4:]) for name in bound if one[name]} for one in found}

    def row_views(self, rows: Sequence[Any], shown: Sequence[Col]) -> list[RowView]:
        """The rows as the table draws them: cells, and the acts that each allows now."""
        for row in rows:
            row.seen_at = self.now
        allowed = self.allowed_acts(rows)
        return [self._row_view(row, shown, allowed.get(row.pk, set())) for row in rows]

    def _row_view(self, row: Any, shown: Sequence[Col], allowed: set[int]) -> RowView:
        possible = [(act, replace(act.view(pk=row.pk), icon="")) for n, act in enumerate(self._row_acts) if n in allowed]
        views = tuple(view for _, view in possible)
        first = views if len(views) <= MOST_ACTS else views[: MOST_ACTS - 1]
        url = next((view.url for act, view in possible if isinstance(act, Open)), "")
        cells = tuple(column.cell(row) for column in shown)
        return RowView(str(row.pk), self.row_label(row), cells, first, views[len(first) :], url)

    # --- columns -----------------------------------------------------------------------------------
    @cached_property
    def settings(self) -> dict[str, Any]:
        return ListSettings.of(self.actor.id if self.actor.kind == "user" else None, self.name)

    @cached_property
    def ordered_columns(self) -> list[Col]:
        """All columns in the user's order, the fixed ones first."""
        order = {key: n for n, key in enumerate(self.settings.get("order", []))}
        columns = sorted(self.columns, key=lambda c: order.get(c.key, len(order)))
        return sorted(columns, key=lambda c: not self._fixed(c))

    def _fixed(self, column: Col) -> bool:
        return column.key in self.settings["fixed"] if "fixed" in self.settings else column.fixed

    def _hidden(self, column: Col) -> bool:
        return column.key in self.settings["hidden"] if "hidden" in self.settings else not column.shown

    @cached_property
    def shown_columns(self) -> list[Col]:
        return [column for column in self.ordered_columns if not self._hidden(column)]

    def _column_views(self) -> tuple[ColumnView, ...]:
        return tuple(self._column_view(column) for column in self.ordered_columns)

    def _column_view(self, column: Col) -> ColumnView:
        fixed, shown = self._fixed(column), not self._hidden(column)
        if not column.sort:
            return ColumnView(column.key, column.label, column.align, shown=shown, fixed=fixed)  # type: ignore[arg-type]
        now = ("desc" if self.sort.descending else "asc") if self.sort.field == column.sort else ""
        url = self.link(sort=f"-{column.key}" if now == "asc" else column.key)
        return ColumnView(column.key, column.label, column.align, now, url, shown, fixed)  # type: ignore[arg-type]

    # --- addresses, counts, pager ------------------------------------------------------------------
    def link(self, **changes: Any) -> str:
        """This list with other parameters; None takes one away. The place goes back to the first page."""
        query = self.query.copy()
        for name in (*PLACE, *changes):
            query.pop(name, None)
        for name, value in changes.items():
            if value not in (None, ""):
                query[name] = str(value)
        return "?" + query.urlencode()

    @property
    def origin(self) -> str:
        """This list as a batch act's address names it."""
        return urlencode({"list": self.name} | {f"where_{key}": value for key, value in self.where.items()})

    @property
    def selection_key(self) -> str:
        """The same for every page and order of one filter: ticks are kept under it."""
        parts = sorted((k, v) for k, v in self.query.items() if k not in (*PLACE, "sort", "size") and v)
        return f"{self.name}:{sha256(repr((parts, sorted(self.where.items()), self.actor.id)).encode()).hexdigest()[:16]}"

    @cached_property
    def _tabs(self) -> list[Tab | None]:
        """The tabs as shown; None is 全部. A list narrowed to a former selection has none."""
        if self.in_selection or not self.tabs:
            return [self.tab]
        return [*([None] if self.tabs_all else []), *self.tabs]

    def _counts(self) -> dict[str, int]:
        """A capped count per tab; that of the open one is also the pager's total."""
        return {tab_key(tab): keyset.capped_count(self.within(tab)) for tab in self._tabs}

    @property
    def in_selection(self) -> bool:
        return "only" in self.query

    def _tab_views(self, counts: dict[str, int]) -> list[TabView]:
        if len(self._tabs) < 2:
            return []
        here = tab_key(self.tab)
        labels = {tab_key(tab): tab.label if tab else "全部" for tab in self._tabs}
        return [TabView(labels[key], self.link(tab=key), key == here, keyset.count_text(n)) for key, n in counts.items()]

    def _pager(self, found: Found, count: int) -> PagerView:
        size, rows = self.page_size, found.rows
        last = max(1, -(-min(count, keyset.COUNTED) // size))
        key = (lambda row: keyset.key_of(row, self.sort)) if rows else None
        return PagerView(
            total=keyset.count_text(count), page=found.number, pages=self._numbers(found.number, last, count),
            previous_url=self._turn("before", key(rows[0]), found.number - 1) if found.previous and key else "",
            next_url=self._turn("after", key(rows[-1]), found.number + 1) if found.next and key else "",
            size=size, sizes=tuple((n, self.link(size=n)) for n in SIZES), last_jump=last,
        )  # fmt: skip

    def _turn(self, side: str, key: str, number: int) -> str:
        return self.link(**{side: key, "page": max(number, 1)})

    def _numbers(self, number: int, last: int, count: int) -> tuple[tuple[int | None, str], ...]:
        wanted = sorted({1, last, *range(max(1, number - 1), min(last, number + 1) + 1)} | ({2, 3} if number < 3 and last > 3 else set()))
        pages: list[tuple[int | None, str]] = []
        for place, page in enumerate(wanted):
            if place and page - wanted[place - 1] > 1:
                pages.append((None, ""))
            pages.append((page, self.link(page=page)))
        return (*pages, (None, "")) if count > keyset.COUNTED else tuple(pages)

    # --- small views -------------------------------------------------------------------------------
    def _views(self, acts: Sequence[Any]) -> list[ActView]:
        views = []
        for act in acts:
            if not act.shown_to(self.actor):
                continue
            if isinstance(act, Group):
                views.append(act.view_for(self.actor))
            elif isinstance(act, Batch):
                views.append(act.view_on(self.origin))
            else:
                views.append(act.view(**self._where_of(act)))
        return views

    def _where_of(self, act: Act) -> dict[str, Any]:
        """A list below something (plans/<int:plan>/rooms/) hands its route on to the pages that lie there too."""
        for names in map(names_in, act.page.routes()):
            if names and names <= set(self.where):
                return {name: self.where[name] for name in names}
        return {}

    def _query_view(self) -> forms.Form | None:
        if not self.filters:
            return None
        shown = self.form
        data = dict(shown.data.items())
        data |= {entry.param: masked(data[entry.param]) for entry in self.filters if entry.private and data.get(entry.param)}
        shown.data = data
        return shown

    def _notes(self) -> list[Note]:
        notes = list(self.notes())
        if self.in_selection:
            notes.insert(0, Note("这里只列出刚才那次操作涉及的数据。", url="?", link="查看全部"))
        if self.form.errors:
            text = "；".join(f"{self.form.fields[name].label}：{error}" for name, errors in self.form.errors.items() for error in errors)
            notes.insert(0, Note(f"查询条件有误，未列出数据。{text}", "bad"))
        return notes


@dataclass(frozen=True)
class Found:
    """The rows of a page, its number, and whether there are rows before and after it."""

    rows: Sequence[Any]
    number: int
    previous: bool
    next: bool


def tab_key(tab: Tab | None) -> str:
    return (tab.key or tab.label) if tab else ""


def field_at(model: type[Model], path: str) -> Any:
    """The model field at the end of a path over foreign keys."""
    for name in path.split("__"):
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = field.related_model or model
    return field


def _filled(query: QueryDict) -> QueryDict:
    """Without the empty parameters: addresses stay short."""
    for name in list(query):
        if not any(query.getlist(name)):
            del query[name]
    return query
