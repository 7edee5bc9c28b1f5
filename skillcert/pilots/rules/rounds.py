"""申报计划: the province drafts, edits, publishes and closes it (domain 2.2) [moves: assumption]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Conflict, Refused
from skillcert.kit.files import discard, store
from skillcert.kit.gate import Outcome
from skillcert.kit.notices import notify_all
from skillcert.kit.states import Guard
from skillcert.kit.uploads import Upload, checked
from skillcert.orgs.models import Institution
from skillcert.qualifications.models import Qualification

from ..models import PilotApplication, PilotRound, RoundFile
from ..states import ROUND, RoundState

declare({
    "pilot_round.created": "新增申报计划", "pilot_round.edited": "修改申报计划", "pilot_round.deleted": "删除申报计划",
})  # fmt: skip

MOST_FILES = 5
MOST_BYTES = 20 * 1024 * 1024
SUFFIXES = (".pdf", ".docx", ".xlsx")
# What a published round may still change: institutions have read the rest.
LATER = ("name", "end", "description")

editable_round = Guard(~Q(state=RoundState.CLOSED), "申报计划已关闭，不能修改；请先重新开放")
unused_draft = Guard(Q(state=RoundState.DRAFT), "申报计划已发布，不能删除；不再使用的请关闭")
open_now = Guard(lambda actor, now: PilotRound.open_at(now), "现在不在该计划的申报时间内")


def create_round(
    *, actor: Actor, now: datetime, values: dict[str, Any], qualifications: Sequence[Qualification],
    files: Sequence[Upload] = (),
) -> PilotRound:
    """R52: a draft that the province alone sees. ``values``: columns of ``PilotRound``; ``files``: uploads."""
    actor.need("pilots.rounds")
    if actor.organization_kind != "province":
        raise Refused("申报计划由省厅制定，请使用省厅的账号操作")
    with transaction.atomic():
        row = PilotRound(province_id=actor.organization_id, **values)
        row = gate.create(row, actor=actor, may="pilots.rounds", action="pilot_round.created")
        row.qualifications.set(qualifications)
        _attach(row, files, actor)
    return row


def edit_round(
    *, actor: Actor, now: datetime, round_: PilotRound, values: dict[str, Any],
    qualifications: Sequence[Qualification] | None = None, files: Sequence[Upload] = (),
    drop_files: Iterable[str] = (), version: int | None = None,
) -> PilotRound:
    """A draft changes in everything; a published round in its name, end and description, and it may take further
    certificates [assumption]: what was applied for stays as it was read. Another end is told to the institutions.
    """

    def write(row: PilotRound) -> None:
        if row.state == RoundState.PUBLISHED and row.end != round_.end:
            _tell(row, f"申报计划“{row.name}”的截止时间由 {_moment(round_.end)} 改为 {_moment(row.end)}。")
        if qualifications is not None:
            kept = list(row.qualifications.values_list("pk", flat=True)) if row.state == RoundState.PUBLISHED else []
            row.qualifications.set({*(one.pk for one in qualifications), *kept})
        gone = list(row.files.filter(file__in=list(drop_files)).values_list("file", flat=True))
        row.files.filter(file__in=gone).delete()
        _attach(row, files, actor)
        transaction.on_commit(lambda: discard(gone), robust=True)

    if round_.state == RoundState.PUBLISHED:
        values = {name: value for name, value in values.items() if name in LATER}
    try:
        return gate.edit(
            round_, values, actor=actor, may="pilots.rounds", action="pilot_round.edited", now=now, version=version,
            guards=[editable_round], beside=write,
        )
    except Conflict as conflict:
        raise gate.with_choice(conflict, round_, "qualifications", qualifications or ()) from conflict


def _attach(row: PilotRound, files: Sequence[Upload], actor: Actor) -> None:
    if files and row.files.count() + len(files) > MOST_FILES:
        raise Refused(f"一个申报计划最多 {MOST_FILES} 个附件，请先移除不用的", field="files")
    for upload in files:
        name, content_type = checked(upload, label="附件", suffixes=SUFFIXES, most=MOST_BYTES, field="files")
        RoundFile.objects.create(
            round=row, file=store(upload.data, shelf="round", name=name, content_type=content_type, actor=actor)
        )


def publish_rounds(*, actor: Actor, now: datetime, rounds: QuerySet[PilotRound] | Iterable[int]) -> Outcome:
    """R52: 相应省级发布的申报计划; each institution of the province that is in use is told."""

    def tell(keys: list[int], rows: dict[int, PilotRound]) -> None:
        for key in keys:
            _tell(rows[key], f"申报计划“{rows[key].name}”已发布，{_moment(rows[key].end)} 前可申报。")

    return gate.change_many(PilotRound, rounds, ROUND["publish"], actor=actor, now=now, beside=tell)


def _tell(row: PilotRound, text: str) -> None:
    """Each institution of the round's province that is in use."""
    schools = Institution.objects.filter(province=row.province_id, active=True)
    notify_all(schools.values_list("pk", flat=True), "pilots.edit", text, "/pilots/apply/")


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def close_rounds(*, actor: Actor, now: datetime, rounds: QuerySet[PilotRound] | Iterable[int]) -> Outcome:
    """From here nothing is submitted any more, not even what was returned; what was submitted is still reviewed."""
    return gate.change_many(PilotRound, rounds, ROUND["close"], actor=actor, now=now)


def reopen_rounds(*, actor: Actor, now: datetime, rounds: QuerySet[PilotRound] | Iterable[int]) -> Outcome:
    """So that a returned application can come again (R71); its window does not grow by it."""
    return gate.change_many(PilotRound, rounds, ROUND["reopen"], actor=actor, now=now)


def delete_rounds(*, actor: Actor, now: datetime, rounds: QuerySet[PilotRound] | Iterable[int]) -> Outcome:
    """A draft only; nobody has applied by it."""

    def drop(keys: list[int], rows: dict[int, PilotRound]) -> None:
        files = list(RoundFile.objects.filter(round__in=keys).values_list("file", flat=True))
        transaction.on_commit(lambda: discard(files), robust=True)

    return gate.delete_many(
        PilotRound, rounds, actor=actor, may="pilots.rounds", action="pilot_round.deleted", now=now,
        guards=[unused_draft], beside=drop,
    )


def waiting(round_: PilotRound) -> int:
    """How many of its applications still wait for the province or for the institution."""
    return PilotApplication.objects.filter(
        round=round_, state__in=["first_review", "final_review", "returned"]
    ).count()
