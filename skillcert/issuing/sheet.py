"""What goes onto a certificate: the words on its face, its seals, and what of it is anchored."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings

from skillcert.integrations.seal.client import SEAL_FIELD, STAMP_FIELD, OrganizationIdentity, SealField
from skillcert.kit.documents import SEAL_BOX, SIGNATURE_BOX, date_in_chinese, month_in_chinese, year_in_chinese

from .models import Certificate, Way, new_token
from .press import Sheet

PLATFORM = "职业技能等级证书信息管理服务平台"


class Unsealable(Exception):
    """This certificate cannot be made as things stand; the sentence says who mends what, and where."""


def sheet_of(certificate: Certificate, *, at: datetime) -> Sheet:
    """Gather what the paper needs. ``at`` is the moment printed into the file. Raises Unsealable.

    ``qualification``, ``plan``, ``awarding_body``, its seals and ``photo`` should be joined.
    """
    body, token = certificate.awarding_body, new_token()
    face = _face(certificate)
    address = f"{settings.BASE_URL}/v/{token}"
    data = face | {
        "platform": PLATFORM, "photo": certificate.photo.read(), "verify_site": f"{settings.BASE_URL}/verify/",
        "verify_address": address, "qr": {"qr_svg": address}, "rosette": {"rosette_svg": certificate.number},
        "ground": {"ground_svgs": {}}, "seal": None, "stamp": None,
    }  # fmt: skip
    return Sheet(
        certificate.pk, certificate.edition, certificate.way, certificate.number or "", token,
        face_digest(face, certificate), data, OrganizationIdentity(body.org_code, body.name), _fields(certificate), at,
    )  # fmt: skip


def _face(certificate: Certificate) -> dict[str, Any]:
    """The words on the face. The month is that of the last exam; the standard's edition its first year [assumption]."""
    qualification, plan, body = certificate.qualification, certificate.plan, certificate.awarding_body
    assessed = plan.last_exam_end or plan.publicity_end
    began = qualification.start_date or assessed.date()
    subjects = [str(entry.session.subject) for entry in certificate.registration.subjects.all()]
    return {
        "number": certificate.number, "name": certificate.name, "id_type": certificate.get_id_type_display(),
        "id_number": certificate.id_number, "qualification": qualification.name,
        "grade": qualification.get_grade_display(), "assessed_in": month_in_chinese(assessed.date()),
        "subjects": subjects, "standard": f"{qualification.name}职业技能等级标准",
        "standard_edition": f"{year_in_chinese(began.year)}版", "awarding_body": body.name,
        "principal": body.head or body.name, "issued_on": date_in_chinese(certificate.issued_on),
    }  # fmt: skip


def face_digest(face: dict[str, Any], certificate: Certificate) -> str:
    """Equal for two editions on which a reader sees the same; how it was issued is not on the face."""
    seen = face | {"photo": certificate.photo.digest}
    return sha256(json.dumps(seen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _fields(certificate: Certificate) -> tuple[SealField, ...]:
    """R47: 公章 and 签名章 on the electronic one; the paper one gets its 公章 by hand."""
    body = certificate.awarding_body
    place = "请在“机构管理—培训评价组织管理”上传后重新发放"
    fields = []
    if certificate.way == Way.ELECTRONIC:
        if body.seal is None:
            raise Unsealable(f"{body.name}尚未上传公章，{place}")
        fields.append(SealField(SEAL_FIELD, SEAL_BOX, body.seal.read(), "证书签发"))
    if body.signature_stamp is None:
        raise Unsealable(f"{body.name}尚未上传签名章，{place}")
    fields.append(SealField(STAMP_FIELD, SIGNATURE_BOX, body.signature_stamp.read(), "负责人签名章"))
    return tuple(fields)


def payload_of(sheet: Sheet, file_digest: str) -> dict[str, Any]:
    """What is anchored: enough to recognise the file, nothing about the person."""
    return {
        "edition": sheet.edition, "face": sheet.face, "file_sha256": file_digest, "kind": "certificate",
        "number": sheet.number, "organization": sheet.organization.code, "way": sheet.way,
    }
