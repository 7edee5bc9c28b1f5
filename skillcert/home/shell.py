"""The bell: how many messages the signed-in user has not read."""

from __future__ import annotations

from django.http import HttpRequest

from skillcert.kit.web import shell_part

from .rules import unread_notices

MOST = 100


@shell_part("unread")
def unread(request: HttpRequest) -> int:
    return unread_notices(request.actor).order_by()[:MOST].count()  # type: ignore[attr-defined]
