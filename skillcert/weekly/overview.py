"""How a province stands: the figures of a cycle, and each institution's last six cycles. Counted by sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from skillcert.accounts.models import User
from skillcert.kit.access import Actor
from skillcert.kit.crypto import mask_phone
from skillcert.kit.pages import page_named, url_of
from skillcert.kit.pages.screen import ActView, Card, Figure
from skillcert.kit.templatetags.kit import icon_html
from skillcert.orgs.models import Institution, Province

from . import rules
from .cycles import Cycle, latest
from .models import Reminder, WeeklyReport
from .rules.reminders import APART
from .states import SUBMITTED, ReportState

SHOWN = 6
LOOKS = {ReportState.APPROVED: "ok", ReportState.IN_REVIEW: "wait", ReportState.RETURNED: "hand"}
WORDS = {"ok": "已通过", "wait": "待审核", "hand": "退回", "bad": "未交", "end": "尚未开户"}
SQUARE_ICONS = {"ok": "check", "wait": "clock", "hand": "corner-up-left", "bad": "x", "end": "minus"}
LEGEND = [(look, SQUARE_ICONS[look], WORDS[look]) for look in ("ok", "wait", "hand", "bad")]
OVERVIEW, REVIEW, REMIND = "weekly.Overview", "weekly.ReviewReports", "weekly.RemindInstitutions"
ON_DESK = 8


@dataclass(frozen=True)
class Square:
    look: str
    label: str

    @property
    def words(self) -> str:
        return f"{self.label}：{WORDS[self.look]}"


@dataclass(frozen=True)
class Standing:
    """One institution: its squares (oldest first), how many cycles in a row are owed, when it last submitted."""

    squares: Sequence[Square]
    owed: int
    last: datetime | None
    filler: User | None
    reminded: datetime | None


@dataclass(frozen=True)
class Counts:
    """The figures of a cycle; they equal the lists that they open."""

    approved: int
    in_review: int
    returned: int
    missing: int
    oldest_wait: datetime | None
    repeated: int


def counts_of(province: Province, cycle: Cycle, now: datetime) -> Counts:
    reports = WeeklyReport.objects.filter(institution__province=province, start=cycle.start, state__in=SUBMITTED)
    by_state = dict(reports.order_by().values_list("state").annotate(n=Count("pk")))
    oldest = reports.filter(state=ReportState.IN_REVIEW).aggregate(at=Min("submitted_at"))["at"]
    late = list(rules.missing(province, cycle))
    owed = standings(late, province, now, cycle=cycle)
    return Counts(
        by_state.get(ReportState.APPROVED, 0), by_state.get(ReportState.IN_REVIEW, 0), by_state.get(ReportState.RETURNED, 0),
        len(late), oldest, sum(one.owed > 1 for one in owed.values()),
    )  # fmt: skip


def standings(
    institutions: Iterable[Institution], province: Province, now: datetime, *, cycle: Cycle | None = None
) -> dict[int, Standing]:
    """For a page of institutions: four queries whatever their number."""
    rows = list(institutions)
    cycles = latest(rules.settings_of(province), cycle.start if cycle else now, SHOWN)
    starts = [one.start for one in cycles]
    keys = [row.pk for row in rows]
    reports = WeeklyReport.objects.filter(institution__in=keys, state__in=SUBMITTED)
    states = {(i, start): state for i, start, state in reports.filter(start__in=starts).values_list("institution", "start", "state")}
    last = dict(reports.order_by().values_list("institution").annotate(at=Max("submitted_at")))
    recent = Reminder.objects.filter(institution__in=keys, at__gt=now - APART)
    reminded = dict(recent.order_by().values_list("institution").annotate(at=Max("at")))
    people = rules.fillers(keys)
    found = {}
    for row in rows:
        squares = [_square(row, one, states.get((row.pk, one.start))) for one in cycles]
        owed = next((n for n, square in enumerate(squares) if square.look != "bad"), len(squares))
        found[row.pk] = Standing(squares[::-1], owed, last.get(row.pk), people.get(row.pk), reminded.get(row.pk))
    return found


def _square(row: Institution, cycle: Cycle, state: str | None) -> Square:
    """Nobody owes a report of a time before it had an account."""
    look = LOOKS[ReportState(state)] if state else "end" if row.created_at >= cycle.end else "bad"
    return Square(look, cycle.label)


# --- as drawn ------------------------------------------------------------------------------------------
def left_of(cycle: Cycle, now: datetime) -> str | SafeString:
    """提交截止还有 2 天 7 小时, counting down; the demo's clock may run ahead of the browser's."""
    left = cycle.end - now
    if left.total_seconds() <= 0:
        return f"已于 {timezone.localtime(cycle.end):%m-%d %H:%M} 截止"
    until = (timezone.now() + left).isoformat(timespec="seconds")
    hours, minutes = left.seconds // 3600, left.seconds % 3600 // 60
    words = f"{left.days} 天 {hours} 小时" if left.days else f"{hours} 小时 {minutes} 分"
    return format_html('提交截止还有 <b data-until="{}" data-over="0 分，已截止">{}</b>', until, words)


def figures_of(counts: Counts, cycle: Cycle, now: datetime) -> list[Figure]:
    """周报已通过, 待审核, 已退回, 未提交: each opens exactly its rows."""

    def to(tab: str) -> str:
        return f"{url_of(REVIEW)}?tab={tab}&cycle={cycle.key}"

    total = counts.approved + counts.in_review + counts.returned + counts.missing
    waits = f"最早一份已等 {(now - counts.oldest_wait).days} 天" if counts.oldest_wait else "没有等待的"
    repeated = f"其中 {counts.repeated} 所连续多期" if counts.repeated else "没有连续多期的"
    here = url_of(OVERVIEW) + ("" if cycle.contains(now) else f"?cycle={cycle.key}")
    return [
        Figure("周报已通过", f"{counts.approved:,}", "", f"{cycle.label}，共 {total:,} 所", to("approved"), "circle-check"),
        Figure("待审核", f"{counts.in_review:,}", "", waits, to("in_review"), "clock"),
        Figure("已退回", f"{counts.returned:,}", "", "等院校修改后再提交", to("returned"), "corner-up-left"),
        Figure("未提交", f"{counts.missing:,}", "", repeated, here, "alert-circle", bad=bool(counts.missing)),
    ]  # fmt: skip


def owed_words(standing: Standing) -> str | SafeString:
    if standing.owed <= 1:
        return "本期"
    more = "及以上" if standing.owed >= len(standing.squares) else ""
    return format_html('<b class="is-bad">连续 {} 期{}</b>', standing.owed, more)


def squares_html(standing: Standing) -> SafeString:
    parts = ((one.look, one.words, icon_html(SQUARE_ICONS[one.look], 12)) for one in standing.squares)
    drawn = format_html_join("", '<span class="square square--{}" title="{}">{}</span>', parts)
    said = "；".join(one.words for one in standing.squares)
    return format_html('<span class="squares" role="img" aria-label="{}">{}</span>', said, drawn)


def filler_words(standing: Standing) -> str:
    user = standing.filler
    return f"{user.name} {mask_phone(user.phone) if user.phone else '无手机号'}" if user else "没有填报账号"


def desk_of(actor: Actor, now: datetime) -> tuple[list[Figure], Card]:
    """For the province's desk (look 15): the four figures, and the first of those who are missing."""
    province = rules.province_of(actor)
    cycle = rules.cycle_of(actor, now)
    counts = counts_of(province, cycle, now)
    schools = list(rules.missing(province, cycle))
    standing = standings(schools, province, now)
    worst = sorted(schools, key=lambda row: (-standing[row.pk].owed, row.name))[:ON_DESK]
    remind = page_named(REMIND)
    rows = [
        (row, owed_words(standing[row.pk]), squares_html(standing[row.pk]), _day(standing[row.pk].last), filler_words(standing[row.pk]),
         url_of(REMIND, pk=row.pk) if remind.admits(actor) else "")
        for row in worst
    ]  # fmt: skip
    acts = (ActView("all", f"查看全部 {counts.missing:,} 所", url_of(OVERVIEW)),)
    hint = format_html("{}，{} 所 ・ {}", cycle.label, f"{counts.missing:,}", left_of(cycle, now))
    card = Card("谁的周报还没交", hint=hint, template="weekly/desk.html", context={"rows": rows, "legend": LEGEND}, acts=acts)
    return figures_of(counts, cycle, now), card


def _day(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%m-%d}" if moment else "–"
