"""认证: the comparison with the police's photo, and the confirmation by hand of those that fail it (R111-R115)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q, QuerySet

from skillcert.integrations.identity import client as identity
from skillcert.integrations.identity.client import Comparison, IdentityUnavailable
from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.gate import Outcome
from skillcert.kit.states import Guard, Move

from ..consents import NO_GUARDIAN_SENTENCE
from ..models import Candidate, IdType
from ..states import CANDIDATE
from .consenting import need_guardian, without_guardian

CHUNK = 20  # a comparison takes about 80 ms: a chunk is written every two seconds
UNAVAILABLE = "比对接口暂不可用，未作比对，请稍后再次点击“认证”"
NOT_COMPARABLE = "非居民身份证不能与公安系统比对，请人工确认"
CHANGED = "认证期间考生信息被修改，请重新认证"


@dataclass(frozen=True)
class Compared:
    """A candidate as it was when its photo was compared, and the answer."""

    candidate: Candidate
    comparison: Comparison


def verify_candidates(
    *,
    actor: Actor,
    now: datetime,
    candidates: QuerySet[Candidate] | Iterable[int],
    progress: Callable[[list[int], Outcome], None] | None = None,
) -> Outcome:
    """R111-R113: compare photos; a match is 信息准确, anything else 需人工确认. Papers other than ID cards go straight to
    需人工确认; a technical failure leaves 信息待认证 [assumption], and so does a guardian's missing consent.

    Compared outside any transaction, written chunk by chunk; ``progress(keys, outcome of the chunk)`` is called
    inside the chunk's transaction.
    """
    actor.need("candidates.verify")
    total = Outcome()
    for keys in gate.chunks(candidates, CHUNK):
        compared, failed = compare(keys, actor, now)
        with transaction.atomic():
            outcome = _settle(keys, compared, failed, actor, now)
            if progress:
                progress(keys, outcome)
        total.done += outcome.done
        total.refused += outcome.refused
    return total


def compare(keys: Iterable[int], actor: Actor, now: datetime) -> tuple[list[Compared], dict[int, str]]:
    """Ask the authority about each candidate that may be verified; gives the answers, and why the others have none."""
    able = CANDIDATE["verify"].allowed(actor, now)
    rows = list(Candidate.visible_to(actor).filter(able, pk__in=list(keys)).select_related("photo"))
    compared, failed = [], dict.fromkeys(without_guardian(rows, now), NO_GUARDIAN_SENTENCE)
    for row in rows:
        if row.pk in failed:
            continue
        if row.id_type != IdType.ID_CARD:
            compared.append(Compared(row, Comparison(0.0, identity.NO_SUCH_ID, NOT_COMPARABLE)))
            continue
        try:
            photo = row.photo.read() if row.photo else b""
            compared.append(Compared(row, identity.client().compare(row.name, row.id_number, photo)))
        except IdentityUnavailable:
            failed[row.pk] = UNAVAILABLE
    return compared, failed


def _settle(keys: list[int], compared: list[Compared], failed: dict[int, str], actor: Actor, now: datetime) -> Outcome:
    """Move those with an answer; the others are refused with the sentence of the gate, or that of the comparison."""
    least = identity.threshold()
    passed = {one.candidate.pk: one for one in compared if one.comparison.passes(least)}
    doubted = {one.candidate.pk: one for one in compared if one.candidate.pk not in passed}
    outcome = Outcome(refused=list(failed.items()))
    # Keys that could not be compared go through the gate as well, which says in its own words why not.
    rest = [key for key in keys if key not in passed and key not in doubted and key not in failed]
    for move, found, further in ((CANDIDATE["verify"], passed, rest), (CANDIDATE["doubt"], doubted, [])):
        if not found and not further:
            continue
        part = gate.change_many(
            Candidate, [*found, *further], _unchanged(move, found), actor=actor, now=now, beside=_keep(found)
        )
        outcome.done += part.done
        outcome.refused += part.refused
    return outcome


def _unchanged(move: Move, found: dict[int, Compared]) -> Move:
    """The move, only for rows that are still as they were compared."""
    q = reduce(or_, (Q(pk=key, version=one.candidate.version) for key, one in found.items()), Q(pk__in=[]))
    return replace(move, guards=[*move.guards, Guard(q, CHANGED)])


def _keep(found: dict[int, Compared]) -> Callable[[list[int], dict[int, Candidate]], None]:
    def keep(keys: list[int], rows: dict[int, Candidate]) -> None:
        for key in keys:
            answer = found[key].comparison
            similarity = Decimal(str(answer.similarity)) if answer.code == identity.COMPARED else None
            Candidate.objects.filter(pk=key).update(similarity=similarity, comparison=answer.sentence[:120])

    return keep


def confirm_candidate(*, actor: Actor, now: datetime, candidate: Candidate, remark: str) -> Candidate:
    """R114: 确认之后，学生信息为“信息准确”状态. One at a time (R115), with a remark that the record keeps [assumption]."""
    if Candidate.visible_to(actor).filter(pk=candidate.pk).exists():  # a foreign one is Missing, whoever it is
        need_guardian(candidate, now)
    return gate.change(candidate, CANDIDATE["confirm"], actor=actor, now=now, reason=remark)
