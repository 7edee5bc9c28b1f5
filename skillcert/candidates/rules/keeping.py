"""Creating, changing and deleting candidates, one by one and by import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from skillcert.kit import bulk, files, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import last_six_index, person_index
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.numbers import take
from skillcert.kit.rows import EVERYBODY
from skillcert.kit.sheets import clean
from skillcert.kit.states import Guard
from skillcert.orgs.models import Institution

from ..consents import UNDECLARED, ConsentState, ConsentSubject
from ..models import Candidate, CandidateBatch, CandidateKind, IdType
from ..names import pinyin_key
from ..states import CANDIDATE, CandidateState
from .consenting import note_declared

declare({
    "candidates.created": "新增考生", "candidates.edited": "修改考生信息", "candidates.deleted": "删除考生",
    "candidates.imported": "批量导入考生信息", "candidates.modified": "批量修改考生信息",
})  # fmt: skip

LOCKED = ("name", "id_type", "id_number")
LOCKED_SENTENCE = "信息准确后不能修改姓名、证件类型、身份证号和照片"
REQUIRED = {
    CandidateKind.COLLEGE: ("name", "pinyin", "id_number", "phone", "major_id", "level", "entry_year"),
    CandidateKind.SOCIAL: ("name", "pinyin", "id_number", "phone"),
}
FIRST_YEAR = 1990

unregistered = Guard(Q(registration_count=0), "已报考证书数不为 0，不能删除；须先在报考管理中删除其报考")


def _may_delete_accurate(actor: Actor, now: datetime) -> Q:
    return EVERYBODY if actor.may("candidates.delete_accurate") else ~Q(state=CandidateState.ACCURATE)


not_accurate = Guard(_may_delete_accurate, "信息准确的考生不能擅自删除，确需删除请由院校管理员写明理由办理")
reasoned = Guard(~Q(state=CandidateState.ACCURATE), "信息准确的考生须写明理由才能删除")
DELETABLE = (unregistered, not_accurate)


# --- one candidate -----------------------------------------------------------------------------------
def create_candidate(*, actor: Actor, now: datetime, kind: str, values: dict[str, Any], notice: str) -> Candidate:
    """R86, R88, R109: a new candidate stands at 无照片. ``values``: columns of ``Candidate`` a person fills in; ``notice``:
    the version of the notice that, as the clerk declares, the candidate has been told and consented to.

    Raises ``Refused`` with the field for a wrong value, for an ID number that the institution has already, and
    without the declaration.
    """
    actor.need("candidates.edit")
    _check(kind, values, now)
    if not notice:
        raise Refused(UNDECLARED, field="notice")
    with transaction.atomic():
        school = Institution.visible_to(actor).filter(pk=actor.organization_id).first()
        if school is None:
            raise Refused("考生由试点院校维护，请使用试点院校的账号操作")
        row = Candidate(institution=school, kind=kind, number=candidate_numbers(school, now, 1)[0], **derived(values))
        row.complete = is_complete(kind, vars(row))
        gate.create(row, actor=actor, may="candidates.edit", action="candidates.created", summary={"notice": notice})
        note_declared([row], ConsentSubject.ID_NUMBER, actor=actor, now=now, notice=notice)
        row.refresh_from_db(fields=["consent"])
        return row


def edit_candidate(
    *, actor: Actor, now: datetime, candidate: Candidate, values: dict[str, Any], version: int | None = None
) -> Candidate:
    """R104, R105: before 信息准确 everything changes, afterwards all but name, ID type, ID number and photo.

    A new name or ID before that sends the candidate back to 信息待认证 [assumption].
    """
    with transaction.atomic():
        fresh = Candidate.visible_to(actor).filter(pk=candidate.pk).first()
        if fresh is None:
            raise Missing()
        touched = [name for name in LOCKED if name in values and str(values[name]) != str(getattr(fresh, name))]
        changes = {name: value for name, value in values.items() if name not in LOCKED or name in touched}
        merged = {**vars(fresh), **changes}
        _check(fresh.kind, merged, now)
        changes = derived(changes, {name: merged[name] for name in ("id_type", "id_number")})
        changes["complete"] = is_complete(fresh.kind, merged | changes)
        guards = [Guard(~Q(state=CandidateState.ACCURATE), LOCKED_SENTENCE)] if touched else []
        saved = gate.edit(
            fresh,
            changes,
            actor=actor,
            may="candidates.edit",
            action="candidates.edited",
            now=now,
            version=version,
            guards=guards,
        )
        return _reopened(saved, actor, now) if touched and saved.state == CandidateState.TO_CONFIRM else saved


def _reopened(candidate: Candidate, actor: Actor, now: datetime) -> Candidate:
    return gate.change(
        candidate, CANDIDATE["reopen"], actor=actor, now=now, values={"similarity": None, "comparison": ""}
    )


def delete_candidates(
    *, actor: Actor, now: datetime, candidates: QuerySet[Candidate] | Iterable[int], reason: str = ""
) -> Outcome:
    """R108, R116, R117: 只能删除已报考证书为0的考生信息; one at 信息准确 only by the 院校管理员 with a reason.

    The photo goes with the candidate.
    """
    photos: list[Any] = []

    def remember(keys: list[int], rows: dict[int, Candidate]) -> None:
        photos.extend(rows[key].photo_id for key in keys if rows[key].photo_id)

    guards = DELETABLE if reason.strip() else (*DELETABLE, reasoned)
    with transaction.atomic():
        outcome = gate.delete_many(
            Candidate,
            candidates,
            actor=actor,
            may="candidates.edit",
            action="candidates.deleted",
            now=now,
            guards=guards,
            beside=remember,
            reason=reason,
        )
        files.discard(photos)
    return outcome


# --- what follows from the values --------------------------------------------------------------------
def candidate_numbers(school: Institution, now: datetime, count: int) -> list[str]:
    """考生编号: school code, two digits of the year, a six-digit serial (domain 2.4). In the caller's transaction."""
    prefix = f"{school.school_code}{now.year % 100:02d}"
    return [f"{prefix}{serial:06d}" for serial in take(f"candidate:{prefix}", count)]


