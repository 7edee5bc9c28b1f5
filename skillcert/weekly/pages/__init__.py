"""Chapter 6 周报管理: the institution's list and form, a report, the province's review, overview and exports."""

from . import exports, filling, overview, report, review  # noqa: F401  # each registers its pages
