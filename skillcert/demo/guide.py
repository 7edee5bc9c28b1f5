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
from skillcert.registrations.models import Registration, RegistrationSubject
from skillcert.results.models import Score

from . import plan as guide
from .files import persons

Done = Callable[[ExamPlan | None], bool]


@dataclass(frozen=True)
class Step:
    """``accounts``: (user name, what the button says, name of the page that opens). ``how``: what to do, one line each,
    shown while the step is the current one. ``jumps``: where the clock has to go for it, in order.
    """

    label: str
    hint: str
    who: str
    accounts: Sequence[tuple[str, str, str]]
    done: Done
    how: Sequence[str]
    files: Sequence[str] = ()
    jumps: Sequence[str] = ()


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


def scored(plan: ExamPlan | None) -> bool:
    """Every seat of the guide's school has its score: only then may the clock leave 成绩登记."""
    seated = RegistrationSubject.objects.filter(registration__plan=plan, registration__institution__name=guide.SCHOOL)
    recorded = Score.objects.filter(registration__plan=plan, registration__institution__name=guide.SCHOOL)
    return plan is not None and 0 < seated.count() <= recorded.count()


STEPS = (
    Step(
        "发布考试计划", "考试计划中已备好“演示批次”草稿：核对科目与各时间窗口后发布", "培训评价组织 ・ 考务",
        [("beichen-exam", "以此账号进入", "plans.ExamPlans")], _published,
        [
            "点“以此账号进入”，打开的是考试计划。", "在“2026 年演示批次统一考核”一行点“发布”，看过各时间，在窗口里再点“发布”。",
            "点最上方黑条右侧的“演示向导”回到这里，每一步都这样。",
        ],
    ),
    Step(
        "导入考生与照片，认证", "表中有五行不同的错误；照片里有一张不是本人，认证后人工确认", "院校 ・ 考生信息员",
        [("yunzhou-info", "以此账号进入", "candidates.CollegeCandidates")], _verified,
        [
            "先下载“考生.xlsx”和“照片.zip”，再进入。",
            "点“批量导入考生信息”，选“考生.xlsx”，勾选已取得同意：五行错误写明原因，导入正确的 25 行。",
            "回到院校考生，点“批量导入学生照片”，选“照片.zip”，勾选已取得同意。",
            "在“信息待认证”页签中全选，点“批量认证”；转为“需人工确认”的一人，点该行的“人工确认”。",
        ],
        ["candidates", "photos"],
    ),
    Step(
        "设置考场、报考并缴费", "院校设置机考与实操考场，按证书导入报考，生成缴费申请单；对方批量确认缴费",
        "院校 ・ 考务管理员，培训评价组织 ・ 财务",
        [("yunzhou-exam", "院校进入", "centers.ExamRooms"), ("beichen-fee", "对方进入", "fees.PaymentRequests")], _paid,
        [
            "点“拨到报考开始”，下载“报考.xlsx”，再点“院校进入”。",
            "点“设置考场”两次：计划选演示批次，理论知识（机考）、实操考核（实操）各一间，考位数 30。",
            "左侧“报考管理”：批量导入报考 - 按证书导入，选演示批次，上传“报考.xlsx”。",
            "左侧“缴费管理”：点“按证书报考生成缴费申请单”，选演示批次和证书，点“确定”。",
            "回到这里点“对方进入”，勾选演示批次的申请单，点“批量确认缴费”。",
        ],
        ["registrations"], ["拨到报考开始"],
    ),
    Step(
        "排考与考务材料", "培训评价组织排考；院校下载准考证、门贴、桌贴、签到表", "培训评价组织 ・ 考务，院校 ・ 考务管理员",
        [("beichen-exam", "排考", "seating.SubjectArrangements"), ("yunzhou-exam", "院校进入", "seating.RoomArrangements")],
        _seated,
        [
            "点“拨到排考开始”，再点“排考”。", "演示批次的理论知识、实操考核两行，各点一次“排考”。",
            "回到这里点“院校进入”，在考场编排中下载考场门贴、桌贴、签到表，导出准考证。",
        ],
        (), ["拨到排考开始"],
    ),
    Step(
        "成绩登记与公示", "导入两科成绩；拨到公示期，考生可查分；公示结束后成绩自动锁定", "培训评价组织 ・ 成绩",
        [("beichen-score", "以此账号进入", "results.Scores")], _locked,
        [
            "点“拨到成绩登记开始”，下载两科成绩，再进入。", "点“导入成绩”，选演示批次、证书和科目，上传这一科的文件；两科各导入一次。",
            "回到这里点“拨到公示开始”，再点“打开成绩查询”：用第 3 步“报考.xlsx”中任一人的姓名和身份证号查询。",
            "回到这里点“拨到公示结束”，几秒后成绩锁定。",
        ],
        ["theory", "practical"], ["拨到成绩登记开始", "拨到公示开始", "拨到公示结束"],
    ),
    Step(
        "获取待发证记录，双方签发", "获取记录后由培训评价组织、院校先后扫码签字", "证书发放，签发人两个账号",
        [
            ("beichen-cert", "获取记录", "issuing.AwardingBodyToSign"), ("beichen-sign", "签发", "issuing.AwardingBodyToSign"),
            ("yunzhou-sign", "院校签发", "issuing.CenterToSign"),
        ], _signed,
        [
            "点“获取记录”进入，点“获取待发证记录”，计划选演示批次，点“确认生成”。",
            "回到这里点“签发”进入，勾选本页，点“批量确认签发”，窗口中点“在本机打开签字页”（手机扫码见 README）。",
            "在签字页看到名单末尾，点“核对无误，去签字”，写名字、填验证码，点“确认签发”。演示不发短信，验证码写在签字页上。",
            "回到这里点“院校签发”，同样签一次。",
        ],
    ),
    Step(
        "发放、盖章、上链", "批量发放电子证书，几秒后完成盖章，可看区块高度、块哈希、交易哈希", "培训评价组织 ・ 证书发放",
        [("beichen-cert", "以此账号进入", "issuing.ToRelease")], _anchored,
        [
            "进入后，查询区的考试计划选演示批次，点“查询”；勾选本页，点“批量发放电子证书”并确认。",
            "左侧“完成发放”：几秒后证书出现在这里，点“查看”，上链信息在页面右侧。",
        ],
    ),
    Step(
        "公开核验", "扫码、输编号与姓名、拖入文件；被改动一个字节的文件会被指出", "不需登录 ・ 公众", [], _checked,
        [
            "下载“证书.pdf”和“被改动的证书.pdf”，打开前者，记下编号和姓名。", "点“打开核验页”，输入编号和姓名，点“核验”。",
            "点“上传文件”，先后拖入两个文件：一个有效，一个指出被改动。", "不联网也能核验，命令写在核验页上。",
        ],
        ["certificate", "tampered"],
    ),
)  # fmt: skip


def needed_jump(step: Step, plan: ExamPlan | None, now: datetime) -> tuple[str, datetime] | None:
    """Where the clock has to go next for this step: to its own window at once, further once its work is done."""
    ahead = [jump for jump in guide.jumps(plan, now) if jump[0] in step.jumps]
    if not ahead or (ahead[0][0] != step.jumps[0] and not scored(plan)):
        return None
    return ahead[0]
