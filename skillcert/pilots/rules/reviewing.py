"""申报审核: 初审, 终审, 退回, 不通过, and the record of them with what changed since a return (R68, R71)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from skillcert.kit import gate
from skillcert.kit.access import Actor, person_in
from skillcert.kit.errors import Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.notices import notify

from ..models import PilotApplication, Review
from ..states import APPLICATION, ApplicationState
from .approval import note_approval, withdraw_approval

Rows = QuerySet[PilotApplication] | Iterable[int]
# 退回到哪里改: a part of the form, and its words.
PLACES = {"majors": "拟申报专业", "faculty": "师资情况", "venue": "场地情况", "contact": "联系人"}
LABELS = {
    "contact": "联系人", "phone": "联系电话", "trainees": "申请培训总人数", "faculty": "师资情况", "venue": "场地情况",
}  # fmt: skip
FIGURES = {"students": "在校学生数", "teachers": "专任教师数", "trainees": "申请培训人数"}


def pass_first(*, actor: Actor, now: datetime, applications: Rows) -> Outcome:
    """初审通过: to 待终审, or where the round has one level on to 审核通过 at once [assumption]."""
    with transaction.atomic():
        outcome = gate.change_many(
            PilotApplication, applications, APPLICATION["pass_first"], actor=actor, now=now,
            beside=_writing(Review.Step.PASS_FIRST, actor, now),
        )
        at_once = PilotApplication.objects.filter(pk__in=outcome.done, round__review_levels=1)
        _approve(actor, now, list(at_once.values_list("pk", flat=True)))
    return outcome


def pass_final(*, actor: Actor, now: datetime, applications: Rows) -> Outcome:
    """终审: 审核通过 opens registration (R62) and leaves its facts on the lower rooms."""
    return _approve(actor, now, applications)


def _approve(actor: Actor, now: datetime, applications: Rows) -> Outcome:
    def beside(row: PilotApplication) -> None:
        note_approval(row)
        tell(row, f"“{row.qualification}”{row.year} 年度试点申报已审核通过，可在“报考管理”中报考。")

    return gate.change_many(
        PilotApplication, applications, APPLICATION["approve"], actor=actor, now=now,
        beside=_writing(Review.Step.APPROVE, actor, now, also=beside),
    )


def return_applications(
    *, actor: Actor, now: datetime, applications: Rows, reason: str, places: Sequence[str] = ()
) -> Outcome:
    """审核退回, with the reason that the institution reads. R71: 请联系省厅退回该申报数据修改后再提交; one that was passed too,
    while nobody has registered on its strength: its approval and the facts of it are withdrawn.
    """
    if unknown := set(places) - set(PLACES):
        raise Refused(f"没有这一项：{'、'.join(sorted(unknown))}", field="places")

    def beside(row: PilotApplication) -> None:
        if row.state == ApplicationState.APPROVED:
            withdraw_approval(row)
        tell(row, f"“{row.qualification}”{row.year} 年度试点申报被退回：{reason}")

    return gate.change_many(
        PilotApplication, applications, APPLICATION["return"], actor=actor, now=now, reason=reason,
        beside=_writing(Review.Step.RETURN, actor, now, reason, places, also=beside),
    )


def reject_applications(*, actor: Actor, now: datetime, applications: Rows, reason: str) -> Outcome:
    """审核不通过: the end of it for this year (R56 counts every state)."""
    return gate.change_many(
        PilotApplication, applications, APPLICATION["reject"], actor=actor, now=now, reason=reason,
        beside=_writing(
            Review.Step.REJECT, actor, now, reason,
            also=lambda row: tell(row, f"“{row.qualification}”{row.year} 年度试点申报审核不通过：{reason}"),
        ),
    )


def tell(row: PilotApplication, text: str) -> None:
    notify(row.institution_id, "pilots.edit", text, f"/pilots/{row.pk}/")


def _writing(
    step: Review.Step, actor: Actor, now: datetime, reason: str = "", places: Sequence[str] = (), *,
    also: Callable[[PilotApplication], None] | None = None,
) -> gate.Beside:
    """What is written beside a move: the line of 审核信息记录, and ``also``."""

    def write(keys: list[int], rows: dict[int, Any]) -> None:
        for key in keys:
            record(rows[key], step, actor, now, reason=reason, places=places)
            if also:
                also(rows[key])

    return write


def record(
    row: PilotApplication, step: Review.Step, actor: Actor, now: datetime, *, reason: str = "",
    places: Sequence[str] = (), content: dict[str, Any] | None = None,
) -> None:
    Review.objects.create(
        application=row, step=step, at=now, who=person_in(actor.label), reason=reason, places=list(places), content=content or {}
    )


# --- what changed since the return -------------------------------------------------------------------------
def content_of(row: PilotApplication) -> dict[str, Any]:
    """What a submission says, as JSON: the columns, and each major's figures under its code and version."""
    fresh = PilotApplication.objects.get(pk=row.pk)
    majors = {
        f"{one.major.name} {one.major.code}（{one.major.version}）": {name: getattr(one, name) for name in FIGURES}
        for one in fresh.majors.select_related("major").order_by("major__code", "major__version")
    }
    return {name: getattr(fresh, name) for name in LABELS} | {"majors": majors}


@dataclass(frozen=True)
class Change:
    """One thing that differs between two submissions."""

    label: str
    old: str
    new: str


def changes_since(row: PilotApplication) -> list[Change]:
    """What the last submission says otherwise than the one before it, which was returned."""
    said = list(row.reviews.filter(step=Review.Step.SUBMIT).values_list("content", flat=True)[:2])
    return differences(said[1], said[0]) if len(said) == 2 else []


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found = [
        Change(label, str(old.get(name, "")), str(new.get(name, "")))
        for name, label in LABELS.items()
        if old.get(name) != new.get(name)
    ]
    before, after = old.get("majors", {}), new.get("majors", {})
    for name in sorted({*before, *after}):
        if name not in after:
            found.append(Change(f"拟申报专业 {name}", in_words(before[name]), "已移除"))
        elif name not in before:
            found.append(Change(f"拟申报专业 {name}", "没有", in_words(after[name])))
        else:
            found += [
                Change(f"{name} {label}", str(before[name].get(key)), str(after[name].get(key)))
                for key, label in FIGURES.items()
                if before[name].get(key) != after[name].get(key)
            ]
    return found


def in_words(figures: Mapping[str, Any]) -> str:
    """The three figures of a major: 在校学生数 200，专任教师数 12，申请培训人数 60."""
    found = ((label, figures.get(key)) for key, label in FIGURES.items())
    return "，".join(f"{label} {'没有填' if figure is None else figure}" for label, figure in found)
