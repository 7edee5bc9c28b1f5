"""批量导入 of accounts: they come in stopped, with a phone that nobody has proven yet (R241)."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from django.db.models.functions import Lower

from skillcert.kit.crypto import mask_phone
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import SKIP, Column, ImportRun, ImportSpec, ParsedRow
from skillcert.orgs.models import Kind, Organization

from .actors import scope
from .forms import USERNAME
from .models import User
from .rules import MOST_OF_ASKER, assignable, awaiting, import_administrators, import_users, managers

YES_NO = ["是", "否"]
MANAGED = {str(kind.label): kind for kind in (Kind.PROVINCE, Kind.AWARDING_BODY, Kind.INSTITUTION)}
ACCOUNT = (
    Column("username", "登录账号", required=True, max_length=40, note="4 至 40 位，字母开头，可含数字、点、横线、下划线"),
    Column("name", "姓名", required=True, clean=clean.person_name, max_length=40),
    Column("phone", "手机号", required=True, clean=clean.phone, personal=mask_phone, note="11 位"),
)


def check_usernames(rows: list[ParsedRow]) -> None:
    """One name, one account, whatever its case: those there already, and both of two in the sheet."""
    names = Counter(row["username"].lower() for row in rows)
    known = User.objects.annotate(lower=Lower("username")).filter(lower__in=names)
    taken = set(known.values_list("lower", flat=True))
    for row in rows:
        name = row["username"]
        if name and not re.fullmatch(USERNAME, name):
            row.error("username", "须为 4 至 40 位，字母开头，只含字母、数字、点、横线、下划线")
        if name and (name.lower() in taken or names[name.lower()] > 1):
            row.error("username", "登录账号已被使用，请换一个")


def account_of(row: ParsedRow) -> dict[str, str]:
    return {column.name: row[column.name] for column in ACCOUNT}


class UserImport(ImportSpec):
    model, name, label = User, "accounts.users", "用户"
    manual, may, action = "8.1", "users.edit", "accounts.imported"
    unique = ("username",)
    columns = (
        *ACCOUNT,
        Column("role", "角色", required=True, options=lambda run: [role.name for role in assignable(run.actor)]),
        Column("owner", "证书负责人", options=YES_NO, note="空白即为否"),
        Column("qualifications", "负责的证书", note="证书负责人填“是”时必填；多个用顿号隔开，写法如：Web前端开发（中级）"),
    )  # fmt: skip
    sample = ({
        "username": "lin-zhiyao", "name": "林知遥", "phone": "13800000000", "role": "考务管理员", "owner": "否",
    },)  # fmt: skip
    notes = ("导入的账号为停用状态：编辑并填写手机验证码后启用，再重置密码，把临时密码交给本人。",)

    def prepare(self, run: ImportRun) -> None:
        self.roles = {role.name: role for role in assignable(run.actor)}
        self.owned = {label: key for key, label in scope().options(run.actor)}

    def check(self, rows: list[ParsedRow]) -> None:
        check_usernames(rows)
        for row in rows:
            self._check_owned(row)

    def _check_owned(self, row: ParsedRow) -> None:
        named = clean.listed(row["qualifications"])
        unknown = [name for name in named if name not in self.owned]
        if unknown:
            row.error("qualifications", f"本单位没有申报过“{unknown[0]}”，请照证书信息管理中的名称与等级填写")
        if row["owner"] == "是" and not named:
            row.error("qualifications", "证书负责人为“是”，请填写负责的证书")
        if row["owner"] != "是" and named:
            row.error("owner", "填写了负责的证书，这里应为“是”", "是")
        row.data["owned"] = [self.owned[name] for name in named if name in self.owned]

    def write(self, rows: list[ParsedRow]) -> None:
        made: list[tuple[dict[str, Any], list[int]]] = []
        for row in rows:
            values: dict[str, Any] = account_of(row)
            values |= {"role": self.roles[row["role"]], "is_qualification_owner": row["owner"] == "是"}
            made.append((values, row.data["owned"]))
        import_users(actor=self.run.actor, accounts=made)


class AdministratorImport(ImportSpec):
    """The first administrators of many organizations, by the platform's 安全; each waits for its phone to be proven."""

    model, name, label = User, "accounts.administrators", "单位管理员"
    manual, may, action = "8.1", "users.open", "accounts.administrators_imported"
    unique = ("kind", "organization")
    columns = (
        Column("kind", "单位类型", required=True, options=list(MANAGED)),
        Column("organization", "单位", required=True, max_length=80, aliases=("单位名称",), note="与开通时的名称一致", width=28),
        *ACCOUNT,
    )  # fmt: skip
    sample = ({
        "kind": "试点院校", "organization": "云州职业技术学院", "username": "yunzhou-admin", "name": "林知遥",
        "phone": "13800000000",
    },)  # fmt: skip
    notes = (
        "导入的账号在“待核验”中：向本人问到手机验证码，用“核验并启用”逐个启用，把临时密码交给本人。",
        f"每人每小时最多获取 {MOST_OF_ASKER} 次验证码，单位多的请分几次或由几人核验。",
    )

    def check(self, rows: list[ParsedRow]) -> None:
        found = Organization.objects.filter(kind__in=MANAGED.values(), name__in=[row["organization"] for row in rows])
        known = {(one.kind, one.name): one for one in found}
        theirs = User.objects.filter(organization__in=found)
        managed = set(theirs.filter(managers(), is_active=True).values_list("organization", flat=True))
        waiting = dict(theirs.filter(awaiting()).values_list("organization", "username"))
        for row in rows:
            if not row["kind"] or not row["organization"]:
                continue
            one = row.data["organization"] = known.get((MANAGED[row["kind"]], row["organization"]))
            if one is None:
                row.error("organization", f"没有名为“{row['organization']}”的{row['kind']}，请照开通时的名称填写，或先开通单位")
            elif not one.active:
                row.error("organization", "该单位已停用，请由平台“目录与机构”先启用")
            elif one.pk in managed:
                row.skip("该单位已有启用的管理员")
            elif one.pk in waiting:
                row.skip(f"该单位的管理员账号 {waiting[one.pk]} 已导入，待核验")
        check_usernames([row for row in rows if row.verdict != SKIP])

    def write(self, rows: list[ParsedRow]) -> None:
        import_administrators(actor=self.run.actor, accounts=[(row.data["organization"], account_of(row)) for row in rows])
