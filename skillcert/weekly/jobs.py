"""The SMS of 提醒: outside the request, for a sender may be slow."""

from __future__ import annotations

import logging

from django.db import transaction

from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.client import client as sms
from skillcert.kit.jobs import Run, job

from .rules import fillers

log = logging.getLogger(__name__)


@job("weekly.remind", "发送周报提醒短信")
def send_reminders(run: Run) -> None:
    """One message each, in the order of keys; the cursor is kept behind each, so that a new attempt sends none twice."""
    keys = sorted(key for key in run.args["institutions"] if run.cursor is None or key > run.cursor)
    found, total = fillers(keys), len(run.args["institutions"])
    failed = 0
    for place, key in enumerate(keys, 1):
        with transaction.atomic():
            run.progress(total - len(keys) + place, total, cursor=key)
        if (user := found.get(key)) is None or not user.phone:
            failed += 1
            continue
        try:
            sms().send(user.phone, run.args["text"])
        except SmsFailed as error:
            failed += 1
            log.warning("a reminder was not sent: %s", error)
    says = f"已发送 {total - failed} 条，{failed} 条未能发送（没有手机号，或短信服务未受理）" if failed else f"已发送 {total} 条"
    with transaction.atomic():
        run.save_result({"answer": {"done": total - failed, "failed": failed, "says": says}, "back_url": "/weekly/overview/"})
