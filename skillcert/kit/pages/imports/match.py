"""③ 列匹配: asked only where a required column is not found by its header."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

from django.http import HttpResponse

from ...errors import Refused
from ...sheets import engine
from ...sheets.records import ImportRecord, ImportState
from ..screen import Match, Note
from .step import ImportStep


class MatchStep(ImportStep):
    number = 3

    def get(self) -> HttpResponse:
        record, columns = self.record, self.spec.columns
        below = zip_longest(record.header, engine.first_row(record, columns)[: len(record.header)], fillvalue="")
        options = tuple((str(index), header or f"第 {index + 1} 列", text) for index, (header, text) in enumerate(below))
        guesses = engine.guesses(columns, record.header, record.mapping)
        matches = []
        for column in columns:
            index = record.mapping.get(column.name, guesses.get(column.name))
            error = "文件里没有这一列，请选择对应的列" if column.required and index is None else ""
            chosen, guessed = "" if index is None else str(index), column.name in guesses
            matches.append(Match(column.name, column.label, column.required, options, chosen, guessed, error))
        missing = "、".join(c.label for c in columns if c.required and c.name not in record.mapping)
        note = Note(
            f"文件里没有找到这些必填列：{missing}。如果列名不同，请在下面选择；如果不是这个模板，请取消后下载模板。",
            "wait",
        )
        return self.draw("kit/import_match.html", matches=matches, notes=[note])

    def take(self, act: str) -> HttpResponse:
        if act == "back":
            return self.to_the_start()
        chosen = {c.name: self.wizard.request.POST.get(f"match_{c.name}", "") for c in self.spec.columns}
        width = len(self.record.header)
        mapping = {name: int(text) for name, text in chosen.items() if text.isdecimal() and int(text) < width}
        twice = [index for index, count in Counter(mapping.values()).items() if count > 1]
        if twice:
            raise Refused(f"文件里的“{self.record.header[twice[0]]}”被选了两次，请返回改正。")
        mine = ImportRecord.objects.filter(pk=self.record.pk, state=ImportState.MATCHING)
        if not mine.update(mapping=mapping, state=ImportState.UPLOADED, job_id=None):
            return super().take(act)
        size = self.record.source.size
        del self.wizard.record
        self.wizard.check(size)
        return self.wizard.redirect(self.wizard.here())
