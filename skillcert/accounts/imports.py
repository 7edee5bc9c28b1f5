"""批量导入 of accounts: they come in stopped, with a phone that nobody has proven yet (R241)."""

from __future__ import annotations

import re
from typing import Any

from django.db.models.functions import Lower

from skillcert.kit.crypto import mask_phone
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.spec import Column, ImportRun, ImportSpec, ParsedRow

from .actors import scope
from .forms import USERNAME
from .models import User
from .rules import assignable, import_users

YES_NO = ["是", "否"]


class UserImport(ImportSpec):
    model, name, label = User, "accounts.users", "用户"
    manual, may, action = "8.1", "users.edit", "accounts.imported"
    unique = ("username",)
    columns = (
        Column("username", "登录账号", required=True, max_length=40, note="4 至 40 位，字母开头，可含数字、点、横线、下划线"),
        Column("name", "姓名", required=True, clean=clean.person_name, max_length=40),
        Column("phone", "手机号", required=True, clean=clean.phone, personal=mask_phone, note="11 位"),
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
        names = [row["username"].lower() for row in rows if row["username"]]
        known = User.objects.annotate(lower=Lower("username")).filter(lower__in=names)
        taken = set(known.values_list("lower", flat=True))
        for row in rows:
            if row["username"] and not re.fullmatch(USERNAME, row["username"]):
                row.error("username", "须为 4 至 40 位，字母开头，只含字母、数字、点、横线、下划线")
            if row["username"].lower() in taken or names.count(row["username"].lower()) > 1:
                row.error("username", "登录账号已被使用，请换一个")
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
            values = {name: row[name] for name in ("username", "name", "phone")}
            values |= {"role": self.roles[row["role"]], "is_qualification_owner": row["owner"] == "是"}
            made.append((values, row.data["owned"]))
        import_users(actor=self.run.actor, accounts=made)
