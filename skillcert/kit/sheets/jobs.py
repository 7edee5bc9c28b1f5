"""The two long tasks of an import. Both resume after a crash: what a part's transaction committed is not done again."""

from __future__ import annotations

from skillcert.kit.errors import Refused
from skillcert.kit.jobs import Cancelled, Run, job
from skillcert.kit.notices import notify

from . import engine
from .records import ImportRecord, ImportState


@job("kit.import_stage", "校验导入文件")
def stage(run: Run) -> None:
    """args: {"record": id}"""
    record = _record(run)
    if record is None or record.state != ImportState.UPLOADED:
        return
    try:
        engine.stage(
            record, actor=run.actor, now=run.now, progress=lambda done, total: run.progress(done, total, "正在校验")
        )
    except Cancelled:
        engine.cancel(record)
        raise


@job("kit.import_write", "导入")
def write(run: Run) -> None:
    """args: {"record": id, "url": where the result is}"""
    record = _record(run)
    if record is None or record.state != ImportState.WRITING:
        return
    try:
        engine.write(
            record, actor=run.actor, now=run.now, progress=lambda done, total: run.progress(done, total, "正在写入")
        )
    except Cancelled:
        record.refresh_from_db()
        engine.finish(record, engine.opened_spec(record, run.actor, run.now), ImportState.CANCELLED)
        raise
    except Refused:
        _tell(record, run)
        raise
    _tell(record, run)


def _record(run: Run) -> ImportRecord | None:
    """None when it is gone: the draft was thrown away in between."""
    return ImportRecord.objects.select_related("file").filter(pk=run.args["record"]).first()


def _tell(record: ImportRecord, run: Run) -> None:
    if record.organization_id:
        may = engine.spec_of(record).may
        notify(
            record.organization_id,
            may,
            f"{record.label}：{engine.result_sentence(record)}",
            run.args.get("url", ""),
        )
