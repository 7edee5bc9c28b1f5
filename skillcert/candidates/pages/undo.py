"""撤销导入, in the list of records."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from skillcert.kit.gate import Outcome
from skillcert.kit.jobs import enqueue
from skillcert.kit.pages import Dialog
from skillcert.kit.pages.screen import Fact, Note
from skillcert.kit.sheets.records import ImportRecord

from .. import rules


class UndoImport(Dialog):
    """What the import created and nobody has touched since is deleted; what it updated stays as it is."""

    manual, url, permission, title, label = "5.2.3", "candidates/imports/undo/", "candidates.edit", "撤销导入", "撤销"
    icon, model, back, final, guards = "arrow-back-up", ImportRecord, "candidates.CollegeImports", True, rules.UNDOABLE
    single = True

    @cached_property
    def effect(self) -> tuple[int, list[tuple[str, int]]]:
        return rules.undo_preview(actor=self.actor, record=self.one)

    def facts(self, row: ImportRecord) -> list[Fact]:
        able, kept = self.effect
        return [
            Fact("文件", row.source.name), Fact("时间", f"{timezone.localtime(row.created_at):%Y-%m-%d %H:%M}"),
            Fact("将删除", f"{able:,} 人"), *(Fact(sentence, f"{count:,} 人") for sentence, count in kept),
        ]  # fmt: skip

    def warning(self) -> Note:
        return Note("删除后不能恢复，需要时请重新导入。这次导入更新过的考生不受影响。", "wait")

    def act(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.effect[0] <= self.in_request:
            return super().act(data)
        label = f"撤销导入 {self.effect[0]:,} 人"
        return {"job": str(enqueue("candidates.undo_import", actor=self.actor, args={"record": self.one.pk}, label=label).pk)}

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.undo_import(actor=self.actor, now=self.now, record=self.one)

    def done(self, count: int) -> str:
        return f"已撤销导入，删除 {count:,} 人。"
