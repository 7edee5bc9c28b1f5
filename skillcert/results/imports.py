"""Chapter 5.2.9: the import of one subject's scores (R198)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from skillcert.kit.crypto import mask_id, person_index
from skillcert.kit.errors import Refused
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import SKIP, UPDATE, Column, ImportRun, ImportSpec, ParsedRow
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.registrations.models import Registration, RegistrationSubject

from . import rules
from .models import Score
from .states import Mark

MARKS = {str(Mark.ABSENT.label): Mark.ABSENT, str(Mark.CHEATED.label): Mark.CHEATED}
BY_VERIFIED = "与报考时的信息不同，已按认证后的姓名、证件号匹配"


def session_of(run: ImportRun) -> PlanSubject:
    """The subject of the parameters, inside the actor's own plans and inside 成绩登记. Raises Refused."""
    own = ExamPlan.visible_to(run.actor).filter(awarding_body=run.actor.organization_id)
    session = (
        PlanSubject.objects.filter(pk=run.params.get("session") or 0, plan__in=own.values("pk"))
        .select_related("plan", "subject").first()
    )
    if session is None:
        raise Refused("请先选择考试计划、证书和科目。", field="session")
    rules.refuse_recording(session.plan, run.now)
    return session


class ScoreImport(ImportSpec):
    """科目成绩: the ticket number finds the entry; name and ID number must be its own, or the row is refused whole."""

    model = Score
    name, label, manual = "results.scores", "科目成绩", "5.2.9"
    may, action = "results.edit", "results.imported"
    columns = [
        Column("ticket_number", "准考证号", required=True, as_text=True, width=18),
        Column("name", "姓名", required=True),
        Column("id_number", "身份证号", required=True, personal=mask_id, as_text=True, clean=clean.document_number, width=22),
        Column("score", "成绩", clean=clean.score, note="0 至满分，最多两位小数；缺考、违纪时留空并填标记"),
        Column("mark", "标记", options=list(MARKS), note="只有缺考、违纪时填写"),
        Column("remark", "备注", max_length=80),
    ]
    unique = ("ticket_number",)
    sample = [{"ticket_number": "26000133000001", "name": "周若溪", "id_number": "33010620050101001X", "score": "86.5"}]
    notes = ["一份文件只登记一个科目，科目在页面上选择。准考证号、姓名、身份证号三项须与报考信息一致，不一致的整行不导入。"]

    def prepare(self, run: ImportRun) -> None:
        self.session = session_of(run) if run.params else None

    def check(self, rows: list[ParsedRow]) -> None:
        """Set queries for the chunk: entries by ticket, scores by entry."""
        tickets = {row["ticket_number"] for row in rows if row["ticket_number"]}
        entries = {
            entry.registration.ticket_number: entry
            for entry in RegistrationSubject.objects.filter(session=self.session, registration__ticket_number__in=tickets)
            .select_related("registration__candidate")
        }  # fmt: skip
        scores = {s.entry_id: s for s in Score.objects.filter(entry__in=[entry.pk for entry in entries.values()])}
        for row in rows:
            entry = entries.get(row["ticket_number"])
            if entry is None:
                if row["ticket_number"]:
                    row.error("ticket_number", f"“{self.session}”没有这个准考证号的考生，请核对科目与准考证号")
                continue
            self._match(row, entry.registration)
            self._judge(row)
            row.data["entry"] = entry
            if row.ok:
                self._compare(row, scores.get(entry.pk))

    def _match(self, row: ParsedRow, registration: Registration) -> None:
        """Name and ID as in the plan's snapshot, or else as verified (domain 4.0), which is said."""
        candidate = registration.candidate
        typed = (row["name"], person_index(registration.id_type, row["id_number"]))
        if typed == (registration.name, registration.person_index):
            return
        if (row["name"], person_index(candidate.id_type, row["id_number"])) == (candidate.name, candidate.person_index):
            row.reason = BY_VERIFIED
            return
        if row["name"] and row["name"] not in (registration.name, candidate.name):
            # No name is offered: the score may belong to the person typed, and the ticket number be the slip.
            row.error("name", "与该准考证号的考生姓名不一致，整行不导入")
        elif row["id_number"]:
            row.error("id_number", "与该准考证号的考生身份证号不一致，整行不导入")

    def _judge(self, row: ParsedRow) -> None:
        if row.raw.get("score") or row.raw.get("mark"):
            return
        mark = MARKS.get(row["mark"], Mark.NORMAL)
        points = Decimal(row["score"]) if row["score"] else None
        assert self.session is not None  # noqa: S101  # rows come with parameters
        if sentence := rules.wrong_points(points, mark, self.session):
            row.error("score", sentence)
        row.data |= {"points": points, "mark": mark}

    def _compare(self, row: ParsedRow, known: Score | None) -> None:
        if known is None:
            return
        same = (known.points, known.mark, known.remark) == (row.data["points"], row.data["mark"], row["remark"])
        if same:
            row.skip("与已登记的成绩相同")
        else:
            row.verdict = UPDATE

    def write(self, rows: list[ParsedRow]) -> None:
        assert self.session is not None  # noqa: S101  # rows come with parameters
        lines = [
            rules.ScoreLine(row.data["entry"], row.data["points"], row.data["mark"], row["remark"])
            for row in rows if row.verdict != SKIP
        ]
        rules.record_scores(actor=self.run.actor, now=self.run.now, session=self.session, lines=lines)


def prefilled(session: PlanSubject) -> Iterator[ParsedRow]:
    """The candidates of a subject in ticket order, their scores left to be filled in."""
    entries = (
        RegistrationSubject.objects.filter(session=session, registration__ticket_number__isnull=False)
        .select_related("registration").order_by("registration__ticket_number")
    )
    for number, entry in enumerate(entries.iterator(chunk_size=2000), 3):
        registration = entry.registration
        yield ParsedRow(number, {
            "ticket_number": registration.ticket_number or "", "name": registration.name,
            "id_number": registration.id_number, "score": "", "mark": "", "remark": "",
        })
