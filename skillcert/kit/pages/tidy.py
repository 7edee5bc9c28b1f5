"""What is left behind is removed after a while: selections, the answers to forms already sent, imports that nobody went
on with, files past their day, and the bytes of files whose transaction never committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone

from skillcert.integrations.storage.client import client as storage

from ..files import StoredFile, discard
from ..jobs import tick
from ..once import Once
from ..selection import Selection
from ..sheets.engine import cancel
from ..sheets.records import DRAFTS, ImportRecord, ImportState

KEPT = timedelta(days=7)
# Longer than any transaction that stores a file and has not committed yet.
ORPHANED = timedelta(days=1)
OPEN_IMPORTS = (*DRAFTS, ImportState.WRITING)
DAY = 24 * 3600
CHUNK = 500


@tick(every=3600)
def remove_old(now: datetime) -> None:
    """By real time: the demo's clock may jump."""
    before = timezone.now() - KEPT
    Selection.objects.filter(created_at__lt=before).delete()
    Once.objects.filter(created_at__lt=before).delete()
    for draft in ImportRecord.objects.filter(state__in=DRAFTS, updated_at__lt=before):
        if cancel(draft) and draft.file_id:
            StoredFile.objects.filter(pk=draft.file_id).update(expires_at=before)
    expired = StoredFile.objects.filter(expires_at__lt=timezone.now()).values_list("pk", flat=True)
    for keys in _chunks(list(expired)):
        with transaction.atomic():
            # The record of an import outlives its file, which names people (R146 asks for the record).
            ImportRecord.objects.filter(file__in=keys).exclude(state__in=OPEN_IMPORTS).update(file=None)
            ImportRecord.objects.filter(error_file__in=keys).update(error_file=None)
            discard(keys)


@tick(every=DAY)
def remove_orphans(now: datetime) -> None:
    """The bytes go into the store before the row is committed: a process killed in between leaves them alone there."""
    store, before = storage(), timezone.now() - ORPHANED
    store.sweep(before)
    for keys in _chunks(store.keys(before)):
        known = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
        for key in keys:
            if key not in known:
                store.delete(key)


def _chunks(keys: Iterable) -> Iterator[list]:
    left = iter(keys)
    while part := list(islice(left, CHUNK)):
        yield part
