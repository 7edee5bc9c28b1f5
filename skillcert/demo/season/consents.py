"""知情同意 as a school has it: most declared with an import, a few on paper, some from before, one withdrawn, two minors."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from random import Random

from django.utils import timezone

from skillcert.candidates.consents import NOTICE_VERSION, ConsentSubject, GivenBy
from skillcert.candidates.imports import CollegeImport
from skillcert.candidates.models import Candidate, CandidateKind, CandidateState
from skillcert.candidates.rules import create_candidate, record_consents, store_photo, withdraw_consents
from skillcert.kit import files
from skillcert.kit.access import Actor
from skillcert.kit.sheets.records import ImportMode, ImportRecord, ImportState
from skillcert.kit.sheets.template import XLSX
from skillcert.kit.sheets.writer import write_rows
from skillcert.qualifications.models import Major, MajorLevel

from .people import Person, pupil

Faces = Sequence[tuple[bytes, bytes]]  # each the photo, and the one the authority has
FROM_BEFORE = 12  # of a school's candidates, entered before consents were recorded


def declared_import(actor: Actor, lines: Sequence[Sequence[str]]) -> ImportRecord:
    """The record of the import that brought most of a school's candidates, with its file and its declaration."""
    sheet = io.BytesIO()
    write_rows(sheet, "考生信息", [column.label for column in CollegeImport.columns], lines)
    file = files.store(sheet.getvalue(), shelf="import", name="2024 级考生.xlsx", content_type=XLSX, actor=actor, days=90)
    return ImportRecord.objects.create(
        kind=CollegeImport.name, label=CollegeImport.label, user_id=actor.id, user_label=actor.label, role="院校管理员",
        organization_id=actor.organization_id, for_organization_id=actor.organization_id, file=file, mode=ImportMode.GOOD,
        params={"notice": NOTICE_VERSION}, state=ImportState.DONE, total=len(lines), new=len(lines), succeeded=len(lines),
        seconds=0.3, finished_at=timezone.now(),
    )  # fmt: skip


def consent_states(actor: Actor, now: datetime, school: int) -> None:
    """On paper for one from before; withdrawn for one who is not registered anywhere."""
    mine = Candidate.objects.filter(institution=school).order_by("pk")
    if first := mine.first():
        record_consents(actor=actor, now=now, candidate=first, subjects=ConsentSubject.values)
    if free := mine.filter(registration_count=0, state=CandidateState.UNVERIFIED).last():
        withdraw_consents(
            actor=actor, now=now, candidate=free, subjects=[ConsentSubject.PHOTO], reason="本人书面申请，不再参加认证"
        )


def minors(actor: Actor, now: datetime, major: Major, random: Random, first: int, faces: Faces) -> list[Person]:
    """Two pupils of thirteen with photos: the guardian of the first has consented, that of the second not yet."""
    pupils = [pupil(random, first + n, now, len(faces)) for n in range(2)]
    for place, person in enumerate(pupils):
        values = {
            "name": person.name, "pinyin": person.pinyin, "id_number": person.id_number, "phone": person.phone, "major": major,
            "level": MajorLevel.HIGHER, "entry_year": now.year, "student_number": f"{now:%y}9000{place}",
            "class_name": f"{major.name[:2]} {now:%y}01",
        }  # fmt: skip
        row = create_candidate(actor=actor, now=now, kind=CandidateKind.COLLEGE, values=values, notice=NOTICE_VERSION)
        store_photo(actor=actor, now=now, candidate=row, data=faces[person.face][0], notice=NOTICE_VERSION)
        if place == 0:
            guardian = {"given_by": GivenBy.GUARDIAN, "guardian_name": f"{person.name[0]}建国", "relation": "父亲"}
            record_consents(actor=actor, now=now, candidate=row, subjects=ConsentSubject.values, **guardian)
    return pupils
