"""Chapter 3: 职业技能等级标准, 考核站点建设标准. Both look alike."""

from . import center, skill  # noqa: F401  # each registers its pages
