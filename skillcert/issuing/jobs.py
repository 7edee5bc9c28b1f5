"""Signing a long list after the phone's act."""

from __future__ import annotations

from skillcert.kit.gate import Outcome
from skillcert.kit.jobs import Run, job

from .models import SigningSession
from .rules import resume


@job("issuing.sign", "批量确认签发")
def sign_list(run: Run) -> None:
    """Move the rows of a signed session; killed in between, the next attempt does what is left."""
    session = SigningSession.objects.get(pk=run.args["session"], state=SigningSession.State.SIGNED)
    total = len(session.keys)

    def progress(outcome: Outcome) -> None:
        run.progress(len(outcome.done) + len(outcome.refused), total)

    resume(session=session, actor=run.actor, now=run.now, progress=progress)
    run.save_result(session.result)
