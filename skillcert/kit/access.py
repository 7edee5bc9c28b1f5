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


def person_in(label: str) -> str:
    """The name alone of an actor's label 张三（zhangsan）: another organization does not read the account."""
    return label.rpartition("（")[0] or label


SYSTEM = Actor(kind="system", label="系统")
PUBLIC = Actor(kind="public", label="公众")

_find_user: Callable[[int], Actor | None] = lambda _id: None  # noqa: E731  # until accounts registers its own
_actor_of_user: Callable[[Any, Any], Actor] = lambda _user, _request: PUBLIC  # noqa: E731


def register_users(find: Callable[[int], Actor | None], actor_of: Callable[[Any, Any], Actor]) -> None:
    """The accounts room says how a user's id (None: stopped or gone), and a logged-in user, becomes an actor."""
    global _find_user, _actor_of_user
    _find_user, _actor_of_user = find, actor_of


def actor_of_request(request: Any) -> Actor:
    """Who asks: the logged-in user, else the public."""
    user = getattr(request, "user", None)
    return _actor_of_user(user, request) if user is not None and user.is_authenticated else PUBLIC


def actor_of_job(job: Any) -> Actor:
    """A job acts as its starter and is checked again when it runs. Raises ``NotAllowed`` for a stopped account."""
    if job.user_id is None:
        return SYSTEM
    actor = _find_user(job.user_id)
    if actor is None:
        raise NotAllowed("发起人的账号已停用，任务未执行。")
    return actor
