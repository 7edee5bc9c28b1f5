"""Chapter 3: the awarding body drafts a standard with its file, enables and disables it; editions follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Conflict, Refused
from skillcert.kit.files import StoredFile, discard, store
from skillcert.kit.gate import Outcome
from skillcert.kit.states import Guard
from skillcert.kit.uploads import Upload, checked
from skillcert.qualifications.models import Qualification

from .models import CenterStandard, SkillStandard, Standard
from .states import CENTER, SKILL, StandardState

declare(
    {
        "standards.create": "新增标准",
        "standards.edit": "修改标准",
        "standards.delete": "删除标准",
        "standards.skill_imported": "批量新增职业技能等级标准",
        "standards.center_imported": "批量新增考核站点建设标准",
    }
)

SUFFIXES = (".pdf", ".docx")
MOST_BYTES = 20 * 1024 * 1024
MACHINES = {SkillStandard: SKILL, CenterStandard: CENTER}

own = Guard(lambda actor, now: Q(awarding_body=actor.organization_id), "只能维护本单位的标准；其他单位的标准由该培训评价组织维护。")
not_enabled = Guard(~Q(state=StandardState.ENABLED), "标准正在启用，不能修改；请先停用，或用“新建版本”另起一个版本。")
draft = Guard(Q(state=StandardState.DRAFT), "启用过的标准不能删除，只能停用：院校曾按它申报和建设。")

R = TypeVar("R", SkillStandard, CenterStandard)


def create_skill_standard(
    *, actor: Actor, now: datetime, values: dict[str, Any], qualifications: Sequence[Qualification], file: Upload | None = None,
) -> SkillStandard:
    """职业技能等级标准 with its file; 未启用 until the awarding body enables it [assumption]."""
    _check_mapped(actor, qualifications)
    with transaction.atomic():
        row = _create(SkillStandard(**values), actor, file)
        row.qualifications.set(qualifications)
    return row


def edit_skill_standard(
    *, actor: Actor, now: datetime, standard: SkillStandard, values: dict[str, Any], qualifications: Sequence[Qualification],
    file: Upload | None = None, version: int | None = None,
) -> SkillStandard:
    """Only while it is not enabled: institutions rely on what is."""
    _check_mapped(actor, qualifications)
    try:
        return _edit(
            standard, values, actor=actor, now=now, file=file, version=version,
            beside=lambda row: row.qualifications.set(qualifications),
        )
    except Conflict as conflict:
        raise gate.with_choice(conflict, standard, "qualifications", qualifications) from conflict


def create_center_standard(*, actor: Actor, now: datetime, values: dict[str, Any], file: Upload | None = None) -> CenterStandard:
    """考核站点建设标准 of one qualification; the file is an attachment and may be absent."""
    _check_mapped(actor, [values["qualification"]])
    with transaction.atomic():
        return _create(CenterStandard(**values), actor, file)


def edit_center_standard(
    *, actor: Actor, now: datetime, standard: CenterStandard, values: dict[str, Any], file: Upload | None = None,
    version: int | None = None,
) -> CenterStandard:
    """Only while it is not enabled."""
    _check_mapped(actor, [values["qualification"]])
    return _edit(standard, values, actor=actor, now=now, file=file, version=version)


def enable_standards(model: type[R], *, actor: Actor, now: datetime, rows: QuerySet | Iterable[int]) -> Outcome:
    """R10: 已启用. The edition that was enabled so far is disabled with it, so that one edition is in force."""
    move = MACHINES[model]["enable"]
    with transaction.atomic():
        outcome = Outcome()
        for row in gate.locked(model.visible_to(actor).filter(pk__in=_keys(rows)).filter(move.allowed(actor, now))):
            gate.change_many(model, in_force(row), MACHINES[model]["disable"], actor=actor, now=now)
            outcome.done += gate.change_many(model, [row.pk], move, actor=actor, now=now).done
        left = [key for key in _keys(rows) if key not in outcome.done]
        outcome.refused += gate.change_many(model, left, move, actor=actor, now=now).refused
    return outcome


def disable_standards(model: type[R], *, actor: Actor, now: datetime, rows: QuerySet | Iterable[int]) -> Outcome:
    """R10: 已停用. Institutions go on seeing it, as disabled."""
    return gate.change_many(model, rows, MACHINES[model]["disable"], actor=actor, now=now)


def delete_standards(model: type[R], *, actor: Actor, now: datetime, rows: QuerySet | Iterable[int]) -> Outcome:
    """Only what was never enabled; its file goes with it."""

    def forget(keys: list[int], found: dict[int, Any]) -> None:
        transaction.on_commit(partial(discard, [row.file_id for row in found.values() if row.file_id]), robust=True)

    return gate.delete_many(
        model, rows, actor=actor, may="standards.edit", action="standards.delete", now=now, guards=[own, draft], beside=forget
    )


def in_force(row: Standard) -> list[int]:
    """The enabled edition that ``row`` would follow: of the same code, or of the same qualification."""
    same = {"code": row.code, "awarding_body": row.awarding_body_id} if isinstance(row, SkillStandard) else {
        "qualification": row.qualification_id  # type: ignore[attr-defined]
    }  # fmt: skip
    others = type(row)._default_manager.filter(state=StandardState.ENABLED, **same).exclude(pk=row.pk)
    return list(others.values_list("pk", flat=True))


# --- what they share -----------------------------------------------------------------------------------
def _create(row: R, actor: Actor, file: Upload | None) -> R:
    actor.need("standards.edit")
    row.awarding_body_id = actor.organization_id  # type: ignore[assignment]  # an awarding body's person has one
    row.file = _stored(file, actor)
    return gate.create(row, actor=actor, may="standards.edit", action="standards.create", summary={"edition": row.edition})


def _edit(row: R, values: dict[str, Any], *, file: Upload | None, **how: Any) -> R:
    with transaction.atomic():
        changes = dict(values)
        if file:
            changes["file"] = _stored(file, how["actor"])
            if row.file_id:
                transaction.on_commit(partial(discard, [row.file_id]), robust=True)
        return gate.edit(row, changes, may="standards.edit", action="standards.edit", guards=[own, not_enabled], **how)


def _stored(file: Upload | None, actor: Actor) -> StoredFile | None:
    if file is None:
        return None
    name, content_type = checked(file, label="标准文件", suffixes=SUFFIXES, most=MOST_BYTES, field="file")
    return store(file.data, shelf="standard", name=name, content_type=content_type, actor=actor)


def _check_mapped(actor: Actor, qualifications: Sequence[Qualification]) -> None:
    """Only one's own qualifications."""
    strange = [str(one) for one in qualifications if one.awarding_body_id != actor.organization_id]
    if strange:
        raise Refused(f"“{strange[0]}”不是本单位的证书，请改选。", field="qualifications")


def _keys(rows: QuerySet | Iterable[int]) -> list[int]:
    return sorted(rows.values_list("pk", flat=True) if isinstance(rows, QuerySet) else set(rows))
