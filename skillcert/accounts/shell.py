"""What a signed-in user's page says about the user."""

from __future__ import annotations

from django.http import HttpRequest

from skillcert.kit.web import shell_part

from .models import User


@shell_part("organization")
def organization(request: HttpRequest) -> str:
    user = request.user
    return user.organization.name if isinstance(user, User) else ""


@shell_part("role")
def role(request: HttpRequest) -> str:
    user = request.user
    return f"{user.organization.get_kind_display()} ・ {user.role.name}" if isinstance(user, User) else ""


@shell_part("user_label")
def user_label(request: HttpRequest) -> str:
    return request.user.name if isinstance(request.user, User) else ""
