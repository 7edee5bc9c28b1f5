"""The plan as a page of its own: windows with typed dates, the subjects with their times, prices, institutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.forms import BoundField

from skillcert.kit.pages import FormPage, KitForm, Moment, TextField, url_of
from skillcert.kit.pages.screen import Note

from .. import rules
from ..models import ExamPlan, Subject
from ..rules import WINDOWS, PlanDraft, Session
from ..states import SubjectState
from .timeline import Bar, timeline

LIST = "plans.ExamPlans"
MOST_FEE = Decimal("99999.99")


class Money(forms.DecimalField):
    """Yuan with two decimals; the value is in fen."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, min_value=0, max_value=MOST_FEE, decimal_places=2)

    def clean(self, value: Any) -> int:  # type: ignore[override]
        return int((super().clean(value) or Decimal(0)) * 100)


@dataclass(frozen=True)
class Line:
    """A row of the table of windows: its two fields, what is wrong with it, and its bar."""

    label: str
    start: BoundField
    end: BoundField
    fee: BoundField | None = None
    problems: tuple[str, ...] = ()
    bar: Bar | None = None


class PlanForm(KitForm):
    """A subject with a time is examined by the plan; one without is not. Prices in yuan a head and a subject."""

    name = TextField(label="计划名称", max_length=80)
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    fee_required = forms.BooleanField(label="须缴费后排考", required=False)
    any_major_for_social = forms.BooleanField(label="社会考生不限专业", required=False)
    payment_method = TextField(label="缴费方式", max_length=40, required=False, help_text="例如：对公转账，备注缴费单号")
    account_name = TextField(label="收款户名", max_length=80, required=False)
    bank = TextField(label="开户行", max_length=60, required=False)
    account = TextField(label="收款账号", max_length=40, required=False)
    pay_until = Moment(label="缴费截止时间", required=False)
    requirements = TextField(label="要求说明", max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))
    institutions = forms.MultipleChoiceField(label="参考院校", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in WINDOWS.items():
            for side, word in (("start", "开始"), ("end", "结束")):
                self.fields[f"{name}_{side}"] = Moment(label=f"{label}{word}时间")
        body = self.page.actor.organization_id
        rows = Subject.objects.filter(awarding_body=body).exclude(state=SubjectState.STOPPED).select_related("qualification")
        self.subjects = list(rows.order_by("qualification__name", "qualification__grade", "code"))
        for subject in self.subjects:
            self.fields[f"subject_{subject.pk}_start"] = Moment(label=f"{subject}考试开始时间", required=False)
            self.fields[f"subject_{subject.pk}_end"] = Moment(label=f"{subject}考试结束时间", required=False)
            self.fields[f"subject_{subject.pk}_fee"] = Money(f"{subject}单科费用（元）")
            self.fields[f"qualification_{subject.qualification_id}_fee"] = Money(f"{subject.qualification}费用（元/人）")
        named = rules.offered_institutions(body)
        self.fields["institutions"].choices = [(one.pk, one.name) for one in named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for subject in self.subjects:
            start, end = (data.get(f"subject_{subject.pk}_{side}") for side in ("start", "end"))
            for side, value, other in (("start", start, end), ("end", end, start)):
                if other and not value and f"subject_{subject.pk}_{side}" not in self.errors:
                    self.add_error(f"subject_{subject.pk}_{side}", "开始与结束时间须同时填写，或都不填")
            if start and end and end <= start:
                self.add_error(f"subject_{subject.pk}_end", "考试结束时间须晚于开始时间")
        return data

    def draft(self) -> PlanDraft:
        """What was typed, as the rule takes it."""
        data = self.cleaned_data
        names = [name for name in PlanForm.base_fields if name != "institutions"]
        columns = {name: data[name] for name in (*names, *(f"{w}_{side}" for w in WINDOWS for side in ("start", "end")))}
        chosen = [subject for subject in self.subjects if data.get(f"subject_{subject.pk}_start")]
        sessions = [
            Session(one.pk, *(data[f"subject_{one.pk}_{part}"] for part in ("start", "end", "fee"))) for one in chosen
        ]
        fees = {one.qualification_id: data[f"qualification_{one.qualification_id}_fee"] for one in chosen}
        return PlanDraft(columns, [int(key) for key in data["institutions"]], fees, sessions)


class NewPlan(FormPage):
    """A draft; its order is checked when it is published, and shown all the time."""

    manual, url, permission, title = "5.2.2", "plans/new/", "plans.edit", "新增考试计划"
    label, model, form, icon, back, template = "新增", ExamPlan, PlanForm, "plus", LIST, "plans/editor.html"
    submit_label = "保存草稿"

    def make_form(self, data: Any = None) -> KitForm:
        self._form = super().make_form(data)
        return self._form

    def initial(self, row: ExamPlan | None) -> dict[str, Any]:
        if row is None:
            year = self.now.year
            return {"year": year, "fee_required": True, "any_major_for_social": True, **self._proposed_fees()}
        found = {name: getattr(row, name) for name in PlanForm.base_fields if name != "institutions"}
        found |= {f"{w}_{side}": getattr(row, f"{w}_{side}") for w in WINDOWS for side in ("start", "end")}
        found |= {f"qualification_{one.qualification_id}_fee": _yuan(one.fee) for one in row.offers.all()}
        for session in row.sessions.all():
            key = f"subject_{session.subject_id}"
            found |= {f"{key}_start": session.start, f"{key}_end": session.end, f"{key}_fee": _yuan(session.fee)}
        return found | {"institutions": list(row.institutions.values_list("pk", flat=True))}

    def _proposed_fees(self) -> dict[str, Any]:
        """The reference price of each qualification (domain 2.3: it only proposes the first)."""
        rows = Subject.objects.filter(awarding_body=self.actor.organization_id).values_list("qualification", "qualification__fee")
        return {f"qualification_{key}_fee": _yuan(fee) for key, fee in rows.distinct()}

    def save(self, row: ExamPlan | None, data: dict[str, Any]) -> ExamPlan:
        return rules.create_plan(actor=self.actor, now=self.now, draft=self._form.draft())  # type: ignore[attr-defined]

    def after(self, row: ExamPlan) -> str:
        return url_of("plans.ExamPlanDetail", pk=row.pk)

    def done(self, row: ExamPlan) -> str:
        return f"已保存草稿“{row}”，核对后发布。"

    # --- drawing -----------------------------------------------------------------------------------
    @cached_property
    def problems(self) -> dict[str, list[str]]:
        """What keeps the stored draft from publication, by the form's part."""
        found: dict[str, list[str]] = {}
        if self.row is not None:
            for problem in rules.publication_problems(self.row, self.now):
                found.setdefault(problem.field, []).append(problem.sentence)
        return found

    def notes(self, row: ExamPlan | None) -> list[Note]:
        count = sum(len(sentences) for sentences in self.problems.values())
        return [Note(f"{count} 处须改正后才能发布，已在下面标出。", "wait")] if count else []

    def draw(self, form: KitForm, status: int = 200, **more: Any) -> Any:
        return super().draw(form, status, **self._tables(form), **more)  # type: ignore[arg-type]

    def _tables(self, form: KitForm) -> dict[str, Any]:
        windows = [
            Line(label, form[f"{name}_start"], form[f"{name}_end"], problems=tuple(self.problems.get(name, ())))
            for name, label in WINDOWS.items()
        ]
        groups = list(self._groups(form))
        bars = self._bars([*windows, *(line for group in groups for line in group["lines"])])
        for line in (*windows, *(line for group in groups for line in group["lines"])):
            object.__setattr__(line, "bar", bars.get(line.start.name))
        return {
            "windows": windows, "groups": groups, "session_problems": self.problems.get("sessions", ()),
            "institution_problems": self.problems.get("institutions", ()), "form_fields": list(PlanForm.base_fields),
            "basics": [form[name] for name in ("name", "year", "fee_required", "any_major_for_social")],
            "payment": [form[name] for name in ("payment_method", "account_name", "bank", "account", "pay_until")],
        }  # fmt: skip

    def _groups(self, form: Any) -> Iterator[dict[str, Any]]:
        """The subjects under their certificate, with its price."""
        lines: dict[Any, list[Line]] = {}
        for subject in form.subjects:
            key = f"subject_{subject.pk}"
            draft = ("尚未发布",) if subject.state == SubjectState.DRAFT else ()
            line = Line(subject.name, form[f"{key}_start"], form[f"{key}_end"], form[f"{key}_fee"], draft)
            lines.setdefault(subject.qualification, []).append(line)
        for qualification, found in lines.items():
            yield {"title": str(qualification), "fee": form[f"qualification_{qualification.pk}_fee"], "lines": found}

    def _bars(self, lines: list[Line]) -> dict[str, Bar]:
        """The bars of what is stored, or was typed and could be read."""
        windows = []
        for line in lines:
            start, end = (_moment(field) for field in (line.start, line.end))
            if start and end and start < end:
                windows.append((line.start.name, start, end))
        return {bar.label: bar for bar in timeline(windows, self.now).bars}


class EditPlan(NewPlan):
    """Only a draft; a published plan is cancelled or postponed."""

    url, title, label, icon = "plans/<int:pk>/edit/", "编辑考试计划", "编辑", "pencil"
    guards = (rules.draft_only,)

    def save(self, row: ExamPlan | None, data: dict[str, Any]) -> ExamPlan:
        assert row is not None  # noqa: S101  # the address names one
        draft = self._form.draft()  # type: ignore[attr-defined]
        return rules.edit_plan(actor=self.actor, now=self.now, plan=row, draft=draft, version=self.version)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _moment(field: BoundField) -> datetime | None:
    """The value of a moment's field, typed or stored; None where it cannot be read."""
    try:
        return field.field.clean(field.value())
    except forms.ValidationError:
        return None
