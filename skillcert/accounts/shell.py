"""What a signed-in user's page says about the user."""

from __future__ import annotations

from django.http import HttpRequest

from skillcert.kit.web import shell_part


@shell_part("organization")
def organization(request: HttpRequest) -> str:
    return request.user.organization.name  # type: ignore[union-attr]


@shell_part("role")
def role(request: HttpRequest) -> str:
    user = request.user
    return f"{user.organization.get_kind_display()} ・ {user.role.name}"  # type: ignore[union-attr]


@shell_part("user_label")
def user_label(request: HttpRequest) -> str:
    return request.user.name  # type: ignore[union-attr]
