"""The files that the guide hands out, made fresh from this installation's data each time they are asked for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from django.conf import settings

from skillcert.candidates.models import Candidate
from skillcert.integrations.identity.embedded import open_reference
from skillcert.issuing.models import CertificateFile
from skillcert.kit.crypto import person_index
from skillcert.kit.errors import Refused
from skillcert.kit.sheets.writer import write_rows
from skillcert.plans.models import PlanSubject
from skillcert.registrations.models import RegistrationSubject

from . import plan as guide
from .portraits import draw_portrait
from .season.people import Person, people

PEOPLE = 25
FIRST = 50_000  # serials that the season's people do not reach
STRANGER = 7  # whose file in the zip shows somebody else
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADERS = [
    "姓名", "姓名拼音", "证件类型", "身份证号", "手机号", "就读专业", "专业代码", "专业版本", "专业层次", "入学年份", "学号", "班级",
]  # fmt: skip


@cache
def persons() -> tuple[Person, ...]:
    """The guide's candidates: the same in every demo, so that a file taken yesterday still fits."""
    return tuple(people(Random(40), PEOPLE, faces=2, first=FIRST))


def candidates_xlsx() -> bytes:
    """Good rows, and five wrong ones of five kinds: check digit, phone, major, twin, year."""
    rows = [_row(place, person) for place, person in enumerate(persons())]
    wrong = [list(_row(PEOPLE + n, person)) for n, person in enumerate(people(Random(41), 5, faces=2, first=FIRST + 500))]
    number = wrong[0][3]
    wrong[0][3] = number[:-1] + ("1" if number[-1] != "1" else "2")
    wrong[1][4] = wrong[1][4][:-1]
    wrong[2][6] = "510299"
    wrong[3][3], wrong[3][0], wrong[3][1] = rows[0][3], rows[0][0], rows[0][1]
    wrong[4][9] = "1024"
    for place, line in zip((4, 9, 14, 19, 24), wrong, strict=True):
        rows.insert(place, line)
    return _xlsx("考生信息", HEADERS, rows)


def _row(place: int, person: Person) -> list[str]:
    return [
        person.name, person.pinyin, "居民身份证", person.id_number, person.phone, "软件技术", "510203", "2021", "高职专科",
        "2024", f"2405103{place:04d}", f"软件 240{place % 2 + 1}",
    ]  # fmt: skip


class _GbkName(zipfile.ZipInfo):
    """An entry as a Chinese Windows writes it: the name in GBK, no UTF-8 flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  # zipfile's own hook
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def photos_zip() -> bytes:
    """A photo for each good row: one below a folder named in GBK, one of a stranger.

    The second shots go into the reference library of this machine, as the authority would have them.
    """
    out, reference = io.BytesIO(), open_reference(Path(settings.DATA))
    with zipfile.ZipFile(out, "w") as archive:
        for place, person in enumerate(persons()):
            shown = place + 300 if place == STRANGER else place
            name = f"{person.id_number}.jpg"
            entry: zipfile.ZipInfo = _GbkName(f"软件2401班/{name}") if place == 3 else zipfile.ZipInfo(name)
            archive.writestr(entry, _portrait(shown, 0, person))
            reference.add(person.name, person.id_number, _portrait(place, 1, person))
    return out.getvalue()


def _portrait(place: int, shot: int, person: Person) -> bytes:
    return draw_portrait(FIRST + place, shot, sex=person.sex, age=20)  # type: ignore[arg-type]  # 男 or 女


def registrations_xlsx() -> bytes:
    """按证书导入: the guide's candidates that the school has by now."""
    known = set(_own_candidates().values_list("person_index", flat=True))
    rows = [
        [person.name, "居民身份证", person.id_number, guide.QUALIFICATION, "中级", ""]
        for person in persons() if person_index("111", person.id_number) in known
    ]  # fmt: skip
    if not rows:
        raise Refused("报考文件要用到已导入的考生：请先完成第 2 步，导入“考生.xlsx”。")
    return _xlsx("报考", ["姓名", "证件类型", "身份证号", "证书名称", "证书等级", "参考对象"], rows)


def _own_candidates():  # type: ignore[no-untyped-def]  # a queryset of Candidate
    indexes = [person_index("111", person.id_number) for person in persons()]
    return Candidate.objects.filter(institution__name=guide.SCHOOL, person_index__in=indexes)


def scores_xlsx(code: str) -> bytes:
    """Scores for the tickets that were really given: two below the mark, one absent."""
    plan = guide.guide_plan()
    sessions = PlanSubject.objects.filter(plan=plan, qualification__name=guide.QUALIFICATION)
    session = sessions.filter(subject__code=code).first()
    entries = RegistrationSubject.objects.filter(session=session, registration__ticket_number__isnull=False)
    rows = []
    for place, entry in enumerate(entries.select_related("registration").order_by("registration__ticket_number")):
        held = entry.registration
        absent = code == "P1" and place == 5
        score = "" if absent else str(52 + place if place in (2, 9) else 68 + place * 7 % 29)
        rows.append([held.ticket_number, held.name, held.id_number, score, "缺考" if absent else "", ""])
    if session is None or not rows:
        raise Refused("成绩文件要用到准考证号：请先完成第 4 步，为演示计划排考。")
    return _xlsx(session.subject.name, ["准考证号", "姓名", "身份证号", "成绩", "标记", "备注"], rows)


def certificate_pdf() -> bytes:
    """The newest sealed certificate, the guide's own before the season's."""
    plan = guide.guide_plan()
    sealed = CertificateFile.objects.select_related("file").order_by("-pk")
    newest = sealed.filter(certificate__plan=plan).first() or sealed.first()
    if newest is None:
        raise Refused("还没有盖好章的证书：请先完成第 7 步，或等签章进程盖完首批证书（约一分钟）后再下载。")
    return newest.file.read()


def tampered_pdf() -> bytes:
    """The same file with a single byte changed, inside what the seals protect."""
    pdf = bytearray(certificate_pdf())
    place = pdf.index(b"stream") + 40
    pdf[place] ^= 0x01
    return bytes(pdf)


def _xlsx(title: str, headers: list[str], rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    write_rows(out, title, headers, rows)
    return out.getvalue()


# key -> (file name, content type, maker)
FILES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "candidates": ("考生.xlsx", XLSX, candidates_xlsx),
    "photos": ("照片.zip", "application/zip", photos_zip),
    "registrations": ("报考.xlsx", XLSX, registrations_xlsx),
    "theory": ("理论成绩.xlsx", XLSX, lambda: scores_xlsx("T1")),
    "practical": ("实操成绩.xlsx", XLSX, lambda: scores_xlsx("P1")),
    "certificate": ("证书.pdf", "application/pdf", certificate_pdf),
    "tampered": ("被改动的证书.pdf", "application/pdf", tampered_pdf),
}
