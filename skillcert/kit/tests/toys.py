"""A toy room: one model, its pages, and an organization's two people. Tests of the declared pages use nothing else."""

from __future__ import annotations

from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpResponse

from skillcert.kit import gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import Encrypted, mask_id
from skillcert.kit.errors import Refused
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    PAGES,
    PUBLIC,
    Act,
    Batch,
    Choice,
    Col,
    DateRange,
    DetailPage,
    Dialog,
    Download,
    Figure,
    FormPage,
    Go,
    KitForm,
    ListPage,
    Made,
    Masked,
    Open,
    Page,
    ReasonField,
    Search,
    State,
    StateTabs,
    TextField,
    When,
)  # fmt: skip
from skillcert.kit.pages.filters import Filter, unseal
from skillcert.kit.pages.screen import Card, Fact
from skillcert.kit.rows import Row
from skillcert.kit.states import Guard, Machine, Move


class ToyState(models.TextChoices):
    NEW = "new", "新建"
    READY = "ready", "就绪"


painted = Guard(Q(painted=True), "尚未上色，请先上色")
TOY = Machine(
    ToyState, name="toy", look={ToyState.NEW: "idle", ToyState.READY: "ok"},
    moves=[Move("finish", "完成", (ToyState.NEW,), ToyState.READY, by="toys.finish", guards=[painted])],
)  # fmt: skip
declare({"toys.created": "新增玩具", "toys.edited": "编辑玩具", "toys.deleted": "删除玩具"})


class Toy(Row):
    owner_id = models.BigIntegerField()
    name = models.CharField("名称", max_length=40)
    secret = Encrypted("身份证号", blank=True)
    year = models.IntegerField("年份", null=True)
    painted = models.BooleanField("已上色", default=False)
    state = models.CharField("状态", max_length=8, choices=ToyState, default=ToyState.NEW)

    class Meta:
        app_label = "toys"
        indexes = [models.Index(fields=["owner_id", "year", "id"], name="toy_year")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return Q(owner_id=actor.organization_id or 0)


class Hidden(Filter):
    """A private filter without blind indexes: the toys have none."""

    private = True

    def __init__(self) -> None:
        super().__init__("身份证号", "name", param="id_number")

    def q(self, value: str) -> Q:
        return Q(name=unseal(value))


class ShowToy(DetailPage):
    """One toy."""

    manual, url, permission, title = "0.1", "toys/<int:pk>/", "toys.view", "玩具"
    model, machine, reveals = Toy, TOY, {"secret": "证件号"}

    def cards(self, row: Toy) -> list[Card]:
        return [Card("基本信息", facts=(Fact("证件号", self.personal(row, "secret", mask_id)),))]


class ToyForm(KitForm):
    name = TextField(label="名称", max_length=40)
    year = forms.IntegerField(label="年份", required=False)


class EditToy(FormPage):
    """Edit one."""

    manual, url, permission, title, label = "0.1", "toys/<int:pk>/edit/", "toys.edit", "编辑玩具", "编辑"
    model, form = Toy, ToyForm
    guards = [Guard(Q(state=ToyState.NEW), "已就绪的玩具不能编辑")]

    def save(self, row: Toy, data: dict) -> Toy:
        return gate.edit(
            row, data, actor=self.actor, may="toys.edit", action="toys.edited", now=self.now, version=self.version
        )


class NewToy(FormPage):
    """Add one, in a dialog."""

    manual, url, permission, title = "0.1", "toys/new/", "toys.edit", "新增玩具"
    model, form, opens = Toy, ToyForm, "dialog"

    def save(self, row: None, data: dict) -> Toy:
        if data["name"] == "禁":
            raise Refused("这个名称不可用，请换一个。", field="name")
        toy = Toy(owner_id=self.actor.organization_id, **data)
        return gate.create(toy, actor=self.actor, may="toys.edit", action="toys.created")

    def done(self, row: Toy) -> str:
        return f"已新增玩具“{row}”。"


class FinishToys(Dialog):
    """A move, of one or many."""

    manual, url, title, label = "0.1", "toys/finish/", "完成玩具", "完成"
    model, move, unit = Toy, TOY["finish"], "个"

    def run(self, rows: QuerySet, data: dict) -> Outcome:
        return gate.change_many(Toy, rows, TOY["finish"], actor=self.actor, now=self.now)


class DeleteToys(Dialog):
    """A deletion with a guard and a reason."""

    class form(KitForm):  # noqa: N801
        reason = ReasonField()

    manual, url, permission, title, label = "0.1", "toys/delete/", "toys.edit", "删除玩具", "删除"
    model, final, in_request = Toy, True, 3
    guards = [Guard(Q(painted=False), "已上色的玩具不能删除")]

    def run(self, rows: QuerySet, data: dict) -> Outcome:
        return gate.delete_many(
            Toy, rows, actor=self.actor, may="toys.edit", action="toys.deleted", now=self.now, guards=self.guards
        )


class ToyPaper(Download):
    """A text file of the toys' names."""

    manual, url, permission, title, label = "0.1", "toys/paper/", "toys.view", "玩具清单", "下载清单"
    model, guards = Toy, [painted]

    def make(self, rows: QuerySet, data: dict) -> Made:
        return Made("玩具.txt", "text/plain; charset=utf-8", "\n".join(rows.values_list("name", flat=True)).encode())


class Toys(ListPage):
    """The list."""

    manual, url, permission, title = "0.1", "toys/", "toys.view", "玩具"
    model = Toy
    columns = [
        Col("name", "名称", sort=True), Masked("secret", "身份证号", mask_id), Figure("year", "年份", sort=True),
        State(TOY), When("created_at", "创建时间", sort=True), Col("note", "备注", value=lambda row: "=1+1", shown=False),
    ]  # fmt: skip
    filters = [Search("名称", "name"), Choice("状态", "state"), DateRange("创建时间", "created_at"), Hidden()]
    tabs = StateTabs(TOY)
    row = [Open(ShowToy), Act(FinishToys), Act(EditToy), Act(DeleteToys, danger=True)]
    batch = [Batch(FinishToys, "批量完成"), Batch(DeleteToys, "批量删除", danger=True), Batch(ToyPaper)]
    header = [Go(NewToy, primary=True, icon="plus"), Export("导出玩具")]
    order = ("-year",)


class PublicToys(Page):
    """Open to everybody."""

    manual, url, permission, title = "0.1", "public/", PUBLIC, "公开"

    def get(self) -> HttpResponse:
        return HttpResponse("人人可见")


def _taken() -> dict[str, type[Page]]:
    """Out of the registry again: only the tests of this folder see these pages."""
    return {name: PAGES.pop(name) for name, page in list(PAGES.items()) if page.__module__ == __name__}


TOY_PAGES = _taken()
