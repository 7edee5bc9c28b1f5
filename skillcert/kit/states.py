"""States moved by people: an enum, a table of moves, and guards that are a Q and a sentence.

The same ``Guard`` decides the button, the preview, the chunk of ten thousand and the API.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db import models
from django.db.models import Q

from .access import Actor
from .actions import declare

Look = Literal["idle", "wait", "run", "hand", "ok", "bad", "end"]

ICONS: dict[str, str] = {
    "idle": "circle-dashed", "wait": "clock", "run": "progress", "hand": "corner-up-left",
    "ok": "circle-check", "bad": "alert-circle", "end": "lock",
}


@dataclass(frozen=True)
class Guard:
    """``q``: what must hold, as a Q or a function of (actor, now) giving one; ``sentence``: the refusal."""

    q: Q | Callable[[Actor, datetime], Q]
    sentence: str

    def q_for(self, actor: Actor, now: datetime) -> Q:
        return self.q if isinstance(self.q, Q) else self.q(actor, now)


@dataclass(frozen=True)
class Move:
    """One business verb that changes a state. ``by`` is the permission code; ``needs`` what the person must give."""

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    by: str
    needs: Literal["", "reason", "signature"] = ""
    guards: Sequence[Guard] = ()
    machine: Machine = field(default=None, compare=False, repr=False)  # type: ignore[assignment]

    @property
    def action(self) -> str:
        """The audit's action code."""
        return f"{self.machine.name}.{self.name}"

    def wrong_state(self, state: str) -> str:
        return f"当前状态为“{self.machine.label(state)}”，不可{self.label}"

    def allowed(self, actor: Actor, now: datetime) -> Q:
        """The rows on which the move is possible now: draws the button and fills the preview."""
        q = Q(**{f"{self.machine.field}__in": self.sources})
        for guard in self.guards:
            q &= guard.q_for(actor, now)
        return q


class Machine:
    """The states of one model and its table of moves: the only writers of ``field``."""

    def __init__(
        self,
        states: type[models.TextChoices],
        *,
        name: str,
        moves: Sequence[Move],
        look: dict[str, Look],
        field: str = "state",
        hints: dict[str, str] | None = None,
    ) -> None:
        self.states, self.field, self.name, self.look, self.hints = states, field, name, look, hints or {}
        missing = set(states.values) - set(look)
        if missing:
            raise ValueError(f"{name}: no look for {missing}")
        self.moves: dict[str, Move] = {}
        for move in moves:
            object.__setattr__(move, "machine", self)
            self.moves[move.name] = move
        declare({move.action: move.label for move in moves})

    def __getitem__(self, name: str) -> Move:
        return self.moves[name]

    def label(self, state: str) -> str:
        return str(self.states(state).label)
