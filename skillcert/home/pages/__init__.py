"""工作台 and what surrounds every page: messages, files, tasks, search, the audit trail, help."""

from . import audit, desk, find, inbox  # noqa: F401  # each registers its pages
