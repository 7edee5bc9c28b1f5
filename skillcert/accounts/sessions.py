"""What a session is: opened under a new key, at rest for half an hour at most, and led to what must be done first."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect

from skillcert.kit.pages import PAGES, PUBLIC, url_of

from . import rules
from .actors import actor_of
from .models import User

SINCE, SEEN, ENROL = "since", "seen", "enrol"
TOUCHED = 60  # seconds between two notes of "seen": not every page is a write
DEVICE_COOKIE = "__Host-device" if settings.SESSION_COOKIE_SECURE else "skillcert-device"
DEVICE_AGE = 180 * 24 * 3600
MOST_ACCOUNTS = 5  # remembered in one browser
SALT = "skillcert.accounts.device"  # names the use of a signature, no secret
BROWSERS = (
    ("Edg", "Edge"), ("MicroMessenger", "微信"), ("OPR", "Opera"), ("Chrome", "Chrome"), ("Firefox", "Firefox"),
    ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def device_of(request: HttpRequest) -> str:
    """The browser in words: Chrome ・ Windows."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    found = [next((word for mark, word in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return " ・ ".join(word for word in found if word) or "未知设备"


# --- browsers that an account has signed in with before --------------------------------------------------
def known_devices(request: HttpRequest) -> dict[str, str]:
    """The accounts of this browser's cookie and their keys; nothing for a cookie that was tampered with."""
    try:
        kept = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=SALT, max_age=DEVICE_AGE)
    except signing.BadSignature:
        return {}
    return kept if isinstance(kept, dict) else {}


def attempt_of(request: HttpRequest, username: str) -> rules.Attempt:
    attempt = rules.Attempt(username, request.META.get("REMOTE_ADDR", ""))
    return rules.Attempt(username, attempt.address, known_devices(request).get(attempt.account, ""))


def remember_device(request: HttpRequest, response: HttpResponseBase, attempt: rules.Attempt) -> None:
    """From now on failures of this account in this browser are counted apart from everybody else's."""
    kept = {attempt.account: attempt.device or secrets.token_hex(16), **known_devices(request)}
    value = signing.dumps(dict(list(kept.items())[:MOST_ACCOUNTS]), salt=SALT)
    response.set_cookie(  # type: ignore[attr-defined]
        DEVICE_COOKIE, value, max_age=DEVICE_AGE, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


# --- opening and limiting ----------------------------------------------------------------------------------
def sign_in(request: HttpRequest, user: User, attempt: rules.Attempt | None = None) -> None:
    """Open a session for ``user`` under a new key (trust 10)."""
    if request.session.get("_auth_user_id"):  # one browser, the next person
        request.session.flush()
    login(request, user)
    request.session[SINCE] = request.session[SEEN] = int(time.time())
    if rules.must_enrol(user):
        request.session[ENROL] = True
    key = request.session.session_key or ""
    rules.open_session(user=user, actor=actor_of(user, request), attempt=attempt, session_key=key, device=device_of(request))


class SessionLimits:
    """Ends a session at rest for 30 minutes or 12 hours old (real time), and leads who has a temporary password, or
    must bind a second factor, there from every other page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        session = request.session
        if "_auth_user_id" in session:
            now = int(time.time())
            since, seen = session.get(SINCE, now), session.get(SEEN, now)
            if now - seen > settings.SESSION_IDLE or now - since > settings.SESSION_COOKIE_AGE:
                session.flush()
            elif SEEN not in session or now - seen >= TOUCHED:
                session[SINCE], session[SEEN] = since, now
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, where: dict[str, Any]
    ) -> HttpResponseBase | None:
        user, match = request.user, request.resolver_match
        page = PAGES.get(match.view_name) if match else None
        if page is None or page.permission == PUBLIC or not isinstance(user, User):
            return None
        first = "accounts.ChangePassword" if user.must_change_password else ""
        if not first and request.session.get(ENROL):
            first = "accounts.Enrol"
        if not first or page.name in (first, "accounts.Logout"):
            return None
        url = url_of(first)
        return HttpResponseClientRedirect(url) if getattr(request, "htmx", False) else HttpResponseRedirect(url)
