"""What the two kinds of standards share: a list, a record with its file, a form, three verbs."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase

from skillcert.kit.errors import Missing
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    DetailPage,
    Dialog,
    FormPage,
    KitForm,
    ListPage,
    Page,
    UploadField,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.list import Tab
from skillcert.kit.pages.screen import ActView, Card, Fact, Note
from skillcert.orgs.models import AwardingBody, Kind
from skillcert.qualifications.models import Qualification

from .. import rules
from ..models import Standard
from ..states import StandardState

DRAFTERS = (Kind.AWARDING_BODY,)  # nobody else has standards of its own


def own_qualifications(page: Any) -> QuerySet[Qualification]:
    return Qualification.objects.filter(awarding_body=page.actor.organization_id).order_by("name", "grade")


def bodies(page: Any) -> QuerySet[AwardingBody]:
    return AwardingBody.objects.filter(pk__in=page.visible.order_by().values("awarding_body")).order_by("name")


class FileField(UploadField):
    def __init__(self, label: str) -> None:
        accept = ",".join(rules.SUFFIXES)
        super().__init__(label, most=rules.MOST_BYTES, accept=accept, required=False, help_text="PDF 或 DOCX，20 MB 以内；不选则不变")


class FileOfStandard(Page):
    """The file of a standard that one may see, as an attachment."""

    label, icon = "下载文件", "download"
    model: ClassVar[type[Standard]]

    def get(self) -> HttpResponseBase:
        row = row_of(self, self.model, ("file",))
        if row.file is None:
            raise Missing("这个标准没有上传文件。")
        return row.file.response()


class StandardDetail(DetailPage):
    related = ("awarding_body", "file")
    file_page: ClassVar[str]

    def subtitle_of(self, row: Standard) -> str:
        return row.awarding_body.name  # type: ignore[attr-defined]

    def file_card(self, row: Standard) -> Card:
        if row.file is None:
            return Card("文件", (Fact("文件", "未上传"),), side=True)
        size = f"{max(1, round(row.file.size / 1024)):,} KB"
        facts = (Fact("文件名", row.file.name), Fact("大小", size), Fact("上传时间", plain_text(row.file.created_at)))
        link = ActView("file", "下载文件", url_of(self.file_page, pk=row.pk), "download")
        return Card("文件", facts, acts=(link,), side=True)

    def events(self, row: Standard) -> list[Any]:
        return super().events(row) if self.actor.organization_id == row.awarding_body_id else []  # type: ignore[attr-defined]


class StandardForm(FormPage):
    """A new one; with a row of the address, that one edited."""

    kinds, columns = DRAFTERS, 2

    def make_form(self, data: Any = None) -> KitForm:
        self._form = super().make_form(data)
        return self._form

    def after(self, row: Standard) -> str:
        return url_of(self.page_of_row, pk=row.pk)

    page_of_row: ClassVar[str]

    def notes(self, row: Standard | None) -> list[Note]:
        return [] if own_qualifications(self).exists() else [Note("还没有证书，请先在“证书信息管理”中新增证书。", "wait")]


class StandardVerb(Dialog):
    """A verb on standards."""

    kinds, unit = DRAFTERS, "个标准"


class EnableStandard(StandardVerb):
    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.enable_standards(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]

    def warning(self) -> Note | None:
        keys = rules.in_force(self.one) if self.one is not None else []
        if not keys:
            return Note("启用后，申报过对应证书的院校即可看到。", "run")
        names = "、".join(str(row) for row in self.model._default_manager.filter(pk__in=keys))
        return Note(f"正在启用的“{names}”将随之停用。", "wait")


class DisableStandard(StandardVerb):
    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.disable_standards(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]

    def warning(self) -> Note:
        return Note("停用后院校仍能看到，状态显示为已停用。", "wait")


class DeleteStandard(StandardVerb):
    final = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_standards(self.model, actor=self.actor, now=self.now, rows=rows)  # type: ignore[type-var]


class StandardList(ListPage):
    order = ("-start_date",)

    @cached_property
    def _tabs(self) -> list[Tab | None]:
        """Who drafts none has no tab for drafts."""
        drafts = self.actor.organization_kind == Kind.AWARDING_BODY
        return [tab for tab in super()._tabs if drafts or tab is None or tab.key != StandardState.DRAFT]

    def notes(self) -> list[Note]:
        if self.actor.organization_kind != Kind.INSTITUTION or self.visible.exists():
            return []
        return [Note("这里列出贵校申报过试点的证书的标准；提交“证书试点申报”后即可看到。", "run")]
