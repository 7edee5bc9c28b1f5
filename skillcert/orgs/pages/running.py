"""What the platform does with every kind of organization: opens, stops, resumes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from skillcert.kit.access import Actor
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import Dialog, FormPage, KitForm, ReasonField, Tab, url_of
from skillcert.kit.pages.screen import Note

from .. import rules
from ..cards import ORGANIZATION_NOTES
from ..models import Organization

ACTIVE_TABS = [Tab("启用", Q(active=True), "active"), Tab("停用", Q(active=False), "stopped")]


def notes_of(row: Organization, actor: Actor) -> list[Note]:
    """What higher rooms say of an organization, such as that nobody can log in for it yet."""
    return [note for make in ORGANIZATION_NOTES if (note := make(row, actor))]


class OpenOrganization(FormPage):
    """开通: the record first; its first administrator is opened with it by accounts' own page."""

    icon, submit_label = "plus", "开通"
    page_of_row: ClassVar[str]

    def after(self, row: Organization) -> str:
        return url_of(self.page_of_row, pk=row.pk)

    def done(self, row: Organization) -> str:
        return f"已开通{row.get_kind_display()}“{row.name}”。接着开通它的第一个管理员，对方即可登录。"


class ReasonForm(KitForm):
    reason = ReasonField("停用理由")


class StopOrganizations(Dialog):
    form, unit, size, icon = ReasonForm, "个机构", 640, "player-stop"
    guards = (rules.is_active,)

    def warning(self) -> Note:
        return Note("停用后，该机构的所有账号立即退出、不能再登录；已发证书照常有效。可随时重新启用。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        how = {"actor": self.actor, "now": self.now, "reason": data["reason"]}
        return rules.stop_organizations(self.model, rows=rows, **how)  # type: ignore[type-var]


class ResumeOrganizations(Dialog):
    unit, icon, guards = "个机构", "player-play", (rules.is_stopped,)

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.resume_organizations(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]
