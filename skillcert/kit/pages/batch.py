"""The job that runs a dialog over a large selection: chunk by chunk, resumable, never twice in effect."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.http import QueryDict

from ..errors import NotAllowed, Refused
from ..jobs import Run, job
from ..selection import Selection
from .base import page_named
from .dialog import Dialog, Tally
from .filters import unseal

SIZE = 500


def rebuilt(run: Run) -> tuple[Dialog, dict[str, Any]]:
    """The dialog as its starter confirmed it, and the form's data, checked again. Raises NotAllowed, Refused."""
    kind = page_named(run.args["page"])
    if not issubclass(kind, Dialog) or not kind.admits(run.actor):
        raise NotAllowed("发起人已没有这项权限，任务未执行。")
    dialog = kind(run.actor, run.now)
    dialog.selection = Selection.of_actor(run.args["selection"], run.actor)
    form = dialog.make_form(QueryDict(unseal(run.args["data"])))
    if not form.is_valid():
        raise Refused("提交的内容在任务开始时已失效，请重新提交。")
    return dialog, form.cleaned_data


@job("kit.batch", "批量办理")
def run_batch(run: Run) -> None:
    """Each chunk, its counts and the cursor are one transaction: a new attempt goes on behind the last one."""
    dialog, data = rebuilt(run)
    tally = Tally(**run.job.result.get("tally", {}))
    selection = dialog.selection
    for keys in selection.chunks(dialog.model, actor=run.actor, now=run.now, size=SIZE, above=run.cursor):
        with transaction.atomic():
            _run_chunk(dialog, keys, data, tally)
            run.save_result({"tally": asdict(tally)})
            run.progress(tally.seen, max(selection.count, tally.seen), cursor=keys[-1])
    with transaction.atomic():
        run.save_result({"answer": dialog.account(tally), "back_url": dialog.back_url(), "tally": {}})


def _run_chunk(dialog: Dialog, keys: list[int], data: dict[str, Any], tally: Tally) -> None:
    """Run the chunk; when the rule refuses it as a whole, its rows one by one, so that one does not stop the others."""
    rows = dialog.model.visible_to(dialog.actor).filter(pk__in=keys)  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            outcome = dialog.run(rows, data)
    except NotAllowed:
        raise
    except Refused as no:
        if len(keys) == 1:
            return tally.fail(keys[0], no.sentence)
        for key in keys:
            _run_chunk(dialog, [key], data, tally)
    else:
        tally.add(outcome)
    return None
