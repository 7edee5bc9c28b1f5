"""What an institution does with its report: save, submit, withdraw, delete (R220-R230)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from skillcert.kit import audit, gate
from skillcert.kit.access import Actor, person_in
from skillcert.kit.actions import declare
from skillcert.kit.errors import Conflict, Refused
from skillcert.kit.files import StoredFile, discard, store
from skillcert.kit.gate import Outcome
from skillcert.kit.notices import notify, notify_gathered
from skillcert.kit.uploads import Upload, checked
from skillcert.orgs.models import Institution
from skillcert.qualifications.models import Qualification

from ..content import figure_label
from ..cycles import Cycle
from ..figures import Draft, Drafted, draft_of_report
from ..models import ONLY_ONCE, ReportFigure, ReportFile, WeeklyReport
from ..states import REPORT, ReportState, deletable, editable, fillable
from .settings import cycle_of

declare({
    "weekly.created": "新增周报", "weekly.edited": "修改周报", "weekly.deleted": "删除周报", "weekly.figures": "修改周报中的数",
    "weekly.files": "更换周报附件",
})  # fmt: skip

SHELF = "weekly"
WAITING_DAYS = 1
MOST_FILES, MOST_BYTES = 5, 10 * 1024 * 1024
SUFFIXES = (".pdf", ".docx", ".xlsx", ".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Attachments:
    """Which files the report shall have: those uploaded before by key, and which of its own go."""

    added: Sequence[StoredFile] = ()
    removed: frozenset[str] = field(default_factory=frozenset)


# --- one per cycle -------------------------------------------------------------------------------------
def existing_report(actor: Actor, cycle: Cycle) -> WeeklyReport | None:
    return WeeklyReport.objects.filter(institution=actor.organization_id, start=cycle.start).first()


def refuse_second(actor: Actor, cycle: Cycle) -> None:
    """R224: 一旦本周周报已经填写，点击此按钮时，提醒“本周周报已提交，请勿重复提交”; a draft and a half-monthly one too."""
    found = existing_report(actor, cycle)
    if found is not None:
        where = f"本期的{cycle.title}（{found.get_state_display()}）在这里：{cycle.full_label}"
        raise Refused(ONLY_ONCE, url=f"/weekly/{found.pk}/", link=where)


# --- saving --------------------------------------------------------------------------------------------
def save_report(
    *, actor: Actor, now: datetime, report: WeeklyReport | None, values: dict[str, Any], draft: Draft,
    attachments: Attachments = Attachments(), version: int | None = None, submit: bool = False,
    started: datetime | None = None,
) -> WeeklyReport:  # fmt: skip
    """R222, R223, R225: 点击保存则为“未提交”，点击提交则“待审核”. ``started`` is the start of the cycle that the form was
    opened for: when another has begun since, nothing is filled in afterwards (R221). All or nothing.
    """
    values = values | {"drafted_at": draft.at, "unexplained": _unexplained(draft.figures)}
    with transaction.atomic():
        if report is None:
            report = _create(actor, now, values, draft, attachments, started, submit)
        else:
            report = _edit(actor, now, report, values, draft, attachments, version, submit)
        if submit:
            report = _submit_one(actor, now, report)
    return report


def _create(
    actor: Actor, now: datetime, values: dict[str, Any], draft: Draft, attachments: Attachments,
    started: datetime | None, submit: bool,
) -> WeeklyReport:  # fmt: skip
    actor.need("weekly.edit")
    cycle = cycle_of(actor, now)
    if started is not None and started != cycle.start:
        raise Refused(REPORT["submit"].guards[0].sentence if submit else fillable.sentence)
    refuse_second(actor, cycle)
    row = WeeklyReport(
        institution=Institution.objects.get(pk=actor.organization_id or 0), kind=cycle.kind, start=cycle.start, end=cycle.end,
        label=cycle.label, **values,
    )  # fmt: skip
    try:
        gate.create(row, actor=actor, may="weekly.edit", action="weekly.created", summary={"cycle": cycle.key})
    except Refused:
        refuse_second(actor, cycle)  # somebody was faster: the same sentence, and where the other one is
        raise
    _put_figures(row, draft.figures)
    _put_files(actor, row, attachments)
    return row


def _edit(
    actor: Actor, now: datetime, report: WeeklyReport, values: dict[str, Any], draft: Draft, attachments: Attachments,
    version: int | None, submit: bool,
) -> WeeklyReport:  # fmt: skip
    def beside(fresh: WeeklyReport) -> None:
        _put_figures(fresh, draft.figures, actor)
        _put_files(actor, fresh, attachments)

    guards = [editable] if submit else [editable, fillable]  # too late to submit has its own sentence (R228)
    try:
        return gate.edit(
            report, values, actor=actor, may="weekly.edit", action="weekly.edited", now=now, version=version, guards=guards,
            beside=beside,
        )
    except Conflict as conflict:
        raise _with_figures(conflict, report, draft) from conflict


def _with_figures(conflict: Conflict, report: WeeklyReport, draft: Draft) -> Conflict:
    """The second saver sees both values of the figures as well; the draft's moment is nobody's value."""
    theirs = {figure.key: figure.value for figure in draft_of_report(report).figures}
    names = _names(draft.figures)
    fields = {label: pair for label, pair in conflict.fields.items() if label != "取数时间"}
    for figure in draft.figures:
        if theirs.get(figure.key, figure.value) != figure.value:
            fields[figure_label(names, figure)] = (f"{figure.value:,}", f"{theirs[figure.key]:,}")
    return Conflict(fields, conflict.version)


def _unexplained(figures: Iterable[Drafted]) -> int:
    return sum(figure.changed and not figure.reason for figure in figures)


def _names(figures: Iterable[Drafted]) -> dict[int, str]:
    keys = {figure.qualification for figure in figures}
    return {row.pk: str(row) for row in Qualification.objects.filter(pk__in=keys)}


def _put_figures(report: WeeklyReport, figures: Sequence[Drafted], actor: Actor | None = None) -> None:
    """Replace the report's figures; with ``actor`` the record says which ones changed."""
    old = {figure.key: figure.value for figure in draft_of_report(report).figures} if actor else {}
    report.figures.all().delete()
    ReportFigure.objects.bulk_create([
        ReportFigure(
            report=report, qualification_id=figure.qualification, measure=figure.measure, value=figure.value,
            drafted=figure.drafted, previous=figure.previous, total=figure.total,
            reason=figure.reason if figure.changed else "",
        )
        for figure in figures
    ])  # fmt: skip
    changed = [figure for figure in figures if old.get(figure.key, figure.value) != figure.value]
    if actor and changed:
        names = _names(changed)
        before = {figure_label(names, figure): str(old[figure.key]) for figure in changed}
        after = {figure_label(names, figure): str(figure.value) for figure in changed}
        fact = audit.fact_of(report, {"figures": len(changed)}, {"before": before, "after": after})
        audit.record("weekly.figures", [fact], actor=actor)


