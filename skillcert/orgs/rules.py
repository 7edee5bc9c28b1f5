"""Chapter 2: an organization's own record and its seals; the platform opens, edits, stops and resumes all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Missing, NotAllowed, Refused
from skillcert.kit.files import StoredFile, discard, store
from skillcert.kit.gate import Outcome, edit
from skillcert.kit.notices import notify
from skillcert.kit.rows import EVERYBODY
from skillcert.kit.states import Guard

from . import codes
from .models import AwardingBody, Institution, Kind, Organization, Province
from .seals import ESEAL, MARKS, seal_image

declare(
    {
        "orgs.edit": "修改机构信息",
        "orgs.open": "开通机构",
        "orgs.stop": "停用机构",
        "orgs.resume": "启用机构",
        "orgs.imported": "批量开通试点院校",
        "orgs.awarding_bodies_imported": "批量开通培训评价组织",
        "orgs.provinces_imported": "批量开通省厅",
    }
)

FIRST_NUMBER, LAST_NUMBER = 1, 9999  # an awarding body's four digits inside a certificate number
SECONDARY = Institution.SchoolKind.SECONDARY_VOCATIONAL

Owner = TypeVar("Owner", Institution, AwardingBody)
O = TypeVar("O", Institution, AwardingBody, Province)  # noqa: E741  # any kind of organization


def _own_or_platform(actor: Actor, now: datetime) -> Q:
    return EVERYBODY if actor.organization_kind == Kind.PLATFORM else Q(pk=actor.organization_id)


own_record = Guard(_own_or_platform, "只能修改本单位的信息；其他机构的信息由该机构或平台“目录与机构”岗位修改。")
is_active = Guard(Q(active=True), "该机构已停用。")
is_stopped = Guard(Q(active=False), "该机构启用中。")
ON_STOP: list[Callable[[Organization], None]] = []  # what higher rooms do in the same transaction when one is stopped


# --- opening, by the platform ----------------------------------------------------------------------------
def open_institution(*, actor: Actor, now: datetime, values: dict[str, Any]) -> Institution:
    """A 试点院校 (domain 1.2, step 2). Its codes are checked, its province is that of its region."""
    return open_institutions(actor=actor, now=now, rows=[values])[0]


def open_institutions(*, actor: Actor, now: datetime, rows: Sequence[dict[str, Any]]) -> list[Institution]:
    """Many at once, as an import brings them; who opens accounts is told once."""
    with transaction.atomic():
        made = [_made(Institution(kind=Kind.INSTITUTION, **values | checked_institution(values)), actor) for values in rows]
        _announce(made, actor)
    return made


def open_awarding_body(*, actor: Actor, now: datetime, values: dict[str, Any]) -> AwardingBody:
    """A 培训评价组织; it gets the next four digits for its certificates."""
    return open_awarding_bodies(actor=actor, now=now, rows=[values])[0]


def open_awarding_bodies(*, actor: Actor, now: datetime, rows: Sequence[dict[str, Any]]) -> list[AwardingBody]:
    """Many at once, numbered in the order of the rows; who opens accounts is told once."""
    actor.need("orgs.manage")
    with transaction.atomic():
        last = AwardingBody.objects.aggregate(last=Max("number"))["last"] or FIRST_NUMBER - 1
        if last + len(rows) > LAST_NUMBER:
            raise Refused("培训评价组织编号已用完（9999），证书编号容纳不下，请联系平台运维。")
        made = [
            _made(AwardingBody(kind=Kind.AWARDING_BODY, number=number, **values | checked_awarding_body(values)), actor)
            for number, values in enumerate(rows, last + 1)
        ]
        _announce(made, actor)
    return made


def open_province(*, actor: Actor, now: datetime, values: dict[str, Any]) -> Province:
    """A 省厅."""
    return open_provinces(actor=actor, now=now, rows=[values])[0]


def open_provinces(*, actor: Actor, now: datetime, rows: Sequence[dict[str, Any]]) -> list[Province]:
    """Many at once; who opens accounts is told once."""
    with transaction.atomic():
        made = [_made(Province(kind=Kind.PROVINCE, **values | checked_province(values)), actor) for values in rows]
        _announce(made, actor)
    return made


def _made(row: O, actor: Actor) -> O:
    return gate.create(row, actor=actor, may="orgs.manage", action="orgs.open", summary={"kind": row.kind})


def _announce(made: Sequence[Organization], actor: Actor) -> None:
    """Nobody can log in for a new organization yet: the platform's 安全, who opens accounts, is told."""
    if not made or not actor.organization_id:
        return
    named = f"“{made[0].name}”" + (f"等 {len(made)} 个" if len(made) > 1 else "")
    text = f"已开通{made[0].get_kind_display()}{named}，请在“各单位账号”中开通它的第一个管理员。"
    notify(actor.organization_id, "users.open", text)


