"""各院校答复情况: to a province and the platform, how many requests wait and whose are late; nothing of a person (domain 1.3)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from skillcert.kit.exports import Export
from skillcert.kit.pages import Choice, Col, Figure, ListPage, Search, Tab, When
from skillcert.orgs.models import Institution, Province

from .. import rules
from ..states import RequestState
from .requests import WHY

WAITING, CLOSED = Q(personal_requests__state=RequestState.PENDING), ~Q(personal_requests__state=RequestState.PENDING)


def late(now: datetime) -> Q:
    return WAITING & Q(personal_requests__due_at__lt=now)


class RequestStanding(ListPage):
    """个人信息申请办理情况: a line for each institution that was asked"""

    manual, why, help = None, WHY, "0.8"
    url, permission, title = "privacy/standing/", "orgs.view", "个人信息申请办理情况"
    subtitle = f"各院校 {rules.DAYS} 天内答复；不显示申请人和申请内容"
    model, related, kinds = Institution, ("province",), ("province", "platform")
    columns = [
        Col("name", "院校", sort=True, fixed=True), Col("province__name", "省份"), Figure("waiting", "待答复"),
        Figure("late", "已逾期"), When("first_due", "最早的期限"), Figure("closed", "已答复"), Col("contact", "联系人"),
        Col("phone", "联系电话"),
    ]  # fmt: skip
    filters = [
        Search("院校", "name"),
        Choice("省份", "province", options=lambda page: Province.objects.filter(pk__in=page.visible.values("province"))),
    ]  # fmt: skip
    tabs = [
        Tab("有逾期", lambda now: Q(late__gt=0), "late"), Tab("有待答复", lambda now: Q(waiting__gt=0), "waiting"),
    ]  # fmt: skip
    header = [Export("导出")]
    order = ("name",)
    nothing_yet = "没有院校收到过个人信息申请"

    def rows(self) -> QuerySet:
        counts = {
            "waiting": Count("personal_requests", filter=WAITING), "closed": Count("personal_requests", filter=CLOSED),
            "late": Count("personal_requests", filter=late(self.now)), "first_due": Min("personal_requests__due_at", filter=WAITING),
        }  # fmt: skip
        return Institution.objects.filter(personal_requests__isnull=False).annotate(**counts)
