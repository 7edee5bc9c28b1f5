"""The rounds of the coming year: province 33 has some two hundred institutions applying, with applications in every state,
some waiting for days and some returned with a reason; the other provinces have a few. Written in bulk, but each with the
record of its reviews and the facts that an approval leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from skillcert.kit.access import SYSTEM, person_in
from skillcert.kit.documents import drawing_pdf
from skillcert.kit.files import store
from skillcert.kit.notices import notify
from skillcert.orgs.models import Institution, Partnership, Province
from skillcert.pilots.models import PilotApplication, PilotMajor, PilotRound, Review, RoundFile
from skillcert.pilots.states import ApplicationState, RoundState
from skillcert.qualifications.models import Participation, Qualification

from .catalogue import Catalogue

S, Step = ApplicationState, Review.Step
HOME = "33"
SHARES = {S.DRAFT: 8, S.FIRST_REVIEW: 34, S.FINAL_REVIEW: 12, S.APPROVED: 30, S.RETURNED: 10, S.REJECTED: 6}
REASONS = [
    ("专任教师人数偏少，请核对后调整申请培训人数或补充师资。", ["majors", "faculty"]),
    ("场地工位数与申请培训人数不相称，请核对。", ["venue"]),
    ("师资情况请补充行业企业兼职教师的单位与职务。", ["faculty"]),
    ("申请培训人数接近在校学生总数，请按培养计划核减。", ["majors"]),
]
REFUSALS = ["超出本省本年度试点规模。", "师资与场地条件不满足试点要求。"]
NOTICE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297">'
    '<rect x="20" y="30" width="170" height="1" fill="#8F1D22"/>'
    '<rect x="20" y="60" width="170" height="180" fill="none" stroke="#8C97A6"/></svg>'
)  # a page without words: the real notice is the province's own
FACULTY = "专任教师 {teachers} 人，双师型 {double} 人，占 {share}%；行业企业兼职教师 {part} 人。其中 {certified} 人取得本证书考评员资格。"
VENUE = "机房 {rooms} 间共 {seats} 工位，面积 {area} 平方米；配双路供电与全程监控，可同时容纳 {seats} 人上机。"


@dataclass
class Made:
    """An application with what belongs to it, before its key is known."""

    row: PilotApplication
    majors: list[PilotMajor]
    reviews: list[Review]


class Rounds:
    """Builds the rounds and fills them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue, self.now, self.random = catalogue, catalogue.now, Random(43)
        self.midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.year = self.now.year + 1
        self.majors = {one.pk: list(one.majors.all()) for one in catalogue.qualifications.values()}

    def build(self) -> None:
        made: list[Made] = []
        for province in Province.objects.order_by("province_code"):
            schools = list(Institution.objects.filter(province=province).order_by("pk"))
            if not schools:
                continue
            main = self.round(province, f"{self.year} 年度 1+X 证书试点申报", -9, 15, attach=province.province_code == HOME)
            if province.province_code == HOME:
                self.round(province, f"{self.year} 年度第二批试点申报", 30, 60, state=RoundState.DRAFT)
                free = self.round(province, f"{self.year} 年度试点补充申报", -4, 18, by_major=False, review_levels=1)
                made += self.applications(main, schools, least=1, most=2, but_first=True)
                made += self.applications(free, schools[10:40], least=1, most=1)
                made += self.of_yunzhou(main)
            else:
                made += self.applications(main, schools[:5], least=1, most=1)
        self.write(made)

    # --- rounds --------------------------------------------------------------------------------------
    def round(self, province: Province, name: str, first: int, last: int, *, attach: bool = False, **more: Any) -> PilotRound:
        values = {"state": RoundState.PUBLISHED, "by_major": True, "review_levels": 2} | more
        made = PilotRound.objects.create(
            province=province, name=name, year=self.year, start=self.midnight + timedelta(days=first),
            end=self.midnight + timedelta(days=last, seconds=-1), description="请按培养计划如实填报；师资、场地情况须与现场一致。",
            **values,
        )  # fmt: skip
        chosen = list(self.catalogue.qualifications.values())
        made.qualifications.set(chosen if values["by_major"] else [one for one in chosen if one.grade == 1])
        if attach:
            data = drawing_pdf(NOTICE, 210, 297)
            file = store(
                data, shelf="round", name="申报通知.pdf", content_type="application/pdf", actor=SYSTEM,
                organization_id=province.pk,
            )
            RoundFile.objects.create(round=made, file=file)
        return made

    # --- applications --------------------------------------------------------------------------------
    def applications(
        self, round_: PilotRound, schools: list[Institution], *, least: int, most: int, but_first: bool = False
    ) -> Iterator[Made]:
        offered = list(round_.qualifications.order_by("pk"))
        if not round_.by_major:
            offered = offered[: len(offered) // 2]
        else:
            offered = [one for one in offered if one.grade != 1]
        for school in schools[1:] if but_first else schools:
            for qualification in self.random.sample(offered, self.random.randint(least, most)):
                state = self.random.choices(list(SHARES), list(SHARES.values()))[0]
                if round_.review_levels == 1 and state == S.FINAL_REVIEW:
                    state = S.APPROVED
                yield self.application(round_, school, qualification, state)

    def of_yunzhou(self, round_: PilotRound) -> Iterator[Made]:
        """The school of the guide: one to go on writing, one to mend, one that waits, one that passed."""
        school = self.catalogue.schools["yunzhou"]
        states = [
            ("Web前端开发", 3, S.RETURNED), ("云计算平台运维与开发", 3, S.DRAFT), ("传感网应用开发", 2, S.FIRST_REVIEW),
            ("电子商务数据分析", 2, S.APPROVED),
        ]  # fmt: skip
        for name, grade, state in states:
            yield self.application(round_, school, self.catalogue.qualifications[name, grade], state)
        notify(school.pk, "pilots.edit", "“Web前端开发（高级）”的试点申报被退回，请修改后再提交。", "/pilots/?tab=returned")

    def application(self, round_: PilotRound, school: Institution, qualification: Qualification, state: S) -> Made:
        random = self.random
        declared = self.majors[qualification.pk][: random.randint(1, 4)] if round_.by_major else []
        row = PilotApplication(
            round=round_, institution=school, qualification=qualification, year=self.year, contact=school.contact,
            phone=school.phone, state=state,
        )
        majors = []
        for major in declared:
            students = random.randrange(80, 520)
            majors.append(PilotMajor(
                application=row, major=major, students=students, teachers=random.randrange(5, 26),
                trainees=random.randrange(20, students // 2 + 20, 4),
            ))  # fmt: skip
        teachers = sum(one.teachers or 0 for one in majors) or random.randrange(8, 30)
        row.trainees = sum(one.trainees or 0 for one in majors) or random.randrange(40, 200, 10)
        double = teachers * random.randrange(50, 75) // 100
        row.faculty = FACULTY.format(
            teachers=teachers, double=double, share=round(100 * double / teachers), part=teachers // 4 + 1, certified=teachers // 6 + 1
        )
        row.venue = VENUE.format(rooms=random.randrange(2, 8), seats=random.randrange(8, 32) * 10, area=random.randrange(24, 90) * 10)
        made = Made(row, majors, [])
        if state != S.DRAFT:
            self.history(made)
        return made

    def history(self, made: Made) -> None:
        """From the submission to where it stands; one in seven of those under way was returned once already."""
        row, random = made.row, self.random
        days = min(8, (self.now - row.round.start).days)
        at = self.now - timedelta(days=random.randrange(0, days + 1), hours=random.randrange(1, 20), minutes=random.randrange(60))
        at = max(at, row.round.start + timedelta(hours=9))
        reviewer = self.catalogue.actors.get(f"province{row.round.province.province_code}-admin")
        who = person_in(reviewer.label) if reviewer else "省厅审核员"
        content = said(made)
        if row.state in (S.FIRST_REVIEW, S.APPROVED) and made.majors and random.random() < 0.15:
            earlier = {**content, "majors": {k: {**v, "teachers": max(1, v["teachers"] - 3)} for k, v in content["majors"].items()}}
            reason, places = REASONS[0]
            self.note(made, Step.SUBMIT, at - timedelta(hours=30), row.contact, content=earlier)
            self.note(made, Step.RETURN, at - timedelta(hours=6), who, reason=reason, places=places)
        self.note(made, Step.SUBMIT, at, row.contact, content=content)
        row.submitted_at = at
        later = min(self.now, at + timedelta(hours=random.randrange(2, 30)))
        if row.state in (S.FINAL_REVIEW, S.APPROVED):
            self.note(made, Step.PASS_FIRST, later, who)
        if row.state == S.APPROVED:
            self.note(made, Step.APPROVE, min(self.now, later + timedelta(hours=5)), who)
        if row.state == S.RETURNED:
            reason, places = random.choice(REASONS)
            self.note(made, Step.RETURN, later, who, reason=reason, places=places if made.majors else ["faculty"])
        if row.state == S.REJECTED:
            self.note(made, Step.REJECT, later, who, reason=random.choice(REFUSALS))

    def note(self, made: Made, step: str, at: datetime, who: str, **more: Any) -> None:
        made.reviews.append(Review(application=made.row, step=step, at=at, who=who, **more))

    # --- into the tables -----------------------------------------------------------------------------
    def write(self, made: list[Made]) -> None:
        """The first application for a certificate, level and year counts (R56)."""
        once: dict[tuple[int, int], Made] = {}
        for one in made:
            once.setdefault((one.row.institution_id, one.row.qualification_id), one)
        kept = list(once.values())
        PilotApplication.objects.bulk_create([one.row for one in kept], batch_size=200)
        PilotMajor.objects.bulk_create([major for one in kept for major in one.majors], batch_size=500)
        Review.objects.bulk_create([review for one in kept for review in one.reviews], batch_size=500)
        sent = [one.row for one in kept if one.row.state != S.DRAFT]
        Participation.objects.bulk_create([
            Participation(
                institution_id=row.institution_id, qualification_id=row.qualification_id, year=row.year,
                approved=row.state == S.APPROVED,
            )
            for row in sent
        ], batch_size=500)  # fmt: skip
        bodies = {
            (row.institution_id, row.qualification.awarding_body_id) for row in sent if row.state == S.APPROVED
        }
        Partnership.objects.bulk_create(
            [Partnership(institution_id=school, awarding_body_id=body) for school, body in sorted(bodies)], ignore_conflicts=True
        )


def said(made: Made) -> dict[str, Any]:
    """What a submission says, as rules.content_of keeps it."""
    row = made.row
    majors = {
        f"{one.major.name} {one.major.code}（{one.major.version}）": {
            "students": one.students, "teachers": one.teachers, "trainees": one.trainees,
        }
        for one in made.majors
    }  # fmt: skip
    names = ("contact", "phone", "trainees", "faculty", "venue")
    return {name: getattr(row, name) for name in names} | {"majors": majors}
