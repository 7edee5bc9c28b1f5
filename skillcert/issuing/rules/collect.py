"""4.2.1 获取待发证记录: from locked results to certificates waiting for their first signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from skillcert.candidates.states import CandidateState
from skillcert.kit import audit, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.rows import constraints_as_sentences
from skillcert.registrations.states import identity_stands
from skillcert.results.models import Result
from skillcert.results.rules import lock_due
from skillcert.results.states import Outcome

from ..models import Certificate, CertificateState

declare({"certificate.collected": "获取待发证记录"})


@dataclass(frozen=True)
class Filters:
    """设定要签发的筛选条件 (R17): keys, or None for all."""

    plan: int | None = None
    qualification: int | None = None
    institution: int | None = None

    def q(self) -> Q:
        chosen = {"plan": self.plan, "qualification": self.qualification, "institution": self.institution}
        return Q(**{name: value for name, value in chosen.items() if value})


@dataclass(frozen=True)
class Obstacle:
    """Why a passed candidate cannot be issued yet: a Q over Result that finds them, and the 不可发证原因 (R19)."""

    q: Q
    reason: str


DIFFERS = "报考信息与认证信息不一致"
OBSTACLES = (
    Obstacle(Q(final=False), "公示未结束"),
    Obstacle(Q(registration__candidate__photo=None) | Q(registration__candidate__state=CandidateState.NO_PHOTO), "无照片"),
    Obstacle(Q(registration__candidate__complete=False), "信息未完善"),
    Obstacle(Q(registration__candidate__state=CandidateState.UNVERIFIED), "信息待认证"),
    Obstacle(Q(registration__candidate__state=CandidateState.TO_CONFIRM), "需人工确认"),
    Obstacle(~identity_stands("registration__"), DIFFERS),
)


@dataclass
class Collected:
    """How many certificates were made, how many results had theirs already."""

    made: int = 0
    known: int = 0


def passed_results(actor: Actor, filters: Filters) -> QuerySet[Result]:
    """The passed results that the actor sees, and that have no certificate yet, nor has their person (R23)."""
    standing = Certificate.objects.exclude(state=CertificateState.REVOKED)
    own = standing.filter(result=OuterRef("pk"))
    persons = standing.filter(
        plan=OuterRef("plan"), qualification=OuterRef("qualification"),
        person_index=OuterRef("registration__candidate__person_index"),
    )  # fmt: skip
    return Result.visible_to(actor).filter(filters.q(), ~Exists(own), ~Exists(persons), outcome=Outcome.PASSED)


def results_to_collect(actor: Actor, filters: Filters) -> QuerySet[Result]:
    """R18, R20: final, passed, the candidate's information accurate, not in any record yet."""
    rows = passed_results(actor, filters)
    for obstacle in OBSTACLES:
        rows = rows.exclude(obstacle.q)
    return rows


def not_issuable(actor: Actor, filters: Filters) -> QuerySet[Result]:
    """R19, R21: passed, and something stands in the way."""
    hindered = Q()
    for obstacle in OBSTACLES:
        hindered |= obstacle.q
    return passed_results(actor, filters).filter(hindered)


def obstacles(actor: Actor, filters: Filters) -> list[tuple[str, int]]:
    """Each 不可发证原因 with its count; a person counts under the first that applies."""
    rows, found = passed_results(actor, filters), []
    for obstacle in OBSTACLES:
        if count := rows.filter(obstacle.q).count():
            found.append((obstacle.reason, count))
        rows = rows.exclude(obstacle.q)
    return found


def first_obstacle(result: Result) -> str:
    """The reason for one result, in the order of ``OBSTACLES``. The candidate should be joined."""
    registration, candidate = result.registration, result.registration.candidate
    if not result.final:
        return "公示未结束"
    if candidate.photo_id is None or candidate.state == CandidateState.NO_PHOTO:
        return "无照片"
    if not candidate.complete:
        return "信息未完善"
    if candidate.state == CandidateState.UNVERIFIED:
        return "信息待认证"
    if candidate.state == CandidateState.TO_CONFIRM:
        return "需人工确认"
    return "" if registration.identity_stands else DIFFERS


def collect(*, actor: Actor, now: datetime, filters: Filters) -> Collected:
    """R17, R18, R20-R24: generate the records of all who are issuable; again and again without a duplicate, and
    without touching the records that are there.
    """
    actor.need("issuing.collect")
    lock_due(now=now)
    done = Collected()
    for keys in gate.chunks(results_to_collect(actor, filters)):
        _collect_chunk(actor, filters, keys, done)
    return done


def _collect_chunk(actor: Actor, filters: Filters, keys: list[int], done: Collected) -> None:
    """Locking the results makes a second collector wait here, and then find them collected."""
    with gate.importing(actor=actor, may="issuing.collect", action="certificate.collected") as say:
        gate.locked(Result.visible_to(actor).filter(pk__in=keys))
        free = results_to_collect(actor, filters).filter(pk__in=keys).order_by("pk")
        made = _one_a_person(_certificate(result) for result in free.select_related("registration__candidate__photo", "plan"))
        with constraints_as_sentences(Certificate):
            Certificate.objects.bulk_create(made, batch_size=500)
        done.made += len(made)
        done.known += len(keys) - len(made)
        for certificate in made:
            say(audit.fact_of(certificate, {"to": certificate.state, "result": certificate.result_id}))
        if not made:
            say(audit.Fact("issuing.certificate", "", "没有新的待发证记录", {"known": len(keys)}))


def _one_a_person(certificates: Iterable[Certificate]) -> list[Certificate]:
    """Who registered twice in a plan, under a mistaken ID number and the right one, gets the first alone."""
    kept: dict[tuple[int, int, str], Certificate] = {}
    for one in certificates:
        kept.setdefault((one.plan_id, one.qualification_id, one.person_index), one)
    return list(kept.values())


def _certificate(result: Result) -> Certificate:
    """Name, ID and photo are the candidate's as verified (domain 4.0)."""
    candidate = result.registration.candidate
    return Certificate(
        person_index=candidate.person_index, qualification_id=result.qualification_id, plan_id=result.plan_id,
        registration=result.registration, result=result, candidate=candidate, institution_id=result.institution_id,
        awarding_body_id=result.awarding_body_id, candidate_number=candidate.number, name=candidate.name,
        pinyin_key=candidate.pinyin_key, kind=candidate.kind, id_type=candidate.id_type, id_number=candidate.id_number,
        last_six=candidate.last_six, photo=candidate.photo,
    )  # fmt: skip


def collect_reasons(rows: QuerySet[Result]) -> Iterator[tuple[Result, str]]:
    """Each result with its 不可发证原因, for the list that is downloaded (R19)."""
    joined = ("registration__candidate", "institution", "qualification", "plan")
    for result in rows.select_related(*joined).order_by("pk").iterator(chunk_size=2000):
        yield result, first_obstacle(result)
