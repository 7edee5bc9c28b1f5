"""Chapter 4.1 证书信息管理: the catalogue, its editor and review, the majors."""

from . import catalogue, editor, majors  # noqa: F401  # each registers its pages
