"""What a template is given: plain values, already decided, already permitted.

The Python of a page fills these; the templates under ``kit/templates/kit/`` draw them and decide nothing.
Every text is Chinese and ready to show; every ``url`` is a path on this site; ``icon`` is a Tabler icon's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.utils.safestring import SafeString

StateLook = Literal["idle", "wait", "run", "hand", "ok", "bad", "end"]
NoteLook = Literal["run", "ok", "wait", "bad", "hand"]


@dataclass(frozen=True)
class Crumb:
    label: str
    url: str = ""


@dataclass(frozen=True)
class MenuItem:
    """One line of the left menu; ``items`` are its children, ``open`` when the current page lies below it."""

    label: str
    url: str = ""
    icon: str = ""
    current: bool = False
    open: bool = False
    items: tuple[MenuItem, ...] = ()
    count: str = ""


@dataclass(frozen=True)
class ActView:
    """A button or a link. ``opens``: ``page`` follows a link, ``dialog`` loads it into the page's <dialog>
    (and is a page of its own without JavaScript), ``post`` submits at once, ``download`` submits and gets a file.

    ``needs_selection`` and ``or_all`` post the ticked rows to ``url``: ``keys`` (repeated, or one comma list), or
    ``all=1`` with ``except`` (comma list) and ``query`` (the query string). With ``or_all`` and nothing ticked it is
    all that match.
    """

    key: str
    label: str
    url: str
    icon: str = ""
    opens: Literal["page", "dialog", "post", "download"] = "page"
    primary: bool = False
    danger: bool = False
    needs_selection: bool = False
    why_not: str = ""
    items: tuple[ActView, ...] = ()
    or_all: bool = False


@dataclass(frozen=True)
class TabView:
    """``bad`` draws an open tab red: the errors of an import."""

    label: str
    url: str
    current: bool = False
    count: str = ""
    icon: str = ""
    bad: bool = False


@dataclass(frozen=True)
class ColumnView:
    """``sort``: None when the column cannot be sorted, else the present order ("" when another column orders)."""

    key: str
    label: str
    align: Literal["left", "right", "center"] = "left"
    sort: Literal["asc", "desc", ""] | None = None
    sort_url: str = ""
    shown: bool = True
    fixed: bool = False


@dataclass(frozen=True)
class RowView:
    key: str
    label: str
    cells: tuple[SafeString, ...]
    acts: tuple[ActView, ...] = ()
    more: tuple[ActView, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class PagerView:
    """``pages``: (number, url) or (None, "") for the gap; numbers only within the first 10,000 rows."""

    total: str
    page: int
    pages: tuple[tuple[int | None, str], ...]
    previous_url: str
    next_url: str
    size: int
    sizes: tuple[tuple[int, str], ...]
    last_jump: int


@dataclass(frozen=True)
class Badge:
    label: str
    look: StateLook
    icon: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Fact:
    label: str
    value: SafeString | str
    wide: bool = False


@dataclass(frozen=True)
class Table:
    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    empty: str = "暂无数据"


@dataclass(frozen=True)
class Card:
    """One white card of a detail page: facts, a table, or a template of the room with its own context."""

    title: str
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    template: str = ""
    context: dict = field(default_factory=dict)
    hint: str = ""
    badge: Badge | None = None
    acts: tuple[ActView, ...] = ()
    side: bool = False


@dataclass(frozen=True)
class Step:
    label: str
    state: Literal["done", "current", "coming", "bad"]
    hint: str = ""


@dataclass(frozen=True)
class Event:
    """One line of 审核记录, newest first."""

    label: str
    at: str
    who: str = ""
    reason: str = ""
    look: StateLook = "idle"
    icon: str = ""
    url: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure that opens its rows."""

    label: str
    value: str
    unit: str = ""
    hint: str = ""
    url: str = ""
    icon: str = ""
    bad: bool = False


@dataclass(frozen=True)
class Note:
    """A bar that stays until its cause is gone."""

    text: SafeString | str
    look: NoteLook = "run"
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Shell:
    """What surrounds every page of the signed-in: menu, top bar, the user, the demo bar (``demo`` is its context)."""

    menu: tuple[MenuItem, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
    user_label: str = ""
    organization: str = ""
    role: str = ""
    unread: int = 0
    help_url: str = ""
    demo: object | None = None
    home_url: str = "/"
    search_url: str = ""
    notices_url: str = ""
    account_url: str = ""
    logout_url: str = "/logout/"


@dataclass(frozen=True)
class Head:
    """The line above a page's cards: ``page`` in every template. ``hint`` stands at the far right."""

    title: str
    subtitle: SafeString | str = ""
    back_url: str = ""
    badge: Badge | None = None
    hint: SafeString | str = ""


@dataclass(frozen=True)
class Section:
    """A titled part of a form; ``fields`` are bound fields."""

    title: str = ""
    hint: str = ""
    fields: tuple = ()
    columns: Literal[1, 2, 3, 4] = 2


@dataclass(frozen=True)
class Difference:
    """One field that two people saved differently."""

    label: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class JobView:
    """A long task. ``poll_url`` gives this card again; ``running`` is False once it ended, for better or worse."""

    label: str
    running: bool
    done: int = 0
    total: int = 0
    percent: int = 0
    rate: str = ""
    left: str = ""
    message: str = ""
    error: str = ""
    ok: bool = False
    poll_url: str = ""
    cancel_url: str = ""
    back_url: str = ""


@dataclass(frozen=True)
class CheckCell:
    """A cell of the import's check. ``fix`` is the value offered; a press on it posts ``fix_key`` to the step."""

    text: str
    error: str = ""
    fix: str = ""
    fix_key: str = ""
    editable: bool = False


@dataclass(frozen=True)
class CheckRow:
    """A line of the uploaded sheet: its number there, its cells in the order of the shown columns."""

    number: int
    cells: tuple[CheckCell, ...]
    errors: tuple[str, ...] = ()
    skip_key: str = ""


@dataclass(frozen=True)
class Match:
    """A column of the template and the column of the file that fills it. ``options``: (value, label, first row) of the file;
    ``guessed``: chosen by likeness of the names.
    """

    key: str
    label: str
    required: bool
    options: tuple[tuple[str, str, str], ...]
    chosen: str = ""
    guessed: bool = False
    error: str = ""


@dataclass(frozen=True)
class Todo:
    """A line of 今天要做: ``count`` opens exactly these rows. ``late`` draws the date red, ``soon`` in wait colour."""

    label: str
    count: str
    url: str
    hint: str = ""
    due: str = ""
    late: bool = False
    soon: bool = False
    icon: str = "clock"
    look: StateLook = "wait"


@dataclass(frozen=True)
class PlanLine:
    """An exam plan on the desk: its windows are (name, start, end)."""

    name: str
    hint: str
    windows: tuple = ()
    url: str = ""
    left_label: str = ""
    left: str = ""
    soon: bool = False


@dataclass(frozen=True)
class Stage:
    """A stage of the funnel 报考 to 发放; ``value`` opens its rows."""

    label: str
    value: int
    url: str = ""
    hint: str = ""


@dataclass(frozen=True)
class GuideStep:
    """A step of the demo's road. ``files``: (label, url); ``accounts``: names as shown; ``enter``: the first button;
    ``how``: what to do, line by line, for the current step alone.
    """

    label: str
    hint: str
    who: str = ""
    accounts: str = ""
    files: tuple[tuple[str, str], ...] = ()
    state: Literal["done", "current", "coming"] = "coming"
    enter: ActView | None = None
    more: tuple[ActView, ...] = ()
    how: tuple[str, ...] = ()
