"""批量导入考生信息 and 批量修改考生信息 (R87, R89, R90, R102); the layouts are domain 3 [assumption but for the bold names]."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar

from skillcert.kit.crypto import last_six_index, mask_id, mask_phone, person_index
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import NEW, UPDATE, Column, ImportRun, ImportSpec, ParsedRow
from skillcert.qualifications.models import Major, MajorLevel

from . import rules
from .models import Candidate, CandidateKind, IdType
from .names import pinyin_key
from .rules import Imported
from .states import CandidateState

ID_TYPES = {label: value for value, label in IdType.choices}
EDUCATIONS = ["初中及以下", "高中", "中专", "大专", "本科", "研究生"]
LEVELS = {label: value for value, label in MajorLevel.choices}
LEVEL_LABELS = dict(MajorLevel.choices)
COMPARED = (
    "name", "pinyin", "phone", "major_id", "level", "entry_year", "student_number", "class_name", "employer", "education",
)  # fmt: skip

NAME = Column(
    "name", "姓名", required=True, clean=clean.person_name, max_length=80, note="与证件一致；少数民族姓名用“·”"
)
PINYIN = Column(
    "pinyin", "姓名拼音", required=True, clean=clean.pinyin, max_length=120, note="大写，姓与名空一格，如 OUYANG YINUO"
)
ID_TYPE = Column("id_type", "证件类型", required=True, options=list(ID_TYPES), note="一般为居民身份证")
ID_NUMBER = Column(
    "id_number", "身份证号", required=True, clean=clean.document_number, personal=mask_id, max_length=30, as_text=True,
    note="居民身份证 18 位，末位 X 大写；其他证件填证件号码", aliases=("证件号码", "证件号", "身份证号码"), width=22,
)  # fmt: skip
PHONE = Column(
    "phone",
    "手机号",
    required=True,
    clean=clean.phone,
    personal=mask_phone,
    note="11 位",
    aliases=("手机号码", "联系电话"),
)
MAJOR = (
    Column("major", "就读专业", required=True, max_length=60, note="须与专业代码、专业版本一致"),
    Column("major_code", "专业代码", required=True, max_length=6, as_text=False, note="6 位，如 510203"),
    Column("major_version", "专业版本", required=True, max_length=4, note="目录年份，如 2021"),
)
SAMPLE = {
    "name": "欧阳一诺", "pinyin": "OUYANG YINUO", "id_type": "居民身份证", "id_number": "11010519491231002X",
    "phone": "13800000000", "major": "软件技术", "major_code": "510203", "major_version": "2021", "level": "高职专科",
    "entry_year": "2024", "student_number": "24051030417", "class_name": "软件 2401",
}  # fmt: skip


class CandidateImport(ImportSpec):
    """What both kinds of candidates share: the lookups, the check against the institution's own, the write."""

    model = Candidate
    manual, may, action = "5.2.3", "candidates.edit", "candidates.imported"
    unique = ("id_type", "id_number")
    kind: ClassVar[str]
    other: ClassVar[str]

    def prepare(self, run: ImportRun) -> None:
        rows = Major.objects.values_list("code", "version", "pk", "name", "level")
        self.majors = {(code, version): (key, name, level) for code, version, key, name, level in rows}
        self.judge_major = cache(self.find_major)  # a sheet holds few majors, each many times

    def check(self, rows: list[ParsedRow]) -> None:
        for row in rows:
            self.check_identity(row)
            self.check_major(row)
            year = row.values.get("entry_year")
            if year and not rules.FIRST_YEAR <= int(year) <= self.run.now.year:
                row.error("entry_year", f"应在 {rules.FIRST_YEAR} 至 {self.run.now.year} 之间")
        self.check_known(rows)

    def check_identity(self, row: ParsedRow) -> None:
        """The number by the rule of its paper; its keyed hash is taken once, here."""
        kind = ID_TYPES.get(row["id_type"])
        if kind is None:
            return
        row.clean("id_number", clean.id_card if kind == IdType.ID_CARD else clean.passport)
        if number := row["id_number"]:
            row.data["person_index"] = person_index(kind, number)

    def check_major(self, row: ParsedRow) -> None:
        cells = row.values
        key, problems = self.judge_major(cells["major_code"], cells["major_version"], cells["major"], cells.get("level", ""))
        for problem in problems:
            row.error(*problem)
        if key:
            row.data["major_id"] = key

    def find_major(self, code: str, version: str, name: str, level: str) -> tuple[int | None, list[tuple[str, str, str]]]:
        """Its key, and (column, what is wrong, what to write instead)."""
        if not (code and version):
            return None, []
        found = self.majors.get((code, version))
        if found is None:
            versions = sorted(v for c, v in self.majors if c == code)
            if not versions:
                return None, [("major_code", "专业目录中没有这个代码，请核对", "")]
            sentence = f"专业代码 {code} 没有 {version} 版，目录中有 {'、'.join(versions)} 版"
            return None, [("major_version", sentence, versions[-1])]
        key, right_name, right_level = found
        problems = []
        if name and name != right_name:
            problems.append(("major", f"专业代码 {code}（{version} 版）是“{right_name}”，与所填不符", right_name))
        if level and LEVELS[level] != right_level:
            label = str(LEVEL_LABELS[right_level])
            problems.append(("level", f"“{right_name}”的层次是{label}", label))
        return key, problems

    def check_known(self, rows: list[ParsedRow]) -> None:
        """One query a chunk: who is there already is updated where something differs, else skipped."""
        indexes = [row.data["person_index"] for row in rows if row.ok and "person_index" in row.data]
        known = {one["person_index"]: one for one in self.known(indexes)}
        for row in rows:
            if not row.ok:
                continue
            row.verdict = NEW
            if found := known.get(row.data.get("person_index", "")):
                self.check_against(row, found)

    def known(self, indexes: Iterable[str]) -> Iterable[dict[str, Any]]:
        mine = Candidate.visible_to(self.run.actor).filter(institution=self.run.actor.organization_id)
        return mine.filter(person_index__among=indexes).values("pk", "person_index", "kind", "state", *COMPARED)

    def check_against(self, row: ParsedRow, found: dict[str, Any]) -> None:
        row.data["key"] = found["pk"]
        if found["kind"] != self.kind:
            row.error("id_number", f"该证件号已在{self.other}中，同一人不能两边登记")
        elif found["name"] != row["name"] and found["state"] == CandidateState.ACCURATE:
            row.error("name", "该考生信息已准确，姓名不可再改", found["name"])
        else:
            values = self.values_of(row)
            if all(found[name] == value for name, value in values.items() if name in COMPARED):
                row.skip("与现有信息相同")
            else:
                row.verdict, row.data["renamed"] = UPDATE, found["name"] != row["name"]

    def values_of(self, row: ParsedRow) -> dict[str, Any]:
        """The row's cells as columns of the model."""
        raise NotImplementedError

    def write(self, rows: list[ParsedRow]) -> None:
        found = [self.imported(row) for row in rows]
        run = self.run
        notice = run.params.get("notice", "")
        rules.import_candidates(actor=run.actor, now=run.now, kind=self.kind, rows=found, record=run.record, notice=notice)

    def imported(self, row: ParsedRow) -> Imported:
        values = self.values_of(row)
        if "key" in row.data:
            return Imported(
                {n: v for n, v in values.items() if n in COMPARED or n == "pinyin_key"},
                row.data["key"],
                row.data["renamed"],
            )
        number = row["id_number"]
        values |= {
            "id_type": ID_TYPES[row["id_type"]], "id_number": number, "person_index": row.data["person_index"],
            "last_six": last_six_index(number), "complete": True,
        }  # fmt: skip
        return Imported(BLANK | values)


