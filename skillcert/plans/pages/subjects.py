"""考试科目: institutions read the published ones (R77), the awarding body keeps its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Choice,
    Col,
    DetailPage,
    Dialog,
    Figure,
    FormPage,
    Go,
    KitForm,
    ListPage,
    NumberText,
    Open,
    Search,
    State,
    StateTabs,
    TextField,
)  # fmt: skip
from skillcert.kit.pages.screen import Card, Fact, Note
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.states import QualificationState

from .. import rules
from ..models import RoomType, Subject, Target
from ..states import SUBJECT

LIST = "plans.Subjects"


class SubjectForm(KitForm):
    """R78, R79, R140: the kind of room and who takes the subject are set here once, for rooms and registrations."""

    qualification = forms.ChoiceField(label="证书")
    code = NumberText(label="科目代码", max_length=12)
    name = TextField(label="科目名称", max_length=40)
    room_type = forms.ChoiceField(label="考场类型", choices=RoomType.choices)
    method = TextField(label="考试方式", max_length=40, help_text="例如：上机考试、闭卷笔试")
    target = forms.ChoiceField(label="参考对象", choices=Target.choices)
    full_marks = forms.DecimalField(label="满分", max_digits=5, decimal_places=2, min_value=1, initial=100)
    pass_mark = forms.DecimalField(label="合格分", max_digits=5, decimal_places=2, min_value=0, initial=60)
    weight = forms.IntegerField(label="权重（%）", min_value=0, max_value=100, initial=50)
    minutes = forms.IntegerField(label="时长（分钟）", min_value=1, max_value=1440, initial=120)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = Qualification.objects.filter(awarding_body=self.page.actor.organization_id, state=QualificationState.PUBLISHED)
        self.fields["qualification"].choices = [("", "请选择"), *((one.pk, str(one)) for one in own.order_by("name", "grade"))]  # type: ignore[attr-defined]


class NewSubject(FormPage):
    manual, url, permission, title = "5.2.1", "subjects/new/", "plans.edit", "新增考试科目"
    label, model, form, opens, size, icon, back = "新增", Subject, SubjectForm, "dialog", 760, "plus", LIST

    def save(self, row: None, data: dict[str, Any]) -> Subject:
        qualification = Qualification.objects.get(pk=data.pop("qualification"))
        return rules.create_subject(actor=self.actor, now=self.now, qualification=qualification, values=data)

    def done(self, row: Subject) -> str:
        return f"已新增科目{row}，发布后院校可见。"


class EditSubject(FormPage):
    """A subject in a published plan stays as it is: rooms, scores and results go by it."""

    manual, url, permission, title = "5.2.1", "subjects/<int:pk>/edit/", "plans.edit", "编辑考试科目"
    label, model, form, opens, size, back = "编辑", Subject, SubjectForm, "dialog", 760, LIST
    guards = (rules.unused,)

    def make_form(self, data: Any = None) -> KitForm:
        form = super().make_form(data)
        form.fields["qualification"].disabled = True
        return form

    def initial(self, row: Subject) -> dict[str, Any]:
        return super().initial(row) | {"qualification": row.qualification_id}

    def save(self, row: Subject, data: dict[str, Any]) -> Subject:
        data.pop("qualification")
        return rules.edit_subject(actor=self.actor, now=self.now, subject=row, values=data, version=self.version)


class PublishSubjects(Dialog):
    manual, url, title, label = "5.2.1", "subjects/publish/", "发布考试科目", "发布"
    model, move, unit, back = Subject, SUBJECT["publish"], "个科目", LIST

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.publish_subjects(actor=self.actor, now=self.now, subjects=rows)


class StopSubjects(Dialog):
    manual, url, title, label = "5.2.1", "subjects/stop/", "停用考试科目", "停用"
    model, move, unit, back = Subject, SUBJECT["stop"], "个科目", LIST

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.stop_subjects(actor=self.actor, now=self.now, subjects=rows)

    def warning(self) -> Note:
        return Note("停用后不能再用于新的考试计划，已用它的计划不受影响。", "wait")


class SubjectDetail(DetailPage):
    """R78: what the subject is and whom it examines."""

    manual, url, permission, title = "5.2.1", "subjects/<int:pk>/", "plans.view", "考试科目"
    model, related, machine, back = Subject, ("qualification", "awarding_body"), SUBJECT, LIST
    acts = [Act(StopSubjects, danger=True), Act(EditSubject), Act(PublishSubjects, primary=True)]

    def subtitle_of(self, row: Subject) -> str:
        return str(row.qualification)

    def notes(self, row: Subject) -> list[Note]:
        return [Note("考试科目以培训评价组织的考试计划为准。")]

    def cards(self, row: Subject) -> list[Card]:
        facts = (
            Fact("科目代码", row.code), Fact("科目名称", row.name), Fact("证书", str(row.qualification)),
            Fact("培训评价组织", row.awarding_body.name), Fact("考场类型", row.get_room_type_display()), Fact("考试方式", row.method),
            Fact("参考对象", row.get_target_display()), Fact("满分", f"{row.full_marks:g}"), Fact("合格分", f"{row.pass_mark:g}"),
            Fact("权重", f"{row.weight}%"), Fact("时长", f"{row.minutes} 分钟"),
        )  # fmt: skip
        return [Card("科目信息", facts=facts)]


def published_qualifications(page: ListPage) -> list[tuple[int, str]]:
    used = Qualification.objects.filter(pk__in=page.visible.order_by().values("qualification")).order_by("name", "grade")
    return [(one.pk, str(one)) for one in used]


class Subjects(ListPage):
    """5.2.1 考试科目 (R77)."""

    manual, url, permission, title = "5.2.1", "subjects/", "plans.view", "考试科目"
    model, related = Subject, ("qualification", "awarding_body")
    columns = [
        Col("name", "科目名称", fixed=True), Col("code", "科目代码"),
        Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("awarding_body__name", "培训评价组织", shown=False), Col("room_type", "考场类型"), Col("method", "考试方式"),
        Col("target", "参考对象"), Figure("full_marks", "满分"),
        Figure("pass_mark", "合格分"), Figure("weight", "权重（%）"),
        Figure("minutes", "时长（分钟）"), State(SUBJECT),
    ]  # fmt: skip
    filters = [
        Search("科目名称", "name"), Choice("证书", "qualification", options=published_qualifications),
        Choice("考场类型", "room_type"), Choice("参考对象", "target"),
    ]  # fmt: skip
    tabs = StateTabs(SUBJECT)
    row = [Act(PublishSubjects), Open(SubjectDetail), Act(EditSubject), Act(StopSubjects, danger=True)]
    header = [Go(NewSubject, primary=True)]
    nothing_yet = "还没有考试科目"
