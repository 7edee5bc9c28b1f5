"""Which role holds which permission codes, by kind of organization (domain 1.4, an assumption: the sheet of R239 is
out of reach). A code that is not in ``CODES`` fails at start.
"""

from __future__ import annotations

from collections.abc import Collection

CODES: dict[str, str] = {
    "files.view_all": "查看本单位全部文件",
    "personal.reveal": "查看与导出完整证件号、手机号",
    "orgs.view": "查看机构信息",
    "orgs.edit": "维护机构信息",
    "orgs.manage": "开通、停用与维护各机构",
    "standards.view": "查看职业技能等级标准与考核站点建设标准",
    "standards.edit": "维护职业技能等级标准与考核站点建设标准",
    "qualifications.view": "查看证书目录",
    "qualifications.edit": "维护证书目录",
    "qualifications.review": "审核证书目录",
    "pilots.view": "查看试点申报",
    "pilots.edit": "申报证书试点",
    "pilots.review": "审核试点申报",
    "pilots.rounds": "维护申报计划",
    "plans.view": "查看考试科目与考试计划",
    "plans.edit": "维护考试科目与考试计划",
    "candidates.view": "查看考生",
    "candidates.edit": "维护考生",
    "candidates.verify": "认证与人工确认考生",
    "candidates.delete_accurate": "删除信息准确的考生",
    "centers.view": "查看考核站点",
    "centers.edit": "申报考核站点",
    "centers.review": "审核考核站点",
    "rooms.view": "查看考场",
    "rooms.edit": "设置考场",
    "registrations.view": "查看报考",
    "registrations.edit": "报考",
    "registrations.correct": "更正计划内考生信息",
    "fees.view": "查看缴费申请单",
    "fees.edit": "生成缴费申请单",
    "fees.confirm": "确认缴费",
    "seating.view": "查看排考",
    "seating.edit": "排考",
    "results.view": "查看成绩与考证结果",
    "results.edit": "登记与更正成绩",
    "issuing.view": "查看发证记录",
    "issuing.collect": "获取待发证记录",
    "issuing.sign_body": "培训评价组织签发",
    "issuing.sign_center": "考核站点签发",
    "issuing.release": "发放证书",
    "weekly.view": "查看周报",
    "weekly.edit": "填报周报",
    "weekly.review": "审核周报",
    "users.view": "查看用户",
    "users.edit": "维护用户与角色",
    "users.view_all": "查看各单位账号",
    "users.open": "开通与重置各单位管理员",
    "audit.view": "查看审计记录",
    "audit.erase": "清除审计记录中的个人信息",
    "privacy.view": "查看个人信息申请",
    "privacy.handle": "受理与答复个人信息申请",
    "jobs.view": "查看任务与集成",
}

EVERYBODY_READS = ("orgs.view", "standards.view", "qualifications.view", "plans.view")
EXAM_READS = (
    "candidates.view", "centers.view", "rooms.view", "registrations.view", "fees.view", "seating.view", "results.view",
)

ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "institution": {
        "院校管理员": (
            *EVERYBODY_READS, *EXAM_READS, "files.view_all", "personal.reveal", "orgs.edit", "pilots.view", "pilots.edit",
            "candidates.edit", "candidates.verify", "candidates.delete_accurate", "centers.edit", "rooms.edit",
            "registrations.edit", "fees.edit",
            "issuing.view", "issuing.sign_center", "weekly.view", "weekly.edit", "users.view", "users.edit", "audit.view",
            "privacy.view", "privacy.handle",
        ),
        "证书负责人": (
            *EVERYBODY_READS, "pilots.view", "pilots.edit", "registrations.view", "registrations.edit", "fees.view",
            "fees.edit", "seating.view", "results.view", "personal.reveal",
        ),
        "考务管理员": (
            *EVERYBODY_READS, "centers.view", "centers.edit", "rooms.view", "rooms.edit", "registrations.view",
            "registrations.edit", "fees.view", "fees.edit", "seating.view", "results.view", "personal.reveal",
        ),
        "考生信息员": (*EVERYBODY_READS, "candidates.view", "candidates.edit", "candidates.verify", "personal.reveal"),
        "财务": (*EVERYBODY_READS, "fees.view", "fees.edit"),
        "周报填报员": (*EVERYBODY_READS, "weekly.view", "weekly.edit"),
        "签发人": (*EVERYBODY_READS, "issuing.view", "issuing.sign_center"),
        "只读": (*EVERYBODY_READS, *EXAM_READS, "pilots.view", "issuing.view", "weekly.view"),
    },
    "awarding_body": {
        "管理员": (
            *EVERYBODY_READS, "files.view_all", "personal.reveal", "orgs.edit", "standards.edit", "qualifications.edit",
            "pilots.view", "plans.edit", "centers.view", "centers.review", "rooms.view", "rooms.edit", "registrations.view",
            "registrations.correct", "fees.view", "fees.confirm", "seating.view", "seating.edit", "results.view",
            "results.edit", "issuing.view", "issuing.collect", "issuing.sign_body", "issuing.release", "users.view",
            "users.edit", "audit.view",
        ),
        "标准与证书": (*EVERYBODY_READS, "standards.edit", "qualifications.edit"),
        "考务": (
            *EVERYBODY_READS, "plans.edit", "centers.view", "centers.review", "rooms.view", "rooms.edit",
            "registrations.view", "registrations.correct", "fees.view", "seating.view", "seating.edit", "personal.reveal",
        ),
        "成绩": (*EVERYBODY_READS, "results.view", "results.edit", "personal.reveal"),
        "财务": (*EVERYBODY_READS, "fees.view", "fees.confirm"),
        "签发人": (*EVERYBODY_READS, "issuing.view", "issuing.sign_body"),
        "证书发放": (*EVERYBODY_READS, "issuing.view", "issuing.collect", "issuing.release", "personal.reveal"),
        "只读": (
            *EVERYBODY_READS, "pilots.view", "centers.view", "rooms.view", "registrations.view", "fees.view", "seating.view",
            "results.view", "issuing.view",
        ),
    },
    "province": {
        "管理员": (
            *EVERYBODY_READS, "files.view_all", "orgs.edit", "pilots.view", "pilots.review", "pilots.rounds", "centers.view",
            "issuing.view", "weekly.view", "weekly.review", "users.view", "users.edit", "audit.view",
        ),
        "申报审核": (*EVERYBODY_READS, "pilots.view", "pilots.review", "pilots.rounds"),
        "周报审核": (*EVERYBODY_READS, "weekly.view", "weekly.review"),
        "只读": (*EVERYBODY_READS, "pilots.view", "centers.view", "issuing.view", "weekly.view"),
    },
    "platform": {
        "系统": ("jobs.view",),
        "安全": ("users.view", "users.edit", "users.view_all", "users.open"),
        "审计": ("audit.view", "audit.erase"),
        "目录与机构": (
            *EVERYBODY_READS, "pilots.view", "orgs.edit", "orgs.manage", "qualifications.edit", "qualifications.review",
            "weekly.view",
        ),
    },
}


def words_of(codes: Collection[str]) -> list[str]:
    """What a role may do, in words."""
    return [CODES[code] for code in CODES if code in codes]


def check() -> None:
    """Raise ValueError for a code that nobody declared."""
    unknown = {code for roles in ROLES.values() for codes in roles.values() for code in codes} - set(CODES)
    if unknown:
        raise ValueError(f"unknown permission codes: {sorted(unknown)}")


check()
