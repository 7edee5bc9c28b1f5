"""Chapter 4.1: drafts of the catalogue, 专业目录 from the official file, and the majors of one qualification."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from skillcert.kit.errors import Refused
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.clean import Unclean
from skillcert.kit.sheets.spec import NEW, UPDATE, Column, ImportRun, ImportSpec, ParsedRow

from . import rules
from .models import MOST_PARTS, Grade, Major, MajorLevel, PassRule, Qualification

GRADES = {str(label): value for value, label in Grade.choices}
KINDS = {str(label): value for value, label in PassRule.choices}
EACH, WEIGHTED = KINDS
LEVELS = {str(label): value for value, label in MajorLevel.choices}
# The first digit of a code of the 2021 catalogue says the level [assumption but for 4 and 5, domain 2.1].
LEVEL_OF_DIGIT = {
    "6": MajorLevel.SECONDARY, "7": MajorLevel.SECONDARY, "4": MajorLevel.HIGHER, "5": MajorLevel.HIGHER,
    "2": MajorLevel.VOCATIONAL_BACHELOR, "3": MajorLevel.VOCATIONAL_BACHELOR,
}  # fmt: skip


def major_code(text: str) -> str:
    """Six digits; the K of 国控专业 behind them is no part of the number."""
    found = re.fullmatch(r"(\d{6})K?", text.upper())
    if not found:
        raise Unclean("专业代码须为 6 位数字（国控专业末尾的 K 可带可不带）")
    return found[1]


CODE = Column("code", "专业代码", required=True, clean=major_code, note="6 位，如 510203；末尾的 K 可带可不带")
VERSION = Column("version", "专业版本", required=True, clean=clean.year, note="目录年份，如 2021", aliases=("目录版本", "版本"))


class MajorCatalogueImport(ImportSpec):
    """专业目录: new majors are added, those known by code and version brought up to date. None is taken away."""

    name, label, manual = "qualifications.catalogue", "专业目录", "4.1"
    may, action, model = "qualifications.review", "qualifications.catalogue_imported", Major
    unique = ("code", "version")
    columns = [
        CODE, Column("major", "专业名称", required=True, max_length=60), VERSION,
        Column("level", "层次", options=list(LEVELS), note="不填则按代码首位判断", aliases=("专业层次", "教育层次")),
        Column("category", "专业大类", max_length=40, aliases=("大类",)), Column("subcategory", "专业类", max_length=40, aliases=("类",)),
    ]  # fmt: skip
    sample = [{
        "code": "510203", "major": "软件技术", "version": "2021", "level": "高职专科", "category": "电子与信息大类",
        "subcategory": "计算机类",
    }]  # fmt: skip

    def check(self, rows: list[ParsedRow]) -> None:
        codes = [row["code"] for row in rows if row["code"]]
        known = {(one.code, one.version): one for one in Major.objects.filter(code__in=codes)}
        for row in rows:
            level = LEVELS.get(row["level"]) or LEVEL_OF_DIGIT.get(row["code"][:1])
            if row["code"] and level is None:
                row.error("level", f"从代码 {row['code']} 判断不出层次，请填写")
            found = known.get((row["code"], row["version"]))
            row.verdict = UPDATE if found else NEW
            row.data["level"] = level
            if found and self._same(row, found):
                row.skip("目录中已有，内容相同")

    def _same(self, row: ParsedRow, found: Major) -> bool:
        there = (found.name, found.level, found.category, found.subcategory)
        return there == (row["major"], row.data["level"], row["category"], row["subcategory"])

    def write(self, rows: list[ParsedRow]) -> None:
        rules.keep_majors([
            Major(
                code=row["code"], version=row["version"], name=row["major"], level=row.data["level"],
                category=row["category"], subcategory=row["subcategory"], source="官方",
            )
            for row in rows
        ])  # fmt: skip


class MappingImport(ImportSpec):
    """The majors of one qualification, chosen on the screen: a row a major by code and version."""

    name, label, manual = "qualifications.majors", "对应专业", "4.1"
    may, action, model = "qualifications.edit", "qualifications.majors_imported", Major
    unique = ("code", "version")
    columns = [CODE, VERSION, Column("major", "专业名称", max_length=60, note="可不填；填了须与专业目录一致")]
    sample = [{"code": "510203", "version": "2021", "major": "软件技术"}]

    def prepare(self, run: ImportRun) -> None:
        if not run.params:
            return
        found = rules.workable(run.actor, run.now).filter(pk=run.params.get("qualification") or 0).first()
        if found is None:
            raise Refused("请选择本单位的证书：草稿、被退回的，或正在修订的证书可以调整对应专业。", field="qualification")
        self.qualification: Qualification = found
        self.mapped = set(rules.working(found).majors.values_list("pk", flat=True))

    def check(self, rows: list[ParsedRow]) -> None:
        codes = [row["code"] for row in rows if row["code"]]
        known = {(one.code, one.version): one for one in Major.objects.filter(code__in=codes)}
        for row in rows:
            found = known.get((row["code"], row["version"]))
            if found is None:
                self._unknown(row, sorted(version for code, version in known if code == row["code"]))
            elif row["major"] and row["major"] != found.name:
                row.error("major", f"专业代码 {found.code}（{found.version} 版）是“{found.name}”，与所填不符", found.name)
            elif found.pk in self.mapped:
                row.skip("已在对应专业中")
            else:
                row.data["major"] = found

    def _unknown(self, row: ParsedRow, versions: list[str]) -> None:
        if row["code"] and row["version"] and versions:
            row.error("version", f"专业代码 {row['code']} 没有 {row['version']} 版，目录中有 {'、'.join(versions)} 版", versions[-1])
        elif row["code"]:
            row.error("code", "专业目录中没有这个代码，请核对；目录由平台导入")

    def write(self, rows: list[ParsedRow]) -> None:
        found = [row.data["major"] for row in rows]
        rules.map_majors(actor=self.run.actor, now=self.run.now, qualification=self.qualification, add=found)


# --- the awarding body's own entries ---------------------------------------------------------------------
def yuan(text: str) -> str:
    """An amount in yuan with at most two decimals, without a sign for thousands."""
    try:
        amount = Decimal(text.replace(",", "").removesuffix("元"))
        if not 0 <= amount <= Decimal("99999.99") or amount != round(amount, 2):
            raise InvalidOperation
    except InvalidOperation:
        raise Unclean("应为金额（元），0 至 99999.99，最多两位小数") from None
    return f"{amount:.2f}"


def points(text: str) -> str:
    number = clean.whole_number(text)
    if not 1 <= int(number) <= 100:
        raise Unclean("应为 1 至 100 的整数")
    return number


def parts_of(text: str) -> list[list[Any]]:
    """The subjects and their weights out of 理论知识 40、实操考核 60. Raises Unclean."""
    parts: list[list[Any]] = []
    for entry in clean.listed(text):
        found = re.fullmatch(r"(.{1,30}?)\s*[:：]?\s*(\d{1,3})\s*%?", entry)
        if not found or not 1 <= int(found[2]) <= 100:
            raise Unclean(f"“{entry}”应为科目名称与权重，如 理论知识 40；权重为 1 至 100 的整数")
        if any(found[1] == name for name, _ in parts):
            raise Unclean(f"科目“{found[1]}”写了两次，请删去一个")
        parts.append([found[1], int(found[2])])
    if len(parts) > MOST_PARTS:
        raise Unclean(f"最多 {MOST_PARTS} 个科目，现为 {len(parts)} 个")
    if parts and (total := sum(weight for _, weight in parts)) != 100:
        raise Unclean(f"各科权重合计须为 100，现为 {total}")
    return parts


def parts(text: str) -> str:
    parts_of(text)
    return text


class QualificationImport(ImportSpec):
    """One 证书 × 等级 a row, a draft of the awarding body. Who is there by code and level is left as it is."""

    name, label, manual = "qualifications.entries", "证书", "4.1"
    may, action, model = "qualifications.edit", "qualifications.imported", Qualification
    unique = ("code", "grade")
    columns = [
        Column("code", "证书编码", required=True, clean=str.upper, max_length=12, note="同一证书的各等级用同一编码"),
        Column("name", "证书名称", required=True, max_length=60, width=24),
        Column("grade", "证书等级", required=True, options=list(GRADES)),
        Column("start_date", "启用日期", clean=clean.day, note="如 2026-09-01，可不填"),
        Column("fee", "参考费用（元）", clean=yuan, note="每人每次", aliases=("参考费用", "费用")),
        Column("kind", "通过规则", options=list(KINDS), width=24, note=f"不填为“{EACH}”"),
        Column("pass_points", "总分合格线", clean=points, note="按权重合计时使用，不填为 60"),
        Column("parts", "考核科目与权重", clean=parts, width=32, note="如 理论知识 40、实操考核 60；合计须为 100，最多 6 科"),
        Column("description", "简介", max_length=500, width=32), Column("audience", "适用人群", max_length=500, width=32),
        Column("requirements", "取证要求", max_length=500, width=32), Column("statement", "证书评语", max_length=200, width=32),
    ]  # fmt: skip
    sample = [{
        "code": "B301", "name": "老年照护", "grade": "初级", "start_date": "2026-09-01", "fee": "300", "kind": EACH,
        "parts": "理论知识 40、实操考核 60", "description": "面向养老服务",
    }]  # fmt: skip
    notes = ("导入的证书为草稿：用“导入对应专业”添加专业后，逐个提交审核。",)

    def check(self, rows: list[ParsedRow]) -> None:
        mine = Qualification.objects.filter(awarding_body=self.run.actor.organization_id, code__in=[row["code"] for row in rows])
        known = set(mine.values_list("code", "grade"))
        for row in rows:
            if (row["code"], GRADES.get(row["grade"])) in known:
                row.skip("本单位已有该证书编码与等级")

    def write(self, rows: list[ParsedRow]) -> None:
        for row in rows:
            rules.create_qualification(actor=self.run.actor, now=self.run.now, values=self._values(row))

    def _values(self, row: ParsedRow) -> dict[str, Any]:
        rule: dict[str, Any] = {"kind": KINDS[row["kind"] or EACH], "parts": parts_of(row["parts"])}
        if row["kind"] == WEIGHTED:
            rule["pass"] = int(row["pass_points"] or 60)
        names = ("code", "name", "description", "audience", "requirements", "statement")
        return {name: row[name] for name in names} | {
            "grade": GRADES[row["grade"]], "fee": int(Decimal(row["fee"] or 0) * 100), "pass_rule": rule,
            "start_date": date.fromisoformat(row["start_date"]) if row["start_date"] else None,
        }  # fmt: skip
