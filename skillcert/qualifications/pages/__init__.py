"""Chapter 4.1 证书信息管理: the catalogue, its editor and review, its revisions, the majors."""

from . import catalogue, editor, majors, revisions  # noqa: F401  # each registers its pages
