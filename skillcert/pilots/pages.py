"""Chapter 4.3: 证书试点申报."""

from __future__ import annotations

from typing import Any

from django.utils.html import conditional_escape

from skillcert.kit.pages import Choice, Col, DetailPage, Figure, ListPage, Open, Search, State, StateTabs, When
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import Card, ColumnView, Fact, RowView, Table
from skillcert.qualifications.models import Grade

from .models import PilotApplication
from .states import APPLICATION


class PilotApplicationDetail(DetailPage):
    """4.3 查看 (R68)"""

    manual, url, permission, title = "4.3", "pilots/<int:pk>/", "pilots.view", "试点申报详情"
    model, machine = PilotApplication, APPLICATION
    related = ("round", "institution", "qualification__awarding_body")
    back = "pilots.PilotApplications"

    def heading(self, row: PilotApplication) -> str:
        return str(row.qualification)

    def subtitle_of(self, row: PilotApplication) -> str:
        return f"{row.institution} ・ {row.year} 年度"

    def cards(self, row: PilotApplication) -> list[Card]:
        facts = (
            Fact("申报计划", row.round.name), Fact("年度", str(row.year)), Fact("院校", row.institution.name),
            Fact("证书", row.qualification.name), Fact("证书等级", row.qualification.get_grade_display()),
            Fact("培训评价组织", row.qualification.awarding_body.name), Fact("联系人", row.contact),
            Fact("联系电话", row.phone), Fact("申请培训总人数", f"{row.trainees:,}"),
            Fact("提交时间", plain_text(row.submitted_at) or "–"),
            Fact("师资情况", row.faculty, wide=True), Fact("场地情况", row.venue, wide=True),
        )  # fmt: skip
        return [Card("申报信息", facts), Card("拟申报专业", table=majors_table(row))]


def majors_table(row: PilotApplication) -> Table:
    """The declared majors with their three figures (R58)."""
    labels = [("name", "专业名称"), ("code", "专业代码"), ("version", "专业版本")]
    figures = [("students", "本专业在校学生数"), ("teachers", "本专业专任教师数"), ("trainees", "申请培训人数")]
    columns = [ColumnView(key, label) for key, label in labels] + [
        ColumnView(k, label, "right") for k, label in figures
    ]
    rows = []
    for one in row.majors.select_related("major").order_by("major__code"):
        cells = [one.major.name, one.major.code, one.major.version]
        cells += [f"{value:,}" for value in (one.students, one.teachers, one.trainees)]
        rows.append(RowView(str(one.pk), one.major.name, tuple(conditional_escape(cell) for cell in cells)))
    return Table(tuple(columns), tuple(rows), "未按专业申报：证书对应的专业均可报考")


class PilotApplications(ListPage):
    """4.3 证书试点申报 (R51)"""

    manual, url, permission, title = "4.3", "pilots/", "pilots.view", "证书试点申报"
    model = PilotApplication
    related = ("round", "institution", "qualification__awarding_body")
    columns = [
        Col("qualification__name", "证书名称", fixed=True), Col("qualification__grade", "证书等级"),
        Col("institution__name", "院校"), Col("year", "年度", sort=True), Col("round__name", "申报计划"),
        Col("qualification__awarding_body__name", "培训评价组织", shown=False), Figure("trainees", "申请培训总人数", sort=True),
        State(APPLICATION), When("submitted_at", "提交时间", sort=True),
    ]  # fmt: skip
    filters = [
        Search("证书名称", "qualification__name"),
        Choice("证书等级", "qualification__grade", options=lambda page: Grade.choices),
        Search("院校", "institution__name"),
        Choice("年度", "year", options=lambda page: years(page)),
    ]
    tabs = StateTabs(APPLICATION)
    row = [Open(PilotApplicationDetail)]
    order = ("-year",)
    empty = "还没有试点申报"


def years(page: Any) -> list[tuple[int, str]]:
    """The years that the actor has applications of."""
    found = PilotApplication.visible_to(page.actor).values_list("year", flat=True).distinct().order_by("-year")
    return [(year, f"{year} 年") for year in found]
