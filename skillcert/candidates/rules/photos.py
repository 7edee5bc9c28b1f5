"""Photos: one by hand, thousands from a zip whose file names are ID numbers (R91-R99)."""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from itertools import islice
from pathlib import PurePosixPath

from django.db import transaction
from django.utils import timezone

from skillcert.integrations.identity.photo import inspect_photo
from skillcert.kit import audit, files, gate
from skillcert.kit.access import Actor
from skillcert.kit.actions import declare
from skillcert.kit.crypto import person_index
from skillcert.kit.errors import Refused
from skillcert.kit.files import StoredFile
from skillcert.kit.jobs import enqueue
from skillcert.kit.sheets.records import KEPT_DAYS, ImportMode, ImportRecord, ImportState

from ..consents import UNDECLARED_PHOTO, ConsentSubject
from ..models import Candidate, IdType
from ..states import CANDIDATE, CandidateState
from .consenting import note_declared
from .keeping import LOCKED_SENTENCE

declare({"candidates.photos_imported": "批量导入学生照片"})

PHOTO_IMPORT = "candidates.photos"
MOST_ZIP = 200 * 1024 * 1024
CHUNK = 25
SUFFIXES = (".jpg", ".jpeg", ".png")
NEW_STATE = {"similarity": None, "comparison": ""}


@dataclass(frozen=True)
class PhotoFile:
    """A file as it came: its name, and its bytes or the reason why it could not be read."""

    name: str
    data: bytes = b""
    error: str = ""


@dataclass(frozen=True)
class PhotoResult:
    """What became of one file. ``warning``: kept, but worth a look (a background that is not red)."""

    name: str
    ok: bool
    sentence: str
    warning: str = ""
    candidate: int | None = None


@dataclass
class _Found:
    """A file on its way: its candidate, and the cleaned JPEG once it has passed."""

    file: PhotoFile
    candidate: Candidate | None = None
    jpeg: bytes = b""
    warning: str = ""
    refusal: str = ""


def store_photo(*, actor: Actor, now: datetime, candidate: Candidate, data: bytes, notice: str) -> list[str]:
    """R91, R94-R99, R110: keep one photo; the candidate goes to 信息待认证. ``notice``: the version of the notice to which
    the photo's own consent is declared. Gives warnings, raises ``Refused``.
    """
    if not notice:
        raise Refused(UNDECLARED_PHOTO, field="notice")
    report = inspect_photo(data)
    if report.jpeg is None:
        raise Refused("；".join(report.errors), field="photo")
    if candidate.state == CandidateState.ACCURATE:
        raise Refused(LOCKED_SENTENCE, field="photo")
    outcome = _write({candidate.pk: report.jpeg}, actor, now, notice)
    if outcome:
        raise Refused(outcome[candidate.pk], field="photo")
    return report.warnings


def import_photos(
    *,
    actor: Actor,
    now: datetime,
    items: Iterable[PhotoFile],
    notice: str = "",
    progress: Callable[[list[PhotoResult]], None] | None = None,
) -> Iterator[PhotoResult]:
    """R92, R93: the photos of a .zip, each named by its candidate's ID number; every file is answered for. ``notice`` is
    the one declared on the import's record; each photo's consent is kept beside it.

    Files are looked at outside any transaction and written in chunks; ``progress`` is called with the results of a
    chunk inside its transaction. The same zip twice does no harm: a photo that is there already counts as done.
    """
    actor.need("candidates.edit")
    seen: dict[int, str] = {}
    items = iter(items)
    while chunk := list(islice(items, CHUNK)):
        found = [_Found(item) for item in chunk]
        _match(found, actor, seen)
        for one in found:
            _inspect(one)
        with transaction.atomic():
            photos = {one.candidate.pk: one.jpeg for one in found if one.candidate and one.jpeg}
            refused = _write(photos, actor, now, notice)
            results = [_result(one, refused) for one in found]
            if progress:
                progress(results)
        yield from results


def _match(found: list[_Found], actor: Actor, seen: dict[int, str]) -> None:
    """Find each file's candidate by the keyed hash of its name, for every kind of paper, in one query."""
    indexes: dict[str, list[_Found]] = defaultdict(list)
    for one in found:
        path = PurePosixPath(one.file.name.replace("\\", "/"))
        if one.file.error:
            one.refusal = one.file.error
        elif path.suffix.lower() not in SUFFIXES:
            one.refusal = "不是 jpg 或 png 照片，请转换格式后重新上传"
        else:
            number = path.stem.strip().upper()
            for kind in IdType.values:
                indexes[person_index(kind, number)].append(one)
    for candidate in Candidate.visible_to(actor).filter(person_index__in=indexes).select_related("photo"):
        for one in indexes[candidate.person_index]:
            one.candidate = candidate
    for one in found:
        if one.refusal:
            continue
        if one.candidate is None:
            one.refusal = "无此考生：文件名应为考生的身份证号，请核对文件名，或先导入考生信息"
        elif one.candidate.state == CandidateState.ACCURATE:
            one.refusal = f"考生“{one.candidate.name}”信息已准确，照片不可再改"
        elif (first := seen.setdefault(one.candidate.pk, one.file.name)) != one.file.name:
            one.refusal = f"与文件“{first}”是同一考生，只采用先出现的一张"


