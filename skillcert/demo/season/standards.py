"""The standards of the season: for every 证书 an edition that was and one that is in force, some drafts of the next."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from itertools import groupby

from skillcert.kit.access import SYSTEM
from skillcert.kit.files import StoredFile, store
from skillcert.kit.uploads import KINDS
from skillcert.orgs.models import AwardingBody
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.states import QualificationState
from skillcert.standards.models import CenterStandard, SkillStandard
from skillcert.standards.states import StandardState

EDITIONS = [
    ("2021 年版", date(2021, 3, 1), StandardState.DISABLED),
    ("2024 年版", date(2024, 3, 1), StandardState.ENABLED),
]
NEXT = ("2027 年版", None, StandardState.DRAFT)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>",
}


def build_standards(qualifications: Iterable[Qualification]) -> None:
    """Written straight into the tables: institutions see them by their applications."""
    rows = sorted(qualifications, key=lambda row: (row.awarding_body_id, row.code, row.grade))
    for place, (_, levels) in enumerate(groupby(rows, key=lambda row: (row.awarding_body_id, row.code))):
        own = list(levels)
        if any(row.state in (QualificationState.PUBLISHED, QualificationState.STOPPED) for row in own):
            _standards_of(own, EDITIONS if place % 4 else [*EDITIONS, NEXT], single=place % 3 == 1)


def _standards_of(levels: list[Qualification], editions: list, *, single: bool) -> None:
    first = levels[0]
    file = _file(first.awarding_body, first.name)
    for edition, start, state in editions[1:] if single else editions:
        made = SkillStandard.objects.create(
            awarding_body=first.awarding_body, code=f"ZJ{first.code}", name=f"{first.name}职业技能等级标准", edition=edition,
            start_date=start, state=state, file=file, description=f"规定{first.name}各等级的职业技能要求、考核内容与合格条件。",
        )  # fmt: skip
        made.qualifications.set(levels)
    CenterStandard.objects.bulk_create(
        CenterStandard(
            awarding_body=row.awarding_body, qualification=row, name=f"{row}考核站点建设标准", edition=edition, start_date=start,
            state=state, venue=f"理论机考机房不少于 2 间，每间不少于 {40 + 10 * row.grade} 平方米；实操场地独立设置，消防合格。",
            equipment=f"机考工位不少于 {30 + 10 * row.grade} 个，另备 10%；网络双链路，考场视频监控全覆盖，录像保存 90 天。",
            staff=f"考评员不少于 {row.grade + 2} 人，每 30 名考生配监考人员 2 人，技术支持 1 人。",
        )
        for row in levels for edition, start, state in EDITIONS[1 if single else 0 :]
    )  # fmt: skip


def _file(body: AwardingBody, name: str) -> StoredFile:
    """A short document that Word and WPS open; marked as a sample."""
    lines = [f"{name}职业技能等级标准", f"颁证机构：{body.name}", "演示样件，仅用于体验平台，不是正式标准。"]
    text = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, content in PARTS.items():
            packed.writestr(part, content)
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{text}</w:body></w:document>')
    return store(
        out.getvalue(), shelf="standard", name=f"{name}职业技能等级标准.docx", content_type=KINDS[".docx"].content_type,
        actor=SYSTEM, organization_id=body.pk,
    )  # fmt: skip
