"""知情同意: recorded, withdrawn, declared by a clerk (PIPL Art. 14, 15, 29 and 31) [the manual says nothing of it]."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from skillcert.kit import files, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.rows import constraints_as_sentences
from skillcert.kit.sheets.records import ImportRecord

from ..consents import NO_GUARDIAN_SENTENCE, NOTICE_VERSION, ConsentState, ConsentSubject, ConsentWay, GivenBy
from ..models import Candidate, CandidateBatch, Consent
from ..states import CANDIDATE, CandidateState

declare({"candidates.consented": "登记知情同意", "candidates.consent_withdrawn": "撤回知情同意"})

RENEWED = "由新的登记代替"


# --- how a candidate stands --------------------------------------------------------------------------
def consents_of(candidate: Candidate) -> dict[str, Consent]:
    """The standing consent to each subject, else the one withdrawn last."""
    rows = candidate.consents.order_by("-pk")
    found: dict[str, Consent] = {}
    for row in rows:
        if row.subject not in found or row.withdrawn_at is None:
            found[row.subject] = row
    return found


def declaration_of(candidate: Candidate) -> ImportRecord | None:
    """The import that created the candidate, if its clerk declared there that consent to the ID number was given."""
    batches = CandidateBatch.objects.filter(first__lte=candidate.number, last__gte=candidate.number)
    batch = batches.select_related("record").first()
    return batch.record if batch and batch.record.params.get("notice") else None


def lacking(candidate: Candidate) -> list[ConsentSubject]:
    """What is kept of the candidate without a consent that stands: ID number, and photo where there is one."""
    kept = [ConsentSubject.ID_NUMBER, *([ConsentSubject.PHOTO] if candidate.photo_id else [])]
    found = consents_of(candidate)
    given = {subject for subject, row in found.items() if row.withdrawn_at is None}
    if ConsentSubject.ID_NUMBER not in found and declaration_of(candidate):
        given.add(ConsentSubject.ID_NUMBER)
    return [subject for subject in kept if subject not in given]


def without_guardian(rows: Iterable[Candidate], now: datetime) -> set[int]:
    """Art. 31: keys of those under fourteen whose guardian, named with the relation, has not consented to everything."""
    minors = {row.pk for row in rows if row.is_minor(now)}
    named = Consent.objects.filter(candidate__in=minors, given_by=GivenBy.GUARDIAN, withdrawn_at=None).exclude(relation="")
    given = set(named.values_list("candidate", "subject")) if minors else set()
    return {key for key in minors if any((key, subject) not in given for subject in ConsentSubject.values)}


def need_guardian(candidate: Candidate, now: datetime) -> None:
    """Raise ``Refused`` for one under fourteen without the guardian's own consent."""
    if without_guardian([candidate], now):
        raise Refused(NO_GUARDIAN_SENTENCE)


# --- one candidate's consents ------------------------------------------------------------------------
def record_consents(
    *,
    actor: Actor,
    now: datetime,
    candidate: Candidate,
    subjects: Iterable[str],
    given_by: str = GivenBy.SELF,
    guardian_name: str = "",
    relation: str = "",
    way: str = ConsentWay.PAPER,
) -> Candidate:
    """Art. 14, 29: consent to each of ``subjects``, to the present notice; one that stands already is ended by it.

    Raises ``Refused`` for one under fourteen who consents alone (Art. 31), and for a guardian without name or relation.
    """
    actor.need("candidates.edit")
    chosen = _chosen(subjects)
    with transaction.atomic():
        held = _held(candidate, actor)
        _check_giver(held, now, given_by, guardian_name, relation)
        guardian = {"guardian_name": guardian_name, "relation": relation} if given_by == GivenBy.GUARDIAN else {}
        _standing(held, chosen).update(withdrawn_at=now, reason=RENEWED)
        with constraints_as_sentences(Consent):
            for subject in chosen:
                _made(held, subject, actor, given_by=given_by, way=way, notice=NOTICE_VERSION, given_at=now, **guardian).save()
        said = [GivenBy(given_by).label, relation if guardian else "", ConsentWay(way).label, f"告知书 {NOTICE_VERSION}"]
        return _noted(held, "candidates.consented", actor, now, "，".join([_words(chosen), *filter(None, said)]))


