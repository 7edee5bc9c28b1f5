"""Chapter 4.3: 申报计划, the form, 证书试点申报 and its review, a file per noun."""

from . import form, lists, papers, reports, review, rounds  # noqa: F401  # each registers its pages
