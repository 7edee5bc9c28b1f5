"""The imports of accounts, their records, and the organization's security settings."""

from __future__ import annotations

from typing import Any

from skillcert.kit.pages import FormPage
from skillcert.kit.pages.imports import ImportPage, ImportRecordList

from .. import rules
from ..forms import PolicyForm
from ..imports import UserImport
from ..models import Policy


class ImportUsers(ImportPage):
    manual, url, title = "8.1", "users/import/", "批量导入用户"
    spec, back, records = UserImport, "accounts.Users", "accounts.UserImports"


class UserImports(ImportRecordList):
    """Who imported accounts, when, with how many in and out."""

    manual, url, permission, title = "8.1", "users/imports/", "users.view", "用户导入记录"
    label, icon = "导入记录", "history"
    pages = [ImportUsers]


class EditPolicy(FormPage):
    """安全策略: what this organization asks of passwords, and who must bind a second factor (trust 12, 13)."""

    manual, url, permission, title = "8.1", "users/policy/", "users.edit", "安全策略"
    icon, form, model, back, columns = "shield-lock", PolicyForm, Policy, "accounts.Users", 1
    opens, size = "dialog", 640

    @property
    def row(self) -> Policy:  # type: ignore[override]  # the organization's own
        return rules.policy_of(self.actor.organization_id or 0)

    def heading(self, row: Any) -> str:
        return self.title

    def save(self, row: Policy, data: dict[str, Any]) -> Policy:
        return rules.change_policy(actor=self.actor, now=self.now, version=self.version, **data)
