"""Chapter 2: 培训评价组织管理, 试点院校管理, and the platform's 省厅管理."""

from . import bodies, institutions, provinces, sealing  # noqa: F401  # each registers its pages
