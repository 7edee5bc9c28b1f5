"""登录记录: when and from where an account was used, and the tries that failed."""

from __future__ import annotations

from django.db.models import QuerySet

from skillcert.kit.audit import AuditEntry
from skillcert.kit.pages import LOGIN, Choice, Col, DateRange, Export, ListPage, Search, When

ACTIONS = {
    "accounts.login": "登录", "accounts.login_failed": "登录失败", "accounts.logout": "退出",
    "accounts.recovery": "使用恢复码登录", "accounts.end_session": "结束登录", "accounts.change_password": "修改密码",
    "accounts.reset": "重置密码", "accounts.stop": "停用账号",
}  # fmt: skip
WHEN, WHAT = When("at", "时间"), Col("action", "做了什么", value=lambda row: row.sentence)
FROM = [Col("device", "设备", value=lambda row: row.summary.get("device", "")), Col("ip", "地址")]


def by_whom(row: AuditEntry) -> str:
    """Nobody's name twice in a line."""
    own = row.actor_kind == "user" and str(row.actor_id) == row.object_id
    return "本人" if own else row.actor_label


class OwnLoginLog(ListPage):
    """登录记录, of oneself"""

    manual, why = None, "trust.md 8: one's own; the manual has no such page"
    url, permission, title, icon = "account/log/", LOGIN, "我的登录记录", "history"
    model, back = AuditEntry, "accounts.Account"
    columns = [WHEN, WHAT, *FROM]
    filters = [DateRange("时间", "at")]
    order = ("-id",)
    nothing_yet = "还没有登录记录"

    def rows(self) -> QuerySet:
        return AuditEntry.objects.filter(object_type="accounts.user", object_id=str(self.actor.id), action__in=ACTIONS)

    def row_label(self, row: AuditEntry) -> str:
        return f"第 {row.pk} 条"


class LoginLog(ListPage):
    """登录记录, of the organization's accounts"""

    manual, url, permission, title, icon = "8.1", "users/log/", "users.view", "登录记录", "history"
    model, back = AuditEntry, "accounts.Users"
    columns = [WHEN, Col("object_label", "姓名"), WHAT, Col("actor_label", "谁办的", value=by_whom), *FROM]
    filters = [
        Search("姓名", "object_label"),
        Choice("做了什么", "action", options=lambda page: list(ACTIONS.items())),
        DateRange("时间", "at"),
    ]
    header = [Export("导出")]
    order = ("-id",)
    empty = "没有符合条件的登录记录"

    def rows(self) -> QuerySet:
        mine = {"organization_id": self.actor.organization_id, "object_type": "accounts.user"}
        return AuditEntry.objects.filter(**mine, action__in=ACTIONS)

    def row_label(self, row: AuditEntry) -> str:
        return f"第 {row.pk} 条"
