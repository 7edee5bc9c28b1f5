"""工作台 of the platform's sub-roles: 系统, 安全, 审计, 目录与机构. Each sees the parts of what it may open."""

from __future__ import annotations

from .parts import PartOf, todo

PARTS: tuple[PartOf, ...] = (todo,)
