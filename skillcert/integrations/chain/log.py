"""The signed log: blocks of Merkle roots, each naming the one before, each signed with Ed25519.

A header is {height, log, n, prev, root, time, v}: `height` counts from 1, `n` is the number of leaves under `root`
(RFC 6962), `prev` the hash of the block before (zeros for the first), `time` in whole seconds UTC. The block's hash is
SHA-256 of the header's canonical JSON, and the signature signs the same bytes. `log` names the log, so that a block
of the audit trail can never pass for one of the certificates.

Pure code: where blocks are kept is the caller's (`Store`), so that the certificates and the audit trail share it.
Keys: the private one under DATA/keys/log, encrypted with the sealer's passphrase; public ones under
DATA/trust as `log-….pem`. The newest signs; all of them verify.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skillcert.integrations.keyfiles import keep_once

GENESIS = bytes(32)
VERSION = 1


class LogError(Exception):
    """The log cannot go on; the sentence says why."""


def canonical(value: object) -> bytes:
    """The one way in which a JSON value is written before it is hashed: sorted keys, no spaces, UTF-8.

    Only texts, whole numbers, true, false, null, lists and objects: other numbers have no single spelling.
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_floats(value: object) -> None:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("canonical JSON has text keys only")
        _refuse_floats(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
    elif value is not None and not isinstance(value, str | int | bool):
        raise TypeError(f"{type(value).__name__} has no canonical JSON form")


@dataclass(frozen=True)
class Header:
    """What a block says about itself."""

    log: str
    height: int
    prev: bytes
    root: bytes
    count: int
    time: datetime

    def signed_bytes(self) -> bytes:
        """The canonical JSON that is hashed and signed."""
        return canonical(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """The header as it is printed, sent and hashed."""
        return {
            "height": self.height,
            "log": self.log,
            "n": self.count,
            "prev": self.prev.hex(),
            "root": self.root.hex(),
            "time": self.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "v": VERSION,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Header":
        """Read a header; raises ValueError, KeyError or TypeError on anything that we would not write."""
        header = cls(
            log=str(value["log"]),
            height=int(value["height"]),
            prev=bytes.fromhex(value["prev"]),
            root=bytes.fromhex(value["root"]),
            count=int(value["n"]),
            time=datetime.strptime(value["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        )
        if header.as_json() != value:
            raise ValueError("not a header in its one spelling")
        return header


@dataclass(frozen=True)
class Block:
    """A header and its signature."""

    header: Header
    signature: bytes

    @property
    def hash(self) -> bytes:
        """块哈希: SHA-256 of the header."""
        return sha256(self.header.signed_bytes()).digest()

    def is_signed_by(self, keys: Iterable[Ed25519PublicKey]) -> bool:
        """Did one of these keys sign the header?"""
        for key in keys:
            try:
                key.verify(self.signature, self.header.signed_bytes())
            except InvalidSignature:
                continue
            return True
        return False


class Store(Protocol):
    """Where the blocks of one log are kept."""

    def head(self) -> Block | None:
        """The block of the greatest height; None before the first."""

    def append(self, block: Block) -> None:
        """Keep a block; must fail when its height is taken, so that two writers never fork the log."""


class SignedLog:
    """Appends blocks. One writer at a time: the sealer."""

    def __init__(self, name: str, store: Store, key: Ed25519PrivateKey) -> None:
        self.name = name
        self.store = store
        self._key = key

    def append(self, root: bytes, count: int, *, at: datetime | None = None) -> Block:
        """Sign and keep the next block; `at` is real time, now by default, and never before the head's."""
        if len(root) != len(GENESIS) or count < 1:
            raise LogError("a block needs a root of 32 bytes over at least one leaf")
        head = self.store.head()
        time = (at or datetime.now(UTC)).replace(microsecond=0)
        if head is not None:
            time = max(time, head.header.time)
        header = Header(
            log=self.name,
            height=head.header.height + 1 if head else 1,
            prev=head.hash if head else GENESIS,
            root=root,
            count=count,
            time=time,
        )
        block = Block(header, self._key.sign(header.signed_bytes()))
        self.store.append(block)
        return block


def check_chain(name: str, blocks: Sequence[Block], keys: Sequence[Ed25519PublicKey]) -> list[str]:
    """What is wrong with a whole log, block by block from the first, in Chinese; nothing when it is sound.

    Finds a changed, dropped, inserted or re-ordered block, and one signed with a foreign key.
    """
    problems, before = [], None
    for block in blocks:
        problems += check_block(name, block, before, keys)
        before = block
    return problems


def check_block(name: str, block: Block, before: Block | None, keys: Sequence[Ed25519PublicKey]) -> list[str]:
    """What is wrong with one block, given the one before it (None: it should be the first)."""
    header, problems = block.header, []
    height = before.header.height if before else 0
    if header.log != name:
        problems.append(f"区块 {header.height} 属于另一个日志（{header.log}）")
    if header.height != height + 1:
        problems.append(f"区块 {height + 1} 缺失或次序被改动，其后是区块 {header.height}")
    elif header.prev != (before.hash if before else GENESIS):
        problems.append(f"区块 {header.height} 记载的前一区块与实际不符：区块 {height} 被改动或替换")
    if not block.is_signed_by(keys):
        problems.append(f"区块 {header.height} 的签名不是本平台存证日志的签名")
    if before and header.time < before.header.time:
        problems.append(f"区块 {header.height} 的时间早于前一区块")
    return problems


def open_log_key(data: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """The signing key in use under DATA/keys/log, made at the first call; its public half goes to DATA/trust."""
    if not passphrase:
        raise LogError("存证日志密钥的口令为空，请平台运维检查签章进程的环境")
    kept = sorted((data / "keys" / "log").glob("*.key"))
    if not kept:
        return rotate_log_key(data, passphrase)
    try:
        key = serialization.load_pem_private_key(kept[-1].read_bytes(), passphrase)
    except (ValueError, TypeError) as error:
        raise LogError("存证日志密钥无法用当前口令打开，请平台运维核对签章进程的口令") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LogError("存证日志密钥不是 Ed25519，请平台运维核对密钥目录")
    _publish(data, key)
    return key


def rotate_log_key(data: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """A new signing key; the public halves of earlier ones stay in the trust folder."""
    key = Ed25519PrivateKey.generate()
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    _publish(data, key)
    keep_once(data / "keys" / "log" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{_key_id(key)}.key", encrypted)
    return key


def log_keys_in(folder: Path) -> list[Ed25519PublicKey]:
    """The public keys of a trust folder (log-*.pem)."""
    keys = [serialization.load_pem_public_key(file.read_bytes()) for file in sorted(folder.glob("log-*.pem"))]
    return [key for key in keys if isinstance(key, Ed25519PublicKey)]


def _publish(data: Path, key: Ed25519PrivateKey) -> None:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    keep_once(data / "trust" / f"log-{_key_id(key)}.pem", pem, mode=0o644)


def _key_id(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]