def checked_institution(values: dict[str, Any]) -> dict[str, Any]:
    """What follows from the codes. Raises Refused at the field whose code is wrong."""
    region, code = values["region"], values["school_code"]
    _refuse(codes.wrong_region(region), "region")
    secondary = values["school_kind"] == SECONDARY
    _refuse(codes.wrong_school_code(code, region=region, secondary=secondary), "school_code")
    province = Province.objects.filter(province_code=region[:2]).first()
    if province is None:
        raise Refused(f"{codes.region_name(region[:2] + '0000')}还没有开通省厅，请先在“省厅管理”中开通。", field="region")
    return {"province": province}


def checked_awarding_body(values: dict[str, Any]) -> dict[str, Any]:
    """组织机构代码 stands inside the 统一社会信用代码, so it is read from there."""
    code = values["credit_code"]
    _refuse(codes.wrong_credit_code(code), "credit_code")
    _refuse(codes.wrong_organization_code(code[8:17], credit_code=code), "credit_code")
    return {"org_code": code[8:17]}


def checked_province(values: dict[str, Any]) -> dict[str, Any]:
    _refuse(codes.wrong_province_code(values["province_code"]), "province_code")
    return {}


def _refuse(sentence: str, field: str) -> None:
    if sentence:
        raise Refused(sentence, field=field)


# --- stopping, by the platform ---------------------------------------------------------------------------
def stop_organizations(model: type[O], *, actor: Actor, now: datetime, rows: QuerySet | Iterable[int], reason: str) -> Outcome:
    """启用 to 停用: every account of it is out at its next request and can no longer log in [domain 2.1]."""
    return _switch(model, rows, False, is_active, "orgs.stop", actor=actor, now=now, reason=reason)


def resume_organizations(model: type[O], *, actor: Actor, now: datetime, rows: QuerySet | Iterable[int]) -> Outcome:
    """停用 to 启用."""
    return _switch(model, rows, True, is_stopped, "orgs.resume", actor=actor, now=now)


def _switch(
    model: type[O], rows: QuerySet | Iterable[int], active: bool, guard: Guard, action: str, *, actor: Actor, now: datetime,
    reason: str = "",
) -> Outcome:
    outcome = Outcome()
    for keys in gate.chunks(rows):
        for row in model.visible_to(actor).filter(pk__in=keys).order_by("pk"):
            try:
                edit(
                    row, {"active": active}, actor=actor, may="orgs.manage", action=action, now=now, guards=[guard], reason=reason,
                    beside=None if active else _stopped,
                )  # fmt: skip
            except (Missing, NotAllowed):
                raise
            except Refused as no:
                outcome.refused.append((row.pk, no.sentence))
            else:
                outcome.done.append(row.pk)
    return outcome


def _stopped(row: Organization) -> None:
    for act in ON_STOP:
        act(row)


# --- editing ---------------------------------------------------------------------------------------------
def edit_institution(
    *, actor: Actor, now: datetime, institution: Institution, values: dict[str, Any], seal: bytes | None = None,
    version: int | None = None,
) -> Institution:
    """R4: 试点院校对自身院校进行查看或修改信息. R6: 可以编辑院校信息及上传电子签章. ``seal``: a PNG's bytes. Name and codes are
    the platform's to change.
    """
    if "school_code" in values:
        actor.need("orgs.manage")
        values = values | checked_institution(values)
    return _edit(institution, values, {"seal": seal}, ESEAL, actor=actor, now=now, version=version)


def edit_awarding_body(
    *, actor: Actor, now: datetime, awarding_body: AwardingBody, values: dict[str, Any], seal: bytes | None = None,
    signature_stamp: bytes | None = None, version: int | None = None,
) -> AwardingBody:
    """R34: 签名章需要单独到培训评价组织管理中上传; the 公章 as well."""
    if "credit_code" in values:
        actor.need("orgs.manage")
        values = values | checked_awarding_body(values)
    images = {"seal": seal, "signature_stamp": signature_stamp}
    return _edit(awarding_body, values, images, MARKS, actor=actor, now=now, version=version)


def edit_province(
    *, actor: Actor, now: datetime, province: Province, values: dict[str, Any], version: int | None = None
) -> Province:
    """By the platform. 周报周期 stays as opened, for reports have been made by it; the province itself changes it."""
    changes = values | checked_province(values) | {"report_cycle": province.report_cycle}
    return edit(province, changes, actor=actor, may="orgs.manage", action="orgs.edit", now=now, version=version)


def _edit(
    row: Owner, values: dict[str, Any], images: dict[str, bytes | None], labels: dict[str, str], *, actor: Actor,
    now: datetime, version: int | None,
) -> Owner:
    clean = {name: seal_image(data, labels[name], field=name) for name, data in images.items() if data}
    with transaction.atomic():
        files = {name: _keep(data, labels[name], row, actor) for name, data in clean.items()}
        old = [key for name in files if (key := getattr(row, f"{name}_id"))]
        saved = edit(
            row, {**values, **files}, actor=actor, may="orgs.edit", action="orgs.edit", now=now, version=version,
            guards=[own_record],
        )  # fmt: skip
        transaction.on_commit(partial(discard, old), robust=True)
    return saved


def _keep(data: bytes, label: str, row: Organization, actor: Actor) -> StoredFile:
    return store(data, shelf="seal", name=f"{label}.png", content_type="image/png", actor=actor, organization_id=row.pk)
