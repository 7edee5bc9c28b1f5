"""批量开通 of all three kinds of organization, by the platform. Who is there already is left as it is."""

from __future__ import annotations

from typing import Any

from skillcert.kit.sheets.spec import SKIP, Column, ImportRun, ImportSpec, ParsedRow

from . import codes, rules
from .models import AwardingBody, Institution, Kind, Organization, Province

KINDS = {str(label): value for value, label in Institution.SchoolKind.choices}
NATURES = {str(label): value for value, label in AwardingBody.Nature.choices}
BATCHES = ["1", "2", "3", "4"]
LEVELS = {"一级": 1, "两级": 2}
CYCLES = {str(label): value for value, label in Province.Cycle.choices}


def refuse_known_names(rows: list[ParsedRow], kind: str, what: str) -> None:
    """One name, one organization of a kind: those open already, and the second of two in the sheet."""
    given = [row["name"] for row in rows]
    names = set(Organization.objects.filter(kind=kind, name__in=given).values_list("name", flat=True))
    for row in rows:
        if row.verdict != SKIP and row["name"]:
            if row["name"] in names:
                row.error("name", f"已有同名{what}，代码不同，请核对")
            names.add(row["name"])


class InstitutionImport(ImportSpec):
    """One institution a row, each through the rule of 开通."""

    name, label, manual = "orgs.institutions", "试点院校", "2.2"
    may, action, model = "orgs.manage", "orgs.imported", Institution
    unique = ("school_code",)
    chunk = 200  # each row is a record with its own entry of the audit
    columns = [
        Column("name", "院校名称", required=True, max_length=80, aliases=("学校名称",), width=28),
        Column("school_kind", "办学类型", required=True, options=list(KINDS)),
        Column("school_code", "学校标识码", required=True, max_length=20, note="10 位：类别 2 位、省码 2 位、序号 6 位"),
        Column("region", "行政区划代码", required=True, max_length=12, note="所在地，6 位（GB/T 2260），如 330106", aliases=("所在地",)),
        Column("contact", "联系人", required=True, max_length=40), Column("phone", "联系电话", required=True, max_length=20),
        Column("address", "地址", max_length=120, width=28), Column("email", "邮箱", max_length=80),
    ]  # fmt: skip
    sample = [{
        "name": "云州职业技术学院", "school_kind": "高职", "school_code": "4133012345", "region": "330106", "contact": "林知遥",
        "phone": "0571-88888888", "address": "云州市文澜路 1 号", "email": "office@yunzhou.example",
    }]  # fmt: skip

    def prepare(self, run: ImportRun) -> None:
        self.provinces = set(Province.objects.values_list("province_code", flat=True))

    def check(self, rows: list[ParsedRow]) -> None:
        given = [row["school_code"] for row in rows]
        known = dict(Institution.objects.filter(school_code__in=given).values_list("school_code", "name"))
        for row in rows:
            if row["school_code"] in known:
                row.skip(f"该学校标识码已开通：{known[row['school_code']]}")
            else:
                self._check_codes(row)
        refuse_known_names(rows, Kind.INSTITUTION, "院校")

    def _check_codes(self, row: ParsedRow) -> None:
        region, code, kind = row["region"], row["school_code"], KINDS.get(row["school_kind"])
        if wrong := codes.wrong_region(region) if region else "":
            row.error("region", wrong)
        elif region and region[:2] not in self.provinces:
            row.error("region", f"{codes.region_name(region[:2] + '0000')}还没有开通省厅，请先开通")
        elif region and code and kind:
            secondary = kind == rules.SECONDARY
            if wrong := codes.wrong_school_code(code, region=region, secondary=secondary):
                row.error("school_code", wrong)

    def write(self, rows: list[ParsedRow]) -> None:
        names = ("name", "school_code", "region", "contact", "phone", "address", "email")
        values = [{name: row[name] for name in names} | {"school_kind": KINDS[row["school_kind"]]} for row in rows]
        rules.open_institutions(actor=self.run.actor, now=self.run.now, rows=values)


