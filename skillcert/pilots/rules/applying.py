"""申报: an institution's application, saved as a draft or submitted (R53, R54), by major or not (R57, R63)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Conflict, Missing, Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.notices import notify_gathered
from skillcert.kit.rows import in_scope
from skillcert.kit.states import Guard
from skillcert.qualifications.models import Major, Qualification
from skillcert.qualifications.rules import note_application
from skillcert.qualifications.states import QualificationState

from ..models import PilotApplication, PilotMajor, PilotRound, Review
from ..states import APPLICATION, EDITABLE, ApplicationState
from .reviewing import FIGURES, content_of, in_words, record
from .rounds import open_now

declare({
    "pilot_application.created": "保存试点申报", "pilot_application.edited": "修改试点申报",
    "pilot_application.deleted": "删除试点申报",
})  # fmt: skip

MOST = 99_999  # more people than any institution has
MOST_MAJORS = 100

editable = Guard(Q(state__in=EDITABLE), "只能编辑未提交或审核退回的申报；已提交的如需修改，请联系省厅退回")
unsubmitted = Guard(Q(state=ApplicationState.DRAFT), "只能删除未提交的申报")


@dataclass(frozen=True)
class MajorLine:
    """A line of 拟申报专业; a figure not filled in yet is None."""

    major_id: int
    students: int | None = None
    teachers: int | None = None
    trainees: int | None = None


@dataclass(frozen=True)
class Draft:
    """What the form holds. ``trainees``: 申请培训人数 as typed, which counts only when no major is named (R59, R63)."""

    qualification_id: int | None
    contact: str = ""
    phone: str = ""
    faculty: str = ""
    venue: str = ""
    trainees: int | None = None
    majors: Sequence[MajorLine] = field(default_factory=tuple)

    @property
    def total(self) -> int:
        """R59: 系统自动加和所有专业的申请培训人数."""
        return sum(line.trainees or 0 for line in self.majors) if self.majors else self.trainees or 0


@dataclass(frozen=True)
class Problem:
    """What keeps a draft from being submitted: the form's field and the sentence."""

    field: str
    sentence: str


def offered(round_: PilotRound, actor: Actor) -> QuerySet[Qualification]:
    """The round's certificates that the actor may apply for."""
    rows = Qualification.objects.filter(rounds=round_, state=QualificationState.PUBLISHED)
    return rows.filter(in_scope(actor, "pk")).order_by("name", "grade")


def applied_this_year(institution_id: int, year: int, *, but: PilotApplication | None = None) -> dict[int, str]:
    """The certificates that the institution has an application for in the year, whatever its state: key and state."""
    rows = PilotApplication.objects.filter(institution=institution_id, year=year)
    rows = rows.exclude(pk=but.pk) if but else rows
    return dict(rows.values_list("qualification", "state"))


# --- what stands against it ------------------------------------------------------------------------------
def problems_of(round_: PilotRound, draft: Draft) -> list[Problem]:
    """R57, R58, R63: what must be there before a draft is submitted, field by field."""
    found = [
        Problem(name, f"请填写{label}")
        for name, label in (("contact", "联系人"), ("phone", "联系电话"), ("faculty", "师资情况"), ("venue", "场地情况"))
        if not getattr(draft, name)
    ]
    if draft.qualification_id is None:
        found.insert(0, Problem("qualification", "请选择证书"))
    if round_.by_major and not draft.majors:
        found.append(Problem("majors", "本计划要求按专业申报，请点“选择专业”添加拟申报专业"))
    if not round_.by_major and not draft.majors and not draft.trainees:
        found.append(Problem("trainees", "请填写申请培训人数，至少 1 人"))
    for line in draft.majors:
        found += _problems_of_line(line)
    return found


def _problems_of_line(line: MajorLine) -> list[Problem]:
    found = []
    for name, label in (("students", "本专业在校学生数"), ("teachers", "本专业专任教师数"), ("trainees", "申请培训人数")):
        if getattr(line, name) is None:
            found.append(Problem(f"major_{line.major_id}_{name}", f"请填写{label}"))
    if line.trainees == 0:
        found.append(Problem(f"major_{line.major_id}_trainees", "申请培训人数至少 1 人"))
    if line.trainees and line.students is not None and line.trainees > line.students:
        sentence = f"申请培训 {line.trainees} 人，多于在校学生 {line.students} 人"
        found.append(Problem(f"major_{line.major_id}_trainees", sentence))
    return found


