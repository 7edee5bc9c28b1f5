"""个人信息保护: the public's pages, the institution's list of requests, and who is late with them."""

from . import public, requests, standing  # noqa: F401  # registers their pages
