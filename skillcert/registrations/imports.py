"""Chapter 5.2.6: the two imports of registrations, by certificate and by subject."""

from __future__ import annotations

from collections import Counter, defaultdict

from skillcert.candidates.models import Candidate, IdType
from skillcert.kit.crypto import mask_id, person_index
from skillcert.kit.errors import Refused
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import Column, ImportRun, ImportSpec, ParsedRow
from skillcert.plans.models import ExamPlan, Target
from skillcert.qualifications.models import Grade

from . import rules
from .models import Mode, Registration

ID_TYPES = {str(choice.label): choice.value for choice in IdType}
TARGETS = {str(choice.label): choice.value for choice in Target if choice != Target.EVERYONE}

PERSON_COLUMNS = [
    Column("name", "姓名", required=True, note="与“考生管理”中的姓名一致"),
    Column("id_type", "证件类型", required=True, options=list(ID_TYPES)),
    Column("id_number", "身份证号", required=True, personal=mask_id, as_text=True, clean=clean.document_number, width=22),
]
TARGET_COLUMN = Column("target", "参考对象", options=list(TARGETS), note="证书按参考对象设置科目时必填")


class RegistrationImport(ImportSpec):
    """What both ways share: the plan chosen on the screen, the candidates found, one person once."""

    may, action, manual, model = "registrations.edit", "registrations.imported", "5.2.6", Registration
    mode: Mode

    def prepare(self, run: ImportRun) -> None:
        """R156, R157, R159, R160: first a plan that is in 报考 and lists the institution (a template needs none)."""
        self.offers: dict[int, rules.Offer] = {}
        if not run.params:
            return
        plans = rules.open_plans(actor=run.actor, now=run.now)
        plan = plans.filter(pk=run.params.get("plan") or 0).first()
        if plan is None:
            raise Refused("请先选择考试计划：须在报考时间内，且参考院校包含贵院校。", field="plan")
        self.plan: ExamPlan = plan
        self.offers = rules.offers_of(plan, run.actor.organization_id or 0)
        self.room = {key: self._left(offer) for key, offer in self.offers.items()}
        self.counted = {key: self._counted(offer) for key, offer in self.offers.items()}

    def check(self, rows: list[ParsedRow]) -> None:
        people = self._people(rows)
        there = self._registered(people)
        for row in rows:
            candidate = people.get(row.data.get("person", ""))
            if self._known(row, candidate):
                self.judge(row, candidate, there)

    def judge(self, row: ParsedRow, candidate: Candidate, there: dict) -> None:
        raise NotImplementedError

    # --- candidates ----------------------------------------------------------------------------------
    def _people(self, rows: list[ParsedRow]) -> dict[str, Candidate]:
        for row in rows:
            if row["id_number"] and row["id_type"]:
                row.data["person"] = person_index(ID_TYPES[row["id_type"]], row["id_number"])
        wanted = {row.data["person"] for row in rows if "person" in row.data}
        found = Candidate.visible_to(self.run.actor).filter(person_index__in=wanted).select_related("major")
        return {candidate.person_index: candidate for candidate in found}

    def _registered(self, people: dict[str, Candidate]) -> dict[tuple[int, str], Registration]:
        rows = Registration.objects.filter(plan=self.plan, person_index__in=people)
        return {(row.qualification_id, row.person_index): row for row in rows.defer("id_number", "phone")}

    def _left(self, offer: rules.Offer) -> Counter[int]:
        """How many more of each declared major may register this year (R61)."""
        return Counter({major: cap - offer.used[major] for major, cap in offer.eligibility.caps.items()})

    def _known(self, row: ParsedRow, candidate: Candidate | None) -> bool:
        if "person" not in row.data:
            return False
        if candidate is None:
            row.error("id_number", "本院校没有该证件号的考生，请先在“考生管理”中导入")
            return False
        if row["name"] and row["name"] != candidate.name:
            row.error("name", "与“考生管理”中该证件号的姓名不一致", candidate.name)
        return True

    def refuse(self, row: ParsedRow, candidate: Candidate, offer: rules.Offer, column: str) -> bool:
        """Say what stands against this candidate and offer; True when something does."""
        row.data["target"] = TARGETS.get(row["target"], "")
        if sentence := rules.refuse_candidate(candidate, offer):
            row.error(column, sentence)
        if not row.raw.get("target") and (sentence := rules.refuse_target(row.data["target"], offer)):
            row.error("target", sentence)
        return not row.ok

    def take_place(self, row: ParsedRow, candidate: Candidate, offer: rules.Offer, column: str) -> None:
        """One of the places that 申请培训人数 gives the major; a person counts once over all plans of the year."""
        key, major = offer.qualification.pk, candidate.major_id
        if major not in offer.eligibility.caps or candidate.person_index in self.counted[key]:
            return
        if self.room[key][major] <= 0:
            cap = offer.eligibility.caps[major]
            row.error(column, f"“{candidate.major}”本年度申请培训人数为 {cap} 人，报考人数已满，如需增加请联系省厅退回申报修改")
            return
        self.room[key][major] -= 1
        self.counted[key].add(candidate.person_index)

    def _counted(self, offer: rules.Offer) -> set[str]:
        """The persons who have a place already, from any plan of the year."""
        rows = Registration.objects.filter(
            institution=self.run.actor.organization_id, qualification=offer.qualification, plan__year=self.plan.year
        )
        return set(rows.values_list("person_index", flat=True))


