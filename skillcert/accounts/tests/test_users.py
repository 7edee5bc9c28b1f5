"""8.1 用户管理, as an administrator, a stranger and a thief meet it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from skillcert.accounts.models import PhoneCode, Role, User
from skillcert.kit.audit import AuditDetail, AuditEntry

from .helpers import PASSWORD, PHONE, newest_code, post, said, shown_password, sign_in


@pytest.fixture
def admin(world) -> Client:
    return world.client_as(world.officer)


def role(name: str = "考务管理员", kind: str = "institution") -> Role:
    from skillcert.accounts.rules import sync_roles

    sync_roles()
    return Role.objects.get(organization=None, organization_kind=kind, name=name)


def form(**changes) -> dict:
    values = {"username": "kaowu-2", "name": "沈知行", "phone": PHONE, "role": role().pk, "is_qualification_owner": "no"}
    return {**values, **changes}


def with_code(client: Client, **changes) -> dict:
    """The form with the code that its phone received."""
    data = form(**changes)
    sent = post(client, "/users/new/", act="code", **data)
    assert sent.status_code == 200 and "验证码已发往 139****5678" in said(sent)
    return {**data, "code": newest_code()}


# --- 新增 ------------------------------------------------------------------------------------------------
@pytest.mark.rule("R237", "R238")
def test_new_opens_the_dialog_with_the_maintained_roles_and_their_rights(world, admin):
    Role.objects.create(organization=world.school, organization_kind="institution", name="自建角色", codes=["weekly.view"])
    Role.objects.create(organization=world.other_school, organization_kind="institution", name="他校角色", codes=["weekly.view"])
    role()
    page = said(admin.get("/users/"))
    assert 'href="/users/new/"' in page and "新增" in page
    page = said(admin.get("/users/new/", headers={"HX-Request": "true"}))
    assert "用户维护" in page and "获取验证码" in page
    assert "考务管理员" in page and "自建角色" in page and "他校角色" not in page
    assert "<b>自建角色</b>：查看周报" in page
    assert "<b>财务</b>：" in page and "生成缴费申请单" in page


@pytest.mark.rule("R241", "R238")
def test_a_new_account_is_made_with_the_code_of_its_phone_and_the_rights_of_its_role(world, admin):
    made = post(admin, "/users/new/", **with_code(admin))
    password = shown_password(made)
    user = User.objects.get(username="kaowu-2")
    assert (user.organization_id, user.role.name, user.phone) == (world.school.pk, "考务管理员", PHONE)
    client = Client()
    assert sign_in(client, "kaowu-2", password)["Location"] == "/account/password/"
    assert client.get("/rooms/")["Location"] == "/account/password/"
    post(client, "/account/password/", old=password, new="tidal-quartz-lantern", again="tidal-quartz-lantern")
    assert client.get("/rooms/").status_code == 200 and client.get("/users/").status_code == 403


def test_the_temporary_password_is_shown_once_and_lies_nowhere(world, admin):
    data = with_code(admin) | {"once": str(uuid4())}
    made = admin.post("/users/new/", data)
    password = shown_password(made)
    assert made["Cache-Control"] == "private, no-store"
    again = admin.post("/users/new/", data)
    assert password not in said(again) and User.objects.filter(username="kaowu-2").count() == 1
    for values in AuditDetail.objects.values_list("values", flat=True):
        assert password not in values and "argon2" not in values and "md5" not in values


@pytest.mark.rule("R241")
@pytest.mark.parametrize(("code", "sentence"), [("", "请先点“获取验证码”"), ("000000", "请先点“获取验证码”")])
def test_without_a_code_nobody_is_made(admin, code, sentence):
    refused = post(admin, "/users/new/", **form(code=code))
    assert refused.status_code == 422 and sentence in said(refused) and "沈知行" in said(refused)
    assert not User.objects.filter(username="kaowu-2").exists()


def test_a_wrong_code_is_counted_and_the_fifth_voids_it(admin):
    right = with_code(admin)
    wrong = right | {"code": f"{(int(right['code']) + 1) % 1_000_000:06d}"}
    assert "还可以试 4 次" in said(post(admin, "/users/new/", **wrong))
    for _ in range(4):
        refused = post(admin, "/users/new/", **wrong)
    assert "已作废，请重新获取" in said(refused)
    refused = post(admin, "/users/new/", **right)
    assert refused.status_code == 422 and "连续输错 5 次而作废" in said(refused)
    assert not User.objects.filter(username="kaowu-2").exists()


def test_a_code_ends_after_ten_minutes(admin):
    data = with_code(admin)
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False):
        refused = post(admin, "/users/new/", **data)
    assert refused.status_code == 422 and "验证码已过期" in said(refused)
    assert not User.objects.filter(username="kaowu-2").exists()


def test_a_code_is_bound_to_its_number_and_good_once(world, admin):
    data = with_code(admin)
    refused = post(admin, "/users/new/", **data | {"phone": "13912345679"})
    assert refused.status_code == 422 and "请先点“获取验证码”" in said(refused)
    stranger = world.client_as(world.stranger)
    assert post(stranger, "/users/new/", **data | {"username": "stranger"}).status_code == 422
    assert "的临时密码" in said(post(admin, "/users/new/", **data))
    refused = post(admin, "/users/new/", **data | {"username": "second"})
    assert refused.status_code == 422 and "验证码已用过" in said(refused)
    assert not User.objects.filter(username__in=("second", "stranger")).exists()


def test_too_many_codes_are_refused_with_the_time_to_wait(admin):
    data = form()
    post(admin, "/users/new/", act="code", **data)
    refused = post(admin, "/users/new/", act="code", **data)
    assert refused.status_code == 422 and "秒后再获取" in said(refused)
    now = timezone.now()
    PhoneCode.objects.all().delete()
    for minute in range(5):
        with time_machine.travel(now + timedelta(minutes=2 * minute), tick=False):
            assert post(admin, "/users/new/", act="code", **data).status_code == 200
    with time_machine.travel(now + timedelta(minutes=20), tick=False):
        refused = post(admin, "/users/new/", act="code", **data)
    assert refused.status_code == 422 and "1 小时内已发过 5 次验证码" in said(refused)
    assert PhoneCode.objects.count() == 5


def test_one_person_cannot_ask_for_numbers_without_end(admin, world):
    PhoneCode.objects.bulk_create(
        PhoneCode(phone_index=f"{n}", user_id=world.officer.id, code_hash="x") for n in range(30)
    )
    refused = post(admin, "/users/new/", act="code", **form())
    assert refused.status_code == 422 and "您 1 小时内已获取 30 次验证码" in said(refused)


def test_a_sender_that_is_down_is_a_sentence_and_costs_no_try(admin, settings, monkeypatch):
    from skillcert.accounts.rules import codes
    from skillcert.integrations.sms.client import SmsFailed

    class Down:
        def send(self, phone, text):
            raise SmsFailed("短信服务暂不可用，请稍后重新获取")

    monkeypatch.setattr(codes, "sms", lambda: Down())
    refused = post(admin, "/users/new/", act="code", **form())
    assert refused.status_code == 422 and "短信服务暂不可用，请稍后重新获取" in said(refused)
    assert not PhoneCode.objects.exists()


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"phone": "1391234567"}, "手机号须为 1 开头的 11 位数字"), ({"phone": "23912345678"}, "手机号须为 1 开头的 11 位数字"),
    ({"username": "王五"}, "登录账号须为 4 至 40 位"), ({"username": "ab"}, "登录账号须为 4 至 40 位"), ({"role": ""}, "请选择角色。"),
])  # fmt: skip
def test_what_is_malformed_is_said_at_its_field(admin, changes, sentence):
    refused = post(admin, "/users/new/", **form(**changes))
    assert refused.status_code == 422 and sentence in said(refused)
    assert not User.objects.filter(name="沈知行").exists()


def test_a_malformed_phone_gets_no_code(admin):
    refused = post(admin, "/users/new/", act="code", **form(phone="139"))
    assert refused.status_code == 422 and "手机号须为 1 开头的 11 位数字" in said(refused)
    assert not PhoneCode.objects.exists()


@pytest.mark.parametrize("username", ["kaowu-2", "KAOWU-2"])
def test_a_duplicate_account_is_refused_and_the_code_stays_good(world, admin, username):
    world.user(world.other_school, username="kaowu-2")
    data = with_code(admin, username=username)
    refused = post(admin, "/users/new/", **data)
    assert refused.status_code == 422 and "登录账号已被使用，请换一个" in said(refused)
    assert "的临时密码" in said(post(admin, "/users/new/", **data | {"username": "kaowu-3"}))


def test_the_role_of_another_organization_cannot_be_given(world, admin):
    foreign = Role.objects.create(organization=world.other_school, organization_kind="institution", name="他校", codes=["users.edit"])
    refused = post(admin, "/users/new/", **with_code(admin) | {"role": foreign.pk})
    assert refused.status_code == 422 and not User.objects.filter(username="kaowu-2").exists()


# --- 证书负责人 ---------------------------------------------------------------------------------------------
@pytest.mark.rule("R240")
def test_an_owner_is_given_qualifications_and_sees_only_these(world, admin):
    page = said(admin.get("/users/new/"))
    assert "证书负责人" in page and str(world.qualification) in page
    data = with_code(admin, role=role("证书负责人").pk, is_qualification_owner="yes")
    refused = post(admin, "/users/new/", **data)
    assert refused.status_code == 422 and "请至少勾选一个负责的证书" in said(refused)
    post(admin, "/users/new/", **data | {"qualifications": [world.qualification.pk]})
    user = User.objects.get(username="kaowu-2")
    assert list(user.owned_qualifications.values_list("qualification", flat=True)) == [world.qualification.pk]
    assert "只能看到和办理" in said(admin.get(f"/users/{user.pk}/"))


def test_a_qualification_that_the_school_never_applied_for_is_no_choice(world, admin):
    data = with_code(admin, is_qualification_owner="yes", qualifications=[world.other_qualification.pk])
    refused = post(admin, "/users/new/", **data)
    assert refused.status_code == 422 and not User.objects.filter(username="kaowu-2").exists()


# --- 停用, 启用, 编辑, 删除 -----------------------------------------------------------------------------------
@pytest.fixture
def clerk(world) -> User:
    return world.user(world.school, "考生信息员", username="info-1", name="许一鸣")


@pytest.mark.rule("R236", "R243")
def test_stop_is_confirmed_by_name_ends_the_session_and_bars_the_door(world, admin, clerk):
    open_session = world.client_as(clerk)
    assert open_session.get("/desk/").status_code == 200
    assert "许一鸣" in said(admin.get(f"/users/stop/{clerk.pk}/"))
    post(admin, f"/users/stop/{clerk.pk}/")
    assert open_session.get("/desk/")["Location"].startswith("/login/")
    assert sign_in(Client(), "info-1").status_code == 422


@pytest.mark.rule("R247")
def test_start_lets_the_account_in_again_but_not_its_old_session(world, admin, clerk):
    old = world.client_as(clerk)
    old.get("/desk/")
    post(admin, f"/users/stop/{clerk.pk}/")
    assert "许一鸣" in said(admin.get(f"/users/start/{clerk.pk}/"))
    post(admin, f"/users/start/{clerk.pk}/")
    assert old.get("/desk/").status_code == 302
    assert sign_in(Client(), "info-1")["Location"] == "/desk/"


@pytest.mark.rule("R244")
def test_edit_delete_and_start_are_for_stopped_accounts_alone(world, admin, clerk):
    for act in ("start", "delete"):
        refused = post(admin, f"/users/{act}/{clerk.pk}/")
        assert refused.status_code == 422 and "账号启用中，请先停用再办理" in said(refused)
    assert "账号启用中，请先停用再办理" in said(admin.get(f"/users/{clerk.pk}/edit/"))
    clerk.refresh_from_db()
    assert clerk.is_active
    post(admin, f"/users/stop/{clerk.pk}/")
    refused = post(admin, f"/users/stop/{clerk.pk}/")
    assert refused.status_code == 422 and "该账号已停用" in said(refused)
    page = said(admin.get(f"/users/{clerk.pk}/"))
    assert f"/users/{clerk.pk}/edit/" in page and f"/users/delete/{clerk.pk}/" in page and f"/users/start/{clerk.pk}/" in page


@pytest.mark.rule("R245")
def test_edit_is_the_page_of_a_stopped_account(world, admin, clerk):
    post(admin, f"/users/stop/{clerk.pk}/")
    page = admin.get(f"/users/{clerk.pk}/edit/")
    assert "账户维护" in said(page) and "info-1" in said(page)
    version = page.context["form"]["version"].value()
    data = {"name": "许一鸣二", "phone": clerk.phone, "role": role("财务").pk, "is_qualification_owner": "no", "version": version}
    assert post(admin, f"/users/{clerk.pk}/edit/", **data).status_code == 303
    clerk.refresh_from_db()
    assert (clerk.name, clerk.role.name, clerk.username) == ("许一鸣二", "财务", "info-1")


def test_a_new_phone_is_proven_by_a_code_before_it_is_kept(world, admin, clerk):
    post(admin, f"/users/stop/{clerk.pk}/")
    clerk.refresh_from_db()
    data = {"name": clerk.name, "phone": PHONE, "role": clerk.role_id, "is_qualification_owner": "no", "version": clerk.version}
    refused = post(admin, f"/users/{clerk.pk}/edit/", **data)
    assert refused.status_code == 422 and "请先点“获取验证码”" in said(refused)
    post(admin, f"/users/{clerk.pk}/edit/", act="code", **data)
    assert post(admin, f"/users/{clerk.pk}/edit/", **data, code=newest_code()).status_code == 303
    clerk.refresh_from_db()
    assert clerk.phone == PHONE


def test_of_two_administrators_the_second_sees_both_values_and_loses_nothing(world, admin, clerk):
    post(admin, f"/users/stop/{clerk.pk}/")
    clerk.refresh_from_db()
    common = {"phone": clerk.phone, "role": clerk.role_id, "is_qualification_owner": "no", "version": clerk.version}
    post(admin, f"/users/{clerk.pk}/edit/", name="许一鸣甲", **common)
    second = world.client_as(world.user(world.school))
    told = post(second, f"/users/{clerk.pk}/edit/", name="许一鸣乙", **common)
    assert told.status_code == 409 and "姓名已被他人修改" in said(told)
    assert "许一鸣甲" in said(told) and "许一鸣乙" in said(told) and "session" not in said(told)
    clerk.refresh_from_db()
    assert clerk.name == "许一鸣甲"


@pytest.mark.rule("R246")
def test_delete_is_confirmed_by_name_and_removes_an_account_without_business(world, admin, clerk):
    post(admin, f"/users/stop/{clerk.pk}/")
    assert "许一鸣" in said(admin.get(f"/users/delete/{clerk.pk}/"))
    post(admin, f"/users/delete/{clerk.pk}/")
    assert not User.objects.filter(pk=clerk.pk).exists()
    assert AuditEntry.objects.filter(action="accounts.delete", object_label="许一鸣").count() == 1


def test_an_account_with_business_is_kept(world, admin, clerk):
    from skillcert.accounts.actors import actor_of
    from skillcert.kit import audit

    audit.record("orgs.edit", [audit.fact_of(world.school)], actor=actor_of(clerk))
    post(admin, f"/users/stop/{clerk.pk}/")
    refused = post(admin, f"/users/delete/{clerk.pk}/")
    assert refused.status_code == 422 and "该账号已有办理记录，不能删除" in said(refused)
    assert User.objects.filter(pk=clerk.pk).exists()


@pytest.mark.parametrize("act", ["stop", "delete", "reset"])
def test_nobody_acts_on_the_own_account(world, admin, act):
    User.objects.filter(pk=world.officer.id).update(version=7)
    refused = post(admin, f"/users/{act}/{world.officer.id}/")
    assert refused.status_code == 422 and "不能停用、删除或重置自己的账号" in said(refused)
    user = User.objects.get(pk=world.officer.id)
    assert user.is_active and user.version == 7 and user.check_password(PASSWORD)


def test_two_administrators_cannot_stop_each_other_to_the_last(world, admin):
    other = world.user(world.school)
    theirs = world.client_as(other)
    theirs.get("/desk/")
    post(admin, f"/users/stop/{other.pk}/")
    assert post(theirs, f"/users/stop/{world.officer.id}/").status_code == 302
    from skillcert.accounts import rules
    from skillcert.accounts.actors import actor_of
    from skillcert.kit.errors import Refused

    with pytest.raises(Refused, match="刚刚被停用"):
        rules.stop_user(actor=actor_of(other), now=world.now, user=User.objects.get(pk=world.officer.id))
    assert User.objects.get(pk=world.officer.id).is_active


def test_another_organizations_account_is_not_found_whatever_is_asked(world, clerk):
    stranger = world.client_as(world.stranger)
    for url in ("stop/{}/", "start/{}/", "delete/{}/", "reset/{}/", "{}/edit/", "{}/"):
        assert stranger.get("/users/" + url.format(clerk.pk)).status_code == 404
        assert post(stranger, "/users/" + url.format(clerk.pk)).status_code in (404, 405)
    clerk.refresh_from_db()
    assert clerk.is_active and clerk.version == 1


# --- 重置密码 --------------------------------------------------------------------------------------------------
@pytest.mark.rule("R248", "R249")
def test_reset_shows_a_masked_temporary_password_once(world, admin, clerk):
    open_session = world.client_as(clerk)
    open_session.get("/desk/")
    shown = post(admin, f"/users/reset/{clerk.pk}/")
    assert 'data-reveal="temporary"' in said(shown)
    password = shown_password(shown)
    assert open_session.get("/desk/").status_code == 302
    assert sign_in(Client(), "info-1").status_code == 422
    assert sign_in(Client(), "info-1", password)["Location"] == "/account/password/"


def test_a_temporary_password_ends_after_a_day(world, admin, clerk):
    password = shown_password(post(admin, f"/users/reset/{clerk.pk}/"))
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
        refused = sign_in(Client(), "info-1", password)
        assert refused.status_code == 422 and "账号或密码不正确" in said(refused)


@pytest.mark.rule("R249")
def test_an_administrator_resets_sub_accounts_and_no_other_administrator(world, admin):
    other = world.user(world.school, username="admin-2")
    refused = post(admin, f"/users/reset/{other.pk}/")
    assert refused.status_code == 422 and "请联系平台安全管理员重置" in said(refused)
    other.refresh_from_db()
    assert other.check_password(PASSWORD)
