"""导入记录 (R146)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet

from ...sheets.records import ImportRecord
from ..acts import Open
from ..base import Page
from ..columns import Col, When
from ..columns import Figure as FigureCol
from ..list import ListPage
from .wizard import ImportPage


class ImportRecordList(ListPage):
    """导入记录 (R146): a room names its wizards, and the chapter.

    class CandidateImports(ImportRecordList):
        manual, url, title, permission = "5.2.3", "candidates/college/imports/", "导入记录", "candidates.view"
        pages = [ImportCandidates]
    """

    model = ImportRecord
    related = ("file", "error_file")
    pages: ClassVar[Sequence[type[ImportPage]]] = ()
    back: ClassVar[type[Page] | str | None] = None
    nothing_yet = "还没有导入过"
    columns = [
        When("created_at", "时间", sort=True), Col("label", "类型"), Col("user_label", "操作人"), Col("role", "角色"),
        Col("file", "文件", value=lambda row: row.file.name if row.file else ""), Col("params_label", "导入到"),
        Col("mode", "方式"), Col("state", "状态", value=lambda row: row.standing),
        FigureCol("succeeded", "成功"), FigureCol("failed", "失败"), FigureCol("skip", "跳过"),
        Col("seconds", "用时", value=lambda row: f"{row.seconds:.1f} 秒"),
    ]  # fmt: skip
    order = ("-created_at",)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        cls.row = [Open(page) for page in cls.pages]
        cls.back = cls.pages[0].back if cls.pages else None  # the list that is filled: its place in the menu
        super().__init_subclass__(**kwargs)

    def rows(self) -> QuerySet:
        return ImportRecord.objects.filter(kind__in=[page.spec.name for page in self.pages])
