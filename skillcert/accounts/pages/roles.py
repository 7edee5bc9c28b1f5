"""角色管理: the built-in roles to read and copy, the organization's own to maintain (R238, R239)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from skillcert.config.roles import words_of
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Col,
    DetailPage,
    Dialog,
    Export,
    Figure,
    FormPage,
    Go,
    ListPage,
    Open,
    Search,
    Tab,
    url_of,
)
from skillcert.kit.pages.screen import ActView, Card, Fact, Note

from .. import rules
from ..forms import RoleForm
from ..models import Role, User


def origin(role: Role) -> str:
    return "本单位" if role.organization_id else "内置"


class NewRole(FormPage):
    """新增角色, or 复制: the same form, filled from another role."""

    manual, url, permission, title = "8.1", "roles/new/", "users.edit", "新增角色"
    icon, form, model, back, columns = "plus", RoleForm, Role, "accounts.Roles", 1

    def initial(self, row: Any) -> dict[str, Any]:
        key = self.query.get("copy", "")
        found = Role.visible_to(self.actor).filter(pk=key).first() if key.isdecimal() else None
        return {"name": f"{found.name}（复制）"[:30], "codes": found.codes} if found else {}

    def save(self, row: Any, data: dict[str, Any]) -> Role:
        return rules.create_role(actor=self.actor, **data)


class EditRole(FormPage):
    """编辑角色: of one's own organization. Its holders are signed out when its rights change."""

    manual, url, permission, title, label = "8.1", "roles/<int:pk>/edit/", "users.edit", "编辑角色", "编辑"
    icon, form, model, back, columns = "pencil", RoleForm, Role, "accounts.Roles", 1
    guards = (rules.MAINTAINED, rules.NOT_OWN, rules.ROLE_WITHIN)

    def notes(self, row: Role) -> list[Note]:
        count = User.objects.filter(role=row).count()
        return [Note(f"{count} 个账号正在使用这个角色；权限改变后，这些账号须重新登录。", "wait")] if count else []

    def save(self, row: Role, data: dict[str, Any]) -> Role:
        return rules.edit_role(actor=self.actor, now=self.now, role=row, version=self.version, **data)


class DeleteRole(Dialog):
    """删除角色: one that nobody holds."""

    manual, url, permission, title, label, icon = "8.1", "roles/delete/", "users.edit", "删除角色", "删除", "trash"
    model, back, guards, final = Role, "accounts.Roles", (rules.MAINTAINED, rules.UNUSED), True
    single = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        role = rows.get()
        rules.delete_role(actor=self.actor, now=self.now, role=role)
        return Outcome(done=[role.pk])


class RoleDetail(DetailPage):
    """查看: what the role may do, and 复制."""

    manual, url, permission, title = "8.1", "roles/<int:pk>/", "users.view", "角色详情"
    model, back, acts = Role, "accounts.Roles", [Act(EditRole), Act(DeleteRole, danger=True)]
    events_title = "操作记录"

    def subtitle_of(self, row: Role) -> str:
        return origin(row)

    def act_views(self, row: Role) -> list[ActView]:
        copy = ActView("copy", "复制", f"{url_of(NewRole)}?copy={row.pk}", "copy", primary=True)
        return [*super().act_views(row), *([copy] if NewRole.admits(self.actor) else [])]

    def cards(self, row: Role) -> list[Card]:
        holders = User.objects.filter(role=row, organization=self.actor.organization_id).order_by("username")[:50]
        names = "、".join(f"{user.name}（{user.username}）" for user in holders)
        return [
            Card("权限", tuple(Fact("可以", word) for word in words_of(row.codes))),
            Card("使用这个角色的账号", (Fact("本单位账号", names or "–", wide=True),)),
        ]


class Roles(ListPage):
    """角色管理"""

    manual, url, permission, title, icon = "8.1", "roles/", "users.view", "角色管理", "users-group"
    model = Role
    columns = [
        Col("name", "角色名称", sort=True, fixed=True),
        Col("origin", "来源", value=origin),
        Col("words", "权限", value=lambda row: "、".join(words_of(row.codes))),
        Figure("holders", "使用的账号"),
    ]
    filters = [Search("角色名称", "name")]
    tabs = [Tab("内置", Q(organization=None), "built_in"), Tab("本单位", Q(organization__isnull=False), "own")]
    row = [Open(RoleDetail), Act(EditRole), Act(DeleteRole, danger=True)]
    header = [Go(NewRole, primary=True), Export("导出")]
    order = ("id",)

    def rows(self) -> QuerySet:
        mine = Q(organization=None) | Q(organization=self.actor.organization_id)
        holders = Count("users", filter=Q(users__organization=self.actor.organization_id))
        return Role.objects.filter(mine, organization_kind=self.actor.organization_kind).annotate(holders=holders)
