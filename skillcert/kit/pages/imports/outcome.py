"""While an import runs, and ⑥ its result."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from ...files import StoredFile
from ...jobs import JobState
from ...sheets import engine
from ...sheets.records import ImportState
from ..base import url_of
from ..own import FileDownload, job_view
from ..screen import ActView, Fact, Figure, Note, NoteLook
from .step import ImportStep


class ProgressStep(ImportStep):
    """Checking or writing, by a job that may have been interrupted."""

    @property
    def number(self) -> int:  # type: ignore[override]
        return 6 if self.record.state == ImportState.WRITING else 4

    def get(self) -> HttpResponse:
        job, polled = self.wizard.job, self.wizard.polled
        if job is None or job.state in (JobState.FAILED, JobState.CANCELLED):
            if polled:
                return self.wizard.redirect(self.wizard.here())
            sentence = (job.error if job else "") or "上次处理中断了，已完成的部分已保存。"
            acts = [ActView("resume", "继续", self.wizard.here(), opens="post", primary=True)]
            return self.draw("kit/import_result.html", outcome=Note(sentence, "bad"), acts=acts)
        view = replace(job_view(job), poll_url=self.wizard.here(), cancel_url=self.wizard.here(cancel=1))
        return self.draw("kit/job.html" if polled else "kit/import_progress.html", job=view)

    def take(self, act: str) -> HttpResponse:
        job = self.wizard.job
        if act == "resume" and not (job and job.open):
            self.wizard.start("kit.import_write" if self.record.state == ImportState.WRITING else "kit.import_stage")
        return super().take(act)


class ResultStep(ImportStep):
    number = 6

    def get(self) -> HttpResponse:
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
            ActView("again", "再导入一份", url_of(type(self.wizard))),
            ActView("list", "完成", url_of(self.wizard.back), primary=True),
        ]
        seen = {file.pk for file in self.files()}
        for file, label in ((record.file, "下载源文件"), (record.error_file, "下载失败数据")):
            if file and file.pk in seen:
                acts.insert(0, ActView(file.shelf, label, url_of(FileDownload, pk=file.pk), "download", "download"))
        return self.draw(
            "kit/import_result.html", outcome=Note(engine.result_sentence(record), look), facts=facts,
            figures=figures if record.state != ImportState.FAILED else [], facts_title="导入记录", acts=acts,
        )  # fmt: skip

    def files(self) -> QuerySet:
        keys = [key for key in (self.record.file_id, self.record.error_file_id) if key]
        return StoredFile.objects.filter(StoredFile.seen_by(self.wizard.actor), pk__in=keys)
