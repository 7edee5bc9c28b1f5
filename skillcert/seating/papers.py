"""What stands on the papers of an exam: 准考证, 考场门贴, 桌贴, 签到表 (look: p2-p5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from django.utils import timezone

from skillcert.kit.documents import book
from skillcert.plans.models import ExamPlan, PlanSubject
from skillcert.registrations.models import Registration

from .models import RoomArrangement, Seat

FOLDER = Path(__file__).parent / "documents"
PDF, ZIP = "application/pdf", "application/zip"
WEEKDAYS = "一二三四五六日"
OPENS, CLOSES = timedelta(minutes=30), timedelta(minutes=15)
RULE = "考生入场核对证件、准考证与照片后本人签名；开考 15 分钟后未到者，由监考员在“缺考”格内划“✓”。"
NOTICES = [
    "考生凭本准考证和有效身份证件原件，于开考前 30 分钟到达考核站点，核验照片后入场。",
    "开考 15 分钟后不得入场；开考 30 分钟后方可交卷离场。",
    "机考科目请勿自行重启计算机，遇故障举手示意，由监考员处理并补足时间。",
    "除规定的文具外，手机、手表、资料等物品一律放在指定位置。",
    "同一证书各科目的考场、座位号可能不同，请逐科核对。",
    "有违纪、作弊行为的，该科目成绩按违纪处理，记入考核结果。",
]


def bound(volumes: Iterable[bytes], name: str) -> tuple[str, str, bytes]:
    """One PDF, or a zip of the volumes that a long book is cut into: (file name, content type, bytes)."""
    parts = list(volumes)
    if len(parts) == 1:
        return f"{name}.pdf", PDF, parts[0]
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for number, part in enumerate(parts, 1):
            archive.writestr(f"{name}-{number:02d}.pdf", part)
    return f"{name}.zip", ZIP, file.getvalue()


def door_notices(arrangements: Sequence[RoomArrangement], now: datetime, report: list[str]) -> Iterator[bytes]:
    """A sheet a room and subject."""
    return _books("door_notice", arrangements, now, report, _door)


def desk_labels(arrangements: Sequence[RoomArrangement], now: datetime, report: list[str]) -> Iterator[bytes]:
    """Ten labels a sheet, breaking by room."""
    return _books("desk_labels", arrangements, now, report, _labels)


def attendance_sheets(arrangements: Sequence[RoomArrangement], now: datetime, report: list[str]) -> Iterator[bytes]:
    """Ten rows a page, breaking by room; the numbers in full, for the invigilator compares them with the document."""
    return _books("attendance_sheet", arrangements, now, report, _sheet, rule=RULE)


def admission_tickets(registrations: Sequence[Registration], now: datetime, report: list[str]) -> Iterator[bytes]:
    """A ticket a registration, by school and number; only what has a seat is on it."""
    by_plan: dict[int, list[Registration]] = defaultdict(list)
    for registration in registrations:
        by_plan[registration.plan_id].append(registration)
    for own in by_plan.values():
        plan = own[0].plan
        seats = _seats_of(own)
        entries = (_ticket(registration, seats[registration.pk]) for registration in own if seats[registration.pk])
        shared = _shared(plan, now) | {"phone": plan.awarding_body.phone, "sheet": "a5", "notices": NOTICES}
        yield from book(FOLDER / "admission_ticket", entries, at=now, shared=shared, report=report)


def _shared(plan: ExamPlan, now: datetime) -> dict[str, Any]:
    return {
        "plan": plan.name, "organizer": plan.awarding_body.name, "printed": f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
    }


def _books(
    paper: str, arrangements: Sequence[RoomArrangement], now: datetime, report: list[str], entry: Any, **more: Any
) -> Iterator[bytes]:
    by_plan: dict[int, list[RoomArrangement]] = defaultdict(list)
    for arrangement in arrangements:
        by_plan[arrangement.plan_id].append(arrangement)
    for own in by_plan.values():
        entries = (entry(arrangement) for arrangement in own if arrangement.occupied)
        yield from book(FOLDER / paper, entries, at=now, shared=_shared(own[0].plan, now) | more, report=report)


def _seated(arrangement: RoomArrangement) -> list[Seat]:
    return list(arrangement.seats.select_related("registration__institution", "registration__photo").order_by("number"))


def _photo(registration: Registration) -> bytes | None:
    return registration.photo.read() if registration.photo else None


def _times(session: PlanSubject) -> tuple[datetime, datetime]:
    return timezone.localtime(session.start), timezone.localtime(session.end)


def _door(arrangement: RoomArrangement) -> dict[str, Any]:
    session, room = arrangement.session, arrangement.room
    start, end = _times(session)
    tickets = sorted(arrangement.seats.values_list("registration__ticket_number", flat=True))
    return {
        "qualification": str(arrangement.qualification), "room": room.number, "place": room.place,
        "sessions": [{
            "subject": str(session.subject), "day": f"{start:%Y年%-m月%-d日}　星期{WEEKDAYS[start.weekday()]}",
            "time": f"{start:%H:%M}–{end:%H:%M}", "opens": f"{start - OPENS:%H:%M}", "closes": f"{start + CLOSES:%H:%M}",
        }],
        "first": tickets[0], "last": tickets[-1], "expected": len(tickets), "columns": 6, "places": room.capacity,
        "serial": f"MT-{room.number}-{arrangement.pk}",
    }  # fmt: skip


def _head(arrangement: RoomArrangement, day: str) -> dict[str, Any]:
    session = arrangement.session
    start, end = _times(session)
    return {
        "qualification": str(arrangement.qualification), "room": arrangement.room.number,
        "subject": f"{session.subject}（{session.subject.get_room_type_display()}）",
        "time": f"{start.strftime(day)} {start:%H:%M}–{end:%H:%M}",
    }  # fmt: skip


def _labels(arrangement: RoomArrangement) -> dict[str, Any]:
    seats = [
        {
            "seat": f"{seat.number:02d}", "name": seat.registration.name, "number": seat.registration.ticket_number,
            "id_tail": seat.registration.id_number[-6:], "photo": _photo(seat.registration),
        }
        for seat in _seated(arrangement)
    ]  # fmt: skip
    return _head(arrangement, "%-m月%-d日") | {"seats": seats, "serial": f"ZT-{arrangement.room.number}-{arrangement.pk}"}


def _sheet(arrangement: RoomArrangement) -> dict[str, Any]:
    seats = [
        {
            "seat": f"{seat.number:02d}", "name": seat.registration.name, "number": seat.registration.ticket_number,
            "id_number": seat.registration.id_number, "institution": seat.registration.institution.name,
            "photo": _photo(seat.registration),
        }
        for seat in _seated(arrangement)
    ]  # fmt: skip
    return _head(arrangement, "%Y-%m-%d") | {
        "center": arrangement.center.name, "seats": seats, "serial": f"QD-{arrangement.room.number}-{arrangement.pk}",
    }


def _seats_of(registrations: Sequence[Registration]) -> dict[int, list[Seat]]:
    seats = Seat.objects.filter(registration__in=[one.pk for one in registrations]).select_related(
        "arrangement__session__subject", "arrangement__center", "arrangement__room"
    )
    found: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats.order_by("arrangement__session__start"):
        found[seat.registration_id].append(seat)
    return found


def _ticket(registration: Registration, seats: list[Seat]) -> dict[str, Any]:
    return {
        "number": registration.ticket_number, "photo": _photo(registration), "name": registration.name,
        "id_type": registration.get_id_type_display(), "id_number": registration.id_number,
        "candidate_number": registration.candidate_number, "institution": registration.institution.name,
        "qualification": str(registration.qualification), "qr": {"qr_svg": f"ZK:{registration.ticket_number}"},
        "sessions": [_session(seat) for seat in seats], "serial": f"ZK-{registration.ticket_number}-{registration.version}",
    }  # fmt: skip


def _session(seat: Seat) -> dict[str, str]:
    arrangement = seat.arrangement
    subject, room = arrangement.session.subject, arrangement.room
    start, end = _times(arrangement.session)
    return {
        "subject": str(subject), "mode": f"{subject.get_room_type_display()} · {subject.minutes} 分钟",
        "day": f"{start:%Y-%m-%d} 周{WEEKDAYS[start.weekday()]}", "time": f"{start:%H:%M} – {end:%H:%M}",
        "center": arrangement.center.name, "address": f"{arrangement.center.address} {room.place}",
        "room": room.number, "seat": f"{seat.number:02d}",
    }  # fmt: skip
