"""A page: one address, one permission, one chapter of the manual. Buttons and what is enforced come from it alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import URLPattern, get_script_prefix, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import autodiscover_modules
from django_htmx.http import HttpResponseClientRedirect

from ..access import Actor
from ..errors import Missing, NotAllowed
from ..selection import MOST_KEY
from ..states import Guard, Move

PUBLIC, LOGIN = "public", "login"
NO_PERMISSION = "您的账号没有这项权限，请联系本单位管理员在“用户管理”中调整角色。"
PAGES: dict[str, type[Page]] = {}


class Page:
    """The base of every screen. A subclass with a ``url`` is registered under "room.ClassName".

    ``manual`` is the chapter (None needs ``why``; ``help`` may then name the section of our own that ``?`` opens),
    ``permission`` a code, ``LOGIN`` or ``PUBLIC``; ``kinds`` the kinds of organization it is for, none named for all.
    ``move`` and ``guards`` say on which rows it can be used: they draw the button, fill the preview and are what the
    rule enforces.
    """

    name: ClassVar[str] = ""
    manual: ClassVar[str | None] = ""
    why: ClassVar[str] = ""
    help: ClassVar[str] = ""
    url: ClassVar[str]
    permission: ClassVar[str] = ""
    kinds: ClassVar[Sequence[str]] = ()
    title: ClassVar[str] = ""
    label: ClassVar[str] = ""
    subtitle: str = ""
    template: ClassVar[str] = ""
    opens: ClassVar[str] = "page"
    icon: ClassVar[str] = ""
    move: ClassVar[Move | None] = None
    guards: ClassVar[Sequence[Guard]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "url" in cls.__dict__:
            register(cls)

    def __init__(
        self,
        actor: Actor,
        now: datetime,
        *,
        request: HttpRequest | None = None,
        query: QueryDict | None = None,
        where: dict[str, Any] | None = None,
    ) -> None:
        self.actor, self.now, self.where = actor, now, where or {}
        self.request: HttpRequest = request  # type: ignore[assignment]  # None in a job, which draws nothing
        self.query = query if query is not None else (request.GET if request else QueryDict())

    @classmethod
    def admits(cls, actor: Actor) -> bool:
        if cls.kinds and actor.organization_kind not in cls.kinds:
            return False
        if cls.permission == PUBLIC:
            return True
        return actor.kind == "user" if cls.permission == LOGIN else actor.may(cls.permission)

    @classmethod
    def allowed(cls, actor: Actor, now: datetime) -> Q:
        """The rows this page can be used on now; an empty Q for all of them."""
        q = cls.move.allowed(actor, now) if cls.move else Q()
        for guard in cls.guards:
            q &= guard.q_for(actor, now)
        return q

    @classmethod
    def routes(cls) -> list[str]:
        return [cls.url]

    @classmethod
    def view(cls, request: HttpRequest, **where: Any) -> HttpResponseBase:
        """Who may not come in is told so; who may is answered by ``get`` or ``post``."""
        request.page = cls  # type: ignore[attr-defined]  # the shell marks it in the menu
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not cls.admits(actor):
            if actor.kind in ("user", "candidate", "token"):
                raise NotAllowed(NO_PERMISSION)
            response = redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            return HttpResponseClientRedirect(response.url) if getattr(request, "htmx", False) else response
        if any(isinstance(value, int) and value > MOST_KEY for value in where.values()):
            raise Missing()
        page = cls(actor, request.now, request=request, where=where)  # type: ignore[attr-defined]
        if request.method in ("GET", "HEAD"):
            return page.get()
        return page.taken() or page.post() if request.method == "POST" else HttpResponseNotAllowed(["GET", "POST"])

    def get(self) -> HttpResponseBase:
        return HttpResponseNotAllowed(["POST"])

    def post(self) -> HttpResponseBase:
        return HttpResponseNotAllowed(["GET"])

    def taken(self) -> HttpResponseBase | None:
        """What was answered before to a form that arrives again."""
        return None

    def redirect(self, url: str) -> HttpResponse:
        """Leave for another page; out of a dialog, the whole window does."""
        return HttpResponseClientRedirect(url) if self.in_dialog else HttpResponseRedirect(url, status=303)

    def next_url(self, fallback: str = "/") -> str:
        """Where the person came from, if that is a place on this site."""
        url = self.request.POST.get("next") or self.request.GET.get("next") or ""
        return url if url_has_allowed_host_and_scheme(url, {self.request.get_host()}) else fallback

    def render(self, template: str = "", status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, template or self.template, {"page": self, **context}, status=status)

    @property
    def in_dialog(self) -> bool:
        """Whether the answer goes into the page's <dialog>, not into a window of its own."""
        return bool(getattr(self.request, "htmx", False)) and not self.request.htmx.boosted  # type: ignore[attr-defined]


def register(page: type[Page]) -> None:
    """Put a page into the registry. Raises TypeError for one without a permission or a chapter."""
    room = page.__module__.split(".")[1] if page.__module__.startswith("skillcert.") else page.__module__
    page.name = f"{room}.{page.__name__}"
    if not page.permission and page.move:
        page.permission = page.move.by
    if not page.permission:
        raise TypeError(f"{page.name} has no permission")
    if (page.manual is None and not page.why) or page.manual == "":
        raise TypeError(f"{page.name} names no chapter of the manual, and no reason why there is none")
    if PAGES.get(page.name, page).__module__ != page.__module__:
        raise TypeError(f"{page.name} is declared twice")
    page.label = page.__dict__.get("label") or page.label or page.title
    PAGES[page.name] = page


def page_named(name: str) -> type[Page]:
    """The page "room.ClassName". Raises Missing, for the name may come from an address."""
    try:
        return PAGES[name]
    except KeyError:
        raise Missing() from None


def names_in(route: str) -> set[str]:
    """What fills a route. ``pk`` is always the page's own row; a list below something uses another name."""
    return set(re.findall(r"<(?:\w+:)?(\w+)>", route))


def url_of(page: type[Page] | str, **where: Any) -> str:
    """The address of a page; ``where`` fills its route, as in url_of(CandidateDetail, pk=7)."""
    page = page_named(page) if isinstance(page, str) else page
    for route in page.routes():
        if names_in(route) == set(where):
            return get_script_prefix() + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: quote(str(where[m[1]])), route)
    raise ValueError(f"{page.name} has no route with {sorted(where)}")


def urlpatterns_of_pages() -> list[URLPattern]:
    """Every room's ``pages`` module is imported, and every page gets its addresses."""
    autodiscover_modules("pages")
    return [path(route, page.view, name=page.name) for page in PAGES.values() for route in page.routes()]
