"""批量开通试点院校, by the platform."""

from __future__ import annotations

from skillcert.kit.sheets.spec import Column, ImportRun, ImportSpec, ParsedRow

from . import codes, rules
from .models import Institution, Kind, Organization, Province

KINDS = {str(label): value for value, label in Institution.SchoolKind.choices}


class InstitutionImport(ImportSpec):
    """One institution a row, each through the rule of 开通. Who is there already is left as it is."""

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
        known = set(Institution.objects.filter(school_code__in=[row["school_code"] for row in rows]).values_list("school_code", "name"))
        by_code = dict(known)
        names = set(
            Organization.objects.filter(kind=Kind.INSTITUTION, name__in=[row["name"] for row in rows]).values_list("name", flat=True)
        )
        for row in rows:
            if row["school_code"] in by_code:
                row.skip(f"该学校标识码已开通：{by_code[row['school_code']]}")
                continue
            self._check_codes(row)
            if row["name"] and (row["name"] in names):
                row.error("name", "已有同名院校，学校标识码不同，请核对")
            elif row["name"]:
                names.add(row["name"])  # the second of two in the file

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
