"""6.1 提交周报: the list, the button, the form (R219-R230)."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from skillcert.kit.access import Actor
from skillcert.kit.errors import Refused
from skillcert.kit.files import StoredFile
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Choice,
    Col,
    DateRange,
    Dialog,
    FormPage,
    Go,
    KitForm,
    ListPage,
    Open,
    Page,
    State,
    StateTabs,
    When,
    state_badge,
    url_of,
)
from skillcert.kit.pages.forms import check_row, row_of
from skillcert.kit.pages.screen import ActView, Fact, Head, Note

from .. import rules
from ..content import COUNTS, RECORD, TABS, TEXTS
from ..cycles import Cycle, before
from ..figures import Draft, draft_of, draft_of_report, fresh
from ..forms import ReportForm, read_draft
from ..models import WeeklyReport
from ..overview import left_of
from ..states import REPORT, ReportState, deletable, editable, fillable
from ..tables import exam_table
from .shown import panel_of_field, record_events, return_note

REPORTS = "weekly.WeeklyReports"


class OfInstitution(Page):
    """A page for an institution alone: the province and the platform read, they do not fill in."""

    kinds = ("institution",)


class StartReport(OfInstitution):
    """R222, R224: 提交周报 opens the form, or answers that this cycle's report is there and where."""

    manual, url, permission, title = "6.1", "weekly/start/", "weekly.edit", "提交周报"
    opens, icon, back = "dialog", "plus", REPORTS

    def get(self) -> HttpResponseBase:
        try:
            rules.refuse_second(self.actor, rules.cycle_of(self.actor, self.now))
        except Refused as no:
            acts = [ActView("back", "返回列表", url_of(REPORTS)), ActView("open", "打开已有的这一份", no.url, primary=True)]
            note = Note(no.sentence, "wait", no.url, no.link)
            return self.render("kit/result.html", page=Head(self.title), title=self.title, outcome=note, acts=acts, says="")
        return self.redirect(url_of(NewReport))