def _check_numbers(draft: Draft) -> None:
    """A draft may lack figures; those it has must be possible ones. The form says the same at the field."""
    figures = [draft.trainees, *(n for line in draft.majors for n in (line.students, line.teachers, line.trainees))]
    if any(number is not None and not 0 <= number <= MOST for number in figures):
        raise Refused(f"人数须为 0 至 {MOST:,} 的整数", field="majors")


def _check_majors(qualification: Qualification, draft: Draft) -> None:
    """R58, R62: a major that the certificate is not mapped to could never register; it is not declared either."""
    keys = [line.major_id for line in draft.majors]
    if len(keys) > MOST_MAJORS or len(keys) != len(set(keys)):
        raise Refused(f"同一专业只能添加一次，一份申报最多 {MOST_MAJORS} 个专业", field="majors")
    lacking = set(keys) - set(qualification.majors.filter(pk__in=keys).values_list("pk", flat=True))
    if lacking:
        names = "、".join(str(major) for major in Major.objects.filter(pk__in=lacking)) or "所选专业"
        raise Refused(
            f"{names}不在“{qualification}”的对应专业内，请移除；对应专业见“证书信息管理”中该证书的“查看”", field="majors"
        )


def _qualification(round_: PilotRound, draft: Draft, actor: Actor, application: PilotApplication | None) -> Qualification:
    """The chosen certificate: in the round, published, and not applied for yet (R56, R70)."""
    if draft.qualification_id is None:
        raise Refused("请先选择证书，再保存", field="qualification")
    found = offered(round_, actor).filter(pk=draft.qualification_id).first()
    if found is None:
        raise Refused("该证书不在本申报计划的证书范围内，或已停用，请另选证书", field="qualification")
    taken = applied_this_year(actor.organization_id or 0, round_.year, but=application).get(found.pk)
    if taken:
        raise Refused(
            f"同一证书同一等级，当年度只能申报一次；贵院校 {round_.year} 年度的“{found}”已有申报（{APPLICATION.label(taken)}），"
            "请在“证书试点申报”中办理那一份", field="qualification",
        )
    return found


# --- saving and submitting -------------------------------------------------------------------------------
def save_application(
    *, actor: Actor, now: datetime, round_: PilotRound, draft: Draft, application: PilotApplication | None = None,
    version: int | None = None, submit: bool = False,
) -> PilotApplication:
    """R53, R60, R64: 保存 keeps it as 未提交, complete or not; R54: 保存并提交 hands it to the province. ``application``:
    the one edited (R69), else a new one (R52). All or nothing: what cannot be submitted is not saved halfway.
    Raises ``Refused`` at the field.
    """
    actor.need("pilots.edit")
    if not PilotRound.visible_to(actor).filter(pk=round_.pk).exists():
        raise Missing()
    with transaction.atomic():
        saved = (
            _create(actor, now, round_, draft)
            if application is None
            else _edit(actor, now, application, draft, version)
        )
        return _submit(actor, now, saved, draft) if submit else saved


def _create(actor: Actor, now: datetime, round_: PilotRound, draft: Draft) -> PilotApplication:
    if actor.organization_kind != "institution":
        raise Refused("证书试点由院校申报，请使用院校的账号操作")
    if not PilotRound.objects.filter(open_now.q_for(actor, now), pk=round_.pk).exists():
        raise Refused(too_late(round_, now))
    qualification = _qualification(round_, draft, actor, None)
    _check_numbers(draft)
    _check_majors(qualification, draft)
    row = PilotApplication(
        round=round_, institution_id=actor.organization_id, qualification=qualification, year=round_.year,
        **_columns(draft),
    )
    row = gate.create(row, actor=actor, may="pilots.edit", action="pilot_application.created")
    _write_majors(row, draft)
    return row