def derived(values: dict[str, Any], identity: dict[str, Any] | None = None) -> dict[str, Any]:
    """``values`` with the indexes of the ID number and the key of the pinyin beside them."""
    identity = identity or values
    found = dict(values)
    if "id_number" in values or "id_type" in values:
        kind, number = identity.get("id_type") or IdType.ID_CARD, identity["id_number"]
        found |= {"person_index": person_index(str(kind), number), "last_six": last_six_index(number)}
    if "pinyin" in values:
        found["pinyin_key"] = pinyin_key(values["pinyin"])
    return found


def is_complete(kind: str, values: dict[str, Any]) -> bool:
    """R101: all required fields are there; an incomplete candidate cannot be verified."""
    if "major" in values:
        values = values | {"major_id": getattr(values["major"], "pk", None)}
    return all(values.get(name) for name in REQUIRED[CandidateKind(kind)])


def _check(kind: str, values: dict[str, Any], now: datetime) -> None:
    """What every way in holds: form, import and API. Raises ``Refused`` at the field."""
    number_cleaner = clean.id_card if str(values.get("id_type") or "111") == IdType.ID_CARD else clean.passport
    cleaners = {"name": clean.person_name, "id_number": number_cleaner, "phone": clean.phone, "pinyin": clean.pinyin}
    for name, cleaner in cleaners.items():
        value = values.get(name) or ""
        label = str(getattr(Candidate._meta.get_field(name), "verbose_name", name))
        if not value and name in ("name", "id_number"):
            raise Refused(f"{label}不能为空", field=name)
        try:
            if value and cleaner(value) != value:
                raise Refused(f"{label}格式不规范，应为“{cleaner(value)}”", field=name)
        except clean.Unclean as problem:
            raise Refused(f"{label}{problem.sentence}", field=name) from None
    year = values.get("entry_year")
    if year and not FIRST_YEAR <= int(year) <= now.year:
        raise Refused(f"入学年份应在 {FIRST_YEAR} 至 {now.year} 之间", field="entry_year")