class ReportPage(OfInstitution, FormPage):
    """The form of look 14: tabs are anchors of one form, so that nothing typed is lost by going to another."""

    model, form, related = WeeklyReport, ReportForm, ("institution",)
    template, opens, back, title = "weekly/form.html", "page", REPORTS, "周报"
    cycle: Cycle
    draft: Draft

    def keep(self, upload: Any) -> None:
        """An allowed upload, kept until the form is saved."""
        self.kept.append(rules.keep_upload(actor=self.actor, upload=upload))

    @cached_property
    def kept(self) -> list[StoredFile]:
        return rules.kept_uploads(self.actor, self.request.POST.getlist("kept"))

    @cached_property
    def removed(self) -> frozenset[str]:
        return frozenset(self.request.POST.getlist("remove"))

    @property
    def bound(self) -> str:
        """Whose and of which cycle the draft of the figures is."""
        return f"{self.actor.organization_id}:{self.cycle.key}"

    def newly_drafted(self) -> Draft:
        settings = rules.settings_of(rules.province_of(self.actor))
        return draft_of(self.actor.organization_id or 0, self.cycle, before(settings, self.cycle), self.now)

    def first_draft(self) -> Draft:
        raise NotImplementedError

    def make_form(self, data: QueryDict | None = None) -> KitForm:
        carried = read_draft(data.get("draft", ""), self.bound) if data is not None else None
        self.draft = carried or self.first_draft()
        self._form = super().make_form(data)
        return self._form

    # --- answers -----------------------------------------------------------------------------------
    def post(self) -> HttpResponseBase:
        if self.request.POST.get("act") == "draft":
            return self.draw_again()
        return super().post()

    def draw_again(self) -> HttpResponse:
        """重新取数: the platform's numbers of now; what a person changed and typed stays. Nothing is saved."""
        typed = self.request.POST.copy()
        form: Any = self.make_form(typed)
        form.full_clean()  # keeps what was uploaded
        again = fresh(form.typed(), self.newly_drafted())
        for figure in again.figures:
            typed[f"f_{figure.key}"] = str(figure.value)
            typed[f"r_{figure.key}"] = figure.reason
        self.draft = again
        form = self.form(typed, initial=form.initial, page=self, row=self.row)
        form.fields |= {name: self._form.fields[name] for name in ("once", "version") if name in self._form.fields}
        form._errors, form.cleaned_data = {}, {}  # nothing is judged before it is saved, but for what was uploaded
        for error in self._form.errors.get("files", []):
            form.add_error("files", error)
        return self.draw(form, open_tab="exams", said="已按现在的数据重新取数，您改过的数没有动。")

    def save(self, row: WeeklyReport | None, data: dict[str, Any]) -> WeeklyReport:
        form: Any = self._form
        return rules.save_report(
            actor=self.actor, now=self.now, report=row, values={name: data[name] for name in (*COUNTS, *TEXTS)},
            draft=form.typed(), attachments=rules.Attachments(self.kept, self.removed), version=self.version,
            submit=self.request.POST.get("act") == "submit", started=self.started,
        )  # fmt: skip

    @property
    def started(self) -> datetime | None:
        """The start of the cycle that the form was opened for."""
        try:
            return datetime.fromisoformat(self.request.POST.get("started", ""))
        except ValueError:
            return None

    def done(self, row: WeeklyReport) -> str:
        if row.state == ReportState.IN_REVIEW:
            return f"已提交{row.cycle.full_label}{row.cycle.title}，等待省厅审核；审核之前可以撤回。"
        then = "改好后请再提交" if row.returned_at else "请在截止前提交"
        return f"已保存，状态为“{row.get_state_display()}”；{then}。"

    def after(self, row: WeeklyReport) -> str:
        if row.state == ReportState.IN_REVIEW:
            return url_of(REPORTS)
        tab = self.request.POST.get("tab", "")
        return f"{url_of(EditReport, pk=row.pk)}?saved=1" + (f"#{tab}" if tab in dict(TABS) else "")

    # --- drawing -----------------------------------------------------------------------------------
    def draw(self, form: Any, status: int = 200, *, open_tab: str = "", said: str = "", **more: Any) -> HttpResponse:
        row, cycle = self.row, self.cycle
        errors = [name for name in form.errors if name in form.fields]
        wrong = {panel_of_field(name) for name in errors}
        counts = {key: sum(panel_of_field(name) == key for name in errors) for key in wrong}
        refused = list(more.pop("notes", self.notes(row)))
        context: dict[str, Any] = {
            "page": Head(cycle.title, SafeString(f"{cycle.label}&emsp;{cycle.days}"), url_of(REPORTS), self.badge, self.head_hint),
            "form": form, "notes": [*refused, *([Note(said, "ok")] if said else [])], "action": self.request.path,
            "answered": form.is_bound or "saved" in self.request.GET, "tabs": self.tabs(row, counts),
            "open_tab": open_tab or next((key for key, _ in TABS if key in wrong), TABS[0][0]),
            "table": exam_table(form.draft, value_of=form.value_of, fields_of=form.fields_of), "draft": form.draft,
            "counts": [form[name] for name in COUNTS[:3]], "training": [form[name] for name in COUNTS[3:]],
            "started": cycle.start.isoformat(), "kept": self.kept, "removed": self.removed, "filled": self.filled(form),
            "attachments": [one.file for one in row.attachments.select_related("file")] if row else [],
            "year_start": f"{cycle.year_start:%Y-%m-%d}", "hidden": [("next", self.next_url(""))], "row": row, "cycle": cycle,
            "cancel_url": self.next_url(url_of(REPORTS)), "record": record_events(row, editing=True), **more,
        }  # fmt: skip
        return self.render("", status, **context)

    @property
    def badge(self) -> Any:
        return state_badge(REPORT, self.row.state if self.row else ReportState.DRAFT)

    @property
    def head_hint(self) -> str | SafeString:
        if self.row is not None and self.row.returned_at:
            return "退回的周报可在本周期后再提交"
        return left_of(self.cycle, self.now)

    def tabs(self, row: WeeklyReport | None, wrong: dict[str, int]) -> list[tuple[str, str, int, int]]:
        """(key, label, count, errors)."""
        files = (row.attachments.count() if row else 0) + len(self.kept) - len(self.removed)
        events = len(record_events(row)["events"]) if row else 0
        found = [(key, label, files if key == "files" else 0, wrong.get(key, 0)) for key, label in TABS]
        return [*found, (*RECORD, events, 0)]

    @staticmethod
    def filled(form: Any) -> int:
        """How many of the seven tabs to fill hold something; 附件 may stay empty."""
        texts = [bool(str(form[name].value() or "").strip()) for name in ("progress", "problems", "next_plan")]
        numbers = [all(str(form[name].value() or "") for name in names) for names in (COUNTS[:3], COUNTS[3:])]
        return sum(texts) + sum(numbers) + 1


