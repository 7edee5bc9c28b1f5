"""4.1: an awarding body drafts an entry and submits it; the platform publishes, returns, stops and resumes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from skillcert.kit.errors import Missing, Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import Batch, Day, Dialog, FormPage, KitForm, NumberText, ReasonField, TextField, url_of
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Fact, Note, Section

from .. import rules
from ..imports import QualificationImport
from ..models import MOST_PARTS, Grade, PassRule, Qualification, pass_rule_words
from ..states import QUALIFICATION, draft, own, unpublished
from .shared import SeenForm

LIST, DETAIL = "qualifications.Qualifications", "qualifications.QualificationDetail"
PARTS = range(1, MOST_PARTS + 1)
FEE: dict[str, Any] = {
    "label": "参考费用（元）", "min_value": Decimal(0), "max_value": Decimal("99999.99"), "decimal_places": 2, "required": False,
    "help_text": "每人每次；考试计划另定实收标准",
}  # fmt: skip


class QualificationForm(KitForm):
    code = NumberText(label="证书编码", max_length=12, help_text="同一证书的各等级用同一编码")
    name = TextField(label="证书名称", max_length=60)
    grade = forms.TypedChoiceField(label="证书等级", choices=Grade.choices, coerce=int)
    start_date = Day(label="启用日期", required=False)
    fee = forms.DecimalField(**FEE)
    kind = forms.ChoiceField(label="通过规则", choices=PassRule.choices)
    pass_points = forms.IntegerField(label="总分合格线", min_value=1, max_value=100, initial=60, help_text="按权重合计时使用")
    description = TextField(label="简介", required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    audience = TextField(label="适用人群", required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    requirements = TextField(label="取证要求", required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    statement = TextField(label="证书评语", required=False, max_length=200, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for n in PARTS:
            self.fields[f"part_{n}"] = TextField(label=f"科目 {n}", max_length=30, required=False)
            self.fields[f"weight_{n}"] = forms.IntegerField(label="权重（%）", min_value=1, max_value=100, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        names = [data.get(f"part_{n}") for n in PARTS if data.get(f"part_{n}")]
        for n in PARTS:
            name, weight = data.get(f"part_{n}"), data.get(f"weight_{n}")
            if name and not weight and f"weight_{n}" not in self.errors:
                self.add_error(f"weight_{n}", f"请填写“{name}”的权重，1 至 100 的整数。")
            elif weight and not name:
                self.add_error(f"part_{n}", "请填写科目名称，或清空权重。")
            elif name and names.count(name) > 1:
                self.add_error(f"part_{n}", f"科目“{name}”填了两次，请删去一个。")
        return data

    def values(self) -> dict[str, Any]:
        """The row's columns."""
        data = self.cleaned_data
        parts = [[data[f"part_{n}"], data[f"weight_{n}"]] for n in PARTS if data[f"part_{n}"]]
        rule: dict[str, Any] = {"kind": data["kind"], "parts": parts}
        if data["kind"] == PassRule.WEIGHTED:
            rule["pass"] = data["pass_points"]
        names = ("code", "name", "grade", "start_date", "description", "audience", "requirements", "statement")
        return {name: data[name] for name in names} | {"fee": int((data["fee"] or 0) * 100), "pass_rule": rule}


class NewQualification(FormPage):
    """4.1 新增证书, a draft"""

    manual, url, permission, title = "4.1", "qualifications/new/", "qualifications.edit", "新增证书"
    model, form, back, icon = Qualification, QualificationForm, LIST, "plus"
    kinds = ("awarding_body",)  # the platform reviews; it drafts none

    def make_form(self, data: Any = None) -> KitForm:
        self._form = super().make_form(data)
        return self._form

    def sections(self, form: KitForm) -> list[Section]:
        basics = tuple(form[name] for name in ("code", "name", "grade", "start_date", "fee"))
        rule = [form["kind"], form["pass_points"]]
        parts = [form[f"{name}_{n}"] for n in PARTS for name in ("part", "weight")]
        texts = tuple(form[name] for name in ("description", "audience", "requirements", "statement"))
        return [
            Section("基本信息", fields=basics, columns=3), Section("通过规则", fields=tuple(rule)),
            Section("考核科目与权重", "权重合计须为 100 才能提交", tuple(parts), 4), Section("说明", fields=texts, columns=1),
        ]  # fmt: skip

    def save(self, row: Any, data: dict[str, Any]) -> Qualification:
        return rules.create_qualification(actor=self.actor, now=self.now, values=self._form.values())  # type: ignore[attr-defined]

    def done(self, row: Qualification) -> str:
        return f"已保存证书“{row}”（权重合计 {row.weights}）。添加对应专业后即可提交审核。"

    def after(self, row: Qualification) -> str:
        return url_of(DETAIL, pk=row.pk)


class EditQualification(NewQualification):
    """4.1 编辑, of a draft or a returned one"""

    url, title, label, icon = "qualifications/<int:pk>/edit/", "编辑证书", "编辑", "pencil"
    guards = (own, unpublished)

    def initial(self, row: Qualification) -> dict[str, Any]:
        rule = row.pass_rule
        found = super().initial(row) | {
            "fee": Decimal(row.fee) / 100 if row.fee else None, "kind": rule.get("kind", PassRule.EACH),
            "pass_points": rule.get("pass", 60),
        }  # fmt: skip
        for n, (name, weight) in enumerate(rule.get("parts", []), 1):
            found |= {f"part_{n}": name, f"weight_{n}": weight}
        return found

    def save(self, row: Any, data: dict[str, Any]) -> Qualification:
        values = self._form.values()  # type: ignore[attr-defined]
        return rules.edit_qualification(
            actor=self.actor, now=self.now, qualification=row, values=values, version=self.version
        )


