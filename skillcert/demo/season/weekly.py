"""Reports of the season: five past cycles in every state and the one that runs, of a weekly and a half-monthly province.

Written in bulk: two hundred institutions fill in six cycles each. The named institutions' figures are drafted from the
season's own registrations, scores and certificates; the crowd's are invented.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import User
from skillcert.kit import audit
from skillcert.kit.access import Actor, person_in
from skillcert.orgs.models import Institution, Province
from skillcert.plans.models import ExamPlan
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Registration
from skillcert.weekly import rules
from skillcert.weekly.content import content_of
from skillcert.weekly.cycles import Cycle, latest
from skillcert.weekly.figures import Drafted, draft_of
from skillcert.weekly.models import Measure, ReportFigure, WeeklyReport
from skillcert.weekly.states import ReportState

S = ReportState
CYCLES = 6
HALF_MONTHLY = "32"
NAMED_FIRST = "云州职业技术学院"
PROGRESS = (
    "组织 Web 前端开发集中实训两期，采用“校企双导师”带教，课证融通课程覆盖三个专业。",
    "完成书证融通课程标准修订，新增实训项目 6 个，并请企业专家进校授课 8 学时。",
    "开展考前强化训练与模拟测试，按薄弱知识点分组辅导，合格率较上期提高。", "承办校际技能交流活动，整理典型案例 1 篇。",
)  # fmt: skip
PROBLEMS = (
    "无", "实训耗材经费偏紧，希望省厅给予专项支持。", "考核站点工位不足，高峰期须分批安排。",
    "师资培训名额较少，希望增加培训场次。",
)  # fmt: skip
PLANS = (
    "下期安排考核 1 场，约 60 人；师资培训 1 次。", "下期继续集中实训，月底前完成模拟考核 2 场、约 120 人。",
    "下期组织报考动员，预计新增报考 80 人。",
)  # fmt: skip
REASONS = (
    ("报考人数与平台登记不一致，请核对或说明", ["exams"]), ("“下期计划”请写明场次、时间与人数", ["plan"]),
    ("“工作进展”过于简略，请补充具体做法与成效", ["progress"]),
)  # fmt: skip


def build_weekly(now: datetime) -> None:
    """Call it last: it counts what the season has made."""
    Institution.objects.update(created_at=now - timedelta(days=300))
    for plan in ExamPlan.objects.all():  # who registered did so when the plan was open, not when the demo was made
        Registration.objects.filter(plan=plan).update(registered_at=plan.registration_start + timedelta(days=2, hours=10))
    Province.objects.filter(province_code=HALF_MONTHLY).update(report_cycle=Province.Cycle.HALF_MONTH)
    for code in ("33", HALF_MONTHLY):
        ProvinceOfReports(Province.objects.get(province_code=code), now).build()


class ProvinceOfReports:
    """One province: reports and figures in bulk, then the record of who did what."""

    def __init__(self, province: Province, now: datetime) -> None:
        self.province, self.now, self.random = province, now, Random(int(province.province_code))
        self.schools = list(Institution.objects.filter(province=province).order_by("pk"))
        self.qualifications = list(Qualification.objects.filter(grade=2).order_by("pk"))
        self.cycles = latest(rules.settings_of(province), now, CYCLES + 1)[::-1]  # the first only gives the one before
        found = User.objects.filter(organization__in=self.schools, role__name="院校管理员").select_related("organization", "role")
        self.people: dict[int, Actor] = {user.organization_id: actor_of(user) for user in found}

    def build(self) -> None:
        for school in self.schools:
            if school.pk in self.people:
                self.reports_of(school)
        self.record()

    # --- which state -------------------------------------------------------------------------------
    def state(self, place: int, school: Institution) -> str:
        """The state of a school's report of the cycle ``place`` (the last one runs); "" for none."""
        current = place == CYCLES - 1
        if school.name == NAMED_FIRST:
            return [S.APPROVED, S.APPROVED, S.APPROVED, S.APPROVED, S.RETURNED, ""][place]
        if school.pk % 37 == 0 and place > 2:
            return ""  # a few are late again and again
        states, weights = zip(*(CURRENT if current else PAST), strict=True)
        return self.random.choices(states, weights)[0]

    # --- rows --------------------------------------------------------------------------------------
    def reports_of(self, school: Institution) -> None:
        own = self.random.sample(self.qualifications, min(self.random.randint(2, 4), len(self.qualifications)))
        totals: dict[tuple[int, str], int] = defaultdict(int)
        before: dict[tuple[int, str], int] = {}
        trained = self.random.randint(80, 400)
        reports, figures = [], []
        for place, (previous, cycle) in enumerate(zip(self.cycles, self.cycles[1:], strict=False)):
            state = self.state(place, school)
            if not state:
                continue
            here = self.random.randint(0, 60)
            trained += here
            row = self.report(school, cycle, state, here, trained)
            reports.append(row)
            drawn = self.counted(school, cycle, previous) or list(self.invented(own, totals, before))
            figures += [(row, figure) for figure in drawn]
        WeeklyReport.objects.bulk_create(reports)
        ReportFigure.objects.bulk_create(
            ReportFigure(
                report=row, qualification_id=one.qualification, measure=one.measure, value=one.value, drafted=one.drafted,
                previous=one.previous, total=one.total, reason=one.reason,
            )
            for row, one in figures
        )  # fmt: skip

    def report(self, school: Institution, cycle: Cycle, state: str, here: int, trained: int) -> WeeklyReport:
        last = min(cycle.end, self.now)
        sent = last - timedelta(minutes=self.random.randint(30, max(60, int((last - cycle.start).total_seconds() // 120))))
        sent = min(max(sent.replace(hour=self.random.randint(9, 17)), cycle.start), last)
        reason, places = self.random.choice(REASONS) if state == S.RETURNED else ("", [])
        returned = min(sent + timedelta(hours=3), self.now) if state == S.RETURNED else None
        return WeeklyReport(
            institution=school, kind=cycle.kind, start=cycle.start, end=cycle.end, label=cycle.label, state=state,
            qualification_count=self.random.randint(3, 9), major_count=self.random.randint(2, 8),
            class_count=self.random.randint(4, 20), trained=here, trained_total=trained,
            teachers_trained=self.random.randint(0, 6), progress=self.random.choice(PROGRESS),
            problems=self.random.choice(PROBLEMS), next_plan=self.random.choice(PLANS), drafted_at=sent - timedelta(minutes=20),
            submitted_at=None if state == S.DRAFT else sent,
            submitted_by="" if state == S.DRAFT else person_in(self.people[school.pk].label), returned_at=returned, return_reason=reason,
            return_places=places,
        )  # fmt: skip

    def counted(self, school: Institution, cycle: Cycle, previous: Cycle) -> list[Drafted]:
        """What the platform itself knows of a named institution."""
        if not self.named(school):
            return []
        return list(draft_of(school.pk, cycle, previous, min(cycle.end, self.now)).figures)

    def named(self, school: Institution) -> bool:
        return Registration.objects.filter(institution=school).exists()

    def invented(self, own: list[Qualification], totals: Any, before: Any) -> Iterator[Drafted]:
        for qualification in own:
            registered = self.random.choice((0, 0, 24, 42, 57, 86, 120))
            sat = self.random.choice((0, 0, 30, 48))
            for measure, value in zip(Measure, (registered, sat, sat * 4 // 5, self.random.choice((0, 0, 0, 36))), strict=True):
                key = (qualification.pk, str(measure))
                totals[key] += value
                changed = value and self.random.random() < 0.03
                yield Drafted(
                    qualification.pk, str(measure), value, before.get(key, 0), totals[key], value + 3 if changed else value,
                    "3 人现场补报，次日登记" if changed else "",
                )  # fmt: skip
                before[key] = value

    # --- the record --------------------------------------------------------------------------------
    def record(self) -> None:
        """提交, 通过 and 退回 as the moves would have recorded them."""
        reports = WeeklyReport.objects.filter(institution__province=self.province).select_related("institution")
        sent: dict[int, list[WeeklyReport]] = defaultdict(list)
        for row in reports.exclude(state=S.DRAFT).order_by("start"):
            sent[row.institution_id].append(row)
        for school, rows in sent.items():
            facts = [audit.fact_of(row, {"from": S.DRAFT, "to": S.IN_REVIEW}) for row in rows]
            audit.record("weekly.submit", facts, actor=self.people[school])
        officer = actor_of(User.objects.select_related("organization", "role").get(username=f"province{self.province.province_code}-admin"))
        every = [row for rows in sent.values() for row in rows]
        passed = [audit.fact_of(row, {"from": S.IN_REVIEW, "to": S.APPROVED}) for row in every if row.state == S.APPROVED]
        audit.record("weekly.approve", passed, actor=officer)
        returned = [row for row in every if row.state == S.RETURNED]
        facts = [
            audit.fact_of(row, {"from": S.IN_REVIEW, "to": S.RETURNED}, {"reason": row.return_reason}) for row in returned
        ]
        audit.record("weekly.return", facts, actor=officer)
        for row in returned:
            row.returned_content = content_of(row)
        WeeklyReport.objects.bulk_update(returned, ["returned_content"])


PAST = ((S.APPROVED, 86), (S.IN_REVIEW, 4), (S.RETURNED, 4), ("", 5), (S.DRAFT, 1))
CURRENT = ((S.APPROVED, 34), (S.IN_REVIEW, 26), (S.RETURNED, 5), (S.DRAFT, 7), ("", 28))
