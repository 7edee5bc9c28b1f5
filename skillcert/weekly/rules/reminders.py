"""谁的周报还没交, and 提醒: a message and an SMS, not twice within a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.accounts.models import User
from skillcert.kit import audit, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.gate import Outcome
from skillcert.kit.jobs import enqueue
from skillcert.kit.notices import notify_all
from skillcert.kit.rows import NOBODY
from skillcert.kit.states import Guard
from skillcert.orgs.models import Institution, Province

from ..cycles import Cycle
from ..models import Reminder, WeeklyReport
from ..states import SUBMITTED
from .settings import cycle_of

declare({"weekly.reminded": "提醒提交周报"})
APART = timedelta(days=1)


def missing(province: Province | int | None, cycle: Cycle) -> QuerySet[Institution]:
    """The active institutions of a province that have not submitted this cycle's report; a draft is not submitted."""
    sent = WeeklyReport.objects.filter(start=cycle.start, state__in=SUBMITTED).values("institution")
    return Institution.objects.filter(province=province, active=True).exclude(pk__in=sent)


def _missing(actor: Actor, now: datetime) -> Q:
    if actor.organization_kind != "province":
        return NOBODY
    return Q(pk__in=missing(actor.organization_id, cycle_of(actor, now)).values("pk"))


def _not_lately(actor: Actor, now: datetime) -> Q:
    return ~Q(pk__in=Reminder.objects.filter(at__gt=now - APART).values("institution"))


remindable = (
    Guard(_missing, "本期周报已提交，不用提醒"),
    Guard(_not_lately, "24 小时内已提醒过，不重复提醒"),
)


def remind(*, actor: Actor, now: datetime, institutions: QuerySet[Institution] | Iterable[int]) -> Outcome:
    """Ask for the report of the cycle that runs. The SMS goes by a job, to who fills it in, else to the administrators."""
    actor.need("weekly.review")
    cycle, outcome = cycle_of(actor, now), Outcome()
    for keys in gate.chunks(institutions):
        with transaction.atomic():
            found = {row.pk: row for row in gate.locked(Institution.visible_to(actor).filter(pk__in=keys))}
            refused = {key: gate.UNSEEN for key in keys if key not in found}
            refused |= gate.refusals(Institution, list(found), remindable, actor=actor, now=now)
            able = [found[key] for key in found if key not in refused]
            Reminder.objects.bulk_create(Reminder(institution=row, start=cycle.start, at=now, by=actor.label) for row in able)
            notify_all([row.pk for row in able], "weekly.edit", f"{_asked(cycle)}，请在截止前提交", "/weekly/")
            audit.record("weekly.reminded", [audit.fact_of(row, {"cycle": cycle.key}) for row in able], actor=actor)
            if able:
                args = {"institutions": [row.pk for row in able], "text": f"{_asked(cycle)}，请登录平台提交。"}
                enqueue("weekly.remind", actor=actor, args=args, label=f"发送周报提醒短信 {len(able)} 所")
            outcome.done += [row.pk for row in able]
            outcome.refused += refused.items()
    return outcome


def _asked(cycle: Cycle) -> str:
    return f"{cycle.full_label}{cycle.title}（{cycle.days}）还没有提交"


def fillers(institutions: Iterable[int]) -> dict[int, User]:
    """Who fills in the report of each: an account of 周报填报员, else of 院校管理员; the first one made."""
    users = User.objects.filter(
        organization__in=list(institutions), is_active=True, role__name__in=("周报填报员", "院校管理员")
    ).select_related("role").order_by("pk")  # fmt: skip
    found: dict[int, User] = {}
    for user in sorted(users, key=lambda one: (one.role.name != "周报填报员", one.pk)):
        found.setdefault(user.organization_id, user)
    return found
