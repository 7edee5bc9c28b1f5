"""Who acts, and what they may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import NotAllowed


@dataclass(frozen=True)
class Actor:
    """A user, a candidate's session, the public, or the platform itself.

    ``codes`` are the permission codes granted; ``scope`` narrows a person further (the qualifications a
    证书负责人 answers for; None means no narrowing). ``label`` is what the audit shows.
    """

    kind: str
    label: str
    id: int | None = None
    organization_kind: str = ""
    organization_id: int | None = None
    codes: frozenset[str] = field(default_factory=frozenset)
    scope: frozenset[int] | None = None
    ip: str = ""

    def may(self, code: str) -> bool:
        return self.kind == "system" or code in self.codes

    def need(self, code: str) -> None:
        if not self.may(code):
            raise NotAllowed("您的账号没有这项权限，请联系本单位管理员在“用户管理”中调整角色。")


SYSTEM = Actor(kind="system", label="系统")
PUBLIC = Actor(kind="public", label="公众")

_find_user: Callable[[int], Actor | None] | None = None


def register_users(find: Callable[[int], Actor | None]) -> None:
    """The accounts room says how a user's id becomes an actor (None: stopped or gone)."""
    global _find_user
    _find_user = find


def actor_of_job(job: Any) -> Actor:
    """A job acts as its starter and is checked again when it runs. Raises ``NotAllowed`` for a stopped account."""
    if job.user_id is None:
        return SYSTEM
    actor = _find_user(job.user_id) if _find_user else None
    if actor is None:
        raise NotAllowed("发起人的账号已停用，任务未执行。")
    return actor
