"""谁的周报还没交 (look 15, left): figures that open their lists, history squares, 提醒; and 周报设置."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from skillcert.kit.gate import Outcome
from skillcert.kit.pages import Act, Batch, Choice, Col, Dialog, FormPage, Go, KitForm, ListPage, Page, Search
from skillcert.kit.pages.acts import BatchOrAll
from skillcert.kit.pages.list import Found
from skillcert.kit.pages.screen import Card, ColumnView, Note, RowView, Table
from skillcert.orgs.models import Institution, Province

from .. import rules
from ..cycles import Cycle, Setting, changed, cycle_at, latest
from ..models import CycleSetting
from ..overview import LEGEND, SHOWN, counts_of, figures_of, filler_words, left_of, owed_words, squares_html, standings
from .exports import ExportCycle, ExportYear

OVERVIEW = "weekly.Overview"
LISTED = 12


class OfProvince(Page):
    kinds = ("province",)


class RemindInstitutions(OfProvince, Dialog):
    """提醒: a message and an SMS; who was reminded within a day is left out, and it says so."""

    manual, url, permission, back = "6.1", "weekly/remind/", "weekly.review", OVERVIEW
    title, label, unit, model, icon = "提醒提交周报", "提醒", "所", Institution, "bell-ringing"
    guards, else_all = rules.remindable, True

    def notes(self) -> list[Note]:
        return [Note("将发站内消息，并给周报填报员（没有的给院校管理员）发短信。24 小时内提醒过的不重复提醒。")]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.remind(actor=self.actor, now=self.now, institutions=rows)

    def done(self, count: int) -> str:
        return f"已提醒 {count:,} 所，短信正在发送。" if self.one is None else "已提醒，短信正在发送。"


class OneCycle(Choice):
    """Which cycle the page is about; ``Overview.rows`` goes by it."""

    def __init__(self) -> None:
        super().__init__("周期", "cycle")

    def form_field(self, page: ListPage) -> forms.Field:
        """The cycle that runs, unless an earlier one is asked for."""
        earlier = [(cycle.key, cycle.full_label) for cycle in page.cycles[1:]]  # type: ignore[attr-defined]
        return forms.ChoiceField(label=self.label, required=False, choices=[("", "本期"), *earlier])

    def q(self, value: str) -> Q:
        return Q()


class Overview(OfProvince, ListPage):
    """谁的周报还没交, of the present cycle or an earlier one."""

    manual, url, permission, title = "6.1", "weekly/overview/", "weekly.view", "周报情况"
    model, template = Institution, "weekly/overview.html"
    columns = [
        Col("name", "院校", fixed=True), Col("owed", "欠交", value=lambda row: owed_words(row.standing)),
        Col("squares", f"近 {SHOWN} 期", value=lambda row: squares_html(row.standing)),
        Col("last", "上次提交", value=lambda row: row.standing.last), Col("filler", "填报人", value=lambda row: filler_words(row.standing)),
        Col("reminded", "最近提醒", value=lambda row: row.standing.reminded),
    ]  # fmt: skip
    filters = [Search("院校", "name"), OneCycle()]
    row = [Act(RemindInstitutions)]
    batch = [Batch(RemindInstitutions, "提醒")]
    links = [Go("weekly.CycleSettings", "周报设置", icon="settings")]
    order = ("name",)
    empty = "这一期的周报都交齐了"

    @cached_property
    def province(self) -> Province:
        return rules.province_of(self.actor)

    @cached_property
    def cycles(self) -> list[Cycle]:
        return latest(rules.settings_of(self.province), self.now, LISTED)

    @cached_property
    def cycle(self) -> Cycle:
        return next((cycle for cycle in self.cycles if cycle.key == self.query.get("cycle")), self.cycles[0])

    @property
    def subtitle(self) -> str:  # type: ignore[override]
        return f"{self.cycle.full_label}　{self.cycle.days}"

    @property
    def current(self) -> bool:
        return self.cycle == self.cycles[0]

    def rows(self) -> QuerySet:
        return rules.missing(self.province, self.cycle)

    def fetch(self) -> Found:
        found = super().fetch()
        standing = standings(found.rows, self.province, self.now, cycle=self.cycle)
        for row in found.rows:
            row.standing = standing[row.pk]
        return found

    def allowed_acts(self, rows: Any) -> dict[int, set[int]]:
        """Reminded is for the cycle that runs."""
        return super().allowed_acts(rows) if self.current else {row.pk: set() for row in rows}

    def context(self) -> dict[str, Any]:
        context = super().context()
        counts = counts_of(self.province, self.cycle, self.now)
        acts = [Go(ExportCycle, icon="download").view(), Go(ExportYear, icon="download").view()]
        context |= {
            "figures": figures_of(counts, self.cycle, self.now), "legend": LEGEND,
            "head_acts": acts, "left": left_of(self.cycle, self.now), "missing": counts.missing,
        }  # fmt: skip
        if self.current and context["rows"] and RemindInstitutions.admits(self.actor):
            label = f"提醒全部 {context['total_matching']} 所"
            act = BatchOrAll(RemindInstitutions, label, "bell-ringing").view_on(self.origin)
            context["acts"] = [act]
        if not self.current:
            context["batch"] = []
        return context


# --- 周报设置 ------------------------------------------------------------------------------------------
class CycleForm(KitForm):
    kind = forms.ChoiceField(label="周报周期", choices=Province.Cycle.choices, widget=forms.RadioSelect)


class CycleSettings(OfProvince, FormPage):
    """R218: 按周形式提交、也可能是按半月报形式提交."""

    manual, url, permission, title = "6.1", "weekly/settings/", "weekly.review", "周报设置"
    model, form, icon, back, columns = CycleSetting, CycleForm, "settings", OVERVIEW, 1

    @cached_property
    def settings(self) -> list[Setting]:
        return rules.settings_of(rules.province_of(self.actor))

    def initial(self, row: None) -> dict[str, Any]:
        return {"kind": self.settings[-1].kind}

    def notes(self, row: Any) -> list[Note]:
        now, other = cycle_at(self.settings, self.now), {"week": "half_month", "half_month": "week"}
        following = cycle_at(self.settings, now.end)
        changed_to = cycle_at(changed(self.settings, other[following.kind], self.now), now.end)
        said = f"本期是{now.full_label}（{now.days}），照旧提交；下一期是{following.full_label}（{following.days}）。"
        if_changed = f"改为{changed_to.title}从下一期起生效：下一期将是{changed_to.full_label}（{changed_to.days}）；"
        return [Note(said), Note(if_changed + "过去各期不变，全省院校会收到消息。", "wait")]

    def side(self, row: Any) -> list[Card]:
        """The history of settings."""
        rows = CycleSetting.visible_to(self.actor).order_by("-since")
        columns = (ColumnView("since", "生效时间"), ColumnView("kind", "周期"), ColumnView("by", "设置人"))
        lines = [
            RowView(str(one.pk), "", (SafeString(f"{timezone.localtime(one.since):%Y-%m-%d %H:%M}"), SafeString(one.get_kind_display()),
                    format_html("{}", one.set_by))) for one in rows
        ]  # fmt: skip
        first = Province.Cycle(self.settings[0].kind).label
        lines.append(RowView("0", "", (SafeString("最初"), SafeString(first), SafeString("–"))))
        return [Card("历次设置", table=Table(columns, tuple(lines)), side=True)]

    def save(self, row: None, data: dict[str, Any]) -> Any:
        return rules.set_cycle(actor=self.actor, now=self.now, kind=data["kind"])

    def done(self, row: list[Setting]) -> str:  # type: ignore[override]
        following = cycle_at(row, cycle_at(row, self.now).end)
        return f"已保存：下一期是{following.full_label}（{following.days}）。"
