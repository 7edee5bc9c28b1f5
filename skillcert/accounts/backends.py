"""Who a session belongs to. Whether the account may still be used, the session's hash says (``User``)."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from .models import User


class Accounts(BaseBackend):
    """Loads the user of a session with organization and role. Passwords are checked by ``rules.check_login`` alone."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.select_related("organization", "role").filter(pk=user_id).first()
