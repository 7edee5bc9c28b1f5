"""Chapter 1: signing in, one's own account. Chapter 8.1: users and roles. A file per noun."""

from . import log, login, manage, own, platform, roles, users  # noqa: F401  # each registers its pages
