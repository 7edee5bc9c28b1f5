"""Who asks, what surrounds a page, and how a refusal looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from . import access, clock
from .access import Actor
from .errors import Conflict, Missing, NotAllowed, Refused
from .pages.base import PAGES, Page, page_named, url_of
from .pages.screen import Crumb, Head, MenuItem, Shell

NO_PAGE = "没有找到这个页面，地址可能有误。"

# What rooms add to the shell, each asked once per page of a signed-in user.
SHELL_PARTS: dict[str, Callable[[HttpRequest], Any]] = {}


def shell_part(name: str) -> Callable[[Callable[[HttpRequest], Any]], Callable[[HttpRequest], Any]]:
    """Register what fills a field of ``Shell``: @shell_part("unread"), "organization", "role", "demo"."""

    def register(function: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
        SHELL_PARTS[name] = function
        return function

    return register


class ActorMiddleware:
    """Gives every request its ``actor`` and ``now``; turns refusals into pages; keeps personal pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor, request.now = access.actor_of_request(request), clock.now()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.setdefault("X-Content-Type-Options", "nosniff")
        if request.actor.kind != "public":  # type: ignore[attr-defined]
            response.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return refusal_page(request, error) if isinstance(error, Refused) else None


# --- refusals --------------------------------------------------------------------------------------
def refusal_page(request: HttpRequest, error: Refused) -> HttpResponseBase:
    kinds = ((Missing, 404, "没有找到"), (NotAllowed, 403, "没有权限"), (Conflict, 409, "已被他人修改"))
    status, title = next(((code, text) for kind, code, text in kinds if isinstance(error, kind)), (400, "无法办理"))
    return error_page(request, status, title, error.sentence, url=error.url, link=error.link)


def error_page(request: HttpRequest, status: int, title: str, sentence: str, **more: Any) -> HttpResponseBase:
    """``kit/error.html``: status, title, sentence, and where it is mended (url, link)."""
    context = {"page": Head(title), "status": status, "title": title, "sentence": sentence, **more}
    return render(request, "kit/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return error_page(request, 400, "请求有误", "这次提交的内容无法识别，请返回上一页重试。")


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    return error_page(request, 403, "页面已过期", "页面停留太久或登录状态已变化，请刷新页面后重新提交；您填的内容仍在。")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return refusal_page(request, NotAllowed("您的账号没有这项权限，请联系本单位管理员在“用户管理”中调整角色。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return refusal_page(request, Missing(NO_PAGE))


def server_error(request: HttpRequest) -> HttpResponseBase:
    return error_page(request, 500, "系统出错", "系统处理时出错，您的数据没有被改动一半。请稍后重试，仍不行请联系平台管理员。")


# --- the shell -------------------------------------------------------------------------------------
def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the menu of what the actor may open, crumbs, help. Empty for the public."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.kind != "user":
        return {}
    from skillcert.config.menu import MENU  # data that names pages of all rooms

    page: type[Page] | None = getattr(request, "page", None)
    place = menu_place(page)
    menu = tuple(item for line in MENU if (item := menu_item(line, actor, place)))
    parts = {name: part(request) for name, part in SHELL_PARTS.items()}
    known = {"home_url": "home.Desk", "search_url": "home.Search", "notices_url": "home.Notices", "account_url": "accounts.Account"}
    urls = {field: url_of(name) for field, name in known.items() if name in PAGES}
    said = {"user_label": actor.label, "help_url": help_url(page), **urls, **parts}
    return {"shell": Shell(menu=menu, crumbs=crumbs(menu, page), **said)}


def menu_item(line: Any, actor: Actor, current: type[Page] | None) -> MenuItem | None:
    """One line of the menu as data (label, page, icon, lines); None when nothing below it may be opened.

    ``current`` is the menu's page under which the present one stands.
    """
    items = tuple(item for child in line.lines if (item := menu_item(child, actor, current)))
    page = PAGES.get(line.page)
    if page is not None and page.admits(actor):
        return MenuItem(line.label, url_of(page), line.icon, current=page is current, items=items)
    below = any(item.current or item.open for item in items)
    return MenuItem(line.label, "", line.icon, open=below, items=items) if items else None


def menu_place(page: type[Page] | None) -> type[Page] | None:
    """The menu's page that the current one belongs to: itself, the one it goes ``back`` to, or one of its chapter."""
    for _ in range(5):
        if page is None or page.name in menu_pages():
            return page
        back = getattr(page, "back", None)
        if back is None:
            break
        page = page_named(back) if isinstance(back, str) else back
    if page is None or page.manual is None:
        return None
    room = page.name.split(".")[0]
    listed = (PAGES[name] for name in menu_pages() if name in PAGES and name.split(".")[0] == room)
    return next((entry for entry in listed if entry.manual == page.manual), None)


@cache
def menu_pages() -> tuple[str, ...]:
    """The names of the menu's pages, in its order."""
    from skillcert.config.menu import MENU

    def names(lines: Sequence[Any]) -> list[str]:
        return [name for line in lines for name in (line.page, *names(line.lines)) if name]

    return tuple(names(MENU))


def crumbs(menu: Sequence[MenuItem], page: type[Page] | None) -> tuple[Crumb, ...]:
    """The way through the menu to the current page, and its title."""
    trail: list[Crumb] = []
    level: Sequence[MenuItem] = menu
    while item := next((one for one in level if one.current or one.open), None):
        trail.append(Crumb(item.label, item.url))
        level = item.items
    if page and page.title and (not trail or trail[-1].label != page.title):
        trail.append(Crumb(page.title))
    return tuple(trail)


def help_url(page: type[Page] | None) -> str:
    """The manual's chapter of this page, where there is a help page."""
    if "home.Help" not in PAGES:
        return ""
    chapter = (page.manual or page.help) if page else ""
    return url_of("home.Help") + (f"?chapter={chapter}#c{chapter}" if chapter else "")
