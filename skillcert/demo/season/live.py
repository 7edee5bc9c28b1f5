"""The season as it would have been lived: each plan walked through its windows by the rooms' own rules, at the times
they would have run, so that counts, numbers and audit are what the rules make them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction

from skillcert.candidates.consents import NOTICE_VERSION, ConsentSubject
from skillcert.candidates.models import Candidate, CandidateKind, CandidateState, IdType
from skillcert.candidates.rules import Imported, derived, import_candidates
from skillcert.candidates.rules.consenting import note_declared
from skillcert.candidates.states import CANDIDATE
from skillcert.centers.models import CenterAllocation, ExamCenter
from skillcert.centers.rules import set_room
from skillcert.fees.models import PaymentRequest
from skillcert.fees.rules import confirm_payments, make_request
from skillcert.integrations.identity.embedded import open_reference
from skillcert.integrations.seal.client import PASSPHRASE_VARIABLE
from skillcert.issuing.models import Certificate, Way
from skillcert.issuing.rules import collect, refuse, release, sign, start_signing
from skillcert.issuing.rules.collect import Filters
from skillcert.issuing.rules.signing import hashed
from skillcert.issuing.sealer import Sealer
from skillcert.issuing.states import ISSUE, CertificateState
from skillcert.kit import files, gate
from skillcert.kit.access import Actor
from skillcert.orgs.models import Institution
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.plans.rules import PlanDraft, Session, create_plan, publish_plan
from skillcert.qualifications.models import MajorLevel, Qualification
from skillcert.registrations.models import Mode, RegistrationSubject
from skillcert.registrations.rules import Entry, offers_of, register
from skillcert.results.rules import ScoreLine, lock_due, record_scores
from skillcert.results.states import Mark
from skillcert.seating.rules import seat_session

from .catalogue import Catalogue
from .consents import FROM_BEFORE, consent_states, declared_import, minors
from .faces import draw_faces
from .people import Person, people

A_SCHOOL = 220
FACES = 480
MOST_SEALED = 160
Say = Callable[[str], None]

# Days of a plan, counted from the opening of its registration: (from, to), each from midnight to midnight.
DAYS = {"registration": (0, 10), "seating": (12, 16), "scoring": (23, 28), "publicity": (30, 36)}
EXAM_DAY = 20
# The plans of the season: name, and how many days ago registration opened.
PLANS = [
    ("第一批统一考核", 75, "Web前端开发"), ("第二批统一考核", 45, "Web前端开发"), ("第三批统一考核", 33, "云计算平台运维与开发"),
    ("秋季专项考核", 25, "传感网应用开发"), ("冬季统一考核", 20, "电子商务数据分析"), ("第四批统一考核", 14, "云计算平台运维与开发"),
    ("第五批统一考核", 4, "传感网应用开发"), ("第六批统一考核", -9, "电子商务数据分析"),
]  # fmt: skip


class LivedSeason:
    """Candidates of every school, then every plan as far as the clock has come."""

    def __init__(self, catalogue: Catalogue, say: Say) -> None:
        self.catalogue, self.say, self.now = catalogue, say, catalogue.now
        self.random = Random(7)
        self.midnight = self.now.replace(hour=0, minute=0, second=0)
        self.faces: list[tuple[bytes, bytes]] = []

    def live(self) -> None:
        self.say("绘制考生照片…")
        self.faces = draw_faces(FACES)
        for number, (short, school) in enumerate(self.catalogue.schools.items()):
            self.say(f"{school.name}：考生与照片…")
            self.enrol(short, school, people(self.random, A_SCHOOL, faces=FACES, first=number * A_SCHOOL))
        for name, ago, certificate in PLANS:
            self.say(f"考试计划：{name}…")
            self.run_plan(name, ago, self.catalogue.qualifications[certificate, 2])
        self.draft_for_the_guide()
        self.say("知情同意…")
        for number, (short, school) in enumerate(self.catalogue.schools.items()):
            self.consent(self.catalogue.actors[f"{short}-admin"], school, number)

    # --- candidates ----------------------------------------------------------------------------------
    def enrol(self, short: str, school: Institution, persons: list[Person]) -> None:
        actor = self.catalogue.actors[f"{short}-admin"]
        majors = [self.catalogue.majors[name] for name in ("软件技术", "云计算技术应用", "物联网应用技术", "电子商务", "计算机网络技术")]
        rows, lines = [], []
        for place, person in enumerate(persons):
            major = majors[place % len(majors)]
            rows.append(Imported(derived({
                "name": person.name, "pinyin": person.pinyin, "id_type": IdType.ID_CARD, "id_number": person.id_number,
                "phone": person.phone, "major_id": major.pk, "level": MajorLevel.HIGHER, "entry_year": self.now.year - 2,
                "student_number": f"24{place:05d}", "class_name": f"{major.name[:2]} 24{place % 4 + 1:02d}", "employer": "",
                "education": "", "complete": True,
            })))  # fmt: skip
            lines.append([
                person.name, person.pinyin, "居民身份证", person.id_number, person.phone, major.name, major.code, major.version,
                "高职专科", str(self.now.year - 2), f"24{place:05d}", f"{major.name[:2]} 24{place % 4 + 1:02d}",
            ])  # fmt: skip
        act: dict[str, Any] = {"actor": actor, "now": self.now, "kind": CandidateKind.COLLEGE}
        with transaction.atomic():
            import_candidates(**act, rows=rows[:FROM_BEFORE])
            record = declared_import(actor, lines[FROM_BEFORE:])
            import_candidates(**act, rows=rows[FROM_BEFORE:], record=record.pk, notice=NOTICE_VERSION)
        self.photograph(actor, school, persons)

    def consent(self, actor: Actor, school: Institution, number: int) -> None:
        """Where a few candidates' consents stand, once the season has been lived; the two minors come last."""
        consent_states(actor, self.now, school.pk)
        pupils = minors(actor, self.now, self.catalogue.majors["软件技术"], self.random, number * 2, self.faces)
        reference = open_reference(Path(settings.DATA))
        for person in pupils:
            reference.add(person.name, person.id_number, self.faces[person.face][1])

    def photograph(self, actor: Actor, school: Institution, persons: list[Person]) -> None:
        """Nine in ten have a photo; of these nine in ten are verified, a few wait for a person to confirm them."""
        faces = {person.id_number: person for person in persons}
        with_photo = list(Candidate.objects.filter(institution=school, photo=None).order_by("pk")[: A_SCHOOL * 9 // 10])
        with transaction.atomic():
            for candidate in with_photo:
                photo = self.faces[faces[candidate.id_number].face][0]
                candidate.photo = files.store(
                    photo, shelf="photo", name=f"{candidate.number}.jpg", content_type="image/jpeg", actor=actor
                )
            Candidate.objects.bulk_update(with_photo, ["photo"], batch_size=200)
            told = with_photo[FROM_BEFORE:]
            note_declared(told, ConsentSubject.PHOTO, actor=actor, now=self.now, notice=NOTICE_VERSION)
        keys = [candidate.pk for candidate in with_photo]
        self.move(actor, keys, "photo")
        self.move(actor, [key for place, key in enumerate(keys) if place % 10 not in (3, 7)], "verify")
        self.move(actor, [key for place, key in enumerate(keys) if place % 40 == 3], "doubt")
        Candidate.objects.filter(institution=school, state=CandidateState.TO_CONFIRM).update(
            similarity=Decimal("71.5"), comparison="照片相似度低于通过线，请人工核对"
        )
        reference = open_reference(Path(settings.DATA))
        for candidate in Candidate.objects.filter(institution=school, state=CandidateState.UNVERIFIED):
            reference.add(candidate.name, candidate.id_number, self.faces[faces[candidate.id_number].face][1])

    def move(self, actor: Actor, keys: Iterable[int], name: str) -> None:
        gate.change_many(Candidate, keys, CANDIDATE[name], actor=actor, now=self.now)

    # --- plans ---------------------------------------------------------------------------------------
    def at(self, opened: datetime, day: int, hour: int = 12) -> datetime:
        return opened + timedelta(days=day, hours=hour)

    def draft(self, name: str, opened: datetime, qualification: Qualification, schools: Iterable[Institution]) -> PlanDraft:
        columns: dict[str, Any] = {
            "name": name, "year": self.now.year, "fee_required": True, "payment_method": "银行转账，附言注明缴费单号",
            "account_name": qualification.awarding_body.name, "bank": qualification.awarding_body.bank,
            "account": qualification.awarding_body.account, "any_major_for_social": True,
            "requirements": "各考核站点须在排考开始前完成考场设置；考生凭准考证和有效身份证件入场。",
        }  # fmt: skip
        for window, (first, last) in DAYS.items():
            columns[f"{window}_start"] = opened + timedelta(days=first)
            columns[f"{window}_end"] = opened + timedelta(days=last, seconds=-1)
        theory, practical = qualification.subjects.order_by("-code")
        sessions = [
            Session(theory.pk, self.at(opened, EXAM_DAY, 9), self.at(opened, EXAM_DAY, 11), 15000),
            Session(practical.pk, self.at(opened, EXAM_DAY, 14), self.at(opened, EXAM_DAY, 17), 15000),
        ]
        return PlanDraft(columns, [school.pk for school in schools], {qualification.pk: qualification.fee}, sessions)

    def run_plan(self, name: str, ago: int, qualification: Qualification) -> None:
        """From publication to the signatures, each step only when its time has come."""
        opened = self.midnight - timedelta(days=ago)
        schools = list(self.catalogue.schools.values())[: 8 if ago > 40 else 12]
        examiner = self.catalogue.actors["beichen-exam"]
        published = self.at(opened, -3)
        plan = create_plan(
            actor=examiner, now=published, draft=self.draft(f"{self.now.year} 年{name}", opened, qualification, schools)
        )
        plan = publish_plan(actor=examiner, now=published, plan=plan)
        self.lend_centers(plan, qualification, schools)
        steps = [
            (2, self.registrations), (3, self.payments), (9, self.rooms), (13, self.seating), (25, self.scores),
            (36, self.lock), (38, self.certificates),
        ]  # fmt: skip
        for day, step in steps:
            if self.at(opened, day) <= self.now:
                step(plan, qualification, self.at(opened, day))

    def lend_centers(self, plan: ExamPlan, qualification: Qualification, schools: list[Institution]) -> None:
        """Who has no center of its own sits at that of the first school (借考)."""
        own = set(ExamCenter.objects.filter(qualification=qualification).values_list("institution_id", flat=True))
        host = ExamCenter.objects.get(qualification=qualification, institution=self.catalogue.schools["yunzhou"])
        for school in schools:
            if school.pk not in own:
                CenterAllocation.objects.create(
                    plan=plan, institution=school, qualification=qualification, center=host,
                    awarding_body=plan.awarding_body, head_count=20,
                )

    def officers(self, plan: ExamPlan) -> list[Actor]:
        invited = set(plan.institutions.values_list("pk", flat=True))
        return [
            self.catalogue.actors[f"{short}-admin"] for short, school in self.catalogue.schools.items() if school.pk in invited
        ]

    def registrations(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        for actor in self.officers(plan):
            offer = offers_of(plan, actor.organization_id or 0)[qualification.pk]
            fitting = Candidate.visible_to(actor).filter(major__in=offer.eligibility.majors).select_related("major")
            chosen = fitting.order_by("registration_count", "pk")[:24]
            entries = [Entry(person, offer, offer.sessions_for(""), Mode.CERTIFICATE) for person in chosen]
            with transaction.atomic():
                register(actor=actor, now=now, plan=plan, entries=entries)

    def payments(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        for actor in self.officers(plan):
            make_request(actor=actor, now=now, plan=plan, qualification=qualification, mode=Mode.CERTIFICATE)
        requests = PaymentRequest.objects.filter(plan=plan).order_by("pk")
        paid = requests if plan.seating_start <= self.now else requests[: requests.count() // 2]
        payer = self.catalogue.actors["beichen-fee"]
        confirm_payments(actor=payer, now=now, requests=[request.pk for request in paid])

    def rooms(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        for actor in self.officers(plan):
            center = ExamCenter.objects.filter(institution=actor.organization_id, qualification=qualification).first()
            if center is None:
                continue
            for subject in qualification.subjects.order_by("code"):
                for number in range(1, 4):
                    values = {"name": f"{subject.name[:2]}考场{number}", "capacity": 30, "place": f"实训楼 {number}0{number}", "remark": ""}
                    set_room(
                        actor=actor, now=now, plan=plan, center=center, qualification=qualification, subjects=[subject],
                        values=values,
                    )

    def seating(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        sessions = PlanSubject.objects.filter(plan=plan).select_related("plan", "subject").order_by("start")
        over = plan.seating_end < self.now
        for session in sessions if over else sessions[:1]:
            seat_session(actor=self.catalogue.actors["beichen-exam"], now=now, session=session)

    def scores(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        for session in PlanSubject.objects.filter(plan=plan).order_by("start"):
            entries = RegistrationSubject.objects.filter(session=session, seated=True).select_related("registration")
            lines = [self.line(entry) for entry in entries]
            with transaction.atomic():
                record_scores(actor=self.catalogue.actors["beichen-score"], now=now, session=session, lines=lines)

    def line(self, entry: RegistrationSubject) -> ScoreLine:
        if self.random.random() < 0.03:
            return ScoreLine(entry, None, Mark.ABSENT)
        return ScoreLine(entry, Decimal(str(round(min(99.5, max(35.0, self.random.gauss(76, 11))), 1))), Mark.NORMAL)

    def lock(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        lock_due(now=plan.publicity_end + timedelta(seconds=1))

    # --- certificates --------------------------------------------------------------------------------
    def certificates(self, plan: ExamPlan, qualification: Qualification, now: datetime) -> None:
        """The older plan's certificates are released; the newer one's stand in every state on the way there."""
        maker, signer = self.catalogue.actors["beichen-cert"], self.catalogue.actors["beichen-sign"]
        collect(actor=maker, now=now, filters=Filters(plan=plan.pk))
        keys = list(Certificate.objects.filter(plan=plan).order_by("pk").values_list("pk", flat=True))
        oldest = not Certificate.objects.exclude(plan=plan).exists()
        signed = keys if oldest else keys[: len(keys) * 2 // 3]
        if not oldest:
            refuse(actor=signer, now=now, move=ISSUE["body_refuse"], rows=keys[-3:], reason="照片与本人近照差异较大，请院校核对后再签发")
        self.sign(signer, signed, "body_sign", now)
        short = "yunzhou"
        for short, school in self.catalogue.schools.items():
            own = list(Certificate.objects.filter(pk__in=signed, institution=school).values_list("pk", flat=True))
            if own and (oldest or short != "yunzhou"):
                self.sign(self.catalogue.actors[f"{short}-{'sign' if short == 'yunzhou' else 'admin'}"], own, "center_sign", now)
        if oldest:
            waiting = Certificate.objects.filter(plan=plan, state=CertificateState.TO_RELEASE)
            ready = list(waiting.order_by("pk").values_list("pk", flat=True))
            release(actor=maker, now=now, rows=ready[:MOST_SEALED], way=Way.ELECTRONIC)
            self.fail_one(ready[0])
            self.seal(now)

    def sign(self, actor: Actor, keys: list[int], move: str, now: datetime) -> None:
        """As the phone would: a session of its own, signed with the typed name."""
        for start in range(0, len(keys), 300):
            opened = start_signing(actor=actor, now=now, move=ISSUE[move], keys=keys[start : start + 300])
            session = opened.session
            session.code_hash, session.code_sent_at = hashed(f"{session.pk}:000000"), session.created_at
            session.state = session.State.SCANNED
            session.save()
            sign(session=session, now=now, code="000000", typed_name=session.user.name)

    def fail_one(self, key: int) -> None:
        """One name that no font can print, so that 盖章失败 is there to be practised on."""
        from skillcert.issuing.rules import mark_failed

        mark_failed(now=self.now, certificate=key, reason="签章服务 30 秒未应答，可重新发放")

    def seal(self, now: datetime) -> None:
        """With the sealer's passphrase at hand its rounds are run here; without it the sealer does them later."""
        passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
        if not passphrase:
            return
        self.say("为已发放的证书盖章并上链…")
        sealer = Sealer(passphrase.encode(), workers=2)
        while not sealer.round(now).idle:
            pass

    # --- the guide's plan ----------------------------------------------------------------------------
    def draft_for_the_guide(self) -> None:
        """A draft that the person of step 1 looks through and publishes."""
        opened = self.midnight + timedelta(days=1)
        qualification = self.catalogue.qualifications["Web前端开发", 2]
        schools = [self.catalogue.schools["yunzhou"], self.catalogue.schools["linjiang"]]
        draft = self.draft(f"{self.now.year} 年演示批次统一考核", opened, qualification, schools)
        create_plan(actor=self.catalogue.actors["beichen-exam"], now=self.now, draft=draft)
