"""工作台 of a 培训评价组织: today's work, then per running plan which institution is where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from skillcert.kit.access import Actor
from skillcert.kit.pages import clock_badge, url_of
from skillcert.kit.pages.screen import Card
from skillcert.orgs.models import Institution
from skillcert.plans.models import ExamPlan
from skillcert.plans.states import STAGE_LOOK, PlanState, Stage
from skillcert.registrations.models import Registration

from .parts import Part, PartOf, anchor, funnel, link, open_to, pass_rates, running_plans, table, todo

LIST = "registrations.Registrations"
NEAR = timedelta(days=3)  # so long before a window ends who is behind counts as late [assumption]
SHOWN = 5
MOST_PLANS = 12


@dataclass(frozen=True)
class Standing:
    """Where an institution stands in a plan."""

    institution: Institution
    registered: int = 0
    paid: int = 0
    seated: int = 0
    late: str = ""


def institutions(actor: Actor, now: datetime) -> Part:
    """A card per plan from 报考 to 考试: who has registered, paid, been seated; the late first."""
    if not open_to(LIST, actor):
        return Part()
    plans = list(
        ExamPlan.visible_to(actor).filter(state=PlanState.PUBLISHED, registration_start__lte=now, last_exam_end__gte=now)
        .order_by("registration_end", "pk")[:MOST_PLANS]
    )  # fmt: skip
    counts = _counts(actor, plans)
    cards = [
        _card(plan, standings_of(plan, counts.get(plan.pk, {}), now), now, side=bool(n % 2)) for n, plan in enumerate(plans)
    ]
    return Part(cards=tuple(cards))


def _counts(actor: Actor, plans: Iterable[ExamPlan]) -> dict[int, dict[int, tuple[int, int, int]]]:
    """Per plan and institution: registered, paid, seated."""
    rows = (
        Registration.visible_to(actor).filter(plan__in=plans).values("plan", "institution").order_by()
        .annotate(n=Count("pk"), paid_n=Count("pk", filter=Q(paid=True)), seated_n=Count("pk", filter=Q(seated=True)))
    )  # fmt: skip
    found: dict[int, dict[int, tuple[int, int, int]]] = {}
    for row in rows:
        found.setdefault(row["plan"], {})[row["institution"]] = (row["n"], row["paid_n"], row["seated_n"])
    return found


def standings_of(plan: ExamPlan, counts: dict[int, tuple[int, int, int]], now: datetime) -> list[Standing]:
    """The invited institutions and those that registered, the late ones first, then by how many."""
    schools = Institution.objects.filter(Q(plans=plan) | Q(pk__in=counts)).distinct()
    standings = [
        Standing(school, *counts.get(school.pk, (0, 0, 0)), late_words(plan, *counts.get(school.pk, (0, 0, 0)), now))
        for school in schools
    ]
    return sorted(standings, key=lambda one: (not one.late, -one.registered, one.institution.name))


def late_words(plan: ExamPlan, registered: int, paid: int, seated: int, now: datetime) -> str:
    """What an institution is late with; "" when it is not."""
    if not registered:
        return "未报考" if now >= plan.registration_end - NEAR else ""
    pay_until = plan.pay_until or plan.registration_end
    if plan.fee_required and paid < registered and now >= pay_until - NEAR:
        return f"未缴费 {registered - paid:,}"
    if seated < registered and now >= plan.seating_end - NEAR:
        return f"未排考 {registered - seated:,}"
    return ""


def _card(plan: ExamPlan, standings: list[Standing], now: datetime, *, side: bool) -> Card:
    late = sum(bool(one.late) for one in standings)
    hint = f"{len(standings):,} 所院校" + (f"，{late:,} 所落后" if late else "")
    return Card(
        plan.name, hint=f"{hint} ・ {_until(plan, now)}", badge=clock_badge(Stage(plan.stage(now)), STAGE_LOOK), side=side,
        acts=(link("全部报考" if len(standings) <= SHOWN else f"全部 {len(standings):,} 所", _list(plan)),),
        table=table(
            ("院校", "报考", "已缴费", "已排考", "落后"), [_row(plan, one) for one in standings[:SHOWN]], "还没有参考院校"
        ),
    )  # fmt: skip


def _row(plan: ExamPlan, one: Standing) -> tuple[SafeString | str, ...]:
    key = one.institution.pk
    late = format_html('<span class="is-bad strong">{}</span>', one.late) if one.late else "–"
    phone = one.institution.phone
    name = format_html("{} <small>{} {}</small>", one.institution.name, one.institution.contact, phone)
    return (
        name, anchor(_list(plan, institution=key), f"{one.registered:,}"),
        anchor(_list(plan, institution=key, paid="True"), f"{one.paid:,}"),
        anchor(_list(plan, institution=key, seated="True"), f"{one.seated:,}"), late,
    )  # fmt: skip


def _list(plan: ExamPlan, **query: object) -> str:
    return f"{url_of(LIST)}?plan={plan.pk}" + "".join(f"&{name}={value}" for name, value in query.items())


def _until(plan: ExamPlan, now: datetime) -> str:
    for name, moment in (("报考", plan.registration_end), ("排考", plan.seating_end), ("考试", plan.last_exam_end)):
        if moment and now <= moment:
            return f"{name}至 {localtime(moment):%m-%d %H:%M}"
    return ""


PARTS: tuple[PartOf, ...] = (todo, running_plans, funnel, pass_rates, institutions)