BLANK = {
    "major_id": None,
    "level": "",
    "entry_year": None,
    "student_number": "",
    "class_name": "",
    "employer": "",
    "education": "",
}


class CollegeImport(CandidateImport):
    """院校考生 (R89)."""

    name, label = "candidates.college", "考生信息（院校考生）"
    kind, other = CandidateKind.COLLEGE, "社会考生"
    columns = [
        NAME, PINYIN, ID_TYPE, ID_NUMBER, PHONE, *MAJOR,
        Column("level", "专业层次", required=True, options=list(LEVELS)),
        Column("entry_year", "入学年份", required=True, clean=clean.year, note="四位年份，如 2024", aliases=("入学年级", "年级")),
        Column("student_number", "学号", max_length=30),
        Column("class_name", "班级", max_length=40),
    ]  # fmt: skip
    sample = [SAMPLE]

    def values_of(self, row: ParsedRow) -> dict[str, Any]:
        cells = row.values
        return {
            "name": cells["name"], "pinyin": cells["pinyin"], "pinyin_key": pinyin_key(cells["pinyin"]),
            "phone": cells["phone"], "major_id": row.data["major_id"], "level": LEVELS[cells["level"]],
            "entry_year": int(cells["entry_year"]), "student_number": cells["student_number"],
            "class_name": cells["class_name"],
        }  # fmt: skip


