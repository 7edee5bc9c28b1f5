"""The page of an import: which step its record stands at, and what all steps need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponseBase

from ...access import Actor
from ...errors import Missing
from ...jobs import Job, cancel, enqueue
from ...sheets import engine
from ...sheets.jobs import stage, write  # noqa: F401  # registers the two jobs
from ...sheets.records import ImportRecord, ImportState
from ...sheets.spec import ImportSpec
from ..base import Page, url_of
from ..fields import KitForm
from .check import CheckStep
from .match import MatchStep
from .outcome import ProgressStep, ResultStep
from .step import ImportStep
from .strategy import StrategyStep
from .upload import UploadStep

AT_ONCE_BYTES = 64 * 1024
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

    @property
    def polled(self) -> bool:
        """htmx asks how the job is getting on."""
        return self.in_dialog and self.request.htmx.target == "job"  # type: ignore[attr-defined]

    # --- answers -----------------------------------------------------------------------------------
    @property
    def step(self) -> ImportStep:
        if "pk" not in self.where:
            return UploadStep(self)
        match self.record.state:
            case ImportState.UPLOADED | ImportState.WRITING:
                return ProgressStep(self)
            case ImportState.MATCHING:
                return MatchStep(self)
            case ImportState.CHECKED:
                sent = self.request.POST if self.request.method == "POST" else {self.query.get("step")}
                return StrategyStep(self) if "strategy" in sent else CheckStep(self)
        return ResultStep(self)

    def get(self) -> HttpResponseBase:
        step = self.step
        if self.polled and not isinstance(step, ProgressStep):
            return self.redirect(self.here())
        return step.get()

    def post(self) -> HttpResponseBase:
        act = self.request.POST.get("act", "next")
        if "pk" not in self.where:
            return self.step.take(act)
        if self.record.user_id != self.actor.id:
            raise Missing()
        if "cancel" in self.query and self.record.job_id:
            cancel(self.record.job_id, actor=self.actor)
            return self.redirect(self.here())
        if act == "cancel":
            engine.cancel(self.record)
            return self.redirect(url_of(self.back))
        return self.step.take(act)

    # --- work, here or by the worker -----------------------------------------------------------------
    def check(self, size: int) -> None:
        if size <= AT_ONCE_BYTES:
            engine.stage(self.record, actor=self.actor, now=self.now)
        else:
            self.start("kit.import_stage")

    def start(self, kind: str) -> None:
        with transaction.atomic():
            job = enqueue(kind, actor=self.actor, args={"record": self.record.pk, "url": self.here()}, label=self.title)
            ImportRecord.objects.filter(pk=self.record.pk).update(job_id=job.pk)
