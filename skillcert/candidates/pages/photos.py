"""批量导入学生照片 (R92-R99): a zip goes in, every file is answered for."""

from __future__ import annotations

import tempfile
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase

from skillcert.kit import audit
from skillcert.kit.access import Actor
from skillcert.kit.crypto import mask_id
from skillcert.kit.errors import Missing
from skillcert.kit.pages import FormPage, KitForm, Made, Page, url_of
from skillcert.kit.pages.download import file_response
from skillcert.kit.pages.screen import ActView, Card, ColumnView, Fact, Figure, Head, RowView, Table, TabView
from skillcert.kit.pages.uploads import UploadField
from skillcert.kit.sheets.records import ImportRecord
from skillcert.kit.sheets.template import XLSX
from skillcert.kit.sheets.writer import write_rows
from skillcert.kit.uploads import Upload

from .. import rules
from ..rules import PhotoResult
from .consents import photo_declaration

SHOWN = 200
RULES = (
    Fact("命名", "照片命名为“身份证.jpg”，即身份证号加扩展名，例如 330106200501012427.jpg", wide=True),
    Fact("打包", "再压缩打包成 .zip 格式的文件，不支持 .rar、.7z", wide=True),
    Fact("格式", "jpg、png，每张 5M 以内", wide=True),
    Fact("像素", "295×413（标准小一寸，允许相差 10%）", wide=True),
    Fact("底色", "红色", wide=True),
    Fact("替换", "信息已准确的考生，照片不会被替换；同一压缩包可以重复上传", wide=True),
)


class PhotoZipForm(KitForm):
    zip = UploadField("照片压缩包", most=rules.MOST_ZIP, accept=".zip", help_text="一个 .zip 文件，200M 以内")
    notice = photo_declaration()

    def clean_zip(self) -> Upload:
        size = self.files["zip"].size
        if size > rules.MOST_ZIP:
            raise forms.ValidationError(f"压缩包 {size / 1024 / 1024:.0f}M，超过 200M，请分成几个压缩包上传。")
        return self.cleaned_data["zip"]


class ImportPhotos(FormPage):
    """R92: 点击批量导入学生照片按钮，按照要求准备好照片批量导入即可."""

    manual, url, permission, title = "5.2.3", "candidates/photos/import/", "candidates.edit", "批量导入学生照片"
    model, form, icon, columns, submit_label = ImportRecord, PhotoZipForm, "photo-up", 1, "上传并导入"
    back: ClassVar[str] = "candidates.CollegeCandidates"

    def save(self, row: None, data: dict[str, Any]) -> ImportRecord:
        file = data["zip"]
        return rules.open_photo_import(actor=self.actor, name=file.name, data=file.data, notice=data["notice"])

    def after(self, row: ImportRecord) -> str:
        return url_of("kit.JobPage", pk=row.job_id)

    def done(self, row: ImportRecord) -> str:
        return "已上传，正在逐张检查。可以离开此页，结果在导入记录中查看。"

    def side(self, row: Any) -> list[Card]:
        return [Card("照片要求", facts=RULES, side=True)]


class PhotoImportResult(Page):
    """The result of a zip, file by file; names are ID numbers, so they are masked here and full in the audited sheet."""

    manual, url, permission, title = "5.2.3", "candidates/photos/<int:pk>/", "candidates.edit", "照片导入结果"
    label, template = "查看", "candidates/photo_result.html"

    @classmethod
    def allowed(cls, actor: Actor, now: Any) -> Q:
        return Q(kind=rules.PHOTO_IMPORT)

    @cached_property
    def record(self) -> ImportRecord:
        found = ImportRecord.visible_to(self.actor).select_related("error_file", "file")
        record = found.filter(pk=self.where["pk"], kind=rules.PHOTO_IMPORT).first()
        if record is None:
            raise Missing()
        return record

    @cached_property
    def results(self) -> list[PhotoResult]:
        return rules.read_report(self.record.error_file) if self.record.error_file else []

    def get(self) -> HttpResponseBase:
        record = self.record
        if record.error_file is None:
            return self.redirect(url_of("kit.JobPage", pk=record.job_id)) if record.job_id else self.render()
        failed = [one for one in self.results if not one.ok]
        warned = [one for one in self.results if one.ok and one.warning]
        done = [one for one in self.results if one.ok]
        parts = {"failed": ("失败", failed), "warned": ("需核对", warned), "done": ("成功", done)}
        chosen = self.query.get("tab", "") if self.query.get("tab", "") in parts else "failed" if failed else "done"
        tabs = [TabView(label, f"?tab={key}", key == chosen, f"{len(rows):,}", bad=key == "failed") for key, (label, rows) in parts.items()]
        rows = parts[chosen][1]
        acts = [ActView("back", "返回列表", url_of("candidates.CollegeCandidates"))]
        return self.render(
            page=Head(self.title, str(record.file.name) if record.file else "", url_of("candidates.CollegeImports")),
            head_acts=acts, tabs=tabs, table=_table(rows[:SHOWN]), more=max(0, len(rows) - SHOWN), failed=len(failed),
            figures=[
                Figure("成功", f"{len(done):,}", "张", icon="circle-check"),
                Figure("需核对", f"{len(warned):,}", "张", icon="alert-triangle"),
                Figure("失败", f"{len(failed):,}", "张", icon="alert-circle", bad=bool(failed)),
            ],
        )  # fmt: skip

    def post(self) -> HttpResponse:
        """下载失败明细: file names in full, so it is audited."""
        lines = [[one.name, one.sentence] for one in self.results if not one.ok]
        with tempfile.TemporaryFile() as file:
            write_rows(file, "失败明细", ["文件名", "失败原因"], lines)
            file.seek(0)
            made = Made("照片导入失败明细.xlsx", XLSX, file.read())
        with transaction.atomic():
            audit.record("kit.download", [audit.fact_of(self.record, {"rows": len(lines)})], actor=self.actor)
        return file_response(made)


def _table(results: list[PhotoResult]) -> Table:
    columns = (ColumnView("name", "文件名"), ColumnView("result", "结果"), ColumnView("why", "说明"))
    return Table(columns, tuple(
        RowView(str(n), one.name, (_masked(one.name), "成功" if one.ok else "失败", one.warning or one.sentence))  # type: ignore[arg-type]
        for n, one in enumerate(results)
    ), "没有文件")  # fmt: skip


def _masked(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{mask_id(stem) if len(stem) > 10 else stem}{dot}{suffix}" if dot else name