class SocialImport(CandidateImport):
    """社会考生: no school major is needed [assumption]."""

    name, label = "candidates.social", "考生信息（社会考生）"
    kind, other = CandidateKind.SOCIAL, "院校考生"
    columns = [
        NAME, PINYIN, ID_TYPE, ID_NUMBER, PHONE,
        Column("employer", "工作单位", max_length=80),
        Column("education", "最高学历", options=EDUCATIONS),
        *(Column(c.name, c.label, max_length=c.max_length, note=c.note) for c in MAJOR),
    ]  # fmt: skip
    sample = [
        {name: SAMPLE[name] for name in ("name", "pinyin", "id_type", "id_number", "phone")}
        | {"employer": "云州软件公司"}
    ]

    def values_of(self, row: ParsedRow) -> dict[str, Any]:
        return {
            "name": row["name"], "pinyin": row["pinyin"], "pinyin_key": pinyin_key(row["pinyin"]), "phone": row["phone"],
            "employer": row["employer"], "education": row["education"], "major_id": row.data.get("major_id"),
        }  # fmt: skip


def unless_masked(cleaner: Callable[[str], str]) -> Callable[[str], str]:
    """A cleaner that lets a masked value of an export pass: it means unchanged."""

    def clean_cell(text: str) -> str:
        return text if "*" in text else cleaner(text)

    return clean_cell


