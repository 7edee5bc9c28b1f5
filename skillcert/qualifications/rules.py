"""Chapter 4.1: from draft to the published, anchored entry of the catalogue [moves: assumption]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from skillcert.accounts.models import User
from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome, change
from skillcert.kit.ledger import anchor
from skillcert.kit.notices import notify, notify_all
from skillcert.kit.states import Guard
from skillcert.orgs.models import Institution

from .models import Major, Participation, Qualification, QualificationOwner, Revision
from .states import (
    QUALIFICATION,
    REVISION,
    RevisionState,
    draft,
    open_revision,
    own,
    own_revision,
    published,
    unpublished,
    unrevised,
)  # fmt: skip

declare(
    {
        "qualifications.create": "新增证书",
        "qualifications.edit": "修改证书",
        "qualifications.delete": "删除证书草稿",
        "qualifications.map_majors": "调整对应专业",
        "qualifications.majors_imported": "导入对应专业",
        "qualifications.catalogue_imported": "导入专业目录",
        "qualifications.imported": "批量新增证书",
        "qualifications.start_revision": "新建修订",
        "qualifications.edit_revision": "修改修订",
        "qualifications.delete_revision": "删除修订",
        "qualifications.revise": "修订证书",
    }
)


# --- drafting --------------------------------------------------------------------------------------------
def create_qualification(*, actor: Actor, now: datetime, values: dict[str, Any]) -> Qualification:
    """A draft of the awarding body. Levels of one 证书 share its code and so its 证书序号."""
    actor.need("qualifications.edit")
    with transaction.atomic():
        columns = values | {"awarding_body_id": actor.organization_id, "number": _number_for(actor, values["code"])}
        row = Qualification(**columns, weights=_weights(values))
        return gate.create(row, actor=actor, may="qualifications.edit", action="qualifications.create")


def edit_qualification(
    *, actor: Actor, now: datetime, qualification: Qualification, values: dict[str, Any], version: int | None = None
) -> Qualification:
    """Only a draft or a returned one: what was published is anchored."""
    changes = values | {"weights": _weights(values)}
    if values["code"] != qualification.code:
        changes["number"] = _number_for(actor, values["code"])
    return gate.edit(
        qualification, changes, actor=actor, may="qualifications.edit", action="qualifications.edit", now=now, version=version,
        guards=[own, unpublished],
    )  # fmt: skip


def delete_qualifications(*, actor: Actor, now: datetime, qualifications: QuerySet | Iterable[int]) -> Outcome:
    """Only drafts that were never submitted."""
    return gate.delete_many(
        Qualification, qualifications, actor=actor, may="qualifications.edit", action="qualifications.delete", now=now,
        guards=[own, draft],
    )  # fmt: skip


def _number_for(actor: Actor, code: str) -> int:
    """证书序号, three digits of a certificate's number: that of the code, else the next of the awarding body."""
    mine = Qualification.objects.filter(awarding_body=actor.organization_id)
    known = mine.filter(code=code).values_list("number", flat=True).first()
    number = known or (mine.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > 999:
        raise Refused("本单位的证书已满 999 种，证书编号容纳不下，请联系平台。", field="code")
    return number


def _weights(values: dict[str, Any]) -> int:
    return sum(weight for _, weight in values["pass_rule"].get("parts", []))


# --- majors ----------------------------------------------------------------------------------------------
def workable(actor: Actor, now: datetime) -> QuerySet[Qualification]:
    """The actor's entries whose majors can be worked on."""
    opened = Revision.objects.filter(open_revision.q_for(actor, now)).values("qualification")
    return Qualification.objects.filter(own.q_for(actor, now), unpublished.q_for(actor, now) | Q(pk__in=opened))


def working(qualification: Qualification) -> Qualification | Revision:
    """Whose majors can be worked on: the entry's, and of a published one those of its open revision."""
    opened = qualification.revisions.filter(state__in=[RevisionState.DRAFT, RevisionState.RETURNED]).first()
    return opened or qualification


def worked_on(*, actor: Actor, now: datetime, qualification: Qualification) -> Qualification | Revision:
    """``working``, for who may change its majors now. Raises Refused: to others the same whether it is being revised or not."""
    _refuse(qualification, (own,), actor, now)
    row = working(qualification)
    _refuse(row, _guards(row), actor, now)
    return row


def _guards(row: Qualification | Revision) -> Sequence[Guard]:
    return (own_revision, open_revision) if isinstance(row, Revision) else (own, unpublished)


def map_majors(
    *, actor: Actor, now: datetime, qualification: Qualification, add: Sequence[Major] = (), remove: Sequence[Major] = ()
) -> Qualification | Revision:
    """R15: 证书对应专业, by code and version. Of a draft, a returned one, or an open revision."""

    def write(row: Qualification | Revision) -> None:
        row.majors.add(*add)
        row.majors.remove(*remove)

    said = "、".join([*(f"加 {major}" for major in add), *(f"去 {major}" for major in remove)])
    row = worked_on(actor=actor, now=now, qualification=qualification)
    return gate.edit(
        row, {}, actor=actor, may="qualifications.edit", action="qualifications.map_majors", now=now, guards=_guards(row),
        beside=write, reason=said[:200],
    )  # fmt: skip


def keep_majors(rows: Iterable[Major]) -> None:
    """专业目录: a chunk of its import; who is there by code and version is brought up to date. The import checks and audits."""
    Major.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["code", "version"],
        update_fields=["name", "level", "category", "subcategory", "source"],
    )  # fmt: skip


