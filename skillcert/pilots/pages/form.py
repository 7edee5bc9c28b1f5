"""申报证书试点: one form as a page (R52, look 13) and, for an edit, in a dialog (R69); the server is the truth of each sum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.utils.html import format_html

from skillcert.kit.errors import Refused
from skillcert.kit.pages import FormPage, KitForm, NumberText, TextField, state_badge, url_of
from skillcert.kit.pages.forms import check_row, row_of
from skillcert.kit.pages.screen import ActView, Fact, Head, Note
from skillcert.orgs.models import Institution
from skillcert.qualifications.models import Major, Qualification

from .. import rules
from ..models import PilotApplication, PilotRound, Review
from ..rules.applying import MOST, editable
from ..states import APPLICATION, ApplicationState
from .picker import Picker, page_key
from .rounds import SOON, files_of, left_words, minute, way

LIST, PLANS = "pilots.PilotApplications", "pilots.RoundsToApply"
FIGURES = {"students": "本专业在校学生数", "teachers": "本专业专任教师数", "trainees": "申请培训人数"}
REARRANGE = ("add", "remove", "fix", "back", "show")


class Count(NumberText):
    """How many people; empty in an incomplete draft. Text, so that what was typed stays to be read beside the sentence."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, max_length=12, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}))

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,6}", text) or int(text) > MOST:
            raise ValidationError(f"{self.label}须为 0 至 {MOST:,} 的整数，请核对“{text}”")
        return int(text)


class CertificateSelect(forms.Select):
    """Those applied for this year cannot be chosen again (R56); each option knows its awarding body."""

    taken: dict[int, str] = {}  # set on each form's own copy
    bodies: dict[int, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **more: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **more)
        key = page_key(str(value))
        option["attrs"]["data-body"] = self.bodies.get(key, "")
        if key in self.taken:
            option["attrs"]["disabled"] = True
            option["label"] = f"{option['label']} 本年度已申报，{APPLICATION.label(self.taken[key])}"
        return option


class CertificateField(forms.ChoiceField):
    """Whether a certificate may be applied for is the rule's answer, with its sentence."""

    widget = CertificateSelect

    def valid_value(self, value: Any) -> bool:
        return bool(page_key(str(value)))


class ApplicationForm(KitForm):
    """Required only to submit (R53, R60): what is missing then is named by the rule, field by field."""

    qualification = CertificateField(label="证书")
    contact = TextField(label="联系人", max_length=40)
    phone = NumberText(label="联系电话", max_length=20)
    trainees = Count("申请培训人数")
    faculty = TextField(
        label="师资情况", max_length=2000,
        widget=forms.Textarea({"rows": 3, "placeholder": "专任教师人数、双师型教师比例、行业企业兼职教师比例、考评员人数"}),
    )
    venue = TextField(
        label="场地情况", max_length=2000,
        widget=forms.Textarea({"rows": 3, "placeholder": "实训室与工位数、面积、主要设备、可同时容纳的人数"}),
    )
    majors = forms.Field(required=False, label="拟申报专业")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        page: ApplicationPage = self.page
        rows = rules.offered(page.round, page.actor).select_related("awarding_body")
        taken = rules.applied_this_year(page.actor.organization_id or 0, page.round.year, but=self.row)
        field: Any = self.fields["qualification"]
        offered = list(rows)
        if self.row is not None and self.row.qualification_id not in {one.pk for one in offered}:
            offered.append(self.row.qualification)
        field.choices = [("", "请选择"), *((one.pk, str(one)) for one in offered)]
        field.widget.taken = taken
        field.widget.bodies = {one.pk: one.awarding_body.name for one in offered}
        field.disabled = self.row is not None and self.row.state != ApplicationState.DRAFT
        self.chosen = self._chosen_majors()
        for major in self.chosen:
            for name, label in FIGURES.items():
                self.fields[f"major_{major.pk}_{name}"] = Count(label)
                self.initial.setdefault(f"major_{major.pk}_{name}", page.figures.get(major.pk, {}).get(name))

    def _chosen_majors(self) -> list[Major]:
        """In the order in which they were added."""
        keys = [page_key(text) for text in self.data.getlist("major")] if self.is_bound else list(self.page.figures)
        found = Major.objects.in_bulk(keys[: rules.applying.MOST_MAJORS + 1])
        return [found[key] for key in dict.fromkeys(keys) if key in found]

    def _clean_fields(self) -> None:
        """Nothing is required to keep a draft; the stars stand for what submitting asks."""
        starred = [field for field in self.fields.values() if field.required]
        for field in starred:
            field.required = False
        super()._clean_fields()  # type: ignore[misc]
        for field in starred:
            field.required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.page.submitting:
            for problem in rules.problems_of(self.page.round, self.draft(data)):
                if problem.field not in self.errors:
                    self.add_error(problem.field if problem.field in self.fields else None, problem.sentence)
        return data

    def draft(self, data: dict[str, Any]) -> rules.Draft:
        """What was typed, as the rule takes it."""
        lines = [
            rules.MajorLine(major.pk, **{name: data.get(f"major_{major.pk}_{name}") for name in FIGURES})
            for major in self.chosen
        ]
        names = ("contact", "phone", "faculty", "venue")
        return rules.Draft(
            qualification_id=int(data["qualification"]) if data.get("qualification") else None, majors=lines,
            trainees=data.get("trainees"), **{name: data.get(name) or "" for name in names},
        )

    @property
    def qualification_id(self) -> int | None:
        return page_key(str(self["qualification"].value() or "")) or None


