"""Who may sign in: an active account of an active organization, asked again at every request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.utils import timezone

from .models import User


class ActiveAccounts(BaseBackend):
    """The account's password decides, and only then whether the account is usable: the answer and its timing are the
    same for an unknown name, a wrong password, a stopped account and a stopped organization.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **more: Any
    ) -> User | None:
        user = self._users().filter(username=username or "").first()
        if user is None:
            User().set_password(password)  # as slow as checking one
            return None
        right = user.check_password(password or "")
        return user if right and usable(user) else None

    def get_user(self, user_id: int) -> User | None:
        user = self._users().filter(pk=user_id).first()
        return user if user and usable(user) else None

    @staticmethod
    def _users() -> Any:
        return User.objects.select_related("organization", "role")


def usable(user: User) -> bool:
    """Whether the account may be used now. A temporary password that was never changed ends with its time (real time:
    the demo's clock is for business).
    """
    expired = user.password_expires_at is not None and user.password_expires_at < timezone.now()
    return user.is_active and user.organization.active and not expired
