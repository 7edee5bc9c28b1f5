"""The two lists that bench/list_page.py compares: the room's own, and Django's admin over the same table and indexes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet

from skillcert.candidates.models import Candidate
from skillcert.candidates.pages.lists import CollegeCandidates as Own
from skillcert.kit.access import Actor
from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.pages import LOGIN
from skillcert.kit.pages.keyset import Order, key_of
from skillcert.kit.rows import EVERYBODY

__all__ = ["Everything", "Own", "all_admin", "key_before_last", "own_admin"]


class Anyone(Candidate):
    """The same table, seen as a whole."""

    class Meta:
        proxy = True
        app_label = "candidates"
        verbose_name_plural = "全部考生"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return EVERYBODY


class Everything(Own):
    """Every row there is, by key. 就读专业 would offer the majors of all: an institution's question, left out."""

    url, permission, model, order = "all/", LOGIN, Anyone, ("-id",)
    filters = [entry for entry in Own.filters if entry.param != "major"]

    def rows(self) -> QuerySet:
        return Anyone.objects.all()


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
