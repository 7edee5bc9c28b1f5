"""证书负责人 (R240): which qualifications a person of an institution answers for, as accounts asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from skillcert.accounts.models import User
from skillcert.kit.access import Actor

from . import rules
from .models import Qualification, QualificationOwner


class Owners:
    """The ``Scope`` of ``skillcert.accounts.actors``."""

    def of(self, user: User) -> frozenset[int]:
        return frozenset(QualificationOwner.objects.filter(user=user).values_list("qualification_id", flat=True))

    def options(self, actor: Actor) -> list[tuple[int, str]]:
        """Those that the institution ever applied to pilot; none for other kinds of organization."""
        if actor.organization_kind != "institution":
            return []
        rows = Qualification.objects.filter(participations__institution=actor.organization_id).distinct()
        return [(row.pk, str(row)) for row in rows.order_by("name", "grade")]

    def keep(self, user: User, keys: Iterable[int]) -> None:
        rules.put_in_charge(user=user, qualifications=keys)