@dataclass(frozen=True)
class Line:
    """A row of the table with fields. ``fix``: the number that certainly mends it."""

    major: Major
    number: int
    cells: tuple[BoundField, ...]
    problems: tuple[str, ...] = ()
    fix: int | None = None
    lacking: bool = False


class ApplicationPage(FormPage):
    """What the page and the dialog share. ``act`` says which button: save, submit, choose, search, add, remove-7, fix-7,
    back, show (what the browser kept through a lost session).
    """

    form = ApplicationForm
    related = ("round", "qualification__awarding_body", "institution")
    back: Any = LIST
    size = 760
    kinds = ("institution",)

    @cached_property
    def round(self) -> PilotRound:
        raise NotImplementedError

    @property
    def figures(self) -> dict[int, dict[str, Any]]:
        """The stored majors with their figures; none for a new application."""
        return {}

    @property
    def act(self) -> str:
        return self.request.POST.get("act", "save") if self.request.method == "POST" else ""

    @property
    def submitting(self) -> bool:
        return self.act == "submit"

    # --- answers -----------------------------------------------------------------------------------
    def post(self) -> HttpResponseBase:
        verb, _, key = self.act.partition("-")
        if verb in ("choose", "search"):
            return Picker(self, self.request.POST).answer()
        if verb in REARRANGE:
            return self.rearranged(verb, key)
        return super().post()

    def rearranged(self, verb: str, key: str) -> HttpResponse:
        """The form again with what was typed, and a major more or fewer; nothing is saved."""
        data = self.request.POST.copy()
        majors = data.getlist("major")
        if verb == "add":
            majors = [*majors, *(pick for pick in data.getlist("pick") if pick not in majors)]
        elif verb == "remove":
            majors = [one for one in majors if one != key]
        elif verb == "fix":
            data[f"major_{key}_trainees"] = data.get(f"major_{key}_students", "")
        data.setlist("major", majors)
        data.setlist("pick", [])
        form = self.make_form(data)
        notes = [Note("已恢复上次没有保存的内容，核对后保存。")] if verb == "show" else []
        return self.draw(form, notes=[*notes, *self.notes(self.row)])

    def make_form(self, data: QueryDict | None = None) -> KitForm:
        self._form: ApplicationForm = super().make_form(data)  # type: ignore[assignment]
        return self._form

    def save(self, row: PilotApplication | None, data: dict[str, Any]) -> PilotApplication:
        return rules.save_application(
            actor=self.actor, now=self.now, round_=self.round, draft=self._form.draft(data), application=row,
            version=getattr(self, "version", None), submit=self.submitting,
        )

    def done(self, row: PilotApplication) -> str:
        if self.submitting:
            return f"已提交“{row.qualification}”的试点申报，状态为待初审。"
        return f"已保存“{row.qualification}”的试点申报，状态为{APPLICATION.label(row.state)}，还没有提交。"

    def after(self, row: PilotApplication) -> str:
        return url_of(LIST)

    # --- drawing -----------------------------------------------------------------------------------
    def facts(self, row: Any) -> list[Fact]:
        round_, left = self.round, left_words(self.round, self.now).removeprefix("还有 ")
        look = "countdown countdown--soon" if round_.left(self.now) < SOON else "countdown"
        return [
            Fact("申报计划", round_.name), Fact("申报方式", way(round_)),
            Fact("申报时间", f"{minute(round_.start)} 至 {minute(round_.end)}"),
            Fact("离截止还有", format_html('<b class="{}">{}</b>', look, left)),
            Fact("附件", files_of(round_)),
        ]  # fmt: skip

    def draw(self, form: KitForm, status: int = 200, **more: Any) -> HttpResponse:
        assert isinstance(form, ApplicationForm)  # noqa: S101
        chosen = form.qualification_id
        lines = self.lines(form)
        missing = [] if form.errors else rules.problems_of(self.round, self.read(form))
        context = {
            "round": self.round, "lines": lines, "sums": self.sums(form), "body": "pilots/application_fields.html",
            "awarding_body": form.fields["qualification"].widget.bodies.get(chosen, ""),  # type: ignore[attr-defined]
            "chosen": chosen, "wrong": len(form.errors) + sum(line.fix is not None and not line.cells[-1].errors for line in lines),
            "missing": missing_words(missing), "submits": self.buttons(), "form_url": self.request.path,
            "is_new": self.row is None, "in_dialog": self.opens == "dialog" and self.in_dialog, "most": MOST,
        }  # fmt: skip
        return super().draw(form, status, **context, **more)

    def buttons(self) -> list[ActView]:
        return [ActView("save", "保存", ""), ActView("submit", "保存并提交", "", primary=True)]

    def read(self, form: ApplicationForm) -> rules.Draft:
        """What the fields show, typed or stored; what cannot be read is nothing."""
        return form.draft({name: readable(form[name]) for name in form.fields})

    def lines(self, form: ApplicationForm) -> list[Line]:
        chosen = Qualification.objects.filter(pk=form.qualification_id).first()
        mapped = set(chosen.majors.values_list("pk", flat=True)) if chosen else None
        lines = []
        for number, major in enumerate(form.chosen, 1):
            cells = tuple(form[f"major_{major.pk}_{name}"] for name in FIGURES)
            problems = [sentence for cell in cells for sentence in cell.errors]
            students, _, trainees = (readable(cell) for cell in cells)
            over = trainees is not None and students is not None and trainees > students
            if over and not any("多于在校学生" in sentence for sentence in problems):
                problems.append(f"申请培训 {trainees} 人，多于在校学生 {students} 人")
            lacking = mapped is not None and major.pk not in mapped
            if lacking:
                problems.append(f"不在“{chosen}”的对应专业内，请移除")
            lines.append(Line(major, number, cells, tuple(problems), students if over else None, lacking))
        return lines

    def sums(self, form: ApplicationForm) -> list[int]:
        """R59, over what can be read."""
        return [sum(readable(form[f"major_{major.pk}_{name}"]) or 0 for major in form.chosen) for name in FIGURES]


