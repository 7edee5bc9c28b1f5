"""A small world for the rooms' tests: one of everything, and a clock that stands where a test wants it.

    def test_something(world):
        world.clock("seating")                            # the middle of that window of the plan; pages see it too
        register(actor=world.officer, now=world.now, ...)
        world.client_as(world.officer).get("/registrations/")

Built as a season would build it, but written straight into the tables: rules are tested elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from PIL import Image, ImageDraw

from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import Role, User
from skillcert.candidates.models import Candidate, CandidateKind, CandidateState
from skillcert.centers.models import CenterAllocation, ExamCenter, ExamRoom
from skillcert.centers.states import CenterState
from skillcert.config.roles import ROLES
from skillcert.issuing.models import Certificate
from skillcert.kit import clock
from skillcert.kit.access import Actor
from skillcert.kit.crypto import last_six_index, person_index
from skillcert.kit.files import StoredFile, store
from skillcert.kit.numbers import take
from skillcert.orgs.models import AwardingBody, Institution, Organization, Partnership, Province
from skillcert.pilots.models import PilotApplication, PilotMajor, PilotRound
from skillcert.pilots.states import ApplicationState, RoundState
from skillcert.plans.models import ExamPlan, PlanQualification, PlanSubject, RoomType, Subject
from skillcert.plans.states import PlanState, SubjectState
from skillcert.qualifications.models import Grade, Major, MajorLevel, Participation, Qualification, Revision
from skillcert.qualifications.states import QualificationState
from skillcert.registrations.models import Mode, Registration, RegistrationSubject
from skillcert.results.models import Result, Score
from skillcert.results.rules import recompute
from skillcert.standards.models import CenterStandard, SkillStandard
from skillcert.standards.states import StandardState

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def at(text: str) -> datetime:
    """A moment of the platform's time: at("2026-11-23 10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def id_number(serial: int) -> str:
    """A valid ID card number, another for each ``serial`` (0 to 99,999)."""
    body = f"3301062005{1 + serial // 1000 % 12:02d}{1 + serial // 12000 % 28:02d}{serial % 1000:03d}"
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


WINDOWS = {
    "registration": ("2026-11-16 00:00", "2026-11-30 23:59:59"),
    "seating": ("2026-12-02 00:00", "2026-12-08 23:59:59"),
    "exam": ("2026-12-12 09:00", "2026-12-13 12:00"),
    "scoring": ("2026-12-15 00:00", "2026-12-20 23:59:59"),
    "publicity": ("2026-12-22 00:00", "2026-12-28 23:59:59"),
}


