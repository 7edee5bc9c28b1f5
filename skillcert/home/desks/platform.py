"""工作台 of the platform's sub-roles: 系统, 安全, 审计, 目录与机构. Each sees the parts of what it may open, no more."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from skillcert.accounts.models import LoginFailure, User
from skillcert.accounts.rules.login import MOST_FAILURES, WAIT
from skillcert.kit.access import Actor
from skillcert.kit.audit import AuditBlock, AuditEntry
from skillcert.kit.jobs import Job, JobState, WorkerBeat
from skillcert.kit.pages import url_of
from skillcert.kit.pages.columns import badge_of, plain_text
from skillcert.kit.pages.screen import Badge, Card, Figure
from skillcert.kit.states import ICONS
from skillcert.kit.worker import alive

from .. import log_state
from .parts import Part, PartOf, cell, link, table, todo

SHOWN = 8
PROCESSES = {"sealer": "签章进程", "ticker": "定时进程"}
AT_THE_DOOR = ("accounts.login", "accounts.logout", "accounts.login_failed")


# --- 系统 ------------------------------------------------------------------------------------------------
def system(actor: Actor, now: datetime) -> Part:
    """Tasks of all organizations, the failed ones, and whether the processes behind the pages live."""
    if not actor.may("jobs.view"):
        return Part()
    page = "home.AllJobs"
    cells = (
        *cell("排队中", page, "tab=waiting", actor, now, icon="circle-dashed"),
        *cell("执行中", page, "tab=running", actor, now, icon="progress"),
        *cell("失败任务", page, "tab=failed", actor, now, icon="alert-circle", bad=True),
        *cell("已完成", page, "tab=done", actor, now, icon="circle-check"),
    )
    return Part(figures=cells, cards=(_processes(), _failed_jobs()))


def _processes() -> Card:
    beats = list(WorkerBeat.objects.order_by("worker_id"))
    named = {beat.worker_id: beat for beat in beats}
    workers = [beat for beat in beats if beat.worker_id not in PROCESSES]
    seen = [("任务进程", beat) for beat in workers] or [("任务进程", None)]
    seen += [(label, named.get(key)) for key, label in PROCESSES.items()]
    rows = [(label, badge_of(_beat_badge(beat)), plain_text(beat.at) if beat else "–") for label, beat in seen]
    return Card("后台进程", hint="每 10 秒报到一次", table=table(("进程", "状态", "最近心跳"), rows, words=3))


def _beat_badge(beat: WorkerBeat | None) -> Badge:
    living = beat is not None and alive(beat)
    return Badge("运行中", "ok", ICONS["ok"]) if living else Badge("没有心跳", "bad", ICONS["bad"])


def _failed_jobs() -> Card:
    failed = Job.objects.filter(state=JobState.FAILED).order_by("-created_at")[:SHOWN]
    rows = [(job.kind_label, job.error, plain_text(job.created_at)) for job in failed]
    acts = (link("全部任务", url_of("home.AllJobs")),)
    return Card("失败的任务", acts=acts, table=table(("任务", "失败原因", "提交时间"), rows, "没有失败的任务", words=3), side=True)


# --- 安全 ------------------------------------------------------------------------------------------------
def security(actor: Actor, now: datetime) -> Part:
    """Accounts, those that wait after failed sign-ins, and what was changed in accounts and roles."""
    if actor.organization_kind != "platform" or not actor.may("users.view"):
        return Part()
    today = timezone.now() - timedelta(days=1)
    cells = (
        *cell("启用账号", "accounts.Users", "tab=active", actor, now, icon="users"),
        *cell("停用账号", "accounts.Users", "tab=stopped", actor, now, icon="lock"),
        Figure("登录受限账号", f"{_waiting_accounts():,}", hint="15 分钟内连续 5 次输错", icon="alert-circle"),
        Figure("24 小时内登录", f"{User.objects.filter(last_login__gte=today).count():,}", hint="按账号计", icon="user"),
    )
    changes = AuditEntry.objects.filter(action__startswith="accounts.").exclude(action__in=AT_THE_DOOR).order_by("-id")[:SHOWN]
    rows = [(entry.sentence, entry.actor_label, plain_text(entry.at)) for entry in changes]
    card = Card("最近的账号与角色变更", table=table(("做了什么", "谁", "时间"), rows, "还没有账号或角色变更", words=3))
    return Part(figures=cells, cards=(card,))


def _waiting_accounts() -> int:
    """How many pairs of account and address wait after too many failures; whose they are is kept nowhere."""
    recent = LoginFailure.objects.filter(at__gt=timezone.now() - WAIT)
    return recent.values("account", "address").annotate(n=Count("pk")).filter(n__gte=MOST_FAILURES).count()


# --- 审计 ------------------------------------------------------------------------------------------------
def auditing(actor: Actor, now: datetime) -> Part:
    """How far the log is sealed and checked, and what was done most today."""
    if actor.organization_kind != "platform" or not actor.may("audit.view"):
        return Part()
    last, today = AuditBlock.objects.order_by("-height").first(), timezone.localdate()
    trail = "home.AuditTrail"
    cells = (
        *cell("审计记录", trail, "", actor, now, icon="list"),
        *cell("今天", trail, f"at_from={today}&at_to={today}", actor, now, icon="clock"),
        Figure("已封存至", f"第 {last.height:,} 块" if last else "–", hint=plain_text(last.at) if last else "还没有区块", icon="lock"),
        *cell("待封存", trail, "sealed=no", actor, now, icon="clock"),
    )
    state = log_state.latest()
    card = Card(
        "日志校验", hint=state.hint, badge=state.badge, acts=(link("打开校验", url_of("home.AuditCheck")),),
        facts=log_state.facts(state),
    )  # fmt: skip
    since = timezone.now() - timedelta(days=1)
    acts: Counter[str] = Counter()
    for action, count in AuditEntry.objects.filter(at__gte=since).values_list("action").annotate(n=Count("pk")):
        acts[AuditEntry(action=action).sentence] += count
    rows = [(words, f"{count:,}") for words, count in acts.most_common(SHOWN)]
    return Part(figures=cells, cards=(card, Card("24 小时内做得最多的", table=table(("动作", "次数"), rows), side=True)))


# --- 目录与机构 --------------------------------------------------------------------------------------------
def catalogue(actor: Actor, now: datetime) -> Part:
    """Qualifications to review, and the organizations."""
    if actor.organization_kind != "platform":
        return Part()
    cells = (
        *cell("证书待审核", "qualifications.Qualifications", "tab=in_review", actor, now, icon="clock"),
        *cell("已发布证书", "qualifications.Qualifications", "tab=published", actor, now, icon="certificate"),
        *cell("试点院校", "orgs.Institutions", "tab=active", actor, now, icon="building-community"),
        *cell("培训评价组织", "orgs.AwardingBodies", "tab=active", actor, now, icon="building"),
    )
    return Part(figures=cells)


PARTS: tuple[PartOf, ...] = (todo, system, security, auditing, catalogue)