class NewReport(ReportPage):
    """R220-R222: the report of the cycle that runs; once the next one begins nothing is filled in afterwards."""

    manual, url, permission = "6.1", "weekly/new/", "weekly.edit"

    @cached_property
    def cycle(self) -> Cycle:  # type: ignore[override]
        """The one that the form was opened for, so that a late answer still shows what was typed."""
        settings = rules.settings_of(rules.province_of(self.actor))
        running = rules.cycle_of(self.actor, self.now)
        if self.started and self.started == (last := before(settings, running)).start:
            return last
        return running

    def get(self) -> HttpResponseBase:
        rules.refuse_second(self.actor, self.cycle)
        return super().get()

    def first_draft(self) -> Draft:
        return self.newly_drafted()

    def initial(self, row: None) -> dict[str, Any]:
        """What the platform knows; 累计培训人数 goes on from the last report of the year."""
        reports = WeeklyReport.objects.filter(institution=self.actor.organization_id, start__lt=self.cycle.start)
        last = reports.order_by("-start").first()
        total = last.trained_total if last and last.cycle.year_start == self.cycle.year_start else 0
        return {"trained": "", "trained_total": total, "teachers_trained": "", **self.draft.counts}


class EditReport(ReportPage):
    """R225, R230: 未提交 and 审核退回 may be changed, then saved or submitted."""

    manual, url, permission, label, icon = "6.1", "weekly/<int:pk>/edit/", "weekly.edit", "编辑", "pencil"
    guards = (editable, fillable)

    @cached_property
    def row(self) -> WeeklyReport:
        """Whether it may still be changed is asked before the form is shown; of what was typed the rule decides, and
        its refusal is drawn with everything that was typed.
        """
        row = row_of(self, WeeklyReport, self.related)
        if self.request.method != "POST":
            check_row(self, row)
        return row

    @property
    def cycle(self) -> Cycle:  # type: ignore[override]
        return self.row.cycle

    def first_draft(self) -> Draft:
        return draft_of_report(self.row)

    def initial(self, row: WeeklyReport) -> dict[str, Any]:
        return {name: getattr(row, name) for name in (*COUNTS, *TEXTS)}

    def notes(self, row: Any) -> list[Note]:
        return return_note(row)


# --- the moves -----------------------------------------------------------------------------------------
def report_facts(row: WeeklyReport) -> list[Fact]:
    return [Fact("周期", f"{row.cycle.full_label}（{row.cycle.days}）"), Fact("类型", row.get_kind_display())]


class SubmitReport(OfInstitution, Dialog):
    """R227, R228, R230. Shown on an overdue report as well: pressing it says why it is too late."""

    manual, url, move, back = "6.1", "weekly/submit/", REPORT["submit"], REPORTS
    title, label, unit, model, icon = "提交周报", "提交", "份", WeeklyReport, "send"

    @classmethod
    def allowed(cls, actor: Actor, now: datetime) -> Q:
        return Q(state__in=cls.move.sources) if cls.move else Q()

    def facts(self, row: WeeklyReport) -> list[Fact]:
        return report_facts(row)

    def warning(self) -> Note | None:
        return Note("提交后由省厅审核，审核之前可以撤回。", "wait") if self.preview.able else None

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.submit_reports(actor=self.actor, now=self.now, reports=rows)


