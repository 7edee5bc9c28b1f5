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
from skillcert.kit import audit
from skillcert.orgs.models import Organization

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


def exported(client: Client, url: str) -> list[list]:
    kept = client.post(url, {"all": "1", "query": ""})
    file = post(client, kept["Location"])
    book = openpyxl.load_workbook(io.BytesIO(b"".join(file) if file.streaming else file.content))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


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
    rows = exported(admin, "/users/export/?list=accounts.Users")
    text = str(rows)
    assert "fee-1" in text and "138****0000" in text and "13800000000" not in text and "fee-2" not in text
    assert [label for label in ("登录账号", "姓名", "手机号", "角色", "证书负责人", "状态") if label not in rows[0]] == []


def test_roles_and_the_login_log_are_exported_of_the_own_organization_alone(world, admin):
    rules.create_role(actor=world.officer, name="阅卷组", codes=["users.view"])
    roles = exported(admin, "/roles/export/?list=accounts.Roles")
    assert roles[0][:2] == ["角色名称", "来源"] and ["阅卷组", "本单位"] in [row[:2] for row in roles]
    for school, username in ((world.school, "log-1"), (world.other_school, "log-2")):
        user = world.user(school, "财务", username=username, name=username)
        audit.record("accounts.login", [audit.fact_of(user, {"device": "Chromium"})], actor=world.actor(school))
    log = exported(admin, "/users/log/export/?list=accounts.LoginLog")
    assert "log-1" in str(log) and "Chromium" in str(log) and "log-2" not in str(log)


def test_the_platform_exports_all_accounts_without_names_and_phones(world):
    rules.sync_roles()
    world.user(world.school, "财务", username="fee-1", name="许一鸣")
    world.platform = Organization.objects.create(kind="platform", name="平台")
    rows = exported(world.client_as(world.user(world.platform, "安全")), "/users/all/export/?list=accounts.AllUsers")
    assert rows[0][:2] == ["登录账号", "单位"] and "fee-1" in str(rows) and world.school.name in str(rows)
    assert "许一鸣" not in str(rows) and "0000" not in str(rows)


def test_without_the_right_nothing_is_imported(world):
    client = world.client_as(world.user(world.school, "财务"))
    assert client.get("/users/import/").status_code == 403 and client.get("/users/export/").status_code == 403
