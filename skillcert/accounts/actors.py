"""From a logged-in user to the actor that the gate knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.http import HttpRequest

from skillcert.kit.access import Actor

from .models import User


class Scope(Protocol):
    """What a 证书负责人 answers for (R240). A higher room knows it; accounts only asks."""

    def of(self, user: User) -> frozenset[int]:
        """The keys that the user answers for."""

    def options(self, actor: Actor) -> list[tuple[int, str]]:
        """What the actor's organization can give into somebody's charge, as (key, label)."""

    def keep(self, user: User, keys: Iterable[int]) -> None:
        """Put these in the user's charge and no others; inside the caller's transaction."""


class Nothing:
    """Until a higher room says otherwise."""

    def of(self, user: User) -> frozenset[int]:
        return frozenset()

    def options(self, actor: Actor) -> list[tuple[int, str]]:
        return []

    def keep(self, user: User, keys: Iterable[int]) -> None:
        """Nothing to keep."""


_scope: Scope = Nothing()


def register_scope(scope: Scope) -> None:
    global _scope
    _scope = scope


def scope() -> Scope:
    return _scope


def actor_of(user: User, request: HttpRequest | None = None) -> Actor:
    """The actor of a user; ``request`` gives the address for the audit."""
    return Actor(
        kind="user", id=user.pk, label=f"{user.name}（{user.username}）", organization_kind=user.organization.kind,
        organization_id=user.organization_id, codes=frozenset(user.role.codes),
        scope=_scope.of(user) if user.is_qualification_owner else None,
        ip=request.META.get("REMOTE_ADDR", "") if request else "",
    )


def actor_of_id(user_id: int) -> Actor | None:
    """The actor of an active account of an active organization, else None."""
    user = (
        User.objects.select_related("organization", "role")
        .filter(pk=user_id, is_active=True, organization__active=True).first()
    )
    return actor_of(user) if user else None