# --- review ----------------------------------------------------------------------------------------------
def submit_qualification(*, actor: Actor, now: datetime, qualification: Qualification) -> Qualification:
    """草稿 or 退回 to 待审核, by the awarding body."""
    return change(qualification, QUALIFICATION["submit"], actor=actor, now=now)


def publish_qualification(
    *, actor: Actor, now: datetime, qualification: Qualification, version: int | None = None
) -> Qualification:
    """待审核 to 已发布, by the platform. R16: the entry is handed to the log, whose block gives 区块高度, 块哈希, 交易哈希.
    ``version`` is the one that was looked at.
    """

    def write(keys: list[int], rows: dict[int, Any]) -> None:
        for row in rows.values():
            _refuse_unseen(row, version)
            Qualification.objects.filter(pk=row.pk).update(receipt=anchor(row, payload_of(row)))
            notify(row.awarding_body_id, "qualifications.edit", f"证书“{row}”已发布。")

    return change(qualification, QUALIFICATION["publish"], actor=actor, now=now, beside=write)


def _refuse_unseen(row: Qualification | Revision, version: int | None) -> None:
    """What was returned, changed and submitted again is another than the one that was looked at."""
    if version is not None and row.version != version:
        raise Refused(f"“{row}”在您打开之后又改过，请关闭后重新打开，核对现在的内容再审核。")


def return_qualification(*, actor: Actor, now: datetime, qualification: Qualification, reason: str) -> Qualification:
    """待审核 to 退回, with the reason that the awarding body reads."""

    def tell(keys: list[int], rows: dict[int, Any]) -> None:
        for row in rows.values():
            notify(row.awarding_body_id, "qualifications.edit", f"证书“{row}”被退回：{reason}")

    return change(qualification, QUALIFICATION["return"], actor=actor, now=now, reason=reason, beside=tell)


def stop_qualification(*, actor: Actor, now: datetime, qualification: Qualification, reason: str) -> Qualification:
    """已发布 to 已停用: no new applications; what was issued stays valid."""
    return change(qualification, QUALIFICATION["stop"], actor=actor, now=now, reason=reason)


def resume_qualification(*, actor: Actor, now: datetime, qualification: Qualification) -> Qualification:
    """已停用 back to 已发布. The anchor made when it was first published stays."""
    return change(qualification, QUALIFICATION["resume"], actor=actor, now=now)


# --- revision ----------------------------------------------------------------------------------------------
TERMS = ("fee", "description", "statement", "audience", "requirements")


def start_revision(
    *, actor: Actor, now: datetime, qualification: Qualification, values: dict[str, Any], version: int | None = None
) -> Revision:
    """A draft beside the published entry, begun with its majors; the entry stays in force. Raises Refused, Conflict."""
    with transaction.atomic():
        entry = next(iter(gate.locked(Qualification.visible_to(actor).filter(pk=qualification.pk))), None)
        if entry is None:
            raise Missing()
        gate.check_version(entry, version, {name: values[name] for name in TERMS if name in values})
        _refuse(entry, (own, published, unrevised), actor, now)
        row = Revision(qualification=entry, **values)
        gate.create(row, actor=actor, may="qualifications.edit", action="qualifications.start_revision")
        row.majors.set(entry.majors.all())
    return row


def _refuse(row: Qualification | Revision, guards: Sequence[Guard], actor: Actor, now: datetime) -> None:
    if no := gate.refusals(type(row), [row.pk], guards, actor=actor, now=now):
        raise Refused(no[row.pk])


def edit_revision(
    *, actor: Actor, now: datetime, revision: Revision, values: dict[str, Any], version: int | None = None
) -> Revision:
    return gate.edit(
        revision, values, actor=actor, may="qualifications.edit", action="qualifications.edit_revision", now=now,
        version=version, guards=[own_revision, open_revision],
    )  # fmt: skip


def delete_revisions(*, actor: Actor, now: datetime, revisions: QuerySet | Iterable[int]) -> Outcome:
    return gate.delete_many(
        Revision, revisions, actor=actor, may="qualifications.edit", action="qualifications.delete_revision", now=now,
        guards=[own_revision, open_revision],
    )  # fmt: skip


