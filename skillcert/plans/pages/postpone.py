"""延期: a published plan gets later times, those that can still move; its institutions are told."""

from __future__ import annotations

from typing import Any

from skillcert.kit.pages import FormPage, KitForm, Moment, ReasonField, url_of
from skillcert.kit.pages.screen import Note, Section

from .. import rules
from ..models import ExamPlan
from ..rules import MOMENTS, SIDES, Postponement


class PostponeForm(KitForm):
    """Every moment of the plan; what cannot move any more is shown and says why."""

    reason = ReasonField("延期理由", help_text="参考院校会收到理由和改动的时间。")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        plan, now = self.row, self.page.now
        movable = rules.movable_moments(plan, now)
        self.sessions = list(plan.sessions.select_related("subject").order_by("start", "pk"))
        self.moments = [name for name in MOMENTS if getattr(plan, name)]
        for name in self.moments:
            self._add(name, MOMENTS[name], "" if name in movable else "已过，不能延期")
        for one in self.sessions:
            why = rules.fixed_because(one, now)
            for side, word in SIDES.items():
                self._add(f"session_{one.pk}_{side}", f"{one.subject}考试{word}时间", why)
        self.order_fields([name for name in self.fields if name != "reason"])

    def _add(self, key: str, label: str, why: str) -> None:
        self.fields[key] = Moment(label=label, disabled=bool(why), help_text=why)

    def later(self) -> Postponement:
        """What was typed, as the rule takes it."""
        data = self.cleaned_data
        sessions = {one.pk: tuple(data[f"session_{one.pk}_{side}"] for side in SIDES) for one in self.sessions}
        return Postponement({name: data[name] for name in self.moments}, sessions, data["reason"])


class PostponePlan(FormPage):
    """domain 4.0: postponed, never brought forward."""

    manual, url, permission, title = "5.2.2", "plans/<int:pk>/postpone/", "plans.edit", "考试计划延期"
    label, model, form, icon, back, submit_label = "延期", ExamPlan, PostponeForm, "calendar-plus", "plans.ExamPlans", "确认延期"
    guards = (rules.published, rules.running)

    def make_form(self, data: Any = None) -> KitForm:
        self._form = super().make_form(data)
        return self._form

    def initial(self, row: ExamPlan) -> dict[str, Any]:
        found = {name: getattr(row, name) for name in MOMENTS}
        return found | {f"session_{one.pk}_{side}": getattr(one, side) for one in row.sessions.all() for side in SIDES}

    def sections(self, form: PostponeForm) -> list[Section]:  # type: ignore[override]  # its own form
        windows = tuple(form[name] for name in form.moments)
        sessions = tuple(form[f"session_{one.pk}_{side}"] for one in form.sessions for side in SIDES)
        return [
            Section("时间窗口", "北京时间，起止均含当秒；只能改晚", windows, 4), Section("考试时间", "", sessions, 4),
            Section("理由", "", (form["reason"],), 1),
        ]  # fmt: skip

    def notes(self, row: ExamPlan) -> list[Note]:
        return [Note("把要延期的时间改晚，其余不动。保存后立即生效，参考院校会收到通知。", "wait")]

    def save(self, row: ExamPlan, data: dict[str, Any]) -> ExamPlan:
        later = self._form.later()  # type: ignore[attr-defined]
        return rules.postpone_plan(actor=self.actor, now=self.now, plan=row, later=later, version=self.version)

    def after(self, row: ExamPlan) -> str:
        return url_of("plans.ExamPlanDetail", pk=row.pk)

    def done(self, row: ExamPlan) -> str:
        return f"“{row}”已延期，已通知参考院校。"
