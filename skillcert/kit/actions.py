"""The registered action codes of the audit: a code and the words a person reads."""

from __future__ import annotations

ACTIONS: dict[str, str] = {}


def declare(actions: dict[str, str]) -> None:
    """Register action codes with their words: ``declare({"accounts.login": "登录"})``."""
    ACTIONS.update(actions)