def readable(field: BoundField) -> Any:
    try:
        return field.field.clean(field.value()) if isinstance(field.field, Count) else field.value()
    except ValidationError:
        return None


def missing_words(problems: Sequence[rules.Problem]) -> str:
    """What stands left in the action bar: 还差 3 项才能提交：证书、联系人、师资情况."""
    names = {"qualification": "证书", "contact": "联系人", "phone": "联系电话", "faculty": "师资情况", "venue": "场地情况",
             "majors": "拟申报专业", "trainees": "申请培训人数"}  # fmt: skip
    found = list(dict.fromkeys(names.get(one.field, "专业的人数") for one in problems))
    return f"还差 {len(found)} 项才能提交：{'、'.join(found)}；保存不受影响" if found else "内容已齐，可以提交"


class Apply(ApplicationPage):
    """R52: 立即申报 of a round that is open now; its row of the address is the round."""

    manual, url, permission, title = "4.3", "pilots/apply/<int:pk>/", "pilots.edit", "申报证书试点"
    label, model, back, template = "立即申报", PilotRound, PLANS, "pilots/application.html"
    guards = (rules.open_now,)

    @cached_property
    def row(self) -> None:  # type: ignore[override]
        return None

    @cached_property
    def round(self) -> PilotRound:
        found: PilotRound = row_of(self, PilotRound, ("province",))
        if found.state == "draft":
            raise Refused("这个申报计划还没有发布。")
        return found

    def get(self) -> HttpResponseBase:
        check_row(self, self.round)
        return super().get()

    def post(self) -> HttpResponseBase:
        """A round that closed meanwhile is refused by the rule, with what was typed still in the form."""
        _ = self.round  # another's is Missing, whatever is posted
        return super().post()

    def initial(self, row: None) -> dict[str, Any]:  # type: ignore[override]
        """The institution's own contact, to be changed where another person answers."""
        school = Institution.objects.filter(pk=self.actor.organization_id).first()
        return {"contact": school.contact, "phone": school.phone} if school else {}

    def draw(self, form: KitForm, status: int = 200, **more: Any) -> HttpResponse:
        head = Head(self.title, back_url=url_of(PLANS), badge=state_badge(APPLICATION, ApplicationState.DRAFT))
        return super().draw(form, status, page=head, **more)