# --- attachments ---------------------------------------------------------------------------------------
def keep_upload(*, actor: Actor, upload: Any) -> StoredFile:
    """An allowed file, kept until the form around it is saved: what was uploaded is not lost by another field's error."""
    actor.need("weekly.edit")
    data = upload.read(MOST_BYTES + 1)
    name, content_type = checked(
        Upload(upload.name, data), label="附件", suffixes=SUFFIXES, most=MOST_BYTES, field="files"
    )
    return store(data, shelf=SHELF, name=name, content_type=content_type, actor=actor, days=WAITING_DAYS)


def kept_uploads(actor: Actor, keys: Iterable[str]) -> list[StoredFile]:
    """Those of the actor's own uploads that no report has yet, in the order given."""
    numbers = [number for key in keys if (number := _uuid(key))]
    used = ReportFile.objects.filter(file__in=numbers).values("file")
    rows = StoredFile.objects.filter(pk__in=numbers, shelf=SHELF, user_id=actor.id).exclude(pk__in=used)
    found = {row.pk: row for row in rows}
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _put_files(actor: Actor, report: WeeklyReport, attachments: Attachments) -> None:
    gone = [one for one in report.attachments.all() if str(one.file_id) in attachments.removed]
    kept = report.attachments.count() - len(gone)
    if kept + len(attachments.added) > MOST_FILES:
        raise Refused(f"附件最多 {MOST_FILES} 个，现有 {kept} 个、新增 {len(attachments.added)} 个，请先移除几个。", field="files")
    if not gone and not attachments.added:
        return
    ReportFile.objects.filter(pk__in=[one.pk for one in gone]).delete()
    ReportFile.objects.bulk_create([ReportFile(report=report, file=file) for file in attachments.added])
    StoredFile.objects.filter(pk__in=[file.pk for file in attachments.added]).update(expires_at=None)
    summary = {"added": len(attachments.added), "removed": len(gone)}
    audit.record("weekly.files", [audit.fact_of(report, summary)], actor=actor)
    transaction.on_commit(lambda: discard([one.file_id for one in gone]), robust=True)