class CertificateRegistrations(RegistrationImport):
    """按证书导入: all subjects of the certificate that the candidate's 参考对象 sits."""

    name, label, mode = "registrations.certificate", "报考（按证书）", Mode.CERTIFICATE
    columns = [
        *PERSON_COLUMNS, Column("qualification", "证书名称", required=True),
        Column("grade", "证书等级", required=True, options=[str(grade.label) for grade in Grade]), TARGET_COLUMN,
    ]
    unique = ("id_type", "id_number", "qualification", "grade")

    def prepare(self, run: ImportRun) -> None:
        super().prepare(run)
        self.by_name = {
            (offer.qualification.name, str(offer.qualification.get_grade_display())): offer
            for offer in self.offers.values()
        }

    def judge(self, row: ParsedRow, candidate: Candidate, there: dict) -> None:
        offer = self.by_name.get((row["qualification"], row["grade"]))
        if offer is None:
            if row["qualification"] and row["grade"]:
                names = "、".join(f"{name}（{grade}）" for name, grade in self.by_name)
                row.error("qualification", f"不在本计划的证书内，可报：{names}")
            return
        row.data |= {"candidate": candidate, "offer": offer}
        registered = there.get((offer.qualification.pk, candidate.person_index))
        if registered is not None:
            if registered.institution_id == candidate.institution_id and registered.mode == Mode.CERTIFICATE:
                row.skip("该考生在此计划中已报考这一证书")
            else:
                row.error("qualification", _taken(registered, candidate))
            return
        if not self.refuse(row, candidate, offer, "qualification"):
            self.take_place(row, candidate, offer, "qualification")

    def write(self, rows: list[ParsedRow]) -> None:
        rules.register(actor=self.run.actor, now=self.run.now, plan=self.plan, entries=[
            rules.Entry(
                row.data["candidate"], row.data["offer"], row.data["offer"].sessions_for(row.data["target"]), self.mode,
                row.data["target"],
            )
            for row in rows
        ])  # fmt: skip


class SubjectRegistrations(RegistrationImport):
    """按科目导入: a row a subject; the plan and the certificate are chosen on the screen (R159)."""

    name, label, mode = "registrations.subject", "报考（按科目）", Mode.SUBJECT
    columns = [*PERSON_COLUMNS, Column("subject", "科目名称", required=True), TARGET_COLUMN]
    unique = ("id_type", "id_number", "subject")

    def prepare(self, run: ImportRun) -> None:
        super().prepare(run)
        if not run.params:
            return
        offer = self.offers.get(int(run.params.get("qualification") or 0))
        if offer is None:
            raise Refused("请选择本计划中的考核证书。", field="qualification")
        self.offer = offer

    def judge(self, row: ParsedRow, candidate: Candidate, there: dict) -> None:
        registered = there.get((self.offer.qualification.pk, candidate.person_index))
        if registered and (registered.mode != Mode.SUBJECT or registered.institution_id != candidate.institution_id):
            row.error("id_number", _taken(registered, candidate))
            return
        if self.refuse(row, candidate, self.offer, "subject"):
            return
        sessions = [s for s in self.offer.sessions_for(row.data["target"]) if s.subject.name == row["subject"]]
        if not sessions:
            names = "、".join(str(session.subject) for session in self.offer.sessions_for(row.data["target"]))
            row.error("subject", f"本计划的“{self.offer.qualification}”没有该科目，可报：{names}")
            return
        row.data |= {"candidate": candidate, "session": sessions[0]}
        if registered and registered.subjects.filter(session=sessions[0]).exists():
            row.skip("该考生在此计划中已报考这一科目")
        else:
            self.take_place(row, candidate, self.offer, "subject")

    def write(self, rows: list[ParsedRow]) -> None:
        by_person: dict[str, list[ParsedRow]] = defaultdict(list)
        for row in rows:
            by_person[row.data["person"]].append(row)
        rules.register(actor=self.run.actor, now=self.run.now, plan=self.plan, entries=[
            rules.Entry(
                own[0].data["candidate"], self.offer, [row.data["session"] for row in own], self.mode, own[0].data["target"]
            )
            for own in by_person.values()
        ])  # fmt: skip


def _taken(registered: Registration, candidate: Candidate) -> str:
    if registered.institution_id != candidate.institution_id:
        return "该考生已由其他院校报考本计划的这一证书"
    return f"该考生已{registered.get_mode_display()}，同一计划同一证书不能两种方式并用"
