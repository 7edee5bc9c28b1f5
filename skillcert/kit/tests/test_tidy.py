"""What is past its day goes, what a killed process left goes, and nothing else."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from skillcert.integrations.storage.client import client as storage
from skillcert.kit.access import SYSTEM
from skillcert.kit.files import StoredFile, store
from skillcert.kit.pages.tidy import remove_old, remove_orphans
from skillcert.kit.sheets.records import ImportPart, ImportRecord, ImportState

pytestmark = pytest.mark.django_db(transaction=True)


def kept(**more: object) -> StoredFile:
    return store(b"x", shelf="export", name="x.xlsx", content_type="text/plain", actor=SYSTEM, **more)


def bytes_of(key: str) -> Path:
    return Path(settings.DATA) / "files" / key[:2] / key[2:4] / key


def test_files_past_their_day_go_with_their_bytes() -> None:
    past, coming, for_good = kept(days=1), kept(days=1), kept()
    StoredFile.objects.filter(pk=past.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    remove_old(timezone.now())
    assert set(StoredFile.objects.filter(pk__in=[past.pk, coming.pk, for_good.pk])) == {coming, for_good}
    assert not bytes_of(past.key).exists()
    assert bytes_of(coming.key).exists()


@pytest.mark.parametrize(("state", "left"), [(ImportState.DONE, False), (ImportState.WRITING, True)])
def test_the_file_of_an_import_goes_and_its_record_stays_unless_it_still_works_on_it(state: str, left: bool) -> None:
    file = kept(days=1)
    StoredFile.objects.filter(pk=file.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    record = ImportRecord.objects.create(kind="test", label="测试", user_label="某人", file=file, state=state)
    remove_old(timezone.now())
    record.refresh_from_db()
    assert (record.file is not None, StoredFile.objects.filter(pk=file.pk).exists(), bytes_of(file.key).exists()) == (left,) * 3


@pytest.mark.parametrize(("late", "gone"), [(-1, False), (0, False), (1, True)])
def test_an_import_that_nobody_went_on_with_goes_after_seven_days(monkeypatch: pytest.MonkeyPatch, late: int, gone: bool) -> None:
    record = ImportRecord.objects.create(kind="test", label="测试", user_label="某人", file=kept(), state=ImportState.CHECKED)
    ImportPart.objects.create(record=record, number=0, content=b"sealed")
    moment = record.updated_at + timedelta(days=7, seconds=late)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    remove_old(moment)
    record.refresh_from_db()
    assert (record.state, record.file is None, record.parts.exists()) == (
        (ImportState.CANCELLED, True, False) if gone else (ImportState.CHECKED, False, True)
    )


def test_bytes_without_a_row_go_after_a_day() -> None:
    known, lost, fresh = kept().key, *(storage().put([b"sealed"]) for _ in range(2))
    day_before = timezone.now().timestamp() - 25 * 3600
    for key in (known, lost):
        os.utime(bytes_of(key), (day_before, day_before))
    remove_orphans(timezone.now())
    assert [bytes_of(key).exists() for key in (known, lost, fresh)] == [True, False, True]