# --- moving --------------------------------------------------------------------------------------------
def submit_reports(*, actor: Actor, now: datetime, reports: QuerySet[WeeklyReport] | Iterable[int]) -> Outcome:
    """R227, R228, R230: 提交后状态为待审核; 需要在下一周期开始时间前提交; “审核退回”可再次提交."""

    def tell(keys: list[int], rows: dict[int, WeeklyReport]) -> None:
        for row in _with_institutions(keys):
            again = "修改后重新提交了" if rows[row.pk].state == ReportState.RETURNED else "提交了"
            text = f"{row.institution}{again}{row.cycle.full_label}{row.cycle.title}，请审核"
            notify_gathered(
                row.institution.province_id, "weekly.review", text, f"/weekly/review/{row.pk}/",
                many="{n} 份周报已提交，请审核", many_url="/weekly/review/?tab=in_review",
            )  # fmt: skip

    values = {"submitted_at": now, "submitted_by": person_in(actor.label)}
    return gate.change_many(WeeklyReport, reports, REPORT["submit"], actor=actor, now=now, values=values, beside=tell)


def _submit_one(actor: Actor, now: datetime, report: WeeklyReport) -> WeeklyReport:
    outcome = submit_reports(actor=actor, now=now, reports=[report.pk])
    if outcome.refused:
        raise Refused(outcome.refused[0][1])
    report.refresh_from_db()
    return report


def withdraw_reports(*, actor: Actor, now: datetime, reports: QuerySet[WeeklyReport] | Iterable[int]) -> Outcome:
    """R227, R229: 在审核之前可撤销提交. 撤销后状态为“未提交”可再次编辑或提交."""

    def tell(keys: list[int], _rows: dict[int, WeeklyReport]) -> None:
        for row in _with_institutions(keys):
            text = f"{row.institution}撤回了{row.cycle.full_label}{row.cycle.title}"
            notify(row.institution.province_id, "weekly.review", text, "/weekly/review/")

    return gate.change_many(WeeklyReport, reports, REPORT["withdraw"], actor=actor, now=now, beside=tell)


def _with_institutions(keys: list[int]) -> QuerySet[WeeklyReport]:
    return WeeklyReport.objects.filter(pk__in=keys).select_related("institution")


def delete_reports(*, actor: Actor, now: datetime, reports: QuerySet[WeeklyReport] | Iterable[int]) -> Outcome:
    """R226: 未提交周报删除. Its figures and files go with it."""

    def files(keys: list[int], _rows: dict[int, WeeklyReport]) -> None:
        held = ReportFile.objects.filter(report__in=keys)
        gone = list(held.values_list("file", flat=True))
        held.delete()
        transaction.on_commit(lambda: discard(gone), robust=True)

    return gate.delete_many(
        WeeklyReport, reports, actor=actor, may="weekly.edit", action="weekly.deleted", now=now, guards=[deletable],
        beside=files,
    )  # fmt: skip
