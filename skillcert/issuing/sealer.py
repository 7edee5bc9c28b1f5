"""The sealer's round: loose audit entries into a block, certificates sealed, receipts into a block.

Each step is its own transaction or a row of them, and each looks up what is still to do: killed at any point, the
next round finds it. A PDF that was stored when the process died is simply made again.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from skillcert.integrations.chain.log import SignedLog, open_log_key
from skillcert.integrations.seal.client import PASSPHRASE_VARIABLE
from skillcert.kit import blocks, files
from skillcert.kit.access import SYSTEM

from .models import Certificate, CertificateState
from .press import Pressed, Sheet, press
from .rules import SealedFile, forget_orphans, mark_failed, mark_sealed
from .sheet import Unsealable, payload_of, sheet_of

log = structlog.get_logger(__name__)

BATCH = 40
DIED = "生成证书的进程意外中断，请平台运维查看日志后，由培训评价组织重新发放"
LOOK_EVERYWHERE = 60.0  # seconds between two looks through the whole audit trail
JOINED = ("qualification", "plan", "awarding_body__seal", "awarding_body__signature_stamp", "photo")


@dataclass
class Round:
    """What one round did."""

    audited: int = 0
    sealed: int = 0
    failed: int = 0
    anchored: int = 0

    @property
    def idle(self) -> bool:
        return not (self.audited or self.sealed or self.failed or self.anchored)


@dataclass
class Sealer:
    """Holds the keys. ``workers`` processes render and seal; with 0 it is done in this one."""

    passphrase: bytes
    workers: int = 0
    _known: set[str] = field(default_factory=set)
    _looked: float = -LOOK_EVERYWHERE

    def __post_init__(self) -> None:
        key = open_log_key(Path(settings.DATA), self.passphrase)
        self.audit_log = SignedLog(blocks.AUDIT, blocks.AUDIT_TABLE, key)
        self.chain_log = SignedLog(blocks.CERTIFICATES, blocks.CHAIN_TABLE, key)
        self.pool = processes(self.workers) if self.workers else None
        forget_orphans()

    def round(self, now: datetime) -> Round:
        """One pass over everything; ``now`` is the business time of the certificates' moves."""
        everywhere = time.monotonic() - self._looked >= LOOK_EVERYWHERE
        if everywhere:
            self._looked = time.monotonic()
        done = Round(audited=blocks.take_audit(self.audit_log, everywhere=everywhere))
        done.sealed, done.failed = self.seal_some(now)
        done.anchored = blocks.take_receipts(self.chain_log)
        return done

    def seal_some(self, now: datetime) -> tuple[int, int]:
        """Seal up to ``BATCH`` certificates in 证书生成中, the oldest first: how many are done, and how many failed."""
        waiting = Certificate.objects.filter(state=CertificateState.GENERATING).order_by("pk").select_related(*JOINED)
        sheets, failures = [], []
        for certificate in waiting.prefetch_related("registration__subjects__session__subject")[:BATCH]:
            try:
                sheets.append(sheet_of(certificate, at=now))
            except Unsealable as no:
                failures.append((certificate.pk, str(no)))
        ready = []
        for pressed in self._press(sheets):
            if pressed.failure:
                failures.append((pressed.sheet.certificate, pressed.failure))
            else:
                ready.append(_stored(pressed))
        for key, reason in failures:
            mark_failed(now=now, certificate=key, reason=reason)
        if ready:
            mark_sealed(now=now, files=ready)
        return len(ready), len(failures)

    def _press(self, sheets: Sequence[Sheet]) -> Iterator[Pressed]:
        """The first certificate of an organization is sealed here, so that its key is made once, not in each process."""
        fresh = [sheet for sheet in sheets if sheet.organization.code not in self._known]
        first = {sheet.organization.code: sheet for sheet in reversed(fresh)}
        rest = [sheet for sheet in sheets if sheet not in first.values()] if first else list(sheets)
        for code, sheet in first.items():
            yield press(sheet)
            self._known.add(code)
        yield from self._shared(rest) if self.pool else map(press, rest)

    def _shared(self, sheets: Sequence[Sheet]) -> Iterator[Pressed]:
        """Over the processes. When one dies, each sheet gets a fresh pool, so that only the one that kills it fails."""
        assert self.pool is not None  # noqa: S101  # asked only with processes
        done = 0
        try:
            for pressed in self.pool.map(press, sheets, chunksize=2):
                yield pressed
                done += 1
        except BrokenProcessPool:
            log.exception("press_died", sheets=len(sheets) - done)
            for sheet in sheets[done:]:
                with processes(1) as pool:
                    try:
                        yield pool.submit(press, sheet).result()
                    except BrokenProcessPool:
                        yield Pressed(sheet, failure=DIED)
            self.pool = processes(self.workers)

    def close(self) -> None:
        if self.pool:
            self.pool.shutdown(cancel_futures=True)


def _stored(pressed: Pressed) -> SealedFile:
    sheet = pressed.sheet
    file = files.store(
        pressed.pdf, shelf="certificate", name=f"{sheet.number}_{sheet.data['name']}.pdf", content_type="application/pdf",
        actor=SYSTEM,
    )
    return SealedFile(sheet.certificate, sheet.edition, sheet.way, sheet.token, sheet.face, file, payload_of(sheet, file.digest))


def passphrase() -> bytes:
    """The one that only the sealer's environment has. Raises RuntimeError without it."""
    given = os.environ.get(PASSPHRASE_VARIABLE, "")
    if not given:
        raise RuntimeError(f"{PASSPHRASE_VARIABLE} is not set: only the sealer process seals")
    return given.encode()


def processes(count: int) -> ProcessPoolExecutor:
    """Processes that render and seal. They inherit the environment, never a database connection."""
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
