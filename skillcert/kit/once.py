"""One effect for a form that arrives twice: a double click, the back button, a retried request."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from .access import Actor
from .errors import Refused


class Once(models.Model):
    """The answer given to a form, under the key that the form carried. Written with the form's effect, or not at all."""

    id = models.UUIDField(primary_key=True)
    user_id = models.BigIntegerField(null=True)
    page = models.CharField(max_length=100)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)


def once(key: str, *, page: str, actor: Actor, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run ``act`` in a transaction under ``key`` and keep its answer (JSON); a second call gives that answer again. ``page``
    is the page's name, or its address where that names the row.

    An ``act`` that raises leaves nothing behind, so the same form can be sent again. Two at the same moment wait for
    each other at the key's row. Raises Refused for a key of somebody else, or none.
    """
    try:
        number = uuid.UUID(key)
    except ValueError:
        raise Refused("页面已过期，请刷新后重新提交。") from None
    with transaction.atomic():
        row, fresh = Once.objects.select_for_update().get_or_create(id=number, defaults={"page": page, "user_id": actor.id})
        if (row.page, row.user_id) != (page, actor.id):
            raise Refused("页面已过期，请刷新后重新提交。")
        if fresh:
            row.answer = act()
            row.save(update_fields=["answer"])
    return row.answer


def answer_of(key: str, *, page: str, actor: Actor) -> dict[str, Any] | None:
    """What this very form was answered before: its row may have moved on since, and must not be refused for that."""
    try:
        row = Once.objects.filter(pk=uuid.UUID(key), page=page, user_id=actor.id).first()
    except ValueError:
        return None
    return row.answer if row else None
