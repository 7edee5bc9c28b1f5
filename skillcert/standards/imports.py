"""Chapter 3 from a sheet, by the awarding body: drafts without their file, which 编辑 uploads one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import Column, ImportRun, ImportSpec, ParsedRow
from skillcert.qualifications.models import Qualification

from . import rules
from .models import CenterStandard, SkillStandard

NAME = Column("name", "标准名称", required=True, max_length=80, width=32)
EDITION = Column("edition", "版本", required=True, max_length=20, note="如 2026 年版、1.0")
START = Column("start_date", "启用日期", clean=clean.day, note="如 2026-09-01，可不填")
UNKNOWN = "本单位没有证书“{}”，请照“证书信息管理”中的名称与等级填写，如 Web前端开发（中级）"


def started(row: ParsedRow) -> date | None:
    return date.fromisoformat(row["start_date"]) if row["start_date"] else None


def qualifications_of(run: ImportRun) -> QuerySet[Qualification]:
    return Qualification.objects.filter(awarding_body=run.actor.organization_id).order_by("name", "grade")


class StandardImport(ImportSpec):
    """What both kinds share: the qualifications of the awarding body, by what people call them."""

    may = "standards.edit"

    def prepare(self, run: ImportRun) -> None:
        self.by_label = {str(row): row for row in qualifications_of(run)}


class SkillStandardImport(StandardImport):
    """3.1: one standard a row, with the qualifications it is for; a name without its level means all its levels."""

    name, label, manual = "standards.skill", "职业技能等级标准", "3.1"
    action, model = "standards.skill_imported", SkillStandard
    unique = ("code", "edition")
    columns = [
        Column("code", "标准编码", required=True, clean=str.upper, max_length=30), NAME, EDITION, START,
        Column("qualifications", "对应证书", required=True, width=40,
               note="多个用顿号隔开，如 Web前端开发（初级）、Web前端开发（中级）；只写证书名称即各个等级"),
        Column("description", "说明", max_length=500, width=40),
    ]  # fmt: skip
    sample = [{
        "code": "S101", "name": "Web前端开发职业技能等级标准", "edition": "2026 年版", "start_date": "2026-09-01",
        "qualifications": "Web前端开发", "description": "面向前端开发岗位",
    }]  # fmt: skip
    notes = ("导入的标准为未启用；点“编辑”上传标准文件后才能启用。",)

    def prepare(self, run: ImportRun) -> None:
        super().prepare(run)
        self.named: dict[str, list[Qualification]] = {label: [row] for label, row in self.by_label.items()}
        for row in self.by_label.values():
            self.named.setdefault(row.name, []).append(row)

    def check(self, rows: list[ParsedRow]) -> None:
        mine = SkillStandard.objects.filter(awarding_body=self.run.actor.organization_id, code__in=[row["code"] for row in rows])
        known = set(mine.values_list("code", "edition"))
        for row in rows:
            if (row["code"], row["edition"]) in known:
                row.skip("本单位已有同一标准编码和版本的标准")
                continue
            given = clean.listed(row["qualifications"])
            if unknown := [name for name in given if name not in self.named]:
                row.error("qualifications", UNKNOWN.format(unknown[0]))
            row.data["qualifications"] = [one for name in given for one in self.named.get(name, [])]

    def write(self, rows: list[ParsedRow]) -> None:
        for row in rows:
            values: dict[str, Any] = {name: row[name] for name in ("code", "name", "edition", "description")}
            rules.create_skill_standard(
                actor=self.run.actor, now=self.run.now, values=values | {"start_date": started(row)},
                qualifications=row.data["qualifications"],
            )


class CenterStandardImport(StandardImport):
    """3.2: one standard a row, of one qualification and level."""

    name, label, manual = "standards.center", "考核站点建设标准", "3.2"
    action, model = "standards.center_imported", CenterStandard
    unique = ("qualification", "edition")
    columns = [
        Column("qualification", "证书", required=True, width=28,
               options=lambda run: [str(row) for row in qualifications_of(run)], note="证书名称与等级，从列表中选"),
        NAME, EDITION, START, Column("venue", "场地要求", required=True, width=40),
        Column("equipment", "设备要求", required=True, width=40), Column("staff", "人员要求", required=True, width=40),
    ]  # fmt: skip
    sample = [{
        "qualification": "Web前端开发（中级）", "name": "Web前端开发考核站点建设标准", "edition": "1.0", "start_date": "2026-09-01",
        "venue": "机房两间，每间不少于 40 个工位", "equipment": "每工位一台电脑", "staff": "考评员 4 人",
    }]  # fmt: skip
    notes = ("导入的标准为未启用；附件可点“编辑”上传，核对后启用。",)

    def check(self, rows: list[ParsedRow]) -> None:
        mine = CenterStandard.objects.filter(awarding_body=self.run.actor.organization_id)
        known = set(mine.values_list("qualification", "edition"))
        for row in rows:
            found = self.by_label.get(row["qualification"])
            if found and (found.pk, row["edition"]) in known:
                row.skip("该证书已有同一版本的考核站点建设标准")
            row.data["qualification"] = found

    def write(self, rows: list[ParsedRow]) -> None:
        for row in rows:
            values: dict[str, Any] = {name: row[name] for name in ("name", "edition", "venue", "equipment", "staff")}
            values |= {"start_date": started(row), "qualification": row.data["qualification"]}
            rules.create_center_standard(actor=self.run.actor, now=self.run.now, values=values)
