"""周报设置 (R218): whether a province asks for weekly or half-monthly reports, and since when."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Missing
from skillcert.kit.notices import notify_all
from skillcert.orgs.models import Institution, Province

from ..cycles import BEGINNING, Cycle, Setting, changed, cycle_at
from ..models import CycleSetting

declare({"weekly.cycle_set": "设置周报周期", "weekly.cycle_change_dropped": "取消周报周期的变更"})


def settings_of(province: Province) -> list[Setting]:
    """What the province began with, then its changes in the order of time."""
    rows = CycleSetting.objects.filter(province=province).order_by("since")
    return [Setting(BEGINNING, province.report_cycle), *(Setting(row.since, row.kind) for row in rows)]


def province_of(actor: Actor) -> Province:
    """The province that an actor's reports go to, or its own. Raises Missing for anybody else."""
    if actor.organization_kind == "province":
        return Province.objects.get(pk=actor.organization_id or 0)
    if actor.organization_kind == "institution":
        return Institution.objects.select_related("province").get(pk=actor.organization_id or 0).province
    raise Missing()


def cycle_of(actor: Actor, now: datetime) -> Cycle:
    """The cycle that an actor is in."""
    return cycle_at(settings_of(province_of(actor)), now)


def set_cycle(*, actor: Actor, now: datetime, kind: str) -> list[Setting]:
    """R218: 试点院校根据省厅的统筹安排，提交周报或半月报. From the next cycle on; a second change within a cycle replaces the
    first. Every institution of the province is told.
    """
    actor.need("weekly.review")
    province = province_of(actor)
    with transaction.atomic():
        gate.locked(Province.objects.filter(pk=province.pk))
        old = settings_of(province)
        new = changed(old, kind, now)
        if new == old:
            return old
        dropped = CycleSetting.objects.filter(province=province, since__gt=now)
        gate.delete_many(
            CycleSetting, dropped, actor=actor, may="weekly.review", action="weekly.cycle_change_dropped", now=now
        )
        if new[-1].since > now:
            row = CycleSetting(province=province, kind=new[-1].kind, since=new[-1].since, set_by=actor.label)
            gate.create(row, actor=actor, may="weekly.review", action="weekly.cycle_set", summary={"kind": new[-1].kind})
        _tell(province, new, now)
    return new


def _tell(province: Province, settings: list[Setting], now: datetime) -> None:
    following = cycle_at(settings, cycle_at(settings, now).end)
    text = f"{province}：自 {following.days[:10]} 起提交{following.title}，第一期为{following.full_label}（{following.days}）"
    schools = Institution.objects.filter(province=province, active=True)
    notify_all(schools.values_list("pk", flat=True), "weekly.edit", text, "/weekly/")
