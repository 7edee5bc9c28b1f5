"""Chapter 2: an organization's own record and its seals."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from PIL import Image

from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.errors import Refused
from skillcert.kit.files import StoredFile, discard, store
from skillcert.kit.gate import edit
from skillcert.kit.rows import EVERYBODY
from skillcert.kit.states import Guard

from .models import AwardingBody, Institution, Kind, Organization

declare({"orgs.edit": "修改机构信息"})

MOST_BYTES = 2 * 1024 * 1024
SIDES = range(100, 4001)  # pixels
MARKS = {"seal": "公章", "signature_stamp": "签名章"}
ESEAL = {"seal": "电子签章"}

Owner = TypeVar("Owner", Institution, AwardingBody)


def _own_or_platform(actor: Actor, now: datetime) -> Q:
    return EVERYBODY if actor.organization_kind == Kind.PLATFORM else Q(pk=actor.organization_id)


own_record = Guard(_own_or_platform, "只能修改本单位的信息；其他机构的信息由该机构或平台“目录与机构”岗位修改。")


def edit_institution(
    *, actor: Actor, now: datetime, institution: Institution, values: dict[str, Any], seal: bytes | None = None,
    version: int | None = None,
) -> Institution:
    """R4: 试点院校对自身院校进行查看或修改信息. R6: 可以编辑院校信息及上传电子签章. ``seal``: a PNG's bytes."""
    return _edit(institution, values, {"seal": seal}, ESEAL, actor=actor, now=now, version=version)


def edit_awarding_body(
    *, actor: Actor, now: datetime, awarding_body: AwardingBody, values: dict[str, Any], seal: bytes | None = None,
    signature_stamp: bytes | None = None, version: int | None = None,
) -> AwardingBody:
    """R34: 签名章需要单独到培训评价组织管理中上传; the 公章 as well."""
    images = {"seal": seal, "signature_stamp": signature_stamp}
    return _edit(awarding_body, values, images, MARKS, actor=actor, now=now, version=version)


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


def seal_image(data: bytes, label: str, *, field: str) -> bytes:
    """The picture of a seal as it is kept: PNG on a transparent ground, at most 2 MB, judged by its content and
    written anew, so that nothing else rides along [format: assumption]. Raises Refused with the remedy.
    """
    if len(data) > MOST_BYTES:
        raise Refused(f"{label}图片为 {len(data) / 1024 / 1024:.1f} MB，超过 2 MB，请压缩后再上传。", field=field)
    try:
        picture = Image.open(BytesIO(data), formats=["PNG"])
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refused(f"{label}须为 PNG 图片，这个文件的内容不是；请另存为 PNG 后再上传。", field=field) from None
    if picture.width not in SIDES or picture.height not in SIDES:
        sizes = f"{picture.width}×{picture.height}"
        raise Refused(f"{label}图片为 {sizes} 像素，长、宽须各在 100 至 4000 像素之间。", field=field)
    try:
        drawn = picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError):
        raise Refused(f"{label}图片已损坏，无法读取，请重新导出后再上传。", field=field) from None
    if drawn.getchannel("A").getextrema()[0] == 255:
        raise Refused(f"{label}须为透明底，否则会盖住证书上的文字；请去掉背景后再上传。", field=field)
    out = BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