class AwardingBodyImport(ImportSpec):
    """One awarding body a row; each gets the next four digits for its certificates."""

    name, label, manual = "orgs.awarding_bodies", "培训评价组织", "2.1"
    may, action, model = "orgs.manage", "orgs.awarding_bodies_imported", AwardingBody
    unique = ("credit_code",)
    chunk = 200
    columns = [
        Column("name", "名称", required=True, max_length=80, aliases=("单位名称",), width=28),
        Column("credit_code", "统一社会信用代码", required=True, clean=str.upper, max_length=18, as_text=True, width=22,
               note="18 位；第 9 至 17 位即组织机构代码"),
        Column("nature", "性质", required=True, options=list(NATURES)),
        Column("batch", "批次", options=BATCHES, note="第几批，1 至 4；未分批不填"),
        Column("contact", "联系人", required=True, max_length=40), Column("phone", "联系电话", required=True, max_length=20),
        Column("head", "负责人", max_length=40), Column("bank", "开户行", max_length=60, width=28),
        Column("account", "收款账号", max_length=40, as_text=True, width=24),
    ]  # fmt: skip
    sample = [{
        "name": "青禾技能评价中心", "credit_code": codes.credit_code_of("330100", "MA2TEXT1"), "nature": "企业", "batch": "2",
        "contact": "苏清妍", "phone": "0571-88888888", "head": "顾言", "bank": "示例银行文澜路支行",
    }]  # fmt: skip

    def check(self, rows: list[ParsedRow]) -> None:
        given = [row["credit_code"] for row in rows]
        known = dict(AwardingBody.objects.filter(credit_code__in=given).values_list("credit_code", "name"))
        for row in rows:
            code = row["credit_code"]
            if code in known:
                row.skip(f"该统一社会信用代码已开通：{known[code]}")
            elif code and (wrong := codes.wrong_credit_code(code) or codes.wrong_organization_code(code[8:17], credit_code=code)):
                row.error("credit_code", wrong)
        refuse_known_names(rows, Kind.AWARDING_BODY, "培训评价组织")

    def write(self, rows: list[ParsedRow]) -> None:
        rules.open_awarding_bodies(actor=self.run.actor, now=self.run.now, rows=[self._values(row) for row in rows])

    def _values(self, row: ParsedRow) -> dict[str, Any]:
        names = ("name", "credit_code", "contact", "phone", "head", "bank", "account")
        return {name: row[name] for name in names} | {
            "nature": NATURES[row["nature"]], "batch": int(row["batch"]) if row["batch"] else None,
        }  # fmt: skip


class ProvinceImport(ImportSpec):
    """One 省厅 a row."""

    name, label, manual = "orgs.provinces", "省厅", "2"
    may, action, model = "orgs.manage", "orgs.provinces_imported", Province
    unique = ("province_code",)
    columns = [
        Column("name", "名称", required=True, max_length=80, width=28),
        Column("province_code", "省码", required=True, max_length=2, note="GB/T 2260 的前两位，如 33"),
        Column("contact", "联系人", max_length=40), Column("phone", "联系电话", max_length=20),
        Column("levels", "申报审核级数", options=list(LEVELS), note="一级：初审；两级：初审、终审；不填为两级"),
        Column("cycle", "周报周期", options=list(CYCLES), note="不填为周报"),
    ]  # fmt: skip
    sample = [{
        "name": "浙江省", "province_code": "33", "contact": "林知遥", "phone": "0571-88888888", "levels": "两级", "cycle": "周报",
    }]  # fmt: skip

    def check(self, rows: list[ParsedRow]) -> None:
        given = [row["province_code"] for row in rows]
        known = dict(Province.objects.filter(province_code__in=given).values_list("province_code", "name"))
        for row in rows:
            if row["province_code"] in known:
                row.skip(f"该省码已开通：{known[row['province_code']]}")
            elif row["province_code"] and (wrong := codes.wrong_province_code(row["province_code"])):
                row.error("province_code", wrong)
        refuse_known_names(rows, Kind.PROVINCE, "省厅")

    def write(self, rows: list[ParsedRow]) -> None:
        names = ("name", "province_code", "contact", "phone")
        values = [
            {name: row[name] for name in names}
            | {"review_levels": LEVELS.get(row["levels"], 2), "report_cycle": CYCLES.get(row["cycle"], Province.Cycle.WEEK)}
            for row in rows
        ]
        rules.open_provinces(actor=self.run.actor, now=self.run.now, rows=values)
