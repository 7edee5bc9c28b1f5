"""A dialog that makes a file: at once for a few rows, as a job into 下载中心 for many. A POST, and audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase

from .. import audit, files
from ..actions import declare
from ..errors import Refused
from ..jobs import Run, enqueue, job
from .base import url_of
from .dialog import Dialog
from .filters import seal
from .forms import FormPage

declare({"kit.export": "导出数据"})
KEPT_DAYS = 7


@dataclass(frozen=True)
class Made:
    """A finished file, whole or in pieces that are read once. ``summary`` goes into the audit: what it holds, no personal
    data.
    """

    name: str
    content_type: str
    content: bytes | Iterable[bytes]
    summary: dict[str, Any] | None = None


class Download(Dialog):
    """Papers or other files from the selected rows that ``guards`` allow. ``make`` builds the file; with a ``form``
    it is a dialog first, without one the button downloads at once. ``shelf`` is that of ``StoredFile``.
    """

    opens: ClassVar[str] = "download"
    icon = "download"
    shelf: ClassVar[str] = "paper"
    action: ClassVar[str] = "kit.download"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        cls.opens = "dialog" if cls.form else "download"
        super().__init_subclass__(**kwargs)

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        """Build the file; call ``self.progress(done)`` now and then where it takes long."""
        raise NotImplementedError

    def progress(self, done: int) -> None:
        """Called by ``make``; a job puts its own in place."""

    def able_rows(self) -> QuerySet:
        """The selected rows that move and guards allow. Raises Refused when none is left, with the first reason."""
        q = self.allowed(self.actor, self.now)
        rows = self.rows.filter(q) if q else self.rows
        if not rows.exists():
            reasons = self.preview.refusals
            raise Refused(reasons[0][0] if reasons else "没有可下载的数据。")
        return rows

    # --- answers -----------------------------------------------------------------------------------
    def post(self) -> HttpResponseBase:
        if "once" not in self.request.POST and "pk" not in self.where:
            if self.form:
                return super().post()
            self.selection = self.keep_selection()
        form = self.make_form(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        rows = self.able_rows()
        if self.too_many():
            args = {"page": self.name, "selection": str(self.selection.pk), "data": seal(self.request.POST.urlencode())}
            started = enqueue("kit.download", actor=self.actor, args=args, label=self.batch_label)
            return self.redirect(url_of("kit.JobPage", pk=started.pk))
        made = self.make(rows, form.cleaned_data)
        with transaction.atomic():
            self.note_audit(made, form.cleaned_data)
        return file_response(made)

    def too_many(self) -> bool:
        return self.selection.count > self.in_request

    def note_audit(self, made: Made, data: dict[str, Any]) -> None:
        """Who took what, how many rows, and for what purpose."""
        row = self.one if "pk" in self.where else None
        summary = {"page": self.name, "rows": self.selection.count, **(made.summary or {})}
        values = {"file": made.name, "purpose": data.get("purpose", "")}
        batch = audit.Fact("kit.download", str(self.selection.pk), self.title or self.label, summary, values)
        fact = batch if row is None else audit.fact_of(row, summary, values)
        audit.record(self.action, [fact], actor=self.actor)

    def draw(self, form: Any, status: int = 200, **more: Any) -> HttpResponse:
        return super().draw(form, status, is_download=True, **more)


class FormDownload(FormPage):
    """A form, then a file: what the form says is what the file holds. A POST, and audited."""

    opens = "dialog"
    icon = "download"
    submit_label = "下载"
    action: ClassVar[str] = "kit.download"

    def produce(self, data: dict[str, Any]) -> Made:
        """Build the file. Raises Refused."""
        raise NotImplementedError

    def post(self) -> HttpResponseBase:
        form = self.make_form(self.request.POST)
        if not form.is_valid():
            return self.draw(form, 422)
        try:
            made = self.produce(form.cleaned_data)
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.sentence)
            return self.draw(form, 422)
        with transaction.atomic():
            values = {"file": made.name, "purpose": form.cleaned_data.get("purpose", "")}
            fact = audit.Fact("kit.download", self.name, self.title, {"page": self.name, **(made.summary or {})}, values)
            audit.record(self.action, [fact], actor=self.actor)
        return file_response(made)

    def draw(self, form: Any, status: int = 200, **more: Any) -> HttpResponse:
        return super().draw(form, status, is_download=True, **more)


def file_response(made: Made) -> HttpResponseBase:
    return files.private(HttpResponse(made.content, content_type=made.content_type), made.name)


@job("kit.download", "生成文件")
def run_download(run: Run) -> None:
    """Make the file and keep it for its starter. A new attempt makes it anew: nothing is there until the end."""
    from .batch import rebuilt

    dialog, data = rebuilt(run)
    if not isinstance(dialog, Download):
        raise Refused("这个任务无法继续，请在原页面重新生成。")
    total = dialog.selection.count

    def progress(done: int) -> None:
        with transaction.atomic():
            run.progress(done, max(total, done))

    dialog.progress = progress  # type: ignore[method-assign]
    made = dialog.make(dialog.able_rows(), data)
    with transaction.atomic():
        kept = files.store(
            made.content, shelf=dialog.shelf, name=made.name, content_type=made.content_type, actor=run.actor, days=KEPT_DAYS
        )
        dialog.note_audit(made, data)
        run.save_result({"file": str(kept.pk), "back_url": dialog.back_url()})
