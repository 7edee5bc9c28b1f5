"""4.2.1 获取待发证记录, and the two lists that go with it (R17-R24)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.text import slugify

from skillcert.kit.pages import FormDownload, FormPage, KitForm, Made, TextField, url_of
from skillcert.kit.pages.screen import Figure, Note
from skillcert.kit.sheets.template import XLSX
from skillcert.kit.sheets.writer import write_rows
from skillcert.orgs.models import Institution
from skillcert.plans.models import ExamPlan
from skillcert.qualifications.models import Qualification
from skillcert.results.models import Result

from .. import rules
from ..models import Certificate
from ..rules import Filters
from ..states import CertificateState

LIST = "issuing.AwardingBodyToSign"
# R18 names these eight; R19 adds the reason.
HEADERS = ["考生编号", "考生姓名", "身份证号", "学生类型", "所属院校", "证书名称", "证书等级", "考证结果"]
REASON = "不可发证原因"
# A change asks the dialog again, for its figures.
ASK = {
    "hx-get": "", "hx-trigger": "change", "hx-include": "closest form", "hx-target": "#dialog",
    "hx-vals": '{"refresh": "1"}', "hx-params": "not csrfmiddlewaretoken,once",
}  # fmt: skip


class FilterForm(KitForm):
    """设定要签发的筛选条件: all three may be left open."""

    plan = forms.ChoiceField(label="考试计划", required=False)
    qualification = forms.ChoiceField(label="证书", required=False)
    institution = forms.ChoiceField(label="所属院校", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        seen = Result.visible_to(self.page.actor).order_by()
        models = {"plan": ExamPlan, "qualification": Qualification, "institution": Institution}
        for name, model in models.items():
            rows = model._default_manager.filter(pk__in=seen.values(name))  # type: ignore[attr-defined]
            field = self.fields[name]
            field.choices = [("", "全部"), *((str(row.pk), str(row)) for row in rows)]  # type: ignore[attr-defined]
            field.widget.attrs |= ASK

    def filters(self) -> Filters:
        """As chosen, also while the form is only being filled in."""
        return Filters(**{name: self._key(name) for name in ("plan", "qualification", "institution")})

    def _key(self, name: str) -> int | None:
        value = str(self._present(name) or "")
        return int(value) if value.isdecimal() else None


class FilteredForm(FilterForm):
    purpose = TextField(label="用途", max_length=100, initial="发证核对", help_text="名单含完整证件号，用途记入审计。")


class CollectIssuable(FormPage):
    """R17, R21: how many can be issued and how many not, before anything is made."""

    manual, url, permission, title = "4.2.1", "issuing/collect/", "issuing.collect", "获取待发证记录"
    opens, model, form, back, size, columns = "dialog", Certificate, FilterForm, LIST, 640, 1
    submit_label, icon = "确认生成", "file-plus"

    def save(self, row: None, data: dict[str, Any]) -> rules.Collected:
        filters = Filters(**{name: int(data[name]) if data[name] else None for name in ("plan", "qualification", "institution")})
        return rules.collect(actor=self.actor, now=self.now, filters=filters)

    def done(self, row: rules.Collected) -> str:
        return f"已生成 {row.made:,} 条待签发记录。" if row.made else "没有新的待发证记录；此前已生成的记录保持原状。"

    def draw(self, form: FilterForm, status: int = 200, **more: Any) -> HttpResponse:  # type: ignore[override]
        filters = form.filters()
        able = rules.results_to_collect(self.actor, filters).count()
        reasons = rules.obstacles(self.actor, filters)
        left = sum(count for _, count in reasons)
        figures = [Figure("可发证", f"{able:,}", "人"), Figure("不可发证", f"{left:,}", "人", bad=bool(left))]
        notes = [Note("重复获取不会产生重复记录，已签发的记录状态不变。")]
        if left:
            link = url_of(NotIssuableList)
            text = f"{left:,} 人由于信息未完善等原因不允许发证，可先生成其余可发证的，待数据处理后再生成。"
            notes.insert(0, Note(text, "wait", link, "下载不可发证名单"))
        if differing := dict(reasons).get(rules.DIFFERS):
            link = f"{url_of('registrations.Registrations')}?identity=differs"
            notes.insert(1, Note(f"{differing:,} 人认证后的姓名或身份证号与报考时不同，可核对后认可。", "wait", link, "去认可"))
        return super().draw(
            form, status, figures=figures, refusals=reasons, notes=[*notes, *more.pop("notes", [])],
            no_submit=not able, says="" if able else "没有可生成的记录", **more,
        )


class NameList(FormDownload):
    """What both lists share: the filter, the purpose, the columns of R18."""

    model, form, back, columns = Certificate, FilteredForm, LIST, 1

    def lines(self, filters: Filters) -> Iterable[list[str]]:
        raise NotImplementedError

    def produce(self, data: dict[str, Any]) -> Made:
        filters = Filters(**{name: int(data[name]) if data[name] else None for name in ("plan", "qualification", "institution")})
        name, out = self.label.removeprefix("下载"), io.BytesIO()
        count = write_rows(out, name, self.headers(), self.lines(filters))
        return Made(f"{name}-{self.now:%Y%m%d-%H%M}.xlsx", XLSX, out.getvalue(), {"rows": count, "list": slugify(self.name)})

    def headers(self) -> list[str]:
        return HEADERS


def line_of(result: Result) -> list[str]:
    """The eight columns of R18. The candidate's data as verified."""
    candidate, qualification = result.registration.candidate, result.qualification
    return [
        candidate.number, candidate.name, candidate.id_number, candidate.get_kind_display(), result.institution.name,
        qualification.name, qualification.get_grade_display(), result.get_outcome_display(),
    ]


class IssuableList(NameList):
    """R18: those who can be issued: not collected yet, or collected and not signed yet."""

    manual, url, permission, title = "4.2.1", "issuing/issuable/", "issuing.collect", "下载可发证名单"

    def lines(self, filters: Filters) -> Iterable[list[str]]:
        joined = ("registration__candidate", "institution", "qualification")
        waiting = Certificate.visible_to(self.actor).filter(filters.q(), state=CertificateState.BODY_PENDING)
        rows = Result.visible_to(self.actor).filter(pk__in=waiting.values("result"))
        for part in (rules.results_to_collect(self.actor, filters), rows):
            for result in part.select_related(*joined).order_by("pk").iterator(chunk_size=2000):
                yield line_of(result)


class NotIssuableList(NameList):
    """R19: those whose information is incomplete or unchecked, each with its reason."""

    manual, url, permission, title = "4.2.1", "issuing/not-issuable/", "issuing.collect", "下载不可发证名单"

    def headers(self) -> list[str]:
        return [*HEADERS, REASON]

    def lines(self, filters: Filters) -> Iterable[list[str]]:
        for result, reason in rules.collect_reasons(rules.not_issuable(self.actor, filters)):
            yield [*line_of(result), reason]