def too_late(round_: PilotRound, now: datetime) -> str:
    """Why nobody may apply by this round now."""
    fresh = PilotRound.objects.get(pk=round_.pk)
    if fresh.state == "published" and fresh.window.before(now):
        return f"“{fresh}”尚未开始申报"
    why = "已过申报截止时间" if fresh.state == "published" else "已由省厅关闭"
    return f"“{fresh}”{why}，不能再申报；您填写的内容还在本页，如需补报请联系省厅"


def _edit(
    actor: Actor, now: datetime, application: PilotApplication, draft: Draft, version: int | None
) -> PilotApplication:
    """R69. The certificate of one that the province has seen stays."""
    if application.state != ApplicationState.DRAFT and draft.qualification_id != application.qualification_id:
        raise Refused("已提交过的申报不能更换证书", field="qualification")
    own = application.institution_id == actor.organization_id
    if not own:
        raise Missing()
    if application.state == ApplicationState.DRAFT:
        qualification = _qualification(application.round, draft, actor, application)
    else:
        qualification = application.qualification
    _check_numbers(draft)
    _check_majors(qualification, draft)
    try:
        return gate.edit(
            application, {"qualification": qualification, **_columns(draft)}, actor=actor, may="pilots.edit",
            action="pilot_application.edited", now=now, version=version, guards=[editable],
            beside=lambda row: _write_majors(row, draft),
        )
    except Conflict as conflict:
        raise _with_majors(conflict, application, draft) from conflict


def _with_majors(conflict: Conflict, application: PilotApplication, draft: Draft) -> Conflict:
    """The second saver sees both values of the majors as well."""
    mine = {line.major_id: {name: getattr(line, name) for name in FIGURES} for line in draft.majors}
    theirs = {one.pop("major"): one for one in application.majors.values("major", *FIGURES)}
    fields = dict(conflict.fields)
    for major in Major.objects.filter(pk__in={*mine, *theirs}).order_by("code", "version"):
        if mine.get(major.pk) != theirs.get(major.pk):
            pair = [in_words(side[major.pk]) if major.pk in side else "没有这个专业" for side in (mine, theirs)]
            fields[f"拟申报专业 {major}（{major.version}）"] = (pair[0], pair[1])
    return Conflict(fields, conflict.version)


def _columns(draft: Draft) -> dict[str, Any]:
    names = ("contact", "phone", "faculty", "venue")
    return {name: getattr(draft, name) for name in names} | {"trainees": draft.total}


def _write_majors(row: PilotApplication, draft: Draft) -> None:
    row.majors.exclude(major__in=[line.major_id for line in draft.majors]).delete()
    for line in draft.majors:
        figures = {"students": line.students, "teachers": line.teachers, "trainees": line.trainees}
        PilotMajor.objects.update_or_create(application=row, major_id=line.major_id, defaults=figures)


def _submit(actor: Actor, now: datetime, application: PilotApplication, draft: Draft) -> PilotApplication:
    """R54: 待初审. The lower rooms learn that the institution applied (R7, R10)."""
    for problem in problems_of(application.round, draft):
        raise Refused(problem.sentence, field=problem.field)

    def write(keys: list[int], rows: dict[int, PilotApplication]) -> None:
        for key in keys:
            row = rows[key]
            record(row, Review.Step.SUBMIT, actor, now, content=content_of(row))
            note_application(row.institution, row.qualification, row.year)
            again = "重新提交了" if row.state == ApplicationState.RETURNED else "提交了"
            text = f"{row.institution}{again}“{row.qualification}”的试点申报，请审核。"
            notify_gathered(
                row.round.province_id, "pilots.review", text, f"/pilots/{row.pk}/",
                many="{n} 份试点申报已提交，请审核。", many_url="/pilots/?tab=first_review",
            )  # fmt: skip

    return gate.change(
        application, APPLICATION["submit"], actor=actor, now=now, values={"submitted_at": now}, beside=write
    )


def delete_applications(
    *, actor: Actor, now: datetime, applications: QuerySet[PilotApplication] | Iterable[int]
) -> Outcome:
    """Only 未提交 (domain 2.2)."""
    return gate.delete_many(
        PilotApplication, applications, actor=actor, may="pilots.edit", action="pilot_application.deleted", now=now,
        guards=[unsubmitted],
    )
