"""The guide's own plan: whose it is, where it stands, and where its clock may go next."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan
from skillcert.plans.states import PlanState
from skillcert.qualifications.models import Qualification

SCHOOL, BODY = "云州职业技术学院", "北辰数字职业教育评价中心"
QUALIFICATION, GRADE = "Web前端开发", 2


def school() -> Institution | None:
    return Institution.objects.filter(name=SCHOOL).first()


def body() -> AwardingBody | None:
    return AwardingBody.objects.filter(name=BODY).first()


def qualification() -> Qualification | None:
    return Qualification.objects.filter(name=QUALIFICATION, grade=GRADE, awarding_body__name=BODY).first()


def guide_plan() -> ExamPlan | None:
    """The newest plan of the guide's body for its qualification that is not cancelled: the seeded draft, or a newer
    one that the person has made instead.
    """
    plans = ExamPlan.objects.filter(awarding_body__name=BODY).exclude(state=PlanState.CANCELLED)
    return plans.filter(offers__qualification__name=QUALIFICATION, offers__qualification__grade=GRADE).order_by("-pk").first()


def jumps(plan: ExamPlan | None, now: datetime) -> list[tuple[str, datetime]]:
    """The moments ahead that matter for the plan, each a minute inside what it opens."""
    if plan is None:
        return []
    moments = [
        ("拨到报考开始", plan.registration_start), ("拨到排考开始", plan.seating_start),
        ("拨到考试开始", plan.first_exam_start), ("拨到成绩登记开始", plan.scoring_start),
        ("拨到公示开始", plan.publicity_start), ("拨到公示结束", plan.publicity_end),
    ]  # fmt: skip
    inside = [(label, timezone.localtime(moment) + timedelta(minutes=1)) for label, moment in moments if moment]
    return [(label, moment) for label, moment in inside if moment > now]


def stage_sentence(plan: ExamPlan | None, now: datetime) -> str:
    """成绩登记中，还有 6 天: where the guide's plan stands."""
    if plan is None or plan.state == PlanState.DRAFT:
        return "演示计划未发布"
    stage, ahead = plan.stage(now), jumps(plan, now)
    if not ahead:
        return str(stage.label)
    label, moment = ahead[0]
    days = (moment.date() - now.date()).days
    return f"{stage.label}，{f'{days} 天后' if days else '今天'}{label.removeprefix('拨到')}"