class World:
    """A province, two schools, two awarding bodies, a qualification with two subjects, majors, an approved pilot
    application, an approved center of ``school`` and a published plan that both schools may use.

    ``officer`` and ``examiner`` are actors: the 院校管理员 of ``school`` and the 管理员 of ``body``.
    """

    def __init__(self, set_clock: Callable[[datetime], None]) -> None:
        self._set_clock = set_clock
        self._serial = 0
        self.clock("registration")
        self._organizations()
        self._catalogue()
        self.application = self.approve_pilot(self.school)
        self.center = self.center_of(self.school)
        self.plan = self.publish_plan()

    # --- the clock ---------------------------------------------------------------------------------
    def clock(self, when: str | datetime) -> datetime:
        """Set ``now`` for pages and for ``self.now``: a moment, "coming", "over", or the middle of a window."""
        if isinstance(when, str) and when in WINDOWS:
            start, end = map(at, WINDOWS[when])
            when = (start + (end - start) / 2).replace(microsecond=0)
        elif isinstance(when, str):
            when = {"coming": at("2026-11-01 10:00"), "over": at("2027-01-05 10:00")}.get(when) or at(when)
        self.now: datetime = when
        self._set_clock(when)
        return when

    # --- organizations and people ------------------------------------------------------------------
    def _organizations(self) -> None:
        self.province = Province.objects.create(kind="province", name="云州省教育厅", province_code="33")
        self.school = self.institution("云州职业技术学院", "4133012345")
        self.other_school = self.institution("临江职业学院", "4133054321")
        self.body = self.awarding_body("北辰数字职业教育评价中心", 1)
        self.other_body = self.awarding_body("南湖技能评价研究院", 2)
        for school in (self.school, self.other_school):
            Partnership.objects.create(institution=school, awarding_body=self.body)

    def institution(self, name: str, school_code: str) -> Institution:
        return Institution.objects.create(
            kind="institution", name=name, school_code=school_code, school_kind="higher_vocational",
            province=self.province, region="330106", address="云州市学院路 1 号", contact="林知遥", phone="0571-0000000",
        )  # fmt: skip

    def awarding_body(self, name: str, number: int) -> AwardingBody:
        return AwardingBody.objects.create(
            kind="awarding_body", name=name, number=number, org_code=f"MA000000{number}",
            credit_code=f"91330000MA000000{number:02d}", nature="company", head="梁婉清", contact="梁婉清",
        )  # fmt: skip

    def user(self, organization: Organization, role: str = "", **more: Any) -> User:
        """An account of ``organization``; without a role its 院校管理员 or 管理员."""
        kind = organization.kind
        role = role or next(iter(ROLES[kind]))
        held, _ = Role.objects.get_or_create(
            organization_kind=kind, name=role, organization=None, defaults={"codes": sorted(ROLES[kind][role])}
        )
        self._serial += 1
        values = {"username": f"user{self._serial}", "name": role} | more
        user = User(organization=organization, role=held, phone="13800000000", **values)
        user.set_password("correct horse battery staple")
        user.save()
        return user

    def actor(self, organization: Organization, role: str = "") -> Actor:
        return actor_of(self.user(organization, role))

    @cached_property
    def officer(self) -> Actor:
        return self.actor(self.school)

    @cached_property
    def examiner(self) -> Actor:
        return self.actor(self.body)

    @cached_property
    def stranger(self) -> Actor:
        """The 院校管理员 of the other school."""
        return self.actor(self.other_school)

    def client_as(self, who: Actor | User) -> Client:
        """A logged-in test client."""
        client = Client()
        client.force_login(who if isinstance(who, User) else User.objects.get(pk=who.id))
        return client

    def without(self, actor: Actor, *codes: str) -> Actor:
        """The same person with fewer permissions."""
        return replace(actor, codes=actor.codes - set(codes))

    # --- the catalogue -----------------------------------------------------------------------------
    def _catalogue(self) -> None:
        self.major = self.major_of("软件技术", "510203")
        self.other_major = self.major_of("大数据与会计", "530302")
        self.qualification = self.qualification_of("Web前端开发", 101)
        self.other_qualification = self.qualification_of("物流管理", 102)
        self.theory = self.subject_of("理论知识", "T1", RoomType.COMPUTER)
        self.practical = self.subject_of("实操考核", "P1", RoomType.PRACTICAL)

    def major_of(self, name: str, code: str, level: str = MajorLevel.HIGHER) -> Major:
        return Major.objects.create(name=name, code=code, version="2021", level=level)

    def qualification_of(
        self, name: str, number: int, grade: int = Grade.INTERMEDIATE, state: str = QualificationState.PUBLISHED
    ) -> Qualification:
        parts = [["理论知识", 50], ["实操考核", 50]]
        made = Qualification.objects.create(
            awarding_body=self.body, code=f"Q{number}", number=number, name=name, grade=grade, fee=30000,
            pass_rule={"kind": "each", "parts": parts}, weights=100, state=state,
        )  # fmt: skip
        made.majors.add(self.major)
        return made

    def revision(self, state: str = "draft", **more: Any) -> Revision:
        """修订 of ``qualification``, with its majors and another fee."""
        values = {"qualification": self.qualification, "reason": "按新标准调整", "fee": 36000} | more
        made = Revision.objects.create(state=state, **values)
        made.majors.set(made.qualification.majors.all())
        return made

    def subject_of(self, name: str, code: str, room_type: str, **more: Any) -> Subject:
        values = {"qualification": self.qualification, "state": SubjectState.PUBLISHED} | more
        return Subject.objects.create(
            awarding_body=self.body, name=name, code=code, room_type=room_type, method="上机考试", **values
        )

    def skill_standard(self, edition: str = "1.0", **more: Any) -> SkillStandard:
        """职业技能等级标准 of ``qualification``, enabled."""
        values = {"name": "Web前端开发职业技能等级标准", "code": "S101", "state": StandardState.ENABLED} | more
        made = SkillStandard.objects.create(awarding_body=self.body, edition=edition, **values)
        made.qualifications.add(self.qualification)
        return made

    def center_standard(self, edition: str = "1.0", **more: Any) -> CenterStandard:
        """考核站点建设标准 of ``qualification``, enabled."""
        values = {"name": "Web前端开发考核站点建设标准", "state": StandardState.ENABLED, "qualification": self.qualification} | more
        return CenterStandard.objects.create(
            awarding_body=self.body, edition=edition, venue="机房 100 平方米", equipment="工位 40 个", staff="考评员 2 人", **values
        )

    def approve_pilot(
        self, school: Institution, *, qualification: Qualification | None = None, trainees: int = 60
    ) -> PilotApplication:
        """An approved application of this year for the one major of the world."""
        round_, _ = PilotRound.objects.get_or_create(
            province=self.province,
            name="2026 年试点申报",
            year=2026,
            defaults={"start": at("2026-03-01 00:00"), "end": at("2026-04-01 00:00"), "state": RoundState.CLOSED},
        )
        qualification = qualification or self.qualification
        made = PilotApplication.objects.create(
            round=round_, institution=school, qualification=qualification, year=2026, contact="林知遥",
            phone="0571-0000000", trainees=trainees, state=ApplicationState.APPROVED, submitted_at=at("2026-03-10 09:00"),
        )  # fmt: skip
        PilotMajor.objects.create(application=made, major=self.major, students=200, teachers=12, trainees=trainees)
        Participation.objects.create(institution=school, qualification=qualification, year=2026, approved=True)
        return made

    def open_round(self, name: str = "2026 年补充申报", **more: Any) -> PilotRound:
        """A published round of this year, by major, open in the middle of 报考, for the second qualification."""
        values = {"year": 2026, "state": RoundState.PUBLISHED, "start": at("2026-11-16 00:00"), "end": at("2026-12-10 18:00:00")}
        made = PilotRound.objects.create(province=self.province, name=name, **(values | more))
        made.qualifications.add(self.other_qualification)
        return made

    def apply(self, school: Institution | None = None, *, state: str = "first_review", **more: Any) -> PilotApplication:
        """An application for the second qualification in an open round, with one major and all that submitting asks."""
        school = school or self.school
        if "round" not in more:
            more["round"] = PilotRound.objects.filter(name="2026 年补充申报").first() or self.open_round()
        values = {
            "qualification": self.other_qualification, "year": more["round"].year, "contact": "林知遥", "phone": "0571-0000000",
            "trainees": 60, "faculty": "专任教师 12 人，双师型 8 人。", "venue": "机房 4 间 160 工位。",
            "submitted_at": None if state == "draft" else at("2026-11-18 09:00"),
        } | more  # fmt: skip
        made = PilotApplication.objects.create(institution=school, state=state, **values)
        PilotMajor.objects.create(application=made, major=self.major, students=200, teachers=12, trainees=60)
        return made

    # --- centers, plans, rooms ---------------------------------------------------------------------
    def center_of(self, school: Institution, **more: Any) -> ExamCenter:
        values = {"qualification": self.qualification, "state": CenterState.APPROVED} | more
        qualification = values["qualification"]
        return ExamCenter.objects.create(
            institution=school, awarding_body=self.body, address="云州市学院路 1 号", manager="林知遥",
            name=f"{school.name}{qualification.name}{qualification.get_grade_display()}", phone="0571-0000000",
            room_count=4, seat_count=120, equipment="机房四间，监控全覆盖", **values,
        )  # fmt: skip

    def publish_plan(self, name: str = "2026 年第四批统一考核", **more: Any) -> ExamPlan:
        """A published plan with both subjects, in the windows of ``WINDOWS``."""
        columns = {
            f"{w}_{side}": at(WINDOWS[w][n]) for w in WINDOWS if w != "exam" for n, side in enumerate(("start", "end"))
        }
        columns |= {"first_exam_start": at(WINDOWS["exam"][0]), "last_exam_end": at(WINDOWS["exam"][1])}
        values = columns | {"state": PlanState.PUBLISHED, "year": 2026} | more
        plan = ExamPlan.objects.create(awarding_body=self.body, number=take("plan")[0], name=name, **values)
        plan.institutions.add(self.school, self.other_school)
        PlanQualification.objects.create(plan=plan, qualification=self.qualification, fee=30000)
        sessions = {
            self.theory: ("2026-12-12 09:00", "2026-12-12 11:00"),
            self.practical: ("2026-12-13 09:00", "2026-12-13 12:00"),
        }
        for subject, (start, end) in sessions.items():
            PlanSubject.objects.create(
                plan=plan, subject=subject, qualification=self.qualification, start=at(start), end=at(end), fee=15000
            )
        return plan

    def lend(self, borrower: Institution, *, plan: ExamPlan | None = None) -> CenterAllocation:
        """借考: the borrower's candidates sit at ``center``."""
        return CenterAllocation.objects.create(
            plan=plan or self.plan,
            institution=borrower,
            qualification=self.qualification,
            center=self.center,
            awarding_body=self.body,
        )

    def room(self, name: str = "机房一", subject: Subject | None = None, **more: Any) -> ExamRoom:
        subject = subject or self.theory
        values = {"plan": self.plan, "center": self.center, "capacity": 30, "place": "实训楼 301"} | more
        number = f"{ExamRoom.objects.filter(plan=values['plan'], center=values['center']).count() + 1:03d}"
        made = ExamRoom.objects.create(
            qualification=self.qualification, institution=values["center"].institution, awarding_body=self.body,
            number=number, name=name, room_type=subject.room_type, **values,
        )  # fmt: skip
        made.subjects.add(subject)
        return made

    # --- candidates --------------------------------------------------------------------------------
    def candidate(self, name: str = "周若溪", **more: Any) -> Candidate:
        """A college candidate of ``school`` with all its data and no photo; keywords change columns."""
        self._serial += 1
        number = more.pop("id_number", id_number(self._serial))
        id_type = more.get("id_type", "111")
        values = {
            "institution": self.school, "kind": CandidateKind.COLLEGE, "pinyin": "ZHOU RUOXI", "pinyin_key": "zhouruoxi",
            "phone": "13800006021", "major": self.major, "level": MajorLevel.HIGHER, "entry_year": 2024,
            "class_name": "软件 2401", "state": CandidateState.NO_PHOTO,
        } | more  # fmt: skip
        school = values["institution"]
        return Candidate.objects.create(
            number=f"{school.school_code}26{self._serial:06d}", name=name, id_number=number,
            person_index=person_index(id_type, number), last_six=last_six_index(number), **values,
        )  # fmt: skip

    # --- what comes after: registered, seated by ticket, scored, certified ---------------------------
    def photo(self) -> StoredFile:
        """A small red JPEG with a light oval, kept as a candidate's photo is."""
        picture = Image.new("RGB", (295, 413), "#C8372D")
        ImageDraw.Draw(picture).ellipse((87, 90, 207, 260), fill="#E5C6A8")
        out = io.BytesIO()
        picture.save(out, "JPEG")
        return store(out.getvalue(), shelf="photo", name="photo.jpg", content_type="image/jpeg", actor=self.officer)

    def accurate(self, name: str = "周若溪", **more: Any) -> Candidate:
        """A candidate whose photo has been compared: 信息准确."""
        return self.candidate(name, **{"state": CandidateState.ACCURATE, "photo": self.photo()} | more)

    def registered(self, candidate: Candidate | None = None, **more: Any) -> Registration:
        """Registered by certificate for both subjects, with a ticket number; written straight into the tables."""
        candidate = candidate or self.accurate()
        plan = more.pop("plan", self.plan)
        made = Registration.objects.create(
            plan=plan, qualification=self.qualification, candidate=candidate, institution=candidate.institution,
            awarding_body=self.body, mode=Mode.CERTIFICATE, person_index=candidate.person_index, kind=candidate.kind,
            ticket_number=f"26{plan.number:04d}33{candidate.pk:06d}", candidate_number=candidate.number,
            name=candidate.name, pinyin=candidate.pinyin, pinyin_key=candidate.pinyin_key, id_type=candidate.id_type,
            id_number=candidate.id_number, last_six=candidate.last_six, phone=candidate.phone, photo=candidate.photo,
            major_name="软件技术", major_code="510203", major_version="2021", paid=True, seated=True, **more,
        )  # fmt: skip
        for session in PlanSubject.objects.filter(plan=plan):
            RegistrationSubject.objects.create(registration=made, session=session, seated=True, paid=True)
        return made

    def result(self, registration: Registration | None = None, *, points: str = "80", final: bool = True) -> Result:
        """Both subjects scored alike and the result computed; ``final`` as after the lock."""
        registration = registration or self.registered()
        for entry in registration.subjects.all():
            Score.objects.create(
                entry=entry, registration=registration, session=entry.session, plan=registration.plan,
                qualification=registration.qualification, institution=registration.institution, awarding_body=self.body,
                points=points, recorded_at=self.now, recorded_by="成绩登记人", locked=final,
            )  # fmt: skip
        recompute([registration.pk], final=final)
        return Result.objects.get(registration=registration)

    def certificate(self, state: str = "body_pending", result: Result | None = None, **more: Any) -> Certificate:
        """A record of issuing in ``state``, of an accurate candidate with a final result."""
        result = result or self.result()
        candidate = result.registration.candidate
        return Certificate.objects.create(
            person_index=candidate.person_index, qualification=result.qualification, plan=result.plan,
            registration=result.registration, result=result, candidate=candidate, institution=candidate.institution,
            awarding_body=self.body, candidate_number=candidate.number, name=candidate.name, kind=candidate.kind,
            pinyin_key=candidate.pinyin_key, id_type=candidate.id_type, id_number=candidate.id_number,
            last_six=candidate.last_six, photo=candidate.photo, state=state, **more,
        )  # fmt: skip


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(lambda moment: monkeypatch.setattr(clock, "now", lambda: moment))
