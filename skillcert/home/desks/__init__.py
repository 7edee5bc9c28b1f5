"""工作台: a module per kind of organization, each a tuple of parts that one template draws in their order."""

from __future__ import annotations

from datetime import datetime

from skillcert.kit.access import Actor

from . import awarding_body, institution, platform, province
from .parts import Part, link

__all__ = ["DESKS", "link", "parts_of"]

DESKS = {
    "institution": institution.PARTS,
    "awarding_body": awarding_body.PARTS,
    "province": province.PARTS,
    "platform": platform.PARTS,
}


def parts_of(actor: Actor, now: datetime) -> list[Part]:
    """What the actor's desk holds, in order; a part that is empty is not drawn."""
    return [part(actor, now) for part in DESKS[actor.organization_kind]]
