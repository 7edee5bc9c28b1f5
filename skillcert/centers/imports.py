"""批量导入考场信息 (R145): 考场类型 is absent because it follows from the subjects (R140)."""

from __future__ import annotations

import re
from typing import Any

from skillcert.kit.errors import Refused
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import Column, ImportRun, ImportSpec, ParsedRow
from skillcert.qualifications.models import Grade

from . import rules
from .models import ExamRoom

GRADES = {label: value for value, label in Grade.choices}


class RoomImport(ImportSpec):
    """Rooms of several plans and centers in one sheet; each row passes the same rule as 设置考场."""

    name, label, manual = "centers.rooms", "考场信息", "5.2.5"
    may, action = "rooms.edit", "centers.rooms_imported"
    model = ExamRoom
    unique = ("plan", "center", "qualification", "grade", "room")
    chunk = 200  # each row is a room with its links and its own entry of the record
    columns = [
        Column("plan", "考试计划", required=True, options=lambda run: _names(run, "plan"), width=28),
        Column("center", "考核站点", required=True, options=lambda run: _names(run, "center"), width=36),
        Column("qualification", "考试证书", required=True, max_length=60),
        Column("grade", "证书等级", required=True, options=list(GRADES)),
        Column("subjects", "科目", required=True, max_length=200, note="几个科目用“、”隔开，考场类型须相同"),
        Column("room", "考场名称", required=True, max_length=40, note="同一计划、站点、证书下不能重名"),
        Column("capacity", "考位数", required=True, clean=clean.whole_number, note="不小于 1 的整数"),
        Column("place", "地点", max_length=80),
        Column("remark", "备注", max_length=120),
    ]
    sample = [{
        "qualification": "Web前端开发", "grade": "中级", "subjects": "理论知识", "room": "机房一", "capacity": "30",
        "place": "实训楼 301",
    }]  # fmt: skip

    def prepare(self, run: ImportRun) -> None:
        self.plans = {plan.name: plan for plan in rules.plans_for_rooms(actor=run.actor, now=run.now)}
        self.centers: dict[tuple[int, str], Any] = {}
        self.subjects: dict[tuple[int, int], dict[str, Any]] = {}
        for plan in self.plans.values():
            centers = rules.centers_for_rooms(actor=run.actor, plan=plan).select_related("qualification")
            self.centers |= {(plan.pk, center.name): center for center in centers}
            for session in plan.sessions.select_related("subject"):
                self.subjects.setdefault((plan.pk, session.qualification_id), {})[session.subject.name] = session.subject

    def check(self, rows: list[ParsedRow]) -> None:
        plans = {plan.pk for plan in self.plans.values()}
        taken = set(ExamRoom.objects.filter(plan__in=plans).values_list("plan", "center", "qualification", "name"))
        for row in rows:
            self.check_row(row, taken)

    def check_row(self, row: ParsedRow, taken: set[tuple[int, int, int, str]]) -> None:
        if row["capacity"] == "0":
            row.error("capacity", "考位数至少为 1")
        plan = self.plans.get(row["plan"])
        center = self.centers.get((plan.pk, row["center"])) if plan else None
        if plan is None or not row["center"]:
            return
        if center is None:
            row.error("center", f"该站点没有“{plan}”中的证书，或尚未通过审核")
            return
        qualification = center.qualification
        if (row["qualification"], GRADES.get(row["grade"])) != (qualification.name, qualification.grade):
            row.error("qualification", f"该站点考核的证书是“{qualification}”", qualification.name)
        self.check_subjects(row, self.subjects.get((plan.pk, qualification.pk), {}))
        if (plan.pk, center.pk, qualification.pk, row["room"]) in taken:
            row.error("room", "同一考试计划、考核站点、考核证书下已有同名考场")
        row.data |= {"plan": plan, "center": center, "qualification": qualification}

    def check_subjects(self, row: ParsedRow, known: dict[str, Any]) -> None:
        names = [name for name in re.split(r"[、,，;；\s]+", row["subjects"]) if name]
        unknown = [name for name in names if name not in known]
        chosen = [known[name] for name in dict.fromkeys(names) if name in known]
        if unknown:
            row.error("subjects", f"此计划中该证书没有科目“{unknown[0]}”，可选：{'、'.join(known)}")
        elif len({subject.room_type for subject in chosen}) > 1:
            row.error("subjects", "所选科目的考场类型不同，请分科目创建不同的考场")
        row.data["subjects"] = chosen

    def write(self, rows: list[ParsedRow]) -> None:
        for row in rows:
            if not row.data:
                raise Refused("考试计划或考核站点已不可选，请重新校验")
            rules.set_room(
                actor=self.run.actor, now=self.run.now, plan=row.data["plan"], center=row.data["center"],
                qualification=row.data["qualification"], subjects=row.data["subjects"],
                values={
                    "name": row["room"], "capacity": int(row["capacity"]), "place": row["place"], "remark": row["remark"]
                },
            )  # fmt: skip


def _names(run: ImportRun, what: str) -> list[str]:
    plans = rules.plans_for_rooms(actor=run.actor, now=run.now)
    if what == "plan":
        return [plan.name for plan in plans]
    return list(dict.fromkeys(c.name for plan in plans for c in rules.centers_for_rooms(actor=run.actor, plan=plan)))
