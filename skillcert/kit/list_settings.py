"""What a user chose to see in a list: order, hidden and fixed columns. It outlives the session."""

from __future__ import annotations

from typing import Any

from django.db import models


class ListSettings(models.Model):
    """``columns``: {"order": [keys], "hidden": [keys], "fixed": [keys]}; a key that no longer exists is passed over."""

    user_id = models.BigIntegerField()
    page = models.CharField(max_length=100)
    columns = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "page"], name="list_settings_once")]

    @classmethod
    def of(cls, user_id: int | None, page: str) -> dict[str, Any]:
        found = cls.objects.filter(user_id=user_id, page=page).values_list("columns", flat=True).first() if user_id else None
        return found or {}

    @classmethod
    def keep(cls, user_id: int, page: str, columns: dict[str, Any]) -> None:
        """Store the choice; an empty one means the page's own order again."""
        if columns:
            cls.objects.update_or_create(user_id=user_id, page=page, defaults={"columns": columns})
        else:
            cls.objects.filter(user_id=user_id, page=page).delete()