# --- many, from a sheet ------------------------------------------------------------------------------
@dataclass(slots=True)
class Imported:
    """A checked row: its columns, and for one that is there already its key and whether its identity changed."""

    values: dict[str, Any]
    key: int | None = None
    renamed: bool = False


TYPED = (
    "name", "pinyin", "pinyin_key", "id_type", "id_number", "person_index", "last_six", "phone", "major_id", "level",
    "entry_year", "student_number", "class_name", "employer", "education", "complete",
)  # fmt: skip


def import_candidates(
    *, actor: Actor, now: datetime, kind: str, rows: Sequence[Imported], record: int | None = None, notice: str = ""
) -> None:
    """R87, R89, R109: write a checked chunk inside the caller's transaction; new ones stand at 无照片, and ``record``
    (the ImportRecord's key) remembers them, so that the import can be undone. ``notice``: the one whose consent is
    declared on that record, once for all of them.

    Idempotent by (institution, person_index): the same sheet twice changes nothing the second time.
    """
    actor.need("candidates.edit")
    school = Institution.visible_to(actor).get(pk=actor.organization_id)
    fresh = [row for row in rows if row.key is None]
    numbers = candidate_numbers(school, now, len(fresh)) if fresh else []
    columns, typed = ("institution_id", "kind", "number", "consent", *TYPED), itemgetter(*TYPED)
    consent = ConsentState.GIVEN.value if notice else ConsentState.NONE.value
    bulk.upsert(
        Candidate, columns,
        ((school.pk, kind, number, consent, *typed(row.values)) for row, number in zip(fresh, numbers, strict=True)),
        conflict=("institution", "person_index"),
    )  # fmt: skip
    if numbers and record:
        CandidateBatch.objects.create(record_id=record, first=numbers[0], last=numbers[-1])
    change_candidates(actor=actor, now=now, rows=[row for row in rows if row.key is not None])


def change_candidates(*, actor: Actor, now: datetime, rows: Sequence[Imported]) -> None:
    """R102, R105: bulk changes of candidates that are there, inside the caller's transaction. The rows are locked first;
    a row that became 信息准确 in between keeps its name and ID.
    """
    actor.need("candidates.edit")
    found = {row.pk: row for row in gate.locked(Candidate.visible_to(actor).filter(pk__in=[row.key for row in rows]))}
    changed, renamed, names = [], [], set()
    for row in rows:
        candidate = found.get(row.key or 0)
        if candidate is None or (row.renamed and candidate.state == CandidateState.ACCURATE):
            continue
        for name, value in row.values.items():
            setattr(candidate, name, value)
        candidate.complete = is_complete(candidate.kind, vars(candidate))
        candidate.version += 1
        candidate.updated_at = timezone.now()
        names |= {*row.values, "complete", "version", "updated_at"}
        changed.append(candidate)
        if row.renamed and candidate.state == CandidateState.TO_CONFIRM:
            renamed.append(candidate.pk)
    if changed:
        Candidate.objects.bulk_update(changed, sorted(names), batch_size=200)
    if renamed:
        gate.change_many(
            Candidate, renamed, CANDIDATE["reopen"], actor=actor, now=now, values={"similarity": None, "comparison": ""}
        )


# --- what other rooms note here ----------------------------------------------------------------------
def count_registrations(counts: dict[int, int]) -> None:
    """registrations: 已报考证书数 of these candidates (R116 forbids deleting one above zero)."""
    rows = [Candidate(pk=key, registration_count=count) for key, count in counts.items()]
    Candidate.objects.bulk_update(rows, ["registration_count"], batch_size=500)
