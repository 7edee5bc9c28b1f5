"""The eight steps of the road: who does them, with which files, and whether the data say that they are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState
from skillcert.issuing.models import Certificate, CertificateFile
from skillcert.issuing.states import CertificateState
from skillcert.kit.audit import AuditEntry
from skillcert.kit.crypto import person_index
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.plans.states import PlanState
from skillcert.registrations.models import Registration

from . import plan as guide
from .files import persons

Done = Callable[[ExamPlan | None], bool]


@dataclass(frozen=True)
class Step:
    """``accounts``: (user name, what the button says, name of the page that opens). ``until``: the window the step needs."""

    label: str
    hint: str
    who: str
    accounts: Sequence[tuple[str, str, str]]
    done: Done
    files: Sequence[str] = ()
    until: str = ""


def _published(plan: ExamPlan | None) -> bool:
    return plan is not None and plan.state == PlanState.PUBLISHED


def _verified(plan: ExamPlan | None) -> bool:
    indexes = [person_index("111", person.id_number) for person in persons()]
    here = Candidate.objects.filter(institution__name=guide.SCHOOL, person_index__in=indexes)
    return here.exists() and not here.exclude(state=CandidateState.ACCURATE).exists()


def _paid(plan: ExamPlan | None) -> bool:
    held = Registration.objects.filter(plan=plan, institution__name=guide.SCHOOL)
    return plan is not None and held.exists() and not held.filter(paid=False).exists()


def _seated(plan: ExamPlan | None) -> bool:
    sessions = list(PlanSubject.objects.filter(plan=plan, registered__gt=0))
    return bool(sessions) and all(one.seated >= one.registered for one in sessions)


def _locked(plan: ExamPlan | None) -> bool:
    return plan is not None and plan.locked_at is not None


def _signed(plan: ExamPlan | None) -> bool:
    after = [CertificateState.TO_RELEASE, CertificateState.GENERATING, CertificateState.RELEASED, CertificateState.SEAL_FAILED]
    return Certificate.objects.filter(plan=plan, state__in=after).exists()


def _anchored(plan: ExamPlan | None) -> bool:
    return CertificateFile.objects.filter(certificate__plan=plan, receipt__block__isnull=False).exists()


def _checked(plan: ExamPlan | None) -> bool:
    return AuditEntry.objects.filter(action="demo.tampered").exists()


STEPS = (
    Step(
        "发布考试计划", "考试计划中已备好“演示批次”草稿：核对科目与各时间窗口后发布", "培训评价组织 ・ 考务",
        [("beichen-exam", "以此账号进入", "plans.ExamPlans")], _published,
    ),
    Step(
        "导入考生与照片，认证", "表中有五行不同的错误；照片里有一张不是本人，认证后人工确认", "院校 ・ 考生信息员",
        [("yunzhou-info", "以此账号进入", "candidates.CollegeCandidates")], _verified, ["candidates", "photos"],
    ),
    Step(
        "设置考场、报考并缴费", "院校设置机考与实操考场，按证书导入报考，生成缴费申请单；对方批量确认缴费",
        "院校 ・ 考务管理员，培训评价组织 ・ 财务",
        [("yunzhou-exam", "院校进入", "centers.ExamRooms"), ("beichen-fee", "对方进入", "fees.PaymentRequests")], _paid,
        ["registrations"], "registration",
    ),
    Step(
        "排考与考务材料", "培训评价组织排考；院校下载准考证、门贴、桌贴、签到表", "培训评价组织 ・ 考务，院校 ・ 考务管理员",
        [("beichen-exam", "排考", "seating.SubjectArrangements"), ("yunzhou-exam", "院校进入", "seating.RoomArrangements")],
        _seated, (), "seating",
    ),
    Step(
        "成绩登记与公示", "导入两科成绩；拨到公示期，考生可查分；公示结束后成绩自动锁定", "培训评价组织 ・ 成绩",
        [("beichen-score", "以此账号进入", "results.Scores")], _locked, ["theory", "practical"], "scoring",
    ),
    Step(
        "获取待发证记录，双方签发", "获取记录后由培训评价组织、院校先后扫码签字；验证码在上方“短信与验证码”", "证书发放，签发人两个账号",
        [
            ("beichen-cert", "获取记录", "issuing.AwardingBodyToSign"), ("beichen-sign", "签发", "issuing.AwardingBodyToSign"),
            ("yunzhou-sign", "院校签发", "issuing.CenterToSign"),
        ], _signed,
    ),
    Step(
        "发放、盖章、上链", "批量发放电子证书，几秒后完成盖章，可看区块高度、块哈希、交易哈希", "培训评价组织 ・ 证书发放",
        [("beichen-cert", "以此账号进入", "issuing.ToRelease")], _anchored,
    ),
    Step(
        "公开核验", "扫码、输编号与姓名、拖入文件；被改动一个字节的文件会被指出", "不需登录 ・ 公众", [], _checked,
        ["certificate", "tampered"],
    ),
)  # fmt: skip


def needed_jump(step: Step, plan: ExamPlan | None, now: datetime) -> tuple[str, datetime] | None:
    """Where the clock has to go before this step, if it has to."""
    if plan is None or not step.until or now >= getattr(plan, f"{step.until}_start"):
        return None
    words = {"registration": "拨到报考开始", "seating": "拨到排考开始", "scoring": "拨到成绩登记开始"}[step.until]
    return next(((label, moment) for label, moment in guide.jumps(plan, now) if label == words), None)
