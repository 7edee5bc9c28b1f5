"""The shape of a report's form, and of the province's dialogs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core import signing

from skillcert.kit.errors import Refused
from skillcert.kit.pages import KitForm, ReasonField, TextField
from skillcert.kit.pages.fields import NARROW

from .content import COUNTS, TABS, TEXTS, label_of
from .figures import Draft, Drafted
from .models import MOST_COUNT, Measure
from .rules import SUFFIXES

SALT = "weekly.draft"
HINTS = {
    "progress": "做了什么、怎么做、取得什么成效", "problems": "遇到的困难，希望省厅或培训评价组织支持的事；没有请写“无”",
    "next_plan": "下期的培训、考核安排：场次、时间、人数",
    "training_note": "可写明班次、内容、师资来源", "exam_note": "可写明考核日期、到考与发放情况",
}  # fmt: skip
MOST_TEXT = 3000


class WholeNumber(TextField):
    """A count of people or things: full-width digits and thousands separators are taken as meant."""

    def __init__(self, label: str, **options: Any) -> None:
        widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(label=label, widget=widget, error_messages={"required": "请填整数，没有的填 0"}, **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value).translate(NARROW)
        number = whole_number(text)
        if not text:
            return ""
        if number is None:
            raise forms.ValidationError(f"“{self.label}”请填整数，例如 186；您填的是“{text[:20]}”")
        if number < 0:
            raise forms.ValidationError(f"“{self.label}”不能小于 0，您填的是 {number:,}")
        if number > MOST_COUNT:
            raise forms.ValidationError(f"“{self.label}”超过 {MOST_COUNT:,}，请核对；您填的是 {number:,}")
        return number

    def validate(self, value: Any) -> None:
        if value == "" and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The limits are checked above; a number has no length."""


def whole_number(text: Any) -> int | None:
    digits = "".join(str(text).translate(NARROW).replace(",", "").split())
    sign = -1 if digits.startswith(("-", "−", "－")) else 1
    digits = digits.lstrip("-−－+")
    return sign * int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; each is judged by ``uploads.checked``."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(upload, initial) for upload in uploads]


class ReportForm(KitForm):
    """基本情况 to 附件. The draft of the figures travels with the form, signed, so that it is clear which number is the
    platform's and which the person's.
    """

    qualification_count = WholeNumber(label_of("qualification_count"))
    major_count = WholeNumber(label_of("major_count"))
    class_count = WholeNumber(label_of("class_count"))
    trained = WholeNumber(label_of("trained"))
    trained_total = WholeNumber(label_of("trained_total"))
    teachers_trained = WholeNumber(label_of("teachers_trained"))
    files = FilesField(
        label="上传附件", required=False, widget=FilesInput({"accept": ",".join(SUFFIXES)}),
        help_text="可上传 PDF、Word（docx）、Excel（xlsx）、JPG、PNG，每个不超过 10 MB，最多 5 个；可一次选几个。",
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.draft: Draft = self.page.draft
        for name in TEXTS:
            rows = 3 if name.endswith("_note") else 10
            self.fields[name] = TextField(
                label=label_of(name), required=False, max_length=MOST_TEXT, help_text=HINTS[name],
                widget=forms.Textarea({"rows": rows}),
            )  # fmt: skip
        names = self.draft.qualifications()
        for figure in self.draft.figures:
            label = f"{names[figure.qualification]}本期{Measure(figure.measure).label}"
            self.fields[f"f_{figure.key}"] = WholeNumber(label)
            self.fields[f"r_{figure.key}"] = TextField(label=f"{label}的原因", required=False, max_length=100)
            self.initial |= {f"f_{figure.key}": figure.value, f"r_{figure.key}": figure.reason}
        for field in (*COUNTS, *(f"f_{figure.key}" for figure in self.draft.figures)):
            self.fields[field].widget.attrs["aria-label"] = self.fields[field].label

    @property
    def signed_draft(self) -> str:
        return signing.dumps(self.draft.as_json(), salt=f"{SALT}:{self.page.bound}", compress=True)

    def clean_files(self) -> list[Any]:
        """What is allowed is kept at once, so that another field's error loses no upload."""
        sentences = []
        for upload in self.cleaned_data["files"]:
            try:
                self.page.keep(upload)
            except Refused as no:
                sentences.append(no.sentence)
        if sentences:
            raise forms.ValidationError(sentences)
        return []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        here, total = data.get("trained"), data.get("trained_total")
        if isinstance(here, int) and isinstance(total, int) and total < here:
            self.add_error("trained_total", f"累计培训人数 {total:,} 少于本期的 {here:,}，请核对")
        return data

    def value_of(self, figure: Drafted) -> int:
        """What stands in the field now; the platform's number where that cannot be read."""
        number = whole_number(self[f"f_{figure.key}"].value())
        return figure.drafted if number is None else number

    def fields_of(self, figure: Drafted) -> tuple[Any, Any]:
        return self[f"f_{figure.key}"], self[f"r_{figure.key}"]

    def typed(self) -> Draft:
        """The draft with what the person left standing."""
        return replace(self.draft, figures=tuple(
            replace(figure, value=self.value_of(figure), reason=str(self[f"r_{figure.key}"].value() or "").strip()[:100])
            for figure in self.draft.figures
        ))  # fmt: skip


def read_draft(text: str, bound: str) -> Draft | None:
    """The draft that a form carried; None for one that is missing, tampered with, or of another institution or cycle."""
    try:
        return Draft.from_json(signing.loads(text, salt=f"{SALT}:{bound}"))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


class ReturnForm(KitForm):
    """退回: where it is to be mended, and why (look 15b)."""

    places = forms.MultipleChoiceField(
        label="退回到哪里改（可多选，院校点开即到该处）", choices=TABS, required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = ReasonField("退回原因", max_length=500, help_text="院校的填报人会看到，并可修改后再提交，本期结束后也可以")


RETURN_PHRASES = (
    "报考人数与平台登记不一致，请核对或说明", "“下期计划”请写明场次、时间与人数", "“工作进展”过于简略，请补充具体做法与成效",
    "附件请附盖章扫描件",
)  # fmt: skip
