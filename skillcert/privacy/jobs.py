"""The code is sent by the worker, so that the page answers alike and as fast for whom nobody knows; and what is old goes."""

from __future__ import annotations

from datetime import datetime

from skillcert.kit.jobs import Run, job, tick

from . import rules


@job("privacy.proof", "发送验证码")
def send_proof(run: Run) -> None:
    if run.args.get("candidate"):
        rules.send_proof(run.args["candidate"])


@tick(every=3600)
def forget(now: datetime) -> None:
    """By the business clock, as what it counts from."""
    rules.forget_candidates(now)
    rules.forget_requests(now)
