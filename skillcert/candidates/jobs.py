"""The long tasks of candidates. Thin: a rule works, the job saves how far it is with each chunk."""

from __future__ import annotations

import time
from dataclasses import asdict
from io import BytesIO

from django.db import transaction

from skillcert.kit.errors import Refused
from skillcert.kit.gate import Outcome
from skillcert.kit.jobs import Run, job
from skillcert.kit.notices import notify
from skillcert.kit.pages import url_of
from skillcert.kit.pages.dialog import Tally
from skillcert.kit.selection import Selection
from skillcert.kit.sheets.records import ImportRecord, ImportState
from skillcert.kit.sheets.zips import read_zip

from . import rules
from .models import Candidate, CandidateBatch
from .rules import PhotoFile, PhotoResult


@job("candidates.verify", "批量认证")
def verify(run: Run) -> None:
    """args: {"selection": id}. Each chunk's moves, counts and cursor are one transaction."""
    from .pages.person import VerifyCandidates  # pages import rules, and jobs are found before pages

    dialog = VerifyCandidates(run.actor, run.now)
    selection = dialog.selection = Selection.of_actor(run.args["selection"], run.actor)
    tally = Tally(**run.job.result.get("tally", {}))

    def save(keys: list[int], outcome: Outcome) -> None:
        tally.add(outcome)
        run.save_result({"tally": asdict(tally)})
        run.progress(tally.seen, max(selection.count, tally.seen), cursor=keys[-1])

    for keys in selection.chunks(Candidate, actor=run.actor, now=run.now, size=200, above=run.cursor):
        rules.verify_candidates(actor=run.actor, now=run.now, candidates=keys, progress=save)
    answer = dialog.account(tally)
    with transaction.atomic():
        run.save_result({"answer": answer, "back_url": dialog.back_url(), "tally": {}})
        _tell(run, answer["says"])


@job("candidates.photos", "批量导入学生照片")
def photos(run: Run) -> None:
    """args: {"record": id}. Started again, it goes through the zip once more: photos that are there are not written."""
    record = ImportRecord.objects.select_related("file").filter(pk=run.args["record"]).first()
    if record is None or record.file is None or record.state != ImportState.WRITING:
        return
    started, results = time.monotonic(), []

    def save(chunk: list[PhotoResult]) -> None:
        run.progress(len(results) + len(chunk), 0, "正在检查照片")

    try:
        items = (PhotoFile(item.name, item.data, item.error) for item in read_zip(BytesIO(record.file.read())))
        notice = record.params.get("notice", "")
        for result in rules.import_photos(actor=run.actor, now=run.now, items=items, notice=notice, progress=save):
            results.append(result)
    except Refused as no:
        rules.fail_photo_import(record=record, sentence=no.sentence)
        raise
    url = url_of("candidates.PhotoImportResult", pk=record.pk)
    failed = sum(not result.ok for result in results)
    says = f"照片导入完成：成功 {len(results) - failed:,} 张，失败 {failed:,} 张。"
    links = {"done": f"{url}?tab=done", "failed": f"{url}?tab=failed"}
    answer = {"done": len(results) - failed, "skipped": 0, "failed": failed, "says": says, "links": links}
    with transaction.atomic():
        rules.finish_photo_import(actor=run.actor, record=record, results=results, seconds=time.monotonic() - started)
        run.save_result({"answer": answer, "back_url": url})
        _tell(run, says, url)


@job("candidates.undo_import", "撤销导入")
def undo_import(run: Run) -> None:
    """args: {"record": id}. Started again, it goes on with what is left; done before, there is nothing to do."""
    record = ImportRecord.visible_to(run.actor).get(pk=run.args["record"])
    before = run.job.done
    total = before + rules.undo_preview(actor=run.actor, record=record)[0]
    if not total or not CandidateBatch.objects.filter(record=record, undone=False).exists():
        return

    def save(outcome: Outcome) -> None:
        run.progress(before + len(outcome.done), total, "正在撤销")

    outcome = rules.undo_import(actor=run.actor, now=run.now, record=record, before=before, progress=save)
    deleted = before + len(outcome.done)
    says = f"撤销导入：删除 {deleted:,} 人，保留 {len(outcome.refused):,} 人。"
    url = url_of("candidates.CollegeImports")
    answer = {"done": deleted, "skipped": len(outcome.refused), "failed": 0, "says": says, "reasons": outcome.reasons()}
    with transaction.atomic():
        run.save_result({"answer": answer, "back_url": url})
        _tell(run, says, url)


def _tell(run: Run, says: str, url: str = "") -> None:
    if run.actor.organization_id:
        notify(run.actor.organization_id, "candidates.edit", says, url)
