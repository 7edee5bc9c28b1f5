"""From a logged-in user to the actor that the gate knows."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from skillcert.kit.access import Actor

from .models import User

_scopes: list[Callable[[User], frozenset[int]]] = []


def register_scope(find: Callable[[User], frozenset[int]]) -> None:
    """A higher room narrows a 证书负责人 to what it answers for."""
    _scopes.append(find)


def actor_of(user: User, request: HttpRequest | None = None) -> Actor:
    """The actor of a user; ``request`` gives the address for the audit."""
    scope = None
    if user.is_qualification_owner:
        scope = frozenset().union(*(find(user) for find in _scopes))
    return Actor(
        kind="user", id=user.pk, label=f"{user.name}（{user.username}）", organization_kind=user.organization.kind,
        organization_id=user.organization_id, codes=frozenset(user.role.codes), scope=scope,
        ip=request.META.get("REMOTE_ADDR", "") if request else "",
    )


def actor_of_id(user_id: int) -> Actor | None:
    """The actor of an active account of an active organization, else None."""
    user = (
        User.objects.select_related("organization", "role")
        .filter(pk=user_id, is_active=True, organization__active=True).first()
    )
    return actor_of(user) if user else None
