"""The import wizard: one address per import, a step per state of its record; and 导入记录.

    class ImportCandidates(ImportPage):
        manual, url, title = "5.2.3", "candidates/college/import/", "批量导入考生信息"
        spec, back, records = CollegeCandidateImport, CollegeCandidates, "candidates.CandidateImports"

The draft is the record with its sealed parts: the browser may be closed at any step, and the list of records leads
back to it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone

from .. import audit
from ..access import Actor
from ..errors import Missing, Refused
from ..jobs import Job, JobState, cancel, enqueue
from ..once import once
from ..sheets import engine
from ..sheets.jobs import stage, write  # noqa: F401  # registers the two jobs
from ..sheets.reader import MAX_BYTES, checked_suffix
from ..sheets.records import ImportMode, ImportRecord, ImportState, parts_of
from ..sheets.spec import BAD, NEW, SKIP, UPDATE, Column, ImportRun, ImportSpec, ParsedRow, Problem
from ..sheets.template import XLSX, error_sheet, template
from .acts import Act, Open
from .base import Page, url_of
from .columns import Col, When
from .columns import Figure as FigureCol
from .fields import KitForm
from .list import ListPage
from .own import FileDownload, job_view
from .screen import (
    ActView,
    CheckCell,
    CheckRow,
    ColumnView,
    Fact,
    Figure,
    Head,
    Match,
    Note,
    NoteLook,
    PagerView,
    Step,
    TabView,
)

STEPS = ("下载模板", "上传文件", "列匹配", "校验预览", "导入策略", "结果")
AT_ONCE_BYTES, AT_ONCE_ROWS = 64 * 1024, 300
SIZE, LISTED, MOST_COLUMNS = 20, 10_000, 8
TABS = (
    (BAD, "错误", "alert-circle"), (NEW, "新增", "circle-plus"), (UPDATE, "更新", "pencil"), (SKIP, "跳过", "player-track-next"),
)  # fmt: skip
HINTS = (
    "下载模板，从第 3 行开始填写，一行一条；带 * 的列必填。",
    "不要改动表头；下拉列里的值请从列表中选择。",
    "填好后保存，从右边上传，先校验再导入。",
)


class ImportPage(Page):
    """A wizard. ``params_form`` asks first what the import is into (a plan); its cleaned data become ``run.params``,
    so its values must be JSON (keys, not rows). For the template ``prepare`` must bear empty params.
    """

    spec: ClassVar[type[ImportSpec]]
    back: ClassVar[type[Page] | str]
    records: ClassVar[type[Page] | str] = ""
    params_form: ClassVar[type[KitForm]] = KitForm
    hints: ClassVar[Sequence[str]] = HINTS
    icon = "file-import"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "spec" in cls.__dict__:
            cls.permission = cls.spec.may
        super().__init_subclass__(**kwargs)

    @classmethod
    def routes(cls) -> list[str]:
        return [cls.url, f"{cls.url}<int:pk>/"]

    @classmethod
    def allowed(cls, actor: Actor, now: datetime) -> Q:
        """Of the records, its own kind: 导入记录 opens each in the wizard it came from."""
        return Q(kind=cls.spec.name)

    def params_label(self, params: dict[str, Any]) -> str:
        """What the import is into, for the record: 2026 年下半年考试计划."""
        return ""

    # --- the record and where it stands --------------------------------------------------------------
    @cached_property
    def record(self) -> ImportRecord:
        mine = ImportRecord.visible_to(self.actor).select_related("file", "error_file")
        record = mine.filter(pk=self.where["pk"], kind=self.spec.name).first()
        if record is None or (record.is_draft and record.user_id != self.actor.id):
            raise Missing()
        return record

    @cached_property
    def job(self) -> Job | None:
        return Job.visible_to(self.actor).filter(pk=self.record.job_id).first() if self.record.job_id else None

    def run_spec(self) -> ImportSpec:
        return engine.opened_spec(self.record, self.actor, self.now)

    def here(self, **query: Any) -> str:
        url = url_of(type(self), pk=self.record.pk)
        return url + ("?" + "&".join(f"{key}={quote(str(value))}" for key, value in query.items()) if query else "")

    # --- answers -----------------------------------------------------------------------------------
    def get(self) -> HttpResponseBase:
        if "pk" not in self.where:
            if "template" in self.query:
                return self.send_template()
            return self.draw_upload(self.upload_form(first=self.query.dict()) if "refresh" in self.query else None)
        record, job = self.record, self.job
        if record.state in (ImportState.UPLOADED, ImportState.WRITING):
            return self.draw_progress(job)
        if self.in_dialog and self.request.htmx.target == "job":  # type: ignore[attr-defined]
            return self.redirect(self.here())
        if record.state == ImportState.MATCHING:
            return self.draw_match()
        if record.state == ImportState.CHECKED:
            return self.draw_strategy() if self.query.get("step") == "strategy" else self.draw_check()
        return self.draw_result()

    def post(self) -> HttpResponseBase:
        if "pk" not in self.where:
            return self.upload()
        act, state = self.request.POST.get("act", "next"), self.record.state
        if self.record.user_id != self.actor.id:
            raise Missing()
        if "cancel" in self.query and self.record.job_id:
            cancel(self.record.job_id, actor=self.actor)
            return self.redirect(self.here())
        if act == "cancel":
            engine.cancel(self.record)
            return self.redirect(url_of(self.back))
        if state == ImportState.MATCHING:
            return self.take_match(act)
        if state == ImportState.CHECKED:
            return self.take_strategy(act) if "strategy" in self.request.POST else self.take_check(act)
        if (
            act == "resume"
            and state in (ImportState.UPLOADED, ImportState.WRITING)
            and not (self.job and self.job.open)
        ):
            self.start("kit.import_write" if state == ImportState.WRITING else "kit.import_stage")
        return self.redirect(self.here())

    # --- ① ②: template and file --------------------------------------------------------------------
    def upload_form(self, *data: Any, first: Mapping[str, Any] | None = None) -> forms.Form:
        """File or pasted cells, after what ``params_form`` asks; ``first`` are values chosen already."""
        pasted = forms.CharField(
            label="粘贴", required=False, strip=False, widget=forms.Textarea({"class": "paste", "rows": 8})
        )
        fields = {
            "file": forms.FileField(
                label="文件", required=False, widget=forms.FileInput({"accept": ".xlsx,.xls,.csv"})
            ),
            "pasted": pasted,
            "once": forms.UUIDField(widget=forms.HiddenInput, required=False),
        }
        return type("UploadForm", (self.params_form,), fields)(
            *data, initial={"once": uuid.uuid4(), **(first or {})}, page=self
        )

    def draw_upload(self, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
        form = form or self.upload_form()
        drafts = ImportRecord.visible_to(self.actor).filter(
            kind=self.spec.name, user_id=self.actor.id, state__in=(ImportState.MATCHING, ImportState.CHECKED)
        )
        draft = drafts.select_related("file").order_by("-id").first()
        recent = []
        if draft:
            text = f"{timezone.localtime(draft.created_at):%m-%d %H:%M} 上传的“{draft.file.name}”还没有导入。"
            recent = [Note(text, "wait", url_of(type(self), pk=draft.pk), "继续导入")]
        return self.draw(
            1, "kit/import_upload.html", status, form=form, template_url="?template=1", hints=self.hints,
            accept=".xlsx,.xls,.csv", limits="支持 .xlsx、.xls、.csv，最多 20 万行、100 MB", notes=recent,
            back=False, cancel_url=url_of(self.back), next_label="上传并校验",
        )  # fmt: skip

    def send_template(self) -> HttpResponse:
        data = template(self.spec(ImportRun(self.actor, self.now, {})))
        response = HttpResponse(data, content_type=XLSX)
        response["Content-Disposition"] = (
            f"attachment; filename*=UTF-8''{quote(self.spec.label)}{quote('导入模板')}.xlsx"
        )
        return response

    def upload(self) -> HttpResponse:
        form = self.upload_form(self.request.POST, self.request.FILES)
        if form.is_valid():
            try:
                record = self.take_file(form)
            except Refused as no:
                form.add_error(no.field if no.field in form.fields else "file", no.sentence)
            else:
                return self.redirect(url_of(type(self), pk=record.pk))
        again = self.request.POST.copy()
        again["once"] = str(uuid.uuid4())
        form.data = again
        return self.draw_upload(form, 422)

    def take_file(self, form: forms.Form) -> ImportRecord:
        """Keep the upload as a draft (one draft, however often the form arrives) and check it, here when it is small."""
        data = dict(form.cleaned_data)
        file, pasted = data.pop("file"), data.pop("pasted")
        key = str(data.pop("once") or "")
        if file and file.size > MAX_BYTES:
            raise Refused(f"文件有 {file.size / (1 << 20):.1f} MB，超过上限 100 MB，请拆成几个文件后再上传。")
        name, content = (file.name, file.read()) if file else ("粘贴的内容.txt", pasted.encode())
        if not content.strip():
            raise Refused("请选择文件，或粘贴从 Excel、WPS 复制的内容。", field="file")
        checked_suffix(content, name)
        role = getattr(getattr(self.request.user, "role", None), "name", "")

        def keep() -> dict[str, Any]:
            made = engine.open_draft(
                self.spec, name, content, actor=self.actor, now=self.now, params=data, role=role,
                params_label=self.params_label(data),
            )  # fmt: skip
            return {"record": made.pk}

        pk = once(key, page=self.name, actor=self.actor, act=keep)["record"]
        self.where = {"pk": pk}
        if self.record.state == ImportState.UPLOADED and self.record.job_id is None:
            self.check(len(content))
        return self.record

    def check(self, size: int) -> None:
        if size <= AT_ONCE_BYTES:
            engine.stage(self.record, actor=self.actor, now=self.now)
        else:
            self.start("kit.import_stage")

    def start(self, kind: str) -> None:
        with transaction.atomic():
            job = enqueue(kind, actor=self.actor, args={"record": self.record.pk, "url": self.here()}, label=self.title)
            ImportRecord.objects.filter(pk=self.record.pk).update(job_id=job.pk)

    # --- ③: columns --------------------------------------------------------------------------------
    def draw_match(self) -> HttpResponse:
        record, columns = self.record, self.spec.columns
        options = tuple((str(index), header or f"第 {index + 1} 列") for index, header in enumerate(record.header))
        guesses = engine.guesses(columns, record.header, record.mapping)
        matches = []
        for column in columns:
            index = record.mapping.get(column.name, guesses.get(column.name))
            error = "文件里没有这一列，请选择对应的列" if column.required and column.name not in record.mapping else ""
            chosen = "" if index is None else str(index)
            matches.append(Match(column.name, column.label, column.required, options, chosen, error=error))
        missing = "、".join(c.label for c in columns if c.required and c.name not in record.mapping)
        note = Note(
            f"文件里没有找到这些必填列：{missing}。如果列名不同，请在下面选择；如果不是这个模板，请取消后下载模板。",
            "wait",
        )
        return self.draw(3, "kit/import_match.html", matches=matches, notes=[note])

    def take_match(self, act: str) -> HttpResponse:
        if act == "back":
            engine.cancel(self.record)
            return self.redirect(url_of(type(self)))
        chosen = {c.name: self.request.POST.get(f"match_{c.name}", "") for c in self.spec.columns}
        width = len(self.record.header)
        mapping = {name: int(text) for name, text in chosen.items() if text.isdigit() and int(text) < width}
        twice = [index for index, count in Counter(mapping.values()).items() if count > 1]
        if twice:
            raise Refused(f"文件里的“{self.record.header[twice[0]]}”被选了两次，请返回改正。")
        ImportRecord.objects.filter(pk=self.record.pk, state=ImportState.MATCHING).update(
            mapping=mapping, state=ImportState.UPLOADED, job_id=None
        )
        size = self.record.source.size
        del self.record
        self.check(size)
        return self.redirect(self.here())

    # --- ④: check ----------------------------------------------------------------------------------
    def draw_check(self) -> HttpResponse:
        record = self.record
        counts = {BAD: record.bad, NEW: record.new, UPDATE: record.update, SKIP: record.skip}
        first = next((key for key in counts if counts[key]), BAD)
        tab = self.query.get("tab", "") if self.query.get("tab") in counts else first
        kind = self.query.get("kind", "")
        number = int(text) if (text := self.query.get("page", "")).isdigit() and 0 < int(text) <= LISTED // SIZE else 1
        kinds, fixes = self.error_kinds() if tab == BAD else (Counter(), 0)
        total = min(kinds[kind] if kind in kinds else counts[tab], LISTED)
        rows = list(islice(self.rows_in(tab, kind if kind in kinds else ""), (number - 1) * SIZE, number * SIZE))
        columns = self.shown_columns(rows)
        base = {"tab": tab} | ({"kind": kind} if kind in kinds else {})
        return self.draw(
            4, "kit/import_check.html",
            tabs=[TabView(f"{label}", self.here(tab=key), key == tab, f"{counts[key]:,}", icon, key == BAD) for key, label, icon in TABS],
            says=self.says(tab, counts[tab]), fixes=fixes, has_error_file=record.bad > 0, can_skip=tab == BAD,
            kinds=self.kind_options(kinds, kind), columns=[ColumnView(c.name, c.label) for c in columns],
            check_rows=[self.check_row(row, columns) for row in rows], empty="没有这样的行", pager=self.pager(number, total, base),
            summary=self.summary(), next_label="下一步：选择导入策略", notes=self.check_notes(),
            next_off="" if record.importable else "没有可以导入的行",
        )  # fmt: skip

    def rows_in(self, tab: str, kind: str = "") -> Iterator[ParsedRow]:
        for part in parts_of(self.record):
            for row in part.rows(tab):
                if not kind or any(problem.column == kind for problem in row.problems):
                    yield row

    def error_kinds(self) -> tuple[Counter[str], int]:
        """How many rows have an error in each column, and how many suggestions there are."""
        kinds: Counter[str] = Counter()
        fixes = 0
        for row in self.rows_in(BAD):
            kinds.update({problem.column for problem in row.problems})
            fixes += sum(bool(problem.fix) for problem in row.problems)
        return kinds, fixes

    def kind_options(self, kinds: Counter[str], kind: str) -> list[tuple[str, str, bool]]:
        if len(kinds) < 2:
            return []
        labels = {column.name: column.label for column in self.spec.columns}
        options = [
            (self.here(tab=BAD, kind=name), f"{labels[name]}（{count:,}）", name == kind)
            for name, count in kinds.items()
        ]
        return [(self.here(tab=BAD), f"全部错误（{len(kinds)} 列）", not kind), *options]

    def shown_columns(self, rows: Sequence[ParsedRow]) -> list[Column]:
        """Who it is, and every column with an error on this page: the wrong cell is never out of sight."""
        wrong = {problem.column for row in rows for problem in row.problems}
        columns = list(self.spec.columns)
        room = max(MOST_COLUMNS - len(wrong), 3)
        others = [column.name for column in columns if column.name not in wrong][:room]
        return [column for column in columns if column.name in wrong or column.name in others]

    def check_row(self, row: ParsedRow, columns: Sequence[Column]) -> CheckRow:
        cells = tuple(self.check_cell(row, column) for column in columns)
        hidden = tuple(p.sentence for p in row.problems if p.column not in {column.name for column in columns})
        more = (row.reason,) if row.reason else ()
        return CheckRow(row.number, cells, hidden + more, str(row.number) if row.verdict == BAD else "")

    def check_cell(self, row: ParsedRow, column: Column) -> CheckCell:
        text, problem = shown(row, column), mark(row, column.name)
        if problem is None:
            return CheckCell(text)
        fix = column.personal(problem.fix) if problem.fix and column.personal else problem.fix
        return CheckCell(text, problem.sentence, fix, f"{row.number}:{column.name}", editable=True)

    def says(self, tab: str, count: int) -> str:
        if tab != BAD:
            return f"{count:,} 行"
        if not count:
            return "没有错误，可以导入。"
        listed = f"，列出前 {LISTED:,} 行" if count > LISTED else ""
        return f"{count:,} 行有错{listed}，可在格内直接改正，改完一格即重新校验；也可下载错误文件，改好后原样再传。"

    def summary(self) -> str:
        record = self.record
        return f"{record.importable:,} 行可导入，{record.bad:,} 行有错，{record.skip:,} 行跳过"

    def check_notes(self) -> list[Note]:
        notes = [Note(self.record.note)] if self.record.note else []
        return [Note(self.record.sentence, "bad"), *notes] if self.record.sentence else notes

    def pager(self, number: int, total: int, base: dict[str, Any]) -> PagerView | None:
        last = max(1, -(-total // SIZE))
        if last == 1:
            return None
        wanted = sorted({1, last, *range(max(1, number - 2), min(last, number + 2) + 1)})
        pages: list[tuple[int | None, str]] = []
        for place, page in enumerate(wanted):
            if place and page - wanted[place - 1] > 1:
                pages.append((None, ""))
            pages.append((page, self.here(**base, page=page)))
        before = self.here(**base, page=number - 1) if number > 1 else ""
        after = self.here(**base, page=number + 1) if number < last else ""
        return PagerView(f"{total:,}", number, tuple(pages), before, after, SIZE, (), last)

    def take_check(self, act: str) -> HttpResponse:
        changes = self.edited_cells()
        if act == "error_file":
            return self.send_error_file()
        if act.startswith("fix:"):
            number, _, name = act[4:].partition(":")
            problem = next((mark(row, name) for row in self.rows_in(BAD) if str(row.number) == number), None)
            if problem and problem.fix:
                changes[int(number), name] = problem.fix
        if changes:
            engine.correct(self.record, changes, actor=self.actor, now=self.now)
        if act == "fix_all":
            count = engine.adopt_all(self.record, actor=self.actor, now=self.now)
            messages.success(self.request, f"已采用 {count} 处建议。")
        elif act.startswith("skip:") and act[5:].isdigit():
            engine.skip_row(self.record, int(act[5:]), actor=self.actor, now=self.now)
        elif act == "back":
            engine.cancel(self.record)
            return self.redirect(url_of(type(self)))
        elif act == "next" and not changes:
            return self.redirect(self.here(step="strategy"))
        if self.in_dialog:  # one cell, mended in place
            del self.record
            return self.draw_check()
        return self.redirect(self.request.get_full_path())

    def edited_cells(self) -> dict[tuple[int, str], str]:
        """What was typed into wrong cells. A cell that comes back as it was shown (masked, too) is no change."""
        posted: dict[int, dict[str, str]] = {}
        for key, text in self.request.POST.items():
            number, _, name = key.removeprefix("cell_").partition(":")
            if key.startswith("cell_") and number.isdigit():
                posted.setdefault(int(number), {})[name] = str(text)
        changes = {}
        columns = {column.name: column for column in self.spec.columns}
        if posted:
            for row in self.rows_in(BAD):
                for name, text in posted.get(row.number, {}).items():
                    if name in columns and text != shown(row, columns[name]):
                        changes[row.number, name] = text
        return changes

    def send_error_file(self) -> HttpResponse:
        """The rows that are wrong, in full: a POST that is audited."""
        name, data = error_sheet(self.record, self.run_spec())
        audit.record("kit.download", [audit.fact_of(self.record, {"rows": self.record.bad})], actor=self.actor)
        response = HttpResponse(data, content_type=XLSX)
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return response

    # --- ⑤: strategy, and off it goes --------------------------------------------------------------
    def draw_strategy(self, status: int = 200, notes: Sequence[Note] = ()) -> HttpResponse:
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
            Figure("新增", f"{record.new:,}", "行", icon="circle-plus", url=self.here(tab=NEW)),
            Figure("更新", f"{record.update:,}", "行", icon="pencil", url=self.here(tab=UPDATE)),
            Figure("跳过", f"{record.skip:,}", "行", icon="player-track-next", url=self.here(tab=SKIP)),
            Figure("有错", f"{record.bad:,}", "行", icon="alert-circle", bad=record.bad > 0, url=self.here(tab=BAD)),
        ]
        strategy = ImportMode.GOOD if why or record.bad else ImportMode.ALL
        return self.draw(
            5, "kit/import_strategy.html", status, figures=figures, choices=choices, strategy=strategy, notes=notes,
            next_label=f"导入 {record.importable:,} 行", next_off="" if record.importable else "没有可以导入的行",
        )  # fmt: skip

    def take_strategy(self, act: str) -> HttpResponse:
        if act == "back":
            return self.redirect(self.here())
        mode = self.request.POST["strategy"]
        try:
            if mode not in ImportMode.values:
                raise Refused("请选择导入策略。")
            if engine.claim(self.record, mode):
                if self.record.importable <= AT_ONCE_ROWS:
                    engine.write(self.record, actor=self.actor, now=self.now)
                else:
                    self.start("kit.import_write")
        except Refused as no:
            if self.record.state == ImportState.CHECKED:
                return self.draw_strategy(422, [Note(no.sentence, "bad")])
            raise
        return self.redirect(self.here())

    # --- while it runs, and ⑥ ----------------------------------------------------------------------
    def draw_progress(self, job: Job | None) -> HttpResponse:
        polled = self.in_dialog and self.request.htmx.target == "job"  # type: ignore[attr-defined]
        number = 6 if self.record.state == ImportState.WRITING else 4
        if job is None or job.state in (JobState.FAILED, JobState.CANCELLED):
            if polled:
                return self.redirect(self.here())
            sentence = (job.error if job else "") or "上次处理中断了，已完成的部分已保存。"
            acts = [ActView("resume", "继续", self.here(), opens="post", primary=True)]
            return self.draw(number, "kit/import_result.html", outcome=Note(sentence, "bad"), acts=acts)
        view = replace(job_view(job), poll_url=self.here(), cancel_url=self.here(cancel=1))
        return self.draw(number, "kit/job.html" if polled else "kit/import_progress.html", job=view)

    def draw_result(self) -> HttpResponse:
        record = self.record
        ok = record.state == ImportState.DONE
        look: NoteLook = "bad" if record.state == ImportState.FAILED else "ok" if ok and not record.failed else "wait"
        figures = [
            Figure("成功", f"{record.succeeded:,}", "行", icon="circle-check"),
            Figure("跳过", f"{record.skip:,}", "行", icon="player-track-next"),
            Figure("失败", f"{record.failed:,}", "行", icon="alert-circle", bad=record.failed > 0),
        ]
        facts = [
            Fact("导入人", record.user_label), Fact("角色", record.role), Fact("导入到", record.params_label),
            Fact("时间", f"{timezone.localtime(record.created_at):%Y-%m-%d %H:%M}"), Fact("文件", record.source.name),
            Fact("方式", record.get_mode_display()), Fact("用时", f"{record.seconds:.1f} 秒"), Fact("状态", record.get_state_display()),
        ]  # fmt: skip
        acts = [
            ActView("again", "再导入一份", url_of(type(self))),
            ActView("list", "完成", url_of(self.back), primary=True),
        ]
        seen = {file.pk for file in self.files()}
        for file, label in ((record.file, "下载源文件"), (record.error_file, "下载失败数据")):
            if file and file.pk in seen:
                acts.insert(0, ActView(file.shelf, label, url_of(FileDownload, pk=file.pk), "download", "download"))
        return self.draw(
            6, "kit/import_result.html", outcome=Note(engine.result_sentence(record), look), facts=facts,
            figures=figures if record.state != ImportState.FAILED else [], facts_title="导入记录", acts=acts,
        )  # fmt: skip

    def files(self) -> QuerySet:
        from ..files import StoredFile

        keys = [key for key in (self.record.file_id, self.record.error_file_id) if key]
        return StoredFile.objects.filter(StoredFile.seen_by(self.actor), pk__in=keys)

    # --- what all steps draw -----------------------------------------------------------------------
    def draw(self, number: int, template: str, status: int = 200, **context: Any) -> HttpResponse:
        subtitle = ""
        if "pk" in self.where:
            record = self.record
            parts = [record.source.name, f"{record.total:,} 行" if record.total else ""]
            parts += [
                f"校验用时 {record.seconds:.1f} 秒" if record.state == ImportState.CHECKED else "",
                record.params_label,
            ]
            subtitle = " ・ ".join(filter(None, parts))
        steps = [
            Step(label, "done" if n < number else "current" if n == number else "coming")
            for n, label in enumerate(STEPS, 1)
        ]
        if number == 1:
            steps[1] = Step(STEPS[1], "current")
        links = [Act(self.records, "导入记录", "history").view()] if self.records else []
        known = {
            "page": Head(self.title, subtitle),
            "steps": steps,
            "head_links": links,
            "back": number in (3, 4, 5),
            "notes": (),
        }
        return self.render(template, status, **{**known, "can_cancel": number in (3, 4, 5), **context})


def mark(row: ParsedRow, name: str) -> Problem | None:
    return next((problem for problem in row.problems if problem.column == name), None)


def shown(row: ParsedRow, column: Column) -> str:
    """A cell as the preview shows it: personal values masked."""
    text = row.text(column.name)
    return column.personal(text) if column.personal and text else text


class ImportRecordList(ListPage):
    """导入记录 (R146): a room names its wizards, and the chapter.

    class CandidateImports(ImportRecordList):
        manual, url, title, permission = "5.2.3", "candidates/college/imports/", "导入记录", "candidates.view"
        pages = [ImportCandidates]
    """

    model = ImportRecord
    related = ("file", "error_file")
    pages: ClassVar[Sequence[type[ImportPage]]] = ()
    empty = "还没有导入过"
    columns = [
        When("created_at", "时间", sort=True), Col("label", "类型"), Col("user_label", "操作人"), Col("role", "角色"),
        Col("file", "文件", value=lambda row: row.file.name if row.file else ""), Col("params_label", "导入到"),
        Col("mode", "方式"), Col("state", "状态"), FigureCol("succeeded", "成功"), FigureCol("failed", "失败"),
        FigureCol("skip", "跳过"), Col("seconds", "用时", value=lambda row: f"{row.seconds:.1f} 秒"),
    ]  # fmt: skip
    order = ("-created_at",)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        cls.row = [Open(page) for page in cls.pages]
        super().__init_subclass__(**kwargs)

    def rows(self) -> QuerySet:
        return ImportRecord.objects.filter(kind__in=[page.spec.name for page in self.pages])
