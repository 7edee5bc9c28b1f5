"""工作台 of a 试点院校 (look 04)."""

from __future__ import annotations

from .parts import PartOf, funnel, pass_rates, running_plans, todo

PARTS: tuple[PartOf, ...] = (todo, running_plans, funnel, pass_rates)
