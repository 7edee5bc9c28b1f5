"""今天要做: each line is a tab of a list, counted by that very list, so the figure equals what it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from skillcert.kit.access import Actor
from skillcert.kit.pages import PAGES, ListPage, url_of
from skillcert.kit.pages.keyset import capped_count, count_text
from skillcert.kit.pages.screen import Stage, StateLook, Todo


@dataclass(frozen=True)
class Line:
    """Who holds ``by`` has to act on the rows of ``page`` under ``query``."""

    page: str
    query: str
    by: str
    label: str
    hint: str = ""
    icon: str = "clock"
    look: StateLook = "wait"


TODOS: tuple[Line, ...] = (
    Line(
        "issuing.AwardingBodyToSign", "", "issuing.sign_body", "证书待本单位签发", "扫码签字后转考核站点", "signature"
    ),
    Line("issuing.CenterToSign", "", "issuing.sign_center", "考核站点待签发", "培训评价组织已签发", "signature"),
    Line(
        "issuing.AwardingBodyRefused",
        "",
        "issuing.sign_body",
        "已拒绝，待重新签发",
        "处理后重新签发",
        "corner-up-left",
        "hand",
    ),
    Line(
        "issuing.CenterRefused",
        "",
        "issuing.sign_center",
        "考核站点已拒绝，待重新签发",
        "处理后重新签发",
        "corner-up-left",
        "hand",
    ),
    Line("issuing.ToRelease", "", "issuing.release", "证书待发放", "双方均已签发", "certificate"),
    Line("issuing.SealFailed", "", "issuing.release", "盖章失败", "看原因后重新发放", "alert-circle", "bad"),
    Line("fees.PaymentRequests", "tab=open", "fees.confirm", "缴费申请单待确认", "到账后批量确认缴费", "receipt-yuan"),
    Line(
        "candidates.CollegeCandidates",
        "tab=unverified",
        "candidates.verify",
        "院校考生信息待认证",
        "与权威照片比对",
        "shield-check",
    ),
    Line(
        "candidates.SocialCandidates",
        "tab=unverified",
        "candidates.verify",
        "社会考生信息待认证",
        "与权威照片比对",
        "shield-check",
    ),
    Line(
        "candidates.CollegeCandidates",
        "tab=to_confirm",
        "candidates.verify",
        "院校考生需人工确认",
        "照片比对未通过",
        "user-question",
        "hand",
    ),
    Line(
        "candidates.SocialCandidates",
        "tab=to_confirm",
        "candidates.verify",
        "社会考生需人工确认",
        "照片比对未通过",
        "user-question",
        "hand",
    ),
    Line(
        "candidates.CollegeCandidates",
        "tab=no_photo",
        "candidates.edit",
        "院校考生缺照片",
        "缺照片不能认证",
        "photo-off",
    ),
    Line(
        "candidates.SocialCandidates",
        "tab=no_photo",
        "candidates.edit",
        "社会考生缺照片",
        "缺照片不能认证",
        "photo-off",
    ),
    Line("seating.SubjectArrangements", "tab=unseated", "seating.edit", "科目未排考", "排考时间内完成", "armchair"),
    Line(
        "fees.PaymentRequests",
        "tab=open",
        "fees.edit",
        "缴费申请单等待确认",
        "线下缴费后由培训评价组织确认",
        "receipt-yuan",
        "run",
    ),
    Line("centers.ExamCenters", "tab=in_review", "centers.review", "考核站点待审核", "", "building"),
    Line(
        "centers.ExamCenters",
        "tab=returned",
        "centers.edit",
        "考核站点被退回",
        "修改后重新提交",
        "corner-up-left",
        "hand",
    ),
    Line("pilots.RoundsToApply", "tab=open", "pilots.edit", "申报计划正在申报", "截止前提交证书试点申报", "calendar-event", "run"),
    Line("pilots.PilotApplications", "tab=draft", "pilots.edit", "试点申报未提交", "填好后保存并提交", "file-pencil", "idle"),
    Line("pilots.PilotRounds", "tab=draft", "pilots.rounds", "申报计划尚未发布", "发布后院校才能申报", "calendar-plus", "idle"),
    Line("pilots.PilotApplications", "tab=first_review", "pilots.review", "试点申报待初审", "", "file-search"),
    Line("pilots.PilotApplications", "tab=final_review", "pilots.review", "试点申报待终审", "", "file-search"),
    Line(
        "pilots.PilotApplications",
        "tab=returned",
        "pilots.edit",
        "试点申报被退回",
        "修改后重新提交",
        "corner-up-left",
        "hand",
    ),
    Line("weekly.ReviewReports", "tab=in_review", "weekly.review", "周报待审核", "通过或退回", "clipboard-text"),
    Line("weekly.WeeklyReports", "tab=returned", "weekly.edit", "周报被退回", "修改后重新提交", "corner-up-left", "hand"),
    Line("weekly.WeeklyReports", "tab=draft", "weekly.edit", "周报已保存，未提交", "下一周期开始前提交", "clipboard-text", "idle"),
    Line(
        "qualifications.Qualifications", "tab=in_review", "qualifications.review", "证书目录待审核", "", "certificate"
    ),
    Line(
        "plans.ExamPlans", "tab=draft", "plans.edit", "考试计划尚未发布", "发布后院校才能报考", "calendar-plus", "idle"
    ),
)

STAGES: tuple[tuple[str, str, str], ...] = (
    ("报考", "registrations.Registrations", ""),
    ("合格", "results.Results", "tab=passed"),
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


def todos(actor: Actor, now: datetime) -> list[Todo]:
    """What waits for the actor, in the order of ``TODOS``."""
    found = []
    for line in TODOS:
        page = opened(line.page, line.query, actor, now) if actor.may(line.by) else None
        if page and (count := capped_count(page.matching)):
            found.append(
                Todo(
                    line.label,
                    count_text(count),
                    address(line.page, line.query),
                    line.hint,
                    icon=line.icon,
                    look=line.look,
                )
            )
    return found


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
