"""按证书导出申报明细表 (R67), and 拟申报与实际报考对照 (R61)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q, QuerySet

from skillcert.kit.exports import XLSX
from skillcert.kit.pages import Choice, Col, Download, Export, Figure, ListPage, Made, Search, Tab
from skillcert.kit.pages.acts import BatchOrAll
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.sheets.writer import write_rows

from ..models import PilotApplication, PilotMajor
from ..states import ApplicationState

LIST = "pilots.PilotApplications"
COLUMNS = [
    "年度", "证书名称", "等级", "培训评价组织", "专业名称", "专业代码", "专业版本", "本专业在校学生数", "本专业专任教师数",
    "申请培训人数", "申请培训总人数", "审核状态", "提交时间",
]  # fmt: skip


class ExportDeclarations(Download):
    """R67: a line a major, certificate by certificate; the ticked applications, else all that match. Whoever reads those
    of several institutions gets their name first [assumption].
    """

    manual, url, permission, title = "4.3", "pilots/export/", "pilots.view", "按证书导出申报明细表"
    label, unit, model, back, shelf, action = "导出", "份", PilotApplication, LIST, "export", "kit.export"
    else_all, in_request = True, 5000

    @classmethod
    def button(cls) -> BatchOrAll:
        return BatchOrAll(cls, cls.title, "download")

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        many = self.actor.organization_kind != "institution"
        headers = ["院校", *COLUMNS] if many else COLUMNS
        found = rows.select_related("institution", "qualification__awarding_body").prefetch_related("majors__major")
        ordered = found.order_by("-year", "qualification__name", "qualification__grade", "institution__name", "pk")
        with tempfile.TemporaryFile() as file:
            count = write_rows(file, "申报明细", headers, self.lines(ordered, many))
            file.seek(0)
            content = file.read()
        return Made(f"试点申报明细-{self.now:%Y%m%d-%H%M%S}.xlsx", XLSX, content, {"rows": count})

    def lines(self, rows: QuerySet, many: bool) -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=500):
            head = [row.institution.name] if many else []
            head += [row.year, row.qualification.name, row.qualification.get_grade_display(), row.qualification.awarding_body.name]
            foot = [row.trainees, row.get_state_display(), plain_text(row.submitted_at)]
            for one in sorted(row.majors.all(), key=lambda one: (one.major.code, one.major.version)) or [None]:
                yield [*head, *(_figures(one) if one else [""] * 6), *foot]


def _figures(one: PilotMajor) -> list[Any]:
    return [one.major.name, one.major.code, one.major.version, one.students, one.teachers, one.trainees]


class DeclaredAndRegistered(ListPage):
    """R61: 拟申报专业-专业代码-专业版本，各个专业人数，必须与实际报考一致: per major of the approved applications, distinct persons
    over all plans of the year. While registration runs the figure is a cap; the differences left at its end show here.
    """

    manual, url, permission, title = "4.3", "pilots/majors/", "pilots.view", "拟申报与实际报考对照"
    model = PilotMajor
    related = ("application__institution", "application__qualification", "major")
    columns = [
        Col("major__name", "专业名称", fixed=True), Col("major__code", "专业代码"), Col("major__version", "专业版本"),
        Col("application__institution__name", "院校"), Col("application__qualification__name", "证书名称"),
        Col("application__qualification__grade", "证书等级"), Col("application__year", "年度"),
        Figure("trainees", "申请培训人数", sort=True), Figure("registered", "实际报考人数", sort=True),
        Figure("difference", "差额", value=lambda row: row.registered - (row.trainees or 0)),
        Col("matches", "是否一致", value=lambda row: "一致" if row.registered == row.trainees else "不一致"),
    ]  # fmt: skip
    filters = [
        Search("证书名称", "application__qualification__name"), Search("专业", "major__name", "major__code", param="major"),
        Search("院校", "application__institution__name"),
        Choice("年度", "application__year", param="year", options=lambda page: years_of(page)),
    ]  # fmt: skip
    tabs = [
        Tab("不一致", ~Q(registered=F("trainees")), "different"), Tab("一致", Q(registered=F("trainees")), "same"),
    ]  # fmt: skip
    header = [Export("导出对照表")]
    order = ("-id",)
    nothing_yet = "还没有审核通过的按专业申报"

    def rows(self) -> QuerySet:
        return PilotMajor.objects.filter(application__state=ApplicationState.APPROVED)


def years_of(page: ListPage) -> list[tuple[int, str]]:
    found = page.visible.order_by("-application__year").values_list("application__year", flat=True).distinct()
    return [(year, f"{year} 年") for year in found]
