"""A report with its tabs and its record (R231), and its files."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase

from skillcert.kit import audit
from skillcert.kit.errors import Missing
from skillcert.kit.files import StoredFile
from skillcert.kit.pages import Act, DetailPage, Page, url_of
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.screen import ActView, Fact, Head, Note

from ..content import COUNTS, RECORD, TABS, label_of
from ..figures import draft_of_report
from ..models import WeeklyReport
from ..states import REPORT
from ..tables import exam_table
from .filling import DeleteReport, EditReport, OfInstitution, SubmitReport, WithdrawReport
from .review import ApproveReports, ReturnReports
from .shown import record_events, return_note


class ReportInTabs(DetailPage):
    """R231: 可查看周报信息及审核记录。点击不同tab页标签查看信息."""

    model, related, machine, template = WeeklyReport, ("institution",), REPORT, "weekly/detail.html"

    def subtitle_of(self, row: WeeklyReport) -> str:
        return f"{row.cycle.full_label}　{row.cycle.days}"

    def events(self, row: WeeklyReport) -> list[Any]:
        return []

    def more(self, row: WeeklyReport) -> dict[str, Any]:
        record, files = record_events(row), [one.file for one in row.attachments.select_related("file")]
        counts = {"files": len(files), "record": len(record["events"])}
        keys = [key for key, _ in (*TABS, RECORD)]
        tab = self.query.get("tab", "")
        tab = tab if tab in keys else keys[0]
        return {
            "tabs": [(key, label, counts.get(key, 0), f"?tab={key}", key == tab) for key, label in (*TABS, RECORD)],
            "tab": tab, "record": record, "table": exam_table(draft_of_report(row)), "facts": self.facts_of(row, tab),
            "files": [(file, url_of(ReportFilePage, pk=row.pk, file=file.pk)) for file in files],
        }  # fmt: skip

    def facts_of(self, row: WeeklyReport, tab: str) -> list[Fact]:
        numbers = {"basics": COUNTS[:3], "training": COUNTS[3:]}.get(tab, ())
        facts = [Fact(label_of(name), f"{getattr(row, name):,}") for name in numbers]
        if tab == "basics":
            facts = [
                Fact("院校", row.institution.name), Fact("类型", row.get_kind_display()), *facts,
                Fact("填报人", row.submitted_by or "–"), Fact("提交时间", plain_text(row.submitted_at) or "–"),
            ]  # fmt: skip
        if tab == "training":
            facts.append(Fact("培训说明", row.training_note or "–", wide=True))
        return facts


class ReportDetail(OfInstitution, ReportInTabs):
    """查看, by the institution whose report it is."""

    manual, url, permission, title = "6.1", "weekly/<int:pk>/", "weekly.view", "周报"
    acts = [Act(DeleteReport, danger=True), Act(WithdrawReport), Act(EditReport), Act(SubmitReport, primary=True)]
    back = "weekly.WeeklyReports"

    def heading(self, row: WeeklyReport) -> str:
        return row.cycle.title

    def notes(self, row: WeeklyReport) -> list[Note]:
        return return_note(row, "?tab=record")


class ReviewedReport(ReportInTabs):
    """The same by the province, which passes or returns it, and by the platform."""

    manual, url, permission, title = "6.1", "weekly/review/<int:pk>/", "weekly.view", "院校周报"
    acts = [Act(ReturnReports), Act(ApproveReports, primary=True)]
    back = "weekly.ReviewReports"
    kinds = ("province", "platform")

    def heading(self, row: WeeklyReport) -> str:
        return f"{row.institution}的{row.cycle.title}"


class ReportFilePage(Page):
    """附件. It may name people, so it leaves by a POST that is audited; a GET asks for it."""

    manual, url, permission, title = "6.1", "weekly/<int:pk>/files/<uuid:file>/", "weekly.view", "附件"
    opens, back = "download", "weekly.WeeklyReports"

    def file(self) -> tuple[WeeklyReport, StoredFile]:
        row = row_of(self, WeeklyReport)
        held = row.attachments.filter(file=self.where["file"]).select_related("file").first()
        if held is None:
            raise Missing()
        return row, held.file

    def get(self) -> HttpResponseBase:
        _row, file = self.file()
        acts = [ActView("file", "下载", self.request.path, "download", "download", primary=True)]
        return self.render("kit/result.html", page=Head(str(file.name), back_url=self.next_url("/desk/")), acts=acts, says="")

    def post(self) -> HttpResponseBase:
        row, file = self.file()
        with transaction.atomic():
            audit.record("kit.download", [audit.fact_of(row, {"file": str(file.pk), "size": file.size})], actor=self.actor)
        response: HttpResponse = file.response()  # type: ignore[assignment]
        return response
