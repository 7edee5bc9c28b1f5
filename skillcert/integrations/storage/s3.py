"""An S3 bucket (AWS, MinIO, Ceph, or the S3 interface of a domestic cloud).

boto3 is not among the locked packages: an operator who wants this driver installs it beside them. The
driver was written from boto3's documented interface and tested with a stand-in client, not with a real bucket.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from skillcert.integrations.storage.client import NotStored, StorageError, checked, new_key


class BucketStorage:
    """One object a key, `prefix` + key. Extra keywords go to boto3.client: endpoint_url, region_name, …"""

    def __init__(self, bucket: str, prefix: str = "", s3: Any = None, **options: Any) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.s3 = s3 if s3 is not None else _connect(options)

    def put(self, pieces: Iterable[bytes]) -> str:
        """By way of a nameless temporary file, which boto3 can read again where a part has to be sent twice."""
        key = new_key()
        with tempfile.TemporaryFile() as file:
            file.writelines(pieces)
            file.seek(0)
            self._ask(self.s3.upload_fileobj, key, Fileobj=file)
        return key

    def open(self, key: str) -> BinaryIO:
        body: BinaryIO = self._ask(self.s3.get_object, checked(key))["Body"]
        return body

    def delete(self, key: str) -> None:
        self._ask(self.s3.delete_object, checked(key))

    def keys(self, before: datetime) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            page = self._ask(self.s3.list_objects_v2, None, Prefix=self.prefix, **more)
            for entry in page.get("Contents", ()):
                if entry["LastModified"] < before:
                    yield entry["Key"].removeprefix(self.prefix)
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def sweep(self, before: datetime) -> int:
        """An object is there whole or not at all."""
        return 0

    def _ask(self, act: Callable[..., Any], key: str | None, **more: Any) -> Any:
        place = {} if key is None else {"Key": self.prefix + key}
        try:
            return act(Bucket=self.bucket, **place, **more)
        except Exception as error:  # boto3 makes its exception classes at run time, so they cannot be named here
            code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "404"):
                raise NotStored(key or self.prefix) from error
            raise StorageError(
                f"对象存储没有应答（{code or error}）：请联系平台运维检查 STORAGE_S3 设置与网络"
            ) from error


def _connect(options: dict[str, Any]) -> Any:
    try:
        import boto3  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise StorageError("使用 S3 存储需要先安装 boto3：pip install boto3") from error
    return boto3.client("s3", **options)
