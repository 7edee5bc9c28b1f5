"""What higher rooms show on an organization's page: they know the organization, it does not know them."""

from __future__ import annotations

from collections.abc import Callable

from skillcert.kit.access import Actor
from skillcert.kit.pages.screen import Card, Note

from .models import AwardingBody, Institution, Organization

INSTITUTION_CARDS: list[Callable[[Institution], Card]] = []
AWARDING_BODY_CARDS: list[Callable[[AwardingBody, Actor], Card]] = []
ORGANIZATION_NOTES: list[Callable[[Organization, Actor], Note | None]] = []
