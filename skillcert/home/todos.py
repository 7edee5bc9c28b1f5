"""今天要做: each line is a tab of a list, counted by that very list, so the figure equals what it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Min
from django.http import QueryDict
from django.utils.timezone import localtime

from skillcert.kit.access import Actor
from skillcert.kit.pages import PAGES, ListPage, url_of
from skillcert.kit.pages.keyset import COUNTED, capped_count, count_text
from skillcert.kit.pages.screen import Stage, StateLook, Todo
from skillcert.plans.models import ExamPlan

Kind = Literal["sign", "review", "returned", "do"]
KINDS: dict[Kind, str] = {"sign": "待我签字", "review": "待我审核", "returned": "被退回", "do": "待我办理"}
SOON = timedelta(days=3)


def registration_ends(page: ListPage) -> datetime | None:
    """When the first of the plans now in 报考, to which the institution is invited, closes."""
    plans = ExamPlan.within("registration", page.now).filter(institutions=page.actor.organization_id)
    return plans.aggregate(end=Min("registration_end"))["end"]


@dataclass(frozen=True)
class Line:
    """Who holds ``by`` has to act on the rows of ``page`` under ``query``.

    ``due``: a path from the list's rows to the moment by which it must be done (the first one counts), or a function.
    """

    page: str
    query: str
    by: str
    label: str
    hint: str = ""
    icon: str = "clock"
    look: StateLook = "wait"
    kind: Kind = "do"
    due: str | Callable[[ListPage], datetime | None] = ""


COLLEGE, SOCIAL = "candidates.CollegeCandidates", "candidates.SocialCandidates"

TODOS: tuple[Line, ...] = (
    Line("issuing.AwardingBodyToSign", "", "issuing.sign_body", "证书待本单位签发", "扫码签字后转考核站点", "signature", kind="sign"),
    Line("issuing.CenterToSign", "", "issuing.sign_center", "考核站点待签发", "培训评价组织已签发", "signature", kind="sign"),
    Line("issuing.AwardingBodyRefused", "", "issuing.sign_body", "已拒绝，待重新签发", "处理后重新签发", "corner-up-left", "hand",
         kind="sign"),
    Line("issuing.CenterRefused", "", "issuing.sign_center", "考核站点已拒绝，待重新签发", "处理后重新签发", "corner-up-left", "hand",
         kind="sign"),
    Line("issuing.ToRelease", "", "issuing.release", "证书待发放", "双方均已签发", "certificate"),
    Line("issuing.SealFailed", "", "issuing.release", "盖章失败", "看原因后重新发放", "alert-circle", "bad"),
    Line("fees.PaymentRequests", "tab=open", "fees.confirm", "缴费申请单待确认", "到账后批量确认缴费", "receipt-yuan", kind="review"),
    Line(COLLEGE, "tab=unverified", "candidates.verify", "院校考生信息待认证", "与权威照片比对", "shield-check", due=registration_ends),
    Line(SOCIAL, "tab=unverified", "candidates.verify", "社会考生信息待认证", "与权威照片比对", "shield-check", due=registration_ends),
    Line(COLLEGE, "tab=to_confirm", "candidates.verify", "院校考生需人工确认", "照片比对未通过", "user-question", "hand"),
    Line(SOCIAL, "tab=to_confirm", "candidates.verify", "社会考生需人工确认", "照片比对未通过", "user-question", "hand"),
    Line(COLLEGE, "tab=no_photo", "candidates.edit", "院校考生缺照片", "缺照片不能认证", "photo-off", due=registration_ends),
    Line(SOCIAL, "tab=no_photo", "candidates.edit", "社会考生缺照片", "缺照片不能认证", "photo-off", due=registration_ends),
    Line("seating.SubjectArrangements", "tab=unseated", "seating.edit", "科目未排考", "排考时间内完成", "armchair",
         due="plan__seating_end"),
    Line("fees.PaymentRequests", "tab=open", "fees.edit", "缴费申请单等待确认", "线下缴费后由培训评价组织确认", "receipt-yuan", "run",
         due="plan__pay_until"),
    Line("centers.ExamCenters", "tab=in_review", "centers.review", "考核站点待审核", "", "building", kind="review"),
    Line("centers.ExamCenters", "tab=returned", "centers.edit", "考核站点被退回", "修改后重新提交", "corner-up-left", "hand",
         kind="returned"),
    Line("pilots.RoundsToApply", "tab=open", "pilots.edit", "申报计划正在申报", "截止前提交证书试点申报", "calendar-event", "run",
         due="end"),
    Line("pilots.PilotApplications", "tab=draft", "pilots.edit", "试点申报未提交", "填好后保存并提交", "file-pencil", "idle",
         due="round__end"),
    Line("pilots.PilotRounds", "tab=draft", "pilots.rounds", "申报计划尚未发布", "发布后院校才能申报", "calendar-plus", "idle"),
    Line("pilots.PilotApplications", "tab=first_review", "pilots.review", "试点申报待初审", "", "file-search", kind="review"),
    Line("pilots.PilotApplications", "tab=final_review", "pilots.review", "试点申报待终审", "", "file-search", kind="review"),
    Line("pilots.PilotApplications", "tab=returned", "pilots.edit", "试点申报被退回", "修改后重新提交", "corner-up-left", "hand",
         kind="returned"),
    Line("weekly.ReviewReports", "tab=in_review", "weekly.review", "周报待审核", "通过或退回", "clipboard-text", kind="review"),
    Line("weekly.WeeklyReports", "tab=returned", "weekly.edit", "周报被退回", "修改后重新提交", "corner-up-left", "hand",
         kind="returned"),
    Line("weekly.WeeklyReports", "tab=draft", "weekly.edit", "周报已保存，未提交", "下一周期开始前提交", "clipboard-text", "idle"),
    Line("qualifications.Qualifications", "tab=in_review", "qualifications.review", "证书目录待审核", "", "certificate", kind="review"),
    Line("qualifications.Revisions", "tab=in_review", "qualifications.review", "证书修订待审核", "", "certificate", kind="review"),
    Line("privacy.PersonalRequests", "tab=pending", "privacy.handle", "个人信息申请待答复", "15 天内答复", "user-question",
         due="due_at"),
    Line("privacy.RequestStanding", "tab=late", "orgs.view", "院校答复个人信息申请已逾期", "督促院校答复", "user-question", "hand"),
    Line("plans.ExamPlans", "tab=draft", "plans.edit", "考试计划尚未发布", "发布后院校才能报考", "calendar-plus", "idle",
         due="registration_start"),
)  # fmt: skip

STAGES: tuple[tuple[str, str, str], ...] = (
    ("报考", "registrations.Registrations", ""),
    ("到考", "results.Results", "attended=yes"),
    ("合格", "results.Results", "tab=passed"),
    ("签发", "issuing.Signed", ""),
    ("发放", "issuing.Released", ""),
)


def opened(page: str, query: str, actor: Actor, now: datetime) -> ListPage | None:
    """The list as the actor would open it; None when it is closed to the actor, or has no such tab."""
    kind = PAGES.get(page)
    if kind is None or not issubclass(kind, ListPage) or not kind.admits(actor):
        return None
    found = kind(actor, now, query=QueryDict(query))
    asked = found.query.get("tab", "")
    return found if not asked or (found.tab is not None and (found.tab.key or found.tab.label) == asked) else None


@dataclass(frozen=True)
class Waiting:
    """A line that has rows, as it is drawn, and how many."""

    line: Line
    todo: Todo
    count: int


def waiting(actor: Actor, now: datetime) -> list[Waiting]:
    """What waits for the actor: the late and the soon due first, then in the order of ``TODOS``."""
    found = []
    for line in TODOS:
        page = opened(line.page, line.query, actor, now) if actor.may(line.by) else None
        if page and (count := capped_count(page.matching)):
            due, late, soon = due_words(due_of(line, page), now)
            url = address(line.page, line.query)
            drawn = Todo(line.label, count_text(count), url, line.hint, due, late, soon, line.icon, line.look)
            found.append(Waiting(line, drawn, count))
    return sorted(found, key=lambda one: (not one.todo.late, not one.todo.soon))


def todos(actor: Actor, now: datetime) -> list[Todo]:
    return [one.todo for one in waiting(actor, now)]


def sum_words(lines: list[Waiting]) -> str:
    """5 类 ・ 合计 716 项; no sum where a list counts no further."""
    if not lines or any(one.count > COUNTED for one in lines):
        return f"{len(lines)} 类" if lines else ""
    return f"{len(lines)} 类 ・ 合计 {sum(one.count for one in lines):,} 项"


def due_of(line: Line, page: ListPage) -> datetime | None:
    if callable(line.due):
        return line.due(page)
    return page.matching.order_by().aggregate(first=Min(line.due))["first"] if line.due else None


def due_words(due: datetime | None, now: datetime) -> tuple[str, bool, bool]:
    """The words beside a line, whether they are red, and whether they are amber (look 04)."""
    if due is None:
        return "", False, False
    days = (localtime(due).date() - localtime(now).date()).days
    if due < now:
        return (f"已逾期 {-days} 天" if days else "今天已逾期"), True, False
    if not days:
        return f"今天 {localtime(due):%H:%M} 前", True, False
    return f"{days} 天后截止", False, due - now <= SOON


def funnel(actor: Actor, now: datetime) -> list[Stage]:
    """From registering to release: each figure opens its rows."""
    stages: list[Stage] = []
    for label, name, query in STAGES:
        if page := opened(name, query, actor, now):
            count, before = page.matching.count(), stages[-1].value if stages else 0
            hint = f"上一步的 {100 * count / before:.1f}%" if before else "累计"
            stages.append(Stage(label, count, address(name, query), hint))
    return stages if len(stages) > 1 and stages[0].value else []


def address(page: str, query: str) -> str:
    return url_of(page) + (f"?{query}" if query else "")