class WithdrawReport(OfInstitution, Dialog):
    """R227, R229."""

    manual, url, move, back = "6.1", "weekly/withdraw/", REPORT["withdraw"], REPORTS
    title, label, unit, model, icon = "撤回周报", "撤回", "份", WeeklyReport, "corner-up-left"

    def facts(self, row: WeeklyReport) -> list[Fact]:
        return report_facts(row)

    def warning(self) -> Note | None:
        row = self.one
        if row is not None and not row.is_open(self.now):
            return Note("本期提交时间已过：撤回后状态为“未提交”，将不能再提交。", "bad")
        return Note("撤回后状态为“未提交”，可再次编辑或提交。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.withdraw_reports(actor=self.actor, now=self.now, reports=rows)


class DeleteReport(OfInstitution, Dialog):
    """R226."""

    manual, url, permission, back = "6.1", "weekly/delete/", "weekly.edit", REPORTS
    title, label, unit, model, icon, guards, final = "删除周报", "删除", "份", WeeklyReport, "trash", (deletable,), True

    def facts(self, row: WeeklyReport) -> list[Fact]:
        return report_facts(row)

    def warning(self) -> Note | None:
        return Note("填写的内容和附件一并删除，不能恢复。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_reports(actor=self.actor, now=self.now, reports=rows)


# --- the list ------------------------------------------------------------------------------------------
def cycle_options(page: ListPage) -> list[tuple[str, str]]:
    """The cycles that the list holds, the newest first."""
    rows = page.visible.order_by("-start").values_list("start", "end", "kind", "label").distinct()[:60]
    cycles = [Cycle(kind, start, end, label) for start, end, kind, label in rows]
    return list({cycle.key: cycle.full_label for cycle in cycles}.items())


class CycleChoice(Choice):
    """周期, by its first day."""

    def __init__(self) -> None:
        super().__init__("周期", "start", options=cycle_options, param="cycle")

    def q(self, value: str) -> Q:
        return Q(start=timezone.make_aware(datetime.fromisoformat(value)))


def cycle_columns() -> list[Col]:
    return [
        Col("label", "周期", value=lambda row: row.cycle.full_label, sort="start", fixed=True),
        Col("days", "起止日期", value=lambda row: row.cycle.days), Col("kind", "类型"),
    ]  # fmt: skip


class WeeklyReports(OfInstitution, ListPage):
    """6.1 提交周报 (R219): 显示已增加的周报; 可通过按钮及查询条件查询."""

    manual, url, permission, title = "6.1", "weekly/", "weekly.view", "提交周报"
    model, related = WeeklyReport, ("institution",)
    columns = [
        *cycle_columns(), Col("submitted_by", "填报人"), When("submitted_at", "提交时间"),
        Col("return_reason", "退回原因", value=lambda row: row.return_reason if row.state == ReportState.RETURNED else ""),
        State(REPORT, label="审核状态"),
    ]  # fmt: skip
    filters = [CycleChoice(), Choice("类型", "kind"), DateRange("提交时间", "submitted_at")]
    tabs = StateTabs(REPORT)
    row = [
        Act(EditReport), Act(SubmitReport), Act(WithdrawReport), Open("weekly.ReportDetail"), Act(DeleteReport, danger=True),
    ]  # fmt: skip
    header = [Go(StartReport, primary=True)]
    order = ("-start",)
    nothing_yet = "还没有周报"

    def notes(self) -> list[Note]:
        """What is left of the cycle, and whether its report is on its way."""
        if not self.actor.may("weekly.edit"):
            return []
        cycle = rules.cycle_of(self.actor, self.now)
        found = rules.existing_report(self.actor, cycle)
        if found is not None and found.state in (ReportState.IN_REVIEW, ReportState.APPROVED):
            return []
        said = "还没有填写" if found is None else f"是“{found.get_state_display()}”，还没有提交"
        text = format_html("{}{}（{}）{}，{}。", cycle.full_label, cycle.title, cycle.days, said, left_of(cycle, self.now))
        url = url_of(NewReport) if found is None else url_of(EditReport, pk=found.pk)
        return [Note(text, "wait", url, "去填写" if found is None else "去提交")]
