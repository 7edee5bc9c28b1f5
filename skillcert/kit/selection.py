"""The ticked rows, or all that match: stored once, so that no page sends a hundred thousand keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from .access import Actor
from .errors import Missing, Refused
from .gate import CHUNK, chunks

MOST_TICKED = 20_000
MOST_KEY = 2**63 - 1  # of a database's widest column; nothing has a greater key


class Selection(models.Model):
    """Whose, of which list, for which act. ``keys`` None means all that match ``query``, but for ``excluded``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.CharField(max_length=100, blank=True)
    where = models.JSONField(default=dict)
    act = models.CharField(max_length=100, blank=True)
    query = models.TextField(blank=True)
    keys = models.JSONField(null=True)
    excluded = models.JSONField(default=list)
    count = models.PositiveBigIntegerField(default=0)
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    user_id = models.BigIntegerField(null=True)
    organization_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="selection_by_age")]

    @classmethod
    def of_actor(cls, key: str, actor: Actor) -> Selection:
        """One's own selection. Raises Missing for anything else."""
        try:
            return cls.objects.get(pk=uuid.UUID(key), user_id=actor.id, organization_id=actor.organization_id)
        except (ValueError, cls.DoesNotExist):
            raise Missing("这次勾选已失效，请回到列表重新勾选。") from None

    @classmethod
    def posted(cls, data: QueryDict, *, page: str, act: str, actor: Actor, else_all: bool = False) -> Selection:
        """What the list's bar sent: ``keys``, or ``all`` with ``except`` and ``query``; not saved yet.

        ``else_all``: nothing ticked means all that match, as in an export (R147).
        """
        ticked, excluded = _keys(data.getlist("keys")), _keys(data.getlist("except"))
        everything = data.get("all") == "1" or (else_all and not ticked)
        if not everything and not ticked:
            raise Refused("还没有勾选数据，请先在列表中勾选，或选择全部匹配的数据。")
        if len(ticked) > MOST_TICKED:
            raise Refused(f"一次最多勾选 {MOST_TICKED:,} 条，更多请用“选择全部匹配的数据”。")
        return cls(
            page=page, where=_where(data), act=act, query=data.get("query", "").lstrip("?")[:4000],
            keys=None if everything else ticked, excluded=excluded if everything else [],
            user_id=actor.id, organization_id=actor.organization_id,
        )  # fmt: skip

    def rows(self, model: type[models.Model], *, actor: Actor, now: datetime) -> QuerySet:
        """The selected rows as they are now, through the list's own rows and ``visible_to``.

        Ticked rows stay selected when a change moves them out of the filter: the guards say what is wrong with them.
        """
        if not self.page:
            rows = model.visible_to(actor)  # type: ignore[attr-defined]
            return rows if self.keys is None else rows.filter(pk__in=self.keys)
        from .pages.base import page_named  # the pages import this module
        from .pages.list import ListPage

        target = page_named(self.page)
        if not issubclass(target, ListPage) or target.model is not model or not target.admits(actor):
            raise Missing()
        try:
            reverse(self.page, kwargs=self.where)
        except NoReverseMatch:  # a list below something, of which nothing or nonsense was posted
            raise Missing() from None
        page = target(actor, now, query=QueryDict(self.query), where=self.where)
        if self.keys is not None:
            return page.visible.filter(pk__in=self.keys)
        rows = page.matching
        return rows.exclude(pk__in=self.excluded) if self.excluded else rows

    def chunks(
        self, model: type[models.Model], *, actor: Actor, now: datetime, size: int = CHUNK, above: int | None = None
    ) -> Iterator[list[int]]:
        """Keys in key order, ``size`` at a time, from the first one above ``above``."""
        if self.keys is not None:
            yield from chunks([key for key in self.keys if above is None or key > above], size)
            return
        rows = self.rows(model, actor=actor, now=now)
        yield from chunks(rows if above is None else rows.filter(pk__gt=above), size)

    def freeze(self, model: type[models.Model], *, actor: Actor, now: datetime) -> Selection:
        """Store the very keys and a digest over them, for what is signed or cannot be undone."""
        self.keys = [key for part in self.chunks(model, actor=actor, now=now) for key in part]
        self.excluded, self.count = [], len(self.keys)
        self.digest = sha256(",".join(map(str, self.keys)).encode()).hexdigest()
        self.save()
        return self


def _where(data: QueryDict) -> dict[str, str]:
    """What fills the route of a list below something, as in plans/<int:pk>/rooms/."""
    return {key.removeprefix("where_"): str(data[key]) for key in data if key.startswith("where_")}


def _keys(texts: list[str]) -> list[int]:
    try:
        keys = sorted({int(key) for key in ",".join(texts).split(",") if key.strip()})
        if keys and max(keys[-1], -keys[0]) > MOST_KEY:
            raise ValueError("no row has such a key")
        return keys
    except ValueError:
        raise Refused("勾选的数据无法识别，请刷新列表后重新勾选。") from None


def only(keys: list[int], *, page: str, actor: Actor, **where: Any) -> Selection:
    """Keep these keys, so that a list can be opened with just them."""
    return Selection.objects.create(
        page=page, act="only", keys=keys, count=len(keys), user_id=actor.id, organization_id=actor.organization_id, where=where
    )