class CandidateModify(CandidateImport):
    """批量修改考生信息 (R102, R104, R105): known by 考生编号, or by 证件类型 and 身份证号; an empty cell changes nothing."""

    name, label, action = "candidates.modify", "批量修改考生信息", "candidates.modified"
    unique = ("number",)
    columns = [
        Column("number", "考生编号", max_length=18, note="填写考生编号；或填写证件类型与身份证号", width=20),
        Column("id_type", "证件类型", options=list(ID_TYPES)),
        Column("id_number", "身份证号", clean=clean.document_number, personal=mask_id, max_length=30, as_text=True,
               aliases=ID_NUMBER.aliases, width=22, note="带 * 的脱敏号码不作修改"),
        Column("name", "姓名", clean=clean.person_name, max_length=80, note="信息准确后不可修改"),
        Column("pinyin", "姓名拼音", clean=clean.pinyin, max_length=120),
        Column("phone", "手机号", clean=unless_masked(clean.phone), personal=mask_phone, note="带 * 的脱敏号码不作修改"),
        *(Column(c.name, c.label, max_length=c.max_length) for c in MAJOR),
        Column("level", "专业层次", options=list(LEVELS)),
        Column("entry_year", "入学年份", clean=clean.year),
        Column("student_number", "学号", max_length=30),
        Column("class_name", "班级", max_length=40),
    ]  # fmt: skip
    sample = [{"number": "413301234526000001", "phone": "13800000000", "class_name": "软件 2402"}]
    notes = ("空白单元格表示不修改；导出的脱敏证件号、手机号可原样保留。",)

    def check_identity(self, row: ParsedRow) -> None:
        if "*" in row["id_number"]:
            row.values["id_number"] = ""
        if row["id_number"] and not row["id_type"]:
            row.values["id_type"] = "居民身份证"
        if row["id_number"]:
            super().check_identity(row)
        elif not row["number"]:
            row.error("number", "请填写考生编号，或证件类型与完整身份证号")

    def check_major(self, row: ParsedRow) -> None:
        given = [bool(row[name]) for name in ("major_code", "major_version")]
        if any(given) and not all(given):
            row.error("major_version" if given[0] else "major_code", "修改专业须同时填写专业代码和专业版本")
        elif row["major"] and not any(given):
            row.data["major_name"] = row["major"]  # an exported name alone is no change, a new one needs its code
        super().check_major(row)

    def check_known(self, rows: list[ParsedRow]) -> None:
        mine = Candidate.visible_to(self.run.actor).values(
            "pk", "number", "person_index", "kind", "state", "major__name", *COMPARED
        )
        numbers = {
            one["number"]: one for one in mine.filter(number__in=[row["number"] for row in rows if row["number"]])
        }
        indexes = [row.data["person_index"] for row in rows if "person_index" in row.data and not row["number"]]
        people = {one["person_index"]: one for one in mine.filter(person_index__in=indexes)}
        for row in rows:
            if not row.ok:
                continue
            found = numbers.get(row["number"]) if row["number"] else people.get(row.data.get("person_index", ""))
            if found is None:
                row.error(
                    "number" if row["number"] else "id_number",
                    "本院校没有这名考生，请核对；新考生请用“批量导入考生信息”",
                )
            elif row["number"] and row.data.get("person_index", found["person_index"]) != found["person_index"]:
                row.error("id_number", "与该考生编号的证件号不一致；证件号请在编辑页面中修改")
            else:
                self.check_against(row, found)

    def check_against(self, row: ParsedRow, found: dict[str, Any]) -> None:
        row.data["key"] = found["pk"]
        changes = {name: value for name, value in self.values_of(row).items() if found.get(name, value) != value}
        changes.pop("pinyin_key", None) if "pinyin" not in changes else None
        if "name" in changes and found["state"] == CandidateState.ACCURATE:
            row.error("name", "该考生信息已准确，姓名不可再改", found["name"])
        elif row.data.get("major_name", found["major__name"]) != found["major__name"]:
            row.error("major_code", "修改专业须同时填写专业代码和专业版本")
        elif not changes:
            row.skip("没有要修改的内容")
        else:
            row.verdict, row.data["renamed"] = UPDATE, "name" in changes
            row.data["changes"] = changes

    def values_of(self, row: ParsedRow) -> dict[str, Any]:
        plain = ("name", "pinyin", "phone", "student_number", "class_name")
        values: dict[str, Any] = {name: row[name] for name in plain if row[name] and "*" not in row[name]}
        if row["pinyin"]:
            values["pinyin_key"] = pinyin_key(row["pinyin"])
        if "major_id" in row.data:
            values["major_id"] = row.data["major_id"]
        if row["level"]:
            values["level"] = LEVELS[row["level"]]
        if row["entry_year"]:
            values["entry_year"] = int(row["entry_year"])
        return values

    def write(self, rows: list[ParsedRow]) -> None:
        found = [Imported(row.data["changes"], row.data["key"], row.data["renamed"]) for row in rows]
        rules.change_candidates(actor=self.run.actor, now=self.run.now, rows=found)
