"""⑤ 导入策略: all or nothing, or what is right; and off it goes."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse

from ...errors import Refused
from ...sheets import engine
from ...sheets.records import ImportMode, ImportState
from ...sheets.spec import BAD, NEW, SKIP, UPDATE
from ..screen import Figure, Note
from .step import ImportStep

AT_ONCE_ROWS = 300


class StrategyStep(ImportStep):
    number = 5

    def get(self, status: int = 200, notes: Sequence[Note] = ()) -> HttpResponse:
        record = self.record
        why = f"还有 {record.bad:,} 行有错，改正或跳过后才能选这一项。" if record.bad else ""
        if record.importable > engine.MOST_AT_ONCE:
            why = f"超过 {engine.MOST_AT_ONCE:,} 行，不能作为一个整体导入。"
        hint = "有错的行不导入，可下载失败数据改好再传。" if record.bad else "逐批导入，已导入的不会因后面的问题撤回。"
        choices = [
            (ImportMode.GOOD, f"导入正确的 {record.importable:,} 行", hint, ""),
            (ImportMode.ALL, "全部成功才导入", "有一行不成功，就一行也不导入。", why),
        ]
        figures = [
            Figure("新增", f"{record.new:,}", "行", icon="circle-plus", url=self.wizard.here(tab=NEW)),
            Figure("更新", f"{record.update:,}", "行", icon="pencil", url=self.wizard.here(tab=UPDATE)),
            Figure("跳过", f"{record.skip:,}", "行", icon="player-track-next", url=self.wizard.here(tab=SKIP)),
            Figure("有错", f"{record.bad:,}", "行", icon="alert-circle", bad=record.bad > 0, url=self.wizard.here(tab=BAD)),
        ]
        strategy = ImportMode.GOOD if why or record.bad else ImportMode.ALL
        return self.draw(
            "kit/import_strategy.html", status, figures=figures, choices=choices, strategy=strategy, notes=notes,
            next_label=f"导入 {record.importable:,} 行", next_off="" if record.importable else "没有可以导入的行",
        )  # fmt: skip

    def take(self, act: str) -> HttpResponse:
        if act == "back":
            return self.wizard.redirect(self.wizard.here())
        mode = self.wizard.request.POST["strategy"]
        try:
            if mode not in ImportMode.values:
                raise Refused("请选择导入策略。")
            if engine.claim(self.record, mode):
                if self.record.importable <= AT_ONCE_ROWS:
                    engine.write(self.record, actor=self.wizard.actor, now=self.wizard.now)
                else:
                    self.wizard.start("kit.import_write")
        except Refused as no:
            if self.record.state == ImportState.CHECKED:
                return self.get(422, [Note(no.sentence, "bad")])
            raise
        return self.wizard.redirect(self.wizard.here())