class EditApplication(ApplicationPage):
    """R69: 弹窗显示原有已填写数据，可点击保存、保存并提交及取消."""

    manual, url, permission, title = "4.3", "pilots/<int:pk>/edit/", "pilots.edit", "编辑试点申报"
    label, model, icon, opens, guards = "编辑", PilotApplication, "pencil", "dialog", (editable,)
    template = "pilots/edit.html"

    def heading(self, row: PilotApplication) -> str:
        return f"{self.title}：{row.qualification}"

    @cached_property
    def round(self) -> PilotRound:
        return self.row.round

    @cached_property
    def figures(self) -> dict[int, dict[str, Any]]:  # type: ignore[override]
        rows = self.row.majors.order_by("pk").values("major", *FIGURES)
        return {one.pop("major"): one for one in rows}

    def facts(self, row: PilotApplication) -> list[Fact]:
        """A dialog has room for two of them."""
        return [one for one in super().facts(row) if one.label in ("申报计划", "离截止还有")]

    def initial(self, row: PilotApplication) -> dict[str, Any]:
        names = ("contact", "phone", "faculty", "venue")
        total = None if self.figures else row.trainees or None
        return {name: getattr(row, name) for name in names} | {"qualification": row.qualification_id, "trainees": total}

    def notes(self, row: PilotApplication) -> list[Note]:
        """The reason of the return, and links to the places it names."""
        notes = []
        last = row.reviews.filter(step=Review.Step.RETURN).first() if row.state == ApplicationState.RETURNED else None
        if last:
            links = [format_html('<a href="#place-{}">{}</a>', key, rules.PLACES[key]) for key in last.places]
            where = format_html("　请改：{}", format_html("、".join("{}" for _ in links), *links)) if links else ""
            notes.append(Note(format_html("{}退回：{}{}", last.who, last.reason, where), "wait"))
        if self.round.state == "closed":
            notes.append(Note("申报计划已由省厅关闭：可以保存，不能提交。", "wait"))
        elif row.state == ApplicationState.DRAFT and self.round.window.after(self.now):
            notes.append(Note("申报时间已过：可以保存，不能提交；如需补报请联系省厅延长申报时间。", "wait"))
        return notes
