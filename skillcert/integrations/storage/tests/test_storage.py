"""What goes in comes out, nothing half written is seen, and a key cannot lead out of the store."""

import io
import os
import stat
from datetime import UTC, datetime

import pytest

from skillcert.integrations.storage.client import NotStored, StorageError
from skillcert.integrations.storage.embedded import FolderStorage
from skillcert.integrations.storage.s3 import BucketStorage


@pytest.fixture
def store(tmp_path):
    return FolderStorage(tmp_path / "files")


def read(store, key):
    with store.open(key) as file:
        return file.read()


def test_round_trip(store):
    first, second = store.put([b"photo"]), store.put([b"photo"])
    assert first != second
    assert read(store, first) == b"photo"
    store.delete(first)
    store.delete(first)
    with pytest.raises(NotStored, match="重新生成或上传"):
        store.open(first)
    assert read(store, second) == b"photo"


def test_files_are_private_and_named_by_the_key_alone(store):
    key = store.put(["张三 身份证".encode()])
    (file,) = [path for path in store.root.rglob("*") if path.is_file()]
    assert file.relative_to(store.root).as_posix() == f"{key[:2]}/{key[2:4]}/{key}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a" * 31, "G" * 32, "/" * 32, "..%2f" + "a" * 27])
def test_a_key_that_is_no_key_is_refused(store, key):
    for act in (store.open, store.delete):
        with pytest.raises(NotStored):
            act(key)


def test_a_failed_write_leaves_nothing_and_says_so(store, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (store.root).mkdir(parents=True)
    with pytest.raises(StorageError, match="空间与权限"):
        store.put([b"x"])
    assert not [path for path in store.root.rglob("*") if path.is_file()]


def test_pieces_that_break_off_leave_nothing(store):
    def pieces():
        yield b"half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        store.put(pieces())
    assert not [path for path in store.root.rglob("*") if path.is_file()]


def test_sweep_removes_only_old_halves(store):
    key = store.put([b"whole"])
    folder = store.root / key[:2] / key[2:4]
    for name, age in (("old.part", 100), ("new.part", 1_000)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (age, age))
    assert store.sweep(before=datetime.fromtimestamp(500, UTC)) == 1
    assert (folder / "new.part").exists()
    assert read(store, key) == b"whole"


def test_the_keys_of_what_is_old_enough_are_listed(store):
    old, _ = store.put([b"old"]), store.put([b"new"])
    os.utime(store.root / old[:2] / old[2:4] / old, (100, 100))
    assert list(store.keys(before=datetime.fromtimestamp(500, UTC))) == [old]


class _Missing(Exception):
    response = {"Error": {"Code": "NoSuchKey"}}


class _Bucket:  # its arguments are named as boto3 names them
    """As much of boto3's S3 client as the driver calls."""

    def __init__(self):
        self.objects = {}

    def upload_fileobj(self, Fileobj, Bucket, Key):  # noqa: N803
        self.objects[Bucket, Key] = Fileobj.read()

    def get_object(self, Bucket, Key):  # noqa: N803
        if (Bucket, Key) not in self.objects:
            raise _Missing
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def delete_object(self, Bucket, Key):  # noqa: N803
        self.objects.pop((Bucket, Key), None)

    def list_objects_v2(self, Bucket, Prefix, ContinuationToken=None):  # noqa: N803
        """One object a page, all of the year 2020."""
        names = sorted(key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix))
        at = names.index(ContinuationToken) if ContinuationToken else 0
        page = [{"Key": name, "LastModified": datetime(2020, 1, 1, tzinfo=UTC)} for name in names[at : at + 1]]
        more = at + 1 < len(names)
        return {"Contents": page, "IsTruncated": more, "NextContinuationToken": names[at + 1] if more else None}


def test_bucket_keeps_the_same_promise():
    bucket = _Bucket()
    store = BucketStorage("skillcert", prefix="prod/", s3=bucket)
    key = store.put([b"photo"])
    assert list(bucket.objects) == [("skillcert", f"prod/{key}")]
    assert read(store, key) == b"photo"
    other = store.put([b"seal"])
    assert set(store.keys(before=datetime(2021, 1, 1, tzinfo=UTC))) == {key, other}
    assert not list(store.keys(before=datetime(2019, 1, 1, tzinfo=UTC)))
    store.delete(key)
    with pytest.raises(NotStored):
        store.open(key)
    with pytest.raises(NotStored):
        store.open("../x")


def test_bucket_out_of_reach_is_one_exception(monkeypatch):
    bucket = _Bucket()
    store = BucketStorage("skillcert", s3=bucket)
    monkeypatch.setattr(bucket, "upload_fileobj", lambda **kwargs: 1 / 0)
    with pytest.raises(StorageError, match="STORAGE_S3"):
        store.put([b"x"])
