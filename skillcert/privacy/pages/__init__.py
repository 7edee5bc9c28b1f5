"""个人信息保护: the public's pages, and the institution's list of requests."""

from . import public, requests  # noqa: F401  # registers their pages