def submit_revision(*, actor: Actor, now: datetime, revision: Revision) -> Revision:
    if not any(changes_of(revision).values()):
        raise Refused("修订内容与现行的一致，请先点“编辑”修改，或在“修订后的专业”中增减。")
    return change(revision, REVISION["submit"], actor=actor, now=now)


def return_revision(*, actor: Actor, now: datetime, revision: Revision, reason: str) -> Revision:
    def tell(keys: list[int], rows: dict[int, Any]) -> None:
        for row in rows.values():
            notify(row.qualification.awarding_body_id, "qualifications.edit", f"{row}被退回：{reason}")

    return change(revision, REVISION["return"], actor=actor, now=now, reason=reason, beside=tell)


def adopt_revision(*, actor: Actor, now: datetime, revision: Revision, version: int | None = None) -> Revision:
    """By the platform: the entry says from now on what the revision says, anchored anew; who pilots it is told. ``version``
    is the one that was looked at.
    """

    def write(keys: list[int], rows: dict[int, Any]) -> None:
        for row in rows.values():
            _refuse_unseen(row, version)
            _put_in_force(row, actor=actor, now=now)

    return change(revision, REVISION["adopt"], actor=actor, now=now, beside=write)


def _put_in_force(revision: Revision, *, actor: Actor, now: datetime) -> None:
    before, changes = payload_of(revision.qualification), changes_of(revision)
    entry = gate.edit(
        revision.qualification, {name: getattr(revision, name) for name in TERMS}, actor=actor, may="qualifications.review",
        action="qualifications.revise", now=now, guards=[published], reason=revision.reason,
        beside=lambda row: row.majors.set(revision.majors.all()),
    )  # fmt: skip
    Revision.objects.filter(pk=revision.pk).update(changes=changes)
    if (payload := payload_of(entry)) != before:
        Revision.objects.filter(pk=revision.pk).update(receipt=entry.receipt)
        Qualification.objects.filter(pk=entry.pk).update(receipt=anchor(entry, payload))
    notify(entry.awarding_body_id, "qualifications.edit", f"{revision}已生效。")
    pilots = Participation.objects.filter(qualification=entry, approved=True).values_list("institution", flat=True)
    notify_all(pilots.distinct(), "qualifications.view", f"证书“{entry}”已修订：{words_of(changes)}。")


def changes_of(revision: Revision) -> dict[str, list[Any]]:
    """``terms``: (label, as it is, as it is to be); ``added`` and ``removed`` majors in words. As they were once it is in force."""
    if revision.state == RevisionState.ADOPTED:
        return revision.changes
    entry = revision.qualification
    label = {field.name: str(field.verbose_name) for field in Revision._meta.fields}
    pairs = [(label[name], *(row.in_words(name, getattr(row, name)) for row in (entry, revision))) for name in TERMS]
    now, then = set(entry.majors.all()), set(revision.majors.all())
    return {
        "terms": [list(pair) for pair in pairs if pair[1] != pair[2]],
        "added": sorted(f"{major}（{major.version} 版）" for major in then - now),
        "removed": sorted(f"{major}（{major.version} 版）" for major in now - then),
    }  # fmt: skip


def words_of(changes: dict[str, list[Any]]) -> str:
    """修订内容 in a line: 参考费用、适用人群；对应专业增加 2 个、减少 1 个."""
    terms = "、".join(label for label, _, _ in changes["terms"])
    counts = [f"{word} {len(changes[key])} 个" for key, word in (("added", "增加"), ("removed", "减少")) if changes[key]]
    return "；".join(filter(None, (terms, "对应专业" + "、".join(counts) if counts else "")))


def note_application(institution: Institution, qualification: Qualification, year: int) -> None:
    """R7, R10: 所有申请过证书试点的. Kept when an application is submitted, whatever becomes of it; R13 asks for approved ones."""
    Participation.objects.get_or_create(institution=institution, qualification=qualification, year=year)


def put_in_charge(*, user: User, qualifications: Iterable[int]) -> None:
    """R240: 证书负责人选择“是”则可以选择负责的证书. Part of accounts' own rule, which checks and audits."""
    QualificationOwner.objects.filter(user=user).delete()
    QualificationOwner.objects.bulk_create([QualificationOwner(user=user, qualification_id=key) for key in qualifications])


def payload_of(row: Qualification) -> dict[str, Any]:
    """What the log holds of an entry: no person in it."""
    majors = sorted(row.majors.values_list("code", "version"))
    return {
        "kind": "qualification", "code": row.code, "grade": row.grade, "name": row.name,
        "awarding_body": row.awarding_body.org_code, "start_date": str(row.start_date or ""),
        "majors": [f"{code}/{version}" for code, version in majors], "pass_rule": row.pass_rule,
    }  # fmt: skip
