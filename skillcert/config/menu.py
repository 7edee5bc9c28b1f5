"""The menu as data: label, icon, and a page by name or further lines. A line is shown to whom the page is open.

A line without a page yet is not shown; its place in the manual's order is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    label: str
    page: str = ""
    icon: str = ""
    lines: tuple[Line, ...] = ()
    alias: str = ""  # a name that the manual also uses: Ctrl+K finds it


MENU: tuple[Line, ...] = (
    Line("工作台", "home.Desk", "layout-dashboard"),
    Line("机构管理", icon="building-community", lines=(
        Line("培训评价组织管理", "orgs.AwardingBodies"),
        Line("试点院校管理", "orgs.Institutions"),
        Line("省厅管理", "orgs.Provinces"),
    )),
    Line("标准管理", icon="books", lines=(
        Line("职业技能等级标准", "standards.SkillStandards"),
        Line("考核站点建设标准", "standards.CenterStandards"),
    )),
    Line("证书管理", icon="certificate", lines=(
        Line("证书信息管理", "qualifications.Qualifications"),
        Line("专业目录", "qualifications.Majors"),
        Line("证书发放管理", lines=(
            Line("培训评价组织待签发", "issuing.AwardingBodyToSign"),
            Line("培训评价组织拒绝签发", "issuing.AwardingBodyRefused"),
            Line("考核站点待签发", "issuing.CenterToSign"),
            Line("考核站点拒绝签发", "issuing.CenterRefused"),
            Line("证书待发放", "issuing.ToRelease"),
            Line("盖章失败", "issuing.SealFailed"),
            Line("完成发放", "issuing.Released"),
        )),
        Line("证书试点申报", "pilots.PilotApplications"),
        Line("申报计划", "pilots.PilotRounds"),
        Line("拟申报与实际报考对照", "pilots.DeclaredAndRegistered"),
    )),
    Line("考务管理", icon="clipboard-check", lines=(
        Line("考试科目", "plans.Subjects", alias="考试管理"),
        Line("考试计划", "plans.ExamPlans", alias="考试管理"),
        Line("考生管理", lines=(
            Line("院校考生", "candidates.CollegeCandidates"),
            Line("社会考生", "candidates.SocialCandidates"),
        )),
        Line("考核站点", lines=(
            Line("考核站点申报", "centers.ExamCenters"),
            Line("考核站点分配查询", "centers.CenterAllocations"),
        )),
        Line("考场管理", "centers.ExamRooms"),
        Line("报考管理", "registrations.Registrations"),
        Line("缴费管理", "fees.PaymentRequests"),
        Line("排考管理", lines=(
            Line("考核站点编排", "seating.SubjectArrangements"),
            Line("考场编排", "seating.RoomArrangements"),
            Line("排考明细", "seating.Seats"),
        )),
        Line("科目成绩", "results.Scores"),
        Line("考证结果", "results.Results"),
    )),
    Line("周报管理", icon="clipboard-text", lines=(
        Line("提交周报", "weekly.WeeklyReports"),
        Line("周报情况", "weekly.Overview"),
        Line("周报审核", "weekly.ReviewReports"),
    )),
    Line("系统管理", icon="settings", lines=(
        Line("用户管理", "accounts.Users"),
        Line("角色管理", "accounts.Roles"),
        Line("各单位账号", "accounts.AllUsers"),
        Line("个人信息申请", "privacy.PersonalRequests"),
        Line("个人信息申请办理情况", "privacy.RequestStanding"),
        Line("审计记录", "home.AuditTrail"),
        Line("任务监控", "home.AllJobs"),
    )),
)
