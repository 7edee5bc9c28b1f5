"""What is kept of an import: the record (R146) that is also the draft, and the checked rows in sealed parts."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.crypto import open_bytes, seal_bytes
from skillcert.kit.errors import Refused
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import EVERYBODY, NOBODY, Row

from .spec import BAD, NEW, SKIP, UPDATE, ParsedRow, Problem


class ImportState(models.TextChoices):
    """Where an import stands. CHECKED and MATCHING are drafts that wait for a person."""

    UPLOADED = "uploaded", "待校验"
    MATCHING = "matching", "待匹配列"
    CHECKED = "checked", "待导入"
    WRITING = "writing", "导入中"
    DONE = "done", "已完成"
    FAILED = "failed", "导入失败"
    CANCELLED = "cancelled", "已取消"


KEPT_DAYS = 30  # of the file and its wrong rows, which name people; the record stays (R146)
BETWEEN = "\x1f"  # the unit separator: no cleaned cell holds a control character
DRAFTS = (ImportState.UPLOADED, ImportState.MATCHING, ImportState.CHECKED)


class ImportMode(models.TextChoices):
    """导入策略."""

    ALL = "all", "全部成功才导入"
    GOOD = "good", "导入正确行"


class ImportRecord(Row):
    """导入记录: who, in which role, when, which file, how, with what result.

    ``cursor`` is the last part that was written: saved in that part's own transaction, the point of resumption.
    ``mapping`` is {column name: index in the file}; ``header`` serves the step 列匹配.
    """

    kind = models.CharField("类型", max_length=60)
    label = models.CharField("类型", max_length=60)
    user_id = models.BigIntegerField(null=True)
    user_label = models.CharField("操作人", max_length=120)
    role = models.CharField("角色", max_length=60, blank=True)
    organization_id = models.BigIntegerField(null=True)
    for_organization_id = models.BigIntegerField(null=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="文件", null=True, related_name="+")
    error_file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="失败数据", null=True, related_name="+")
    params = models.JSONField(default=dict)
    params_label = models.CharField("导入到", max_length=200, blank=True)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    mode = models.CharField("方式", max_length=4, choices=ImportMode, blank=True)
    total = models.PositiveIntegerField("总行数", default=0)
    bad = models.PositiveIntegerField("错误", default=0)
    new = models.PositiveIntegerField("新增", default=0)
    update = models.PositiveIntegerField("更新", default=0)
    skip = models.PositiveIntegerField("跳过", default=0)
    succeeded = models.PositiveIntegerField("成功", default=0)
    failed = models.PositiveIntegerField("失败", default=0)
    cursor = models.IntegerField(default=-1)
    seconds = models.FloatField("用时（秒）", default=0)
    sentence = models.CharField("说明", max_length=500, blank=True)
    job_id = models.UUIDField(null=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "kind", "created_at", "id"], name="import_by_organization"),
            models.Index(fields=["for_organization_id", "kind", "created_at", "id"], name="import_for_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.label}导入"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """Own organization, and the organization that the data is for (domain 1.3, R146)."""
        if actor.kind != "user":
            return NOBODY
        if actor.organization_kind == "platform":
            return EVERYBODY
        return Q(organization_id=actor.organization_id) | Q(for_organization_id=actor.organization_id)

    @property
    def source(self) -> StoredFile:
        """The uploaded file. Raises ``Refused`` for a record that has none."""
        if self.file is None:
            raise Refused("这次导入没有留下文件，请重新上传。")
        return self.file

    @property
    def importable(self) -> int:
        """Rows that would be written now."""
        return self.new + self.update

    @property
    def standing(self) -> str:
        """The state; of a finished import what became of it afterwards (已撤销), where something did."""
        return (self.state == ImportState.DONE and self.sentence) or self.get_state_display()

    @property
    def is_draft(self) -> bool:
        return self.state in DRAFTS

    def count(self, counts: Counter[str]) -> None:
        self.bad, self.new, self.update, self.skip = (counts[verdict] for verdict in (BAD, NEW, UPDATE, SKIP))
        self.total = self.bad + self.new + self.update + self.skip


class ImportPart(models.Model):
    """Up to ``spec.chunk`` checked rows of a draft, sealed; gone when the import is finished."""

    record = models.ForeignKey(ImportRecord, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="import_part_once")]

    def rows(self, verdict: str = "") -> list[ParsedRow]:
        """All rows, or those of a verdict."""
        plain = json.loads(zlib.decompress(open_bytes(bytes(self.content), f"import:{self.record_id}")))
        columns = [(name, text.split(BETWEEN)) for name, text in plain["columns"].items()]
        rows = []
        said = dict(plain["said"])
        for place, (number, found) in enumerate(zip(plain["numbers"], plain["verdicts"].split(BETWEEN), strict=True)):
            if verdict and found != verdict:
                continue
            row = ParsedRow(number, {name: cells[place] for name, cells in columns})
            row.verdict = found
            if place in said:
                row.reason, row.raw, problems = said[place]
                row.problems = [Problem(*problem) for problem in problems]
            rows.append(row)
        return rows

    def fill(self, rows: list[ParsedRow]) -> None:
        """Put rows in, column by column, and what was said of some of them; the caller saves."""
        plain = {
            "numbers": [row.number for row in rows], "verdicts": BETWEEN.join(row.verdict for row in rows),
            "columns": {name: BETWEEN.join([row.values[name] for row in rows]) for name in rows[0].values},
            "said": [
                (place, (row.reason, row.raw, [astuple(problem) for problem in row.problems]))
                for place, row in enumerate(rows) if row.problems or row.raw or row.reason
            ],
        }  # fmt: skip
        content = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        self.content = seal_bytes(zlib.compress(content.encode(), 1), f"import:{self.record_id}")


def parts_of(record: ImportRecord, after: int = -1) -> Iterator[ImportPart]:
    """The parts in order, one in memory at a time, each read by a query of its own (writes may come in between)."""
    while part := record.parts.filter(number__gt=after).order_by("number").first():
        yield part
        after = part.number
