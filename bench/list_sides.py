"""The two lists that bench/list_page.py compares: the same columns of the same rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet

from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CANDIDATE
from skillcert.kit.access import Actor
from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.pages import (
    LOGIN,
    Choice,
    Col,
    DateRange,
    Figure,
    IdNumber,
    ListPage,
    Masked,
    Search,
    State,
    StateTabs,
    When,
)  # fmt: skip
from skillcert.kit.pages.keyset import Order, key_of
from skillcert.kit.rows import EVERYBODY


class Anyone(Candidate):
    """The same table, seen as a whole."""

    class Meta:
        proxy = True
        app_label = "candidates"
        verbose_name_plural = "全部考生"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return EVERYBODY


class Own(ListPage):
    """An institution's candidates, newest first."""

    manual, url, permission, title = "5.2.3", "own/", "candidates.view", "院校考生"
    model, related, order = Candidate, ("major",), ("-created_at",)
    columns = [
        Col("name", "姓名", sort="pinyin_key"), Masked("id_number", "身份证号", mask_id), Masked("phone", "手机号", mask_phone),
        Col("major__name", "就读专业"), Col("level", "专业层次"), Col("entry_year", "入学年份", sort=True),
        Figure("registration_count", "已报考"), State(CANDIDATE), When("created_at", "创建时间", sort=True),
    ]  # fmt: skip
    filters = [Search("姓名", "name", "pinyin_key"), IdNumber(), Choice("就读专业", "major"), DateRange("创建时间", "created_at")]
    tabs = StateTabs(CANDIDATE)

    def rows(self) -> QuerySet:
        return self.model.objects.filter(kind="college")


class Everything(Own):
    """Every row there is, by key."""

    url, permission, model, order = "all/", LOGIN, Anyone, ("-id",)

    def rows(self) -> QuerySet:
        return self.model.objects.all()


class OwnAdmin(admin.ModelAdmin):
    list_display = (
        "name", "masked_id", "masked_phone", "major_name", "level", "entry_year", "registration_count", "state", "created_at"
    )  # fmt: skip
    list_filter = ("state",)
    search_fields = ("name", "pinyin_key")
    list_select_related = ("major",)
    list_per_page = 20
    show_full_result_count = False
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: Any) -> QuerySet:
        return super().get_queryset(request).filter(institution=request.actor.organization_id, kind="college")

    @admin.display(description="身份证号")
    def masked_id(self, row: Candidate) -> str:
        return mask_id(row.id_number)

    @admin.display(description="手机号")
    def masked_phone(self, row: Candidate) -> str:
        return mask_phone(row.phone)

    @admin.display(description="就读专业")
    def major_name(self, row: Candidate) -> str:
        return row.major.name if row.major else ""


class AllAdmin(OwnAdmin):
    ordering = ("-id",)

    def get_queryset(self, request: Any) -> QuerySet:
        return admin.ModelAdmin.get_queryset(self, request)


own_admin, all_admin = OwnAdmin(Candidate, admin.site), AllAdmin(Anyone, admin.site)
for side in (own_admin, all_admin):
    admin.site.register(side.model, type(side))


def key_before_last(size: int) -> str:
    """The key after which the last ``size`` rows follow."""
    row = Candidate.objects.order_by("id")[size]
    return key_of(row, Order("id", True))