def withdraw_consents(
    *, actor: Actor, now: datetime, candidate: Candidate, subjects: Iterable[str], reason: str
) -> Candidate:
    """Art. 15: nothing new is done with what is withdrawn. The photo goes at once, unless it has been verified (信息准确):
    certificates rest on it then. What was never recorded can be withdrawn as well.
    """
    actor.need("candidates.edit")
    chosen = _chosen(subjects)
    if not reason.strip():
        raise Refused("请写明由谁、以什么方式提出撤回", field="reason")
    with transaction.atomic():
        held = _held(candidate, actor)
        found, declared = consents_of(held), declaration_of(held)
        if gone := [subject for subject in chosen if subject in found and found[subject].withdrawn_at]:
            raise Refused(f"{_words(gone)}的同意已经撤回", field="subjects")
        for subject in chosen:
            row = found.get(subject) or _unrecorded(held, subject, declared, actor, now)
            row.withdrawn_at, row.reason = now, reason[:200]
            row.save()
        if ConsentSubject.PHOTO in chosen:
            held = _without_photo(held, actor, now, reason)
        return _noted(held, "candidates.consent_withdrawn", actor, now, f"{_words(chosen)}：{reason}")


def _chosen(subjects: Iterable[str]) -> list[ConsentSubject]:
    chosen = [subject for subject in ConsentSubject if subject in set(subjects)]
    if not chosen:
        raise Refused("请选择身份证件号码、照片中的至少一项", field="subjects")
    return chosen


def _held(candidate: Candidate, actor: Actor) -> Candidate:
    """The candidate, locked: what its consents say and what it carries is written together."""
    found = gate.locked(Candidate.visible_to(actor).filter(pk=candidate.pk))
    if not found:
        raise Missing()
    return found[0]


def _check_giver(candidate: Candidate, now: datetime, given_by: str, guardian_name: str, relation: str) -> None:
    if given_by != GivenBy.GUARDIAN:
        if candidate.is_minor(now):
            raise Refused("考生未满十四周岁，须由监护人同意，请选择“监护人”并填写姓名和关系", field="given_by")
        return
    for field, value, label in (("guardian_name", guardian_name, "监护人姓名"), ("relation", relation, "与考生的关系")):
        if not value.strip():
            raise Refused(f"由监护人同意的，请填写{label}", field=field)


def _standing(candidate: Candidate, subjects: Iterable[str]) -> Any:
    return Consent.objects.filter(candidate=candidate, subject__in=subjects, withdrawn_at=None)


def _made(candidate: Candidate, subject: str, actor: Actor, **values: Any) -> Consent:
    return Consent(candidate=candidate, subject=subject, user_id=actor.id, user_label=actor.label, **values)


def _unrecorded(candidate: Candidate, subject: str, declared: ImportRecord | None, actor: Actor, now: datetime) -> Consent:
    """The row of a consent that stood on an import's record, or nowhere."""
    giver = GivenBy.GUARDIAN if candidate.is_minor(now) else GivenBy.SELF
    row = _made(candidate, subject, actor, given_by=giver, way=ConsentWay.DECLARED)
    if declared and subject == ConsentSubject.ID_NUMBER:
        row.given_at, row.notice = declared.created_at, declared.params["notice"]
    return row


def _without_photo(candidate: Candidate, actor: Actor, now: datetime, reason: str) -> Candidate:
    photo = candidate.photo_id
    if photo is None or candidate.state == CandidateState.ACCURATE:
        return candidate
    values = {"photo": None, "similarity": None, "comparison": ""}
    changed = gate.change(candidate, CANDIDATE["remove_photo"], actor=actor, now=now, values=values, reason=reason)
    files.discard([photo])
    return changed


def _noted(candidate: Candidate, action: str, actor: Actor, now: datetime, reason: str) -> Candidate:
    """Where it stands now goes onto the candidate, through the gate and into its record."""
    withdrawn = any(row.withdrawn_at for row in consents_of(candidate).values())
    state = ConsentState.WITHDRAWN if withdrawn else ConsentState.NONE if lacking(candidate) else ConsentState.GIVEN
    return gate.edit(candidate, {"consent": state}, actor=actor, may="candidates.edit", action=action, now=now, reason=reason)


def _words(subjects: Iterable[ConsentSubject]) -> str:
    return "、".join(str(subject.label) for subject in subjects)


# --- declared by a clerk -----------------------------------------------------------------------------
def note_declared(rows: Iterable[Candidate], subject: ConsentSubject, *, actor: Actor, now: datetime, notice: str) -> None:
    """The clerk declares that each of these consented; in the caller's transaction. A consent that stands is left alone.

    For one under fourteen it is the guardian's, who is not named by it: that does not yet allow the comparison.
    """
    rows = list(rows)
    givers = {row.pk: GivenBy.GUARDIAN if row.is_minor(now) else GivenBy.SELF for row in rows}
    made = [
        _made(row, subject, actor, given_by=givers[row.pk], way=ConsentWay.DECLARED, notice=notice, given_at=now) for row in rows
    ]
    Consent.objects.bulk_create(made, ignore_conflicts=True)
    with_id = Consent.objects.filter(subject=ConsentSubject.ID_NUMBER, withdrawn_at=None).values("candidate")
    unnoted = Candidate.objects.filter(pk__in=list(givers), consent=ConsentState.NONE)
    unnoted.filter(pk__in=with_id).update(consent=ConsentState.GIVEN)
