"""What higher rooms show on an organization's page: they know the organization, it does not know them."""

from __future__ import annotations

from collections.abc import Callable

from skillcert.kit.pages.screen import Card

from .models import AwardingBody, Institution

INSTITUTION_CARDS: list[Callable[[Institution], Card]] = []
AWARDING_BODY_CARDS: list[Callable[[AwardingBody], Card]] = []