def _inspect(one: _Found) -> None:
    if one.refusal or one.candidate is None:
        return
    report = inspect_photo(one.file.data)
    if report.jpeg is None:
        one.refusal = "；".join(report.errors)
        return
    one.warning = "；".join(report.warnings)
    kept = one.candidate.photo
    if kept is None or kept.digest != sha256(report.jpeg).hexdigest():
        one.jpeg = report.jpeg


def _write(photos: dict[int, bytes], actor: Actor, now: datetime, notice: str) -> dict[int, str]:
    """Store and link; gives the refusals of those that may not have one (any more). The former photo goes."""
    old: list[object] = []

    def link(keys: list[int], rows: dict[int, Candidate]) -> None:
        for key in keys:
            file = files.store(photos[key], shelf="photo", name=f"{key}.jpg", content_type="image/jpeg", actor=actor)
            Candidate.objects.filter(pk=key).update(photo=file)
            if rows[key].photo_id:
                old.append(rows[key].photo_id)
        if notice:
            note_declared((rows[key] for key in keys), ConsentSubject.PHOTO, actor=actor, now=now, notice=notice)

    with transaction.atomic():
        outcome = gate.change_many(
            Candidate, photos.keys(), CANDIDATE["photo"], actor=actor, now=now, values=NEW_STATE, beside=link
        )
        files.discard(old)  # type: ignore[arg-type]
    return dict(outcome.refused)


def _result(one: _Found, refused: dict[int, str]) -> PhotoResult:
    key = one.candidate.pk if one.candidate else None
    sentence = one.refusal or refused.get(key or 0, "")
    if sentence:
        return PhotoResult(one.file.name, False, sentence, candidate=key)
    done = "成功" if one.jpeg else "与现有照片相同"
    return PhotoResult(one.file.name, True, done, one.warning, key)


def keep_report(*, actor: Actor, name: str, results: list[PhotoResult]) -> StoredFile:
    """The results of a zip, sealed: file names are ID numbers."""
    data = json.dumps([asdict(result) for result in results], ensure_ascii=False).encode()
    return files.store(data, shelf="photo_report", name=name, content_type="application/json", actor=actor, days=KEPT_DAYS)


def read_report(file: StoredFile) -> list[PhotoResult]:
    return [PhotoResult(**line) for line in json.loads(file.read())]


# --- the import as a whole -----------------------------------------------------------------------------
def open_photo_import(*, actor: Actor, name: str, data: bytes, notice: str) -> ImportRecord:
    """Keep the zip, begin its record (R146 holds for photos as well) with the declaration, and hand it to a job."""
    actor.need("candidates.edit")
    if not notice:
        raise Refused(UNDECLARED_PHOTO, field="notice")
    if len(data) > MOST_ZIP:
        raise Refused("压缩包超过 200M，请分成几个压缩包上传", field="zip")
    if not zipfile.is_zipfile(BytesIO(data)):
        raise Refused("文件不是 .zip 压缩包，或已损坏，请重新压缩后再上传（不支持 .rar、.7z）", field="zip")
    with transaction.atomic():
        file = files.store(data, shelf="import", name=name, content_type="application/zip", actor=actor, days=KEPT_DAYS)
        record = ImportRecord.objects.create(
            kind=PHOTO_IMPORT, label="学生照片", user_id=actor.id, user_label=actor.label, file=file, mode=ImportMode.GOOD,
            organization_id=actor.organization_id, for_organization_id=actor.organization_id, state=ImportState.WRITING,
            params={"notice": notice},
        )  # fmt: skip
        job = enqueue("candidates.photos", actor=actor, args={"record": record.pk}, label="批量导入学生照片")
        record.job_id = job.pk
        record.save(update_fields=["job_id"])
        audit.record("candidates.photos_imported", [audit.fact_of(record, {"size": len(data)})], actor=actor)
    return record


def finish_photo_import(*, actor: Actor, record: ImportRecord, results: list[PhotoResult], seconds: float) -> None:
    """Close the record with its counts and the sealed report."""
    failed = sum(not result.ok for result in results)
    record.error_file = keep_report(actor=actor, name=f"照片导入结果-{record.pk}.json", results=results)
    record.total, record.failed, record.succeeded = len(results), failed, len(results) - failed
    record.state, record.seconds, record.finished_at = ImportState.DONE, seconds, timezone.now()
    record.save()


def fail_photo_import(*, record: ImportRecord, sentence: str) -> None:
    """The zip could not be read at all."""
    ImportRecord.objects.filter(pk=record.pk).update(state=ImportState.FAILED, sentence=sentence[:500])
