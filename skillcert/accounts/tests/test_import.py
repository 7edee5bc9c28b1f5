"""批量导入 and 批量导出 of accounts."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from skillcert.accounts import rules
from skillcert.accounts.imports import UserImport
from skillcert.accounts.models import User

from .helpers import newest_code, post, said, shown_password, sign_in

HEADER = ",".join(column.label for column in UserImport.columns)


@pytest.fixture
def admin(world) -> Client:
    rules.sync_roles()
    return world.client_as(world.officer)


def upload(client: Client, *lines: str):
    data = "\r\n".join([HEADER, *lines]).encode()
    once = str(client.get("/users/import/").context["form"]["once"].value())
    return client.post("/users/import/", {"file": SimpleUploadedFile("users.csv", data), "once": once}).url


def test_accounts_come_in_stopped_and_start_only_with_a_proven_phone(world, admin):
    there = upload(
        admin, "kaowu-9,许一鸣,13912345678,考务管理员,否,", f"fuze-9,罗一凡,13912345679,证书负责人,是,{world.qualification}"
    )
    assert "2 行可导入" in said(admin.get(there))
    admin.post(there, {"act": "next", "strategy": "good"})
    user, owner = User.objects.get(username="kaowu-9"), User.objects.get(username="fuze-9")
    assert not user.is_active and user.role.name == "考务管理员" and user.organization_id == world.school.pk
    assert list(owner.owned_qualifications.values_list("qualification", flat=True)) == [world.qualification.pk]
    assert "手机号还没有核验" in said(admin.get(f"/users/{user.pk}/"))
    refused = post(admin, f"/users/start/{user.pk}/")
    assert refused.status_code == 422 and "手机号还没有核验" in said(refused)
    data = {"name": user.name, "phone": user.phone, "role": user.role_id, "is_qualification_owner": "no", "version": user.version}
    post(admin, f"/users/{user.pk}/edit/", act="code", **data)
    post(admin, f"/users/{user.pk}/edit/", **data, code=newest_code())
    post(admin, f"/users/start/{user.pk}/")
    password = shown_password(post(admin, f"/users/reset/{user.pk}/"))
    assert sign_in(Client(), "kaowu-9", password)["Location"] == "/account/password/"


@pytest.mark.parametrize(("line", "sentence"), [
    ("taken-1,许一鸣,13912345678,财务,否,", "登录账号已被使用"), ("TAKEN-1,许一鸣,13912345678,财务,否,", "登录账号已被使用"),
    ("1abc,许一鸣,13912345678,财务,否,", "须为 4 至 40 位"), ("fee-9,许一鸣,1391234,财务,否,", "手机号"),
    ("fee-9,许一鸣,13912345678,校长,否,", "不在可选项中"), ("fee-9,许一鸣,13912345678,财务,是,", "请填写负责的证书"),
    ("fee-9,许一鸣,13912345678,财务,是,物流管理（中级）", "没有申报过“物流管理（中级）”"),
    ("fee-9,许一鸣,13912345678,财务,否,Web前端开发（中级）", "这里应为“是”"),
])  # fmt: skip
def test_a_wrong_line_is_told_and_makes_nobody(world, admin, line, sentence):
    world.user(world.other_school, username="Taken-1")
    before = User.objects.count()
    there = upload(admin, line)
    assert sentence in said(admin.get(there))
    admin.post(there, {"act": "next", "strategy": "good"})
    assert User.objects.count() == before


def test_one_name_twice_in_a_sheet_is_wrong_whatever_its_case(admin):
    there = upload(admin, "kaowu-9,许一鸣,13912345678,财务,否,", "KAOWU-9,罗一凡,13912345679,财务,否,")
    admin.post(there, {"act": "next", "strategy": "good"})
    assert not User.objects.filter(username__iexact="kaowu-9").exists()


def test_the_export_masks_the_phone_and_holds_the_own_accounts_alone(world, admin):
    world.user(world.school, "财务", username="fee-1", name="许一鸣")
    world.user(world.other_school, "财务", username="fee-2", name="罗一凡")
    kept = admin.post("/users/export/?list=accounts.Users", {"all": "1", "query": ""})
    file = post(admin, kept["Location"])
    book = openpyxl.load_workbook(io.BytesIO(b"".join(file) if file.streaming else file.content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    text = str(rows)
    assert "fee-1" in text and "138****0000" in text and "13800000000" not in text and "fee-2" not in text
    assert [label for label in ("登录账号", "姓名", "手机号", "角色", "证书负责人", "状态") if label not in rows[0]] == []


def test_without_the_right_nothing_is_imported(world):
    client = world.client_as(world.user(world.school, "财务"))
    assert client.get("/users/import/").status_code == 403 and client.get("/users/export/").status_code == 403