class ImportQualifications(ImportPage):
    manual, url, title, label = "4.1", "qualifications/import/", "批量新增证书", "导入"
    spec, back, records = QualificationImport, LIST, "qualifications.QualificationImports"
    kinds = ("awarding_body",)


class QualificationImports(ImportRecordList):
    manual, url, permission, title, label = "4.1", "qualifications/imports/", "qualifications.edit", "证书导入记录", "导入记录"
    pages = [ImportQualifications]
    kinds = ("awarding_body",)


# --- the moves: one row each ---------------------------------------------------------------------------
class QualificationVerb(Dialog):
    """A move of one entry."""

    manual, model, unit, back = "4.1", Qualification, "个证书", LIST

    def facts(self, row: Qualification) -> list[Fact]:
        majors = f"{row.majors.count()} 个"
        return [
            Fact("颁证机构", row.awarding_body.name), Fact("证书编码", row.code), Fact("通过规则", pass_rule_words(row.pass_rule)),
            Fact("权重合计", str(row.weights)), Fact("对应专业", majors),
        ]  # fmt: skip

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        done = Outcome()
        for row in rows.order_by("pk"):
            try:
                self.apply(row, data)
            except Missing:
                raise
            except Refused as no:
                done.refused.append((row.pk, no.sentence))
            else:
                done.done.append(row.pk)
        return done

    def apply(self, row: Qualification, data: dict[str, Any]) -> Any:
        raise NotImplementedError


class ReasonForm(KitForm):
    reason = ReasonField("理由")


class SubmitQualification(QualificationVerb):
    url, move = "qualifications/submit/", QUALIFICATION["submit"]
    title, label, icon = "提交审核", "提交审核", "send"
    kinds = ("awarding_body",)

    def warning(self) -> Note:
        return Note("提交后由平台“目录与机构”岗位审核，审核期间不能修改。", "wait")

    def apply(self, row: Qualification, data: dict[str, Any]) -> Any:
        return rules.submit_qualification(actor=self.actor, now=self.now, qualification=row)


class ReturnQualification(QualificationVerb):
    url, move, form = "qualifications/return/", QUALIFICATION["return"], ReasonForm
    title, label, icon, size = "退回证书", "退回", "corner-up-left", 640

    def warning(self) -> Note:
        return Note("培训评价组织会看到理由，修改后可再次提交。", "wait")

    def apply(self, row: Qualification, data: dict[str, Any]) -> Any:
        return rules.return_qualification(actor=self.actor, now=self.now, qualification=row, reason=data["reason"])


class PublishQualification(QualificationVerb):
    """The platform's review: 通过 publishes, 退回 stands on the left."""

    url, move, form = "qualifications/publish/", QUALIFICATION["publish"], SeenForm
    title, label, icon, size = "审核证书", "通过并发布", "circle-check", 640
    refuse, single = [Batch(ReturnQualification, "退回")], True

    def facts(self, row: Qualification) -> list[Fact]:
        """All that is to be published: who passes it has seen it."""
        label = {field.name: str(field.verbose_name) for field in Qualification._meta.fields}
        terms = [Fact(label[name], row.in_words(name, getattr(row, name)) or "没有填") for name in rules.TERMS]
        return [*super().facts(row), *terms, Fact("对应的专业", "、".join(map(str, row.majors.order_by("code", "version"))))]

    def warning(self) -> Note:
        return Note("发布后院校可以申报试点，内容写入单节点存证日志，不能再修改。", "wait")

    def apply(self, row: Qualification, data: dict[str, Any]) -> Any:
        return rules.publish_qualification(actor=self.actor, now=self.now, qualification=row, version=data["version"])


class StopQualification(QualificationVerb):
    url, move, form = "qualifications/stop/", QUALIFICATION["stop"], ReasonForm
    title, label, icon, size = "停用证书", "停用", "player-stop", 640

    def warning(self) -> Note:
        return Note("停用后不能再申报试点；已发的证书照常有效、可核验。", "wait")

    def apply(self, row: Qualification, data: dict[str, Any]) -> Any:
        return rules.stop_qualification(actor=self.actor, now=self.now, qualification=row, reason=data["reason"])


class ResumeQualification(QualificationVerb):
    url, move = "qualifications/resume/", QUALIFICATION["resume"]
    title, label, icon = "启用证书", "启用", "player-play"

    def apply(self, row: Qualification, data: dict[str, Any]) -> Any:
        return rules.resume_qualification(actor=self.actor, now=self.now, qualification=row)


class DeleteQualifications(Dialog):
    manual, url, permission, back = "4.1", "qualifications/delete/", "qualifications.edit", LIST
    title, label, model, unit, final, icon = "删除证书草稿", "删除", Qualification, "个证书", True, "trash"
    guards = (own, draft)
    kinds = ("awarding_body",)

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_qualifications(actor=self.actor, now=self.now, qualifications=rows)
