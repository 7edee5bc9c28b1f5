"""修改资料: one's own name and telephone. The codes of signing go to that phone, so it is proven first."""

from __future__ import annotations

import pytest

from skillcert.accounts import rules
from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import User
from skillcert.integrations.sms.embedded import Outbox
from skillcert.kit.audit import AuditEntry
from skillcert.kit.errors import Refused

from .helpers import PHONE, newest_code, post, said

URL = "/account/edit/"


@pytest.fixture
def clerk(world) -> User:
    return world.user(world.school, "财务", username="fee-1", name="许一鸣")


def test_a_new_phone_of_ones_own_is_proven_by_a_code_sent_to_it(world, clerk):
    client = world.client_as(clerk)
    data = {"name": "许一鸣", "phone": PHONE, "version": clerk.version}
    for code in ("", "000000"):
        refused = post(client, URL, **data, code=code)
        assert refused.status_code == 422 and "请先点“获取验证码”" in said(refused)
    sent = post(client, URL, act="code", **data)
    assert "验证码已发往 139****5678，请查看短信后填写" in said(sent)
    wrong = post(client, URL, **data, code="000000" if newest_code() != "000000" else "111111")
    assert wrong.status_code == 422 and "验证码不正确，还可以试 4 次" in said(wrong) and PHONE in said(wrong)
    clerk.refresh_from_db()
    assert clerk.phone == "13800000000" and not AuditEntry.objects.filter(action="accounts.edit_own").exists()
    assert post(client, URL, **data, code=newest_code()).status_code == 303
    clerk.refresh_from_db()
    assert clerk.phone == PHONE
    assert AuditEntry.objects.get(action="accounts.edit_own").summary["fields"] == ["phone"]


def test_the_message_of_ones_own_change_sends_nobody_to_an_administrator(world, clerk, monkeypatch):
    texts: list[str] = []
    monkeypatch.setattr(Outbox, "send", lambda self, phone, text: texts.append(text))
    post(world.client_as(clerk), URL, act="code", name="许一鸣", phone=PHONE, version=clerk.version)
    assert "请勿告诉他人" in texts[0] and "管理员" not in texts[0]


def test_the_rule_itself_takes_no_new_phone_without_its_code(world, clerk):
    with pytest.raises(Refused, match="验证码已用过或已过期"):
        rules.edit_own(actor=actor_of(clerk), now=world.now, name="许一鸣", phone=PHONE)
    rules.send_phone_code(actor=world.officer, phone=PHONE)  # a code that somebody else asked for
    with pytest.raises(Refused, match="验证码已用过或已过期"):
        rules.edit_own(actor=actor_of(clerk), now=world.now, name="许一鸣", phone=PHONE, code=newest_code())
    clerk.refresh_from_db()
    assert clerk.phone == "13800000000"


def test_the_name_alone_needs_no_code(world, clerk):
    page = said(world.client_as(clerk).get(URL))
    assert "获取验证码" in page and "只有换了手机号才需要" in page
    saved = post(world.client_as(clerk), URL, name="许一鸣二", phone=clerk.phone, version=clerk.version)
    assert saved.status_code == 303 and User.objects.get(pk=clerk.pk).name == "许一鸣二"
