"""Chapters 5.2.1 and 5.2.2: subjects and exam plans, a file per noun."""

from . import editor, plans, postpone, subjects  # noqa: F401  # each registers its pages
