"""The kit's own small pages: column settings, a running job, a stored file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone

from .. import audit
from ..actions import declare
from ..errors import Missing
from ..files import StoredFile
from ..jobs import Job, JobState, cancel
from ..list_settings import ListSettings
from .base import LOGIN, Page, page_named, url_of
from .dialog import result_context
from .list import ListPage
from .screen import ActView, Head, JobView

declare({"kit.download": "下载文件"})


class ListColumns(Page):
    """列设置: order, hidden and fixed columns of one list, for this user."""

    manual, why = None, "A convenience of the lists, not a business of the manual"
    url, permission, title = "columns/<str:name>/", LOGIN, "列设置"

    def post(self) -> HttpResponse:
        target = page_named(self.where["name"])
        if not issubclass(target, ListPage):
            return self.redirect("/")
        ListSettings.keep(self.actor.id, target.name, self._chosen(target))  # type: ignore[arg-type]  # a user has an id
        return self.redirect(self.next_url())

    def _chosen(self, target: type[ListPage]) -> dict[str, Any]:
        data, known = self.request.POST, [column.key for column in target.columns]
        if data.get("reset"):
            return {}
        order = [key for key in data.getlist("column") if key in known]
        order += [key for key in known if key not in order]
        shown = [key for key in data.getlist("shown") if key in known]
        if not shown:
            shown = order[:1]
        key, _, way = data.get("move", "").partition(":")
        if key in order:
            old = order.index(key)
            order.insert(max(0, old + (1 if way == "down" else -1)), order.pop(old))
        fixed = [key for key in data.getlist("fixed") if key in known]
        return {"order": order, "hidden": [key for key in order if key not in shown], "fixed": fixed}


class JobPage(Page):
    """A long task: how far it is, and its result when it ended. A POST asks it to stop."""

    manual, why = None, "Long tasks are ours; the manual's ones end within a request"
    url, permission, title = "jobs/<uuid:pk>/", LOGIN, "任务进度"

    def job(self) -> Job:
        job = Job.visible_to(self.actor).filter(pk=self.where["pk"]).first()
        if job is None or (self.actor.may("jobs.view") and job.user_id != self.actor.id):  # an operator sees the list alone
            raise Missing()
        return job

    def get(self) -> HttpResponseBase:
        job = self.job()
        polled = self.in_dialog and self.request.htmx.target == "job"  # type: ignore[attr-defined]
        ended = job.result.get("answer") or job.result.get("file")
        if job.state == JobState.DONE and ended:
            if polled:
                return self.redirect(self.request.path)
            return self.render("kit/result.html", **self._result(job))
        context = {"page": Head(job.label, back_url=job.result.get("back_url", "")), "job": job_view(job)}
        return self.render("kit/job.html" if polled else "kit/job_page.html", 200, **context)

    def post(self) -> HttpResponseBase:
        cancel(self.job().pk, actor=self.actor)
        return self.redirect(self.request.path)

    def _result(self, job: Job) -> dict[str, Any]:
        answer, back = job.result.get("answer", {}), job.result.get("back_url", "/")
        context = result_context(job.label, answer, back)
        if file := job.result.get("file"):
            download = ActView("file", "下载", url_of("kit.FileDownload", pk=file), "download", "download", primary=True)
            context |= {"figures": [], "acts": [ActView("back", "返回", back), download]}
        return context


def job_view(job: Job, at: datetime | None = None) -> JobView:
    """A job as kit/job.html draws it."""
    rate = job.rows_per_second(at or timezone.now())
    left = round((job.total - job.done) / rate) if rate and job.total else 0
    url = url_of(JobPage, pk=job.pk)
    return JobView(
        label=job.label, running=job.open, done=job.done, total=job.total, percent=job.percent,
        rate=f"每秒 {rate:,.0f} 条" if rate >= 1 else "", left=f"约剩 {max(left, 1)} 秒" if job.open and rate else "",
        message=job.message or ("已取消" if job.state == JobState.CANCELLED else ""), error=job.error,
        ok=job.state == JobState.DONE, poll_url=url, cancel_url=url, back_url=job.result.get("back_url", "/"),
    )  # fmt: skip


class FileDownload(Page):
    """A stored file of one's own. Personal data leaves by a POST that is audited; a GET asks for it."""

    manual, why = None, "Files made by long tasks wait in 下载中心, which the manual does not have"
    url, permission, title = "files/<uuid:pk>/", LOGIN, "下载文件"

    def file(self) -> StoredFile:
        file = StoredFile.objects.filter(StoredFile.seen_by(self.actor), pk=self.where["pk"]).first()
        if file is None or (file.expires_at and file.expires_at < timezone.now()):
            raise Missing("这个文件已过期，或不属于您。请在原页面重新生成。")
        return file

    def get(self) -> HttpResponseBase:
        name, url = str(self.file().name), url_of(FileDownload, pk=self.where["pk"])
        acts = [ActView("file", "下载", url, "download", "download", primary=True)]
        return self.render("kit/result.html", page=Head(name), title=name, acts=acts, says="")

    def post(self) -> HttpResponseBase:
        file = self.file()
        with transaction.atomic():
            fact = audit.Fact("kit.storedfile", str(file.pk), file.shelf, {"size": file.size}, {"name": file.name})
            audit.record("kit.download", [fact], actor=self.actor)
        return file.response()
