"""What the steps of the wizard share: the record they work on, and the frame they are drawn in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpResponse

from ...sheets import engine
from ...sheets.records import ImportRecord, ImportState
from ..acts import Act
from ..base import url_of
from ..screen import Head, Step

if TYPE_CHECKING:
    from .wizard import ImportPage

LABELS = ("下载模板", "上传文件", "列匹配", "校验预览", "导入策略", "结果")


class ImportStep:
    """One step: ``get`` draws it, ``take(act)`` answers its form."""

    number: ClassVar[int]

    def __init__(self, wizard: ImportPage) -> None:
        self.wizard, self.spec = wizard, wizard.spec

    @property
    def record(self) -> ImportRecord:
        return self.wizard.record

    def get(self) -> HttpResponse:
        raise NotImplementedError

    def take(self, act: str) -> HttpResponse:
        """By default a form that comes too late: show where the import stands now."""
        return self.wizard.redirect(self.wizard.here())

    def to_the_start(self) -> HttpResponse:
        """上一步 of a draft: the file is chosen anew."""
        engine.cancel(self.record)
        return self.wizard.redirect(url_of(type(self.wizard)))

    def draw(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        known = {
            "page": Head(self.wizard.title, self.subtitle()), "steps": self.steps(), "notes": (),
            "head_links": [Act(self.wizard.records, "导入记录", "history").view()] if self.wizard.records else [],
            "back": self.number in (3, 4, 5), "can_cancel": self.number in (3, 4, 5),
        }  # fmt: skip
        return self.wizard.render(template, status, **known | context)

    def subtitle(self) -> str:
        if "pk" not in self.wizard.where:
            return ""
        record = self.record
        taken = f"校验用时 {record.seconds:.1f} 秒" if record.state == ImportState.CHECKED else ""
        parts = (record.source.name, f"{record.total:,} 行" if record.total else "", taken, record.params_label)
        return " ・ ".join(filter(None, parts))

    def steps(self) -> list[Step]:
        """Template and upload share a page."""
        at = {self.number} | ({2} if self.number == 1 else set())
        return [
            Step(label, "current" if n in at else "done" if n < self.number else "coming")
            for n, label in enumerate(LABELS, 1)
        ]
