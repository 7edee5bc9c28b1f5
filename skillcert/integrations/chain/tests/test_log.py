"""The signed log finds every change of its past; a proof leads from a file to a signed block, or says why not."""

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillcert.integrations.chain.client import LogChain
from skillcert.integrations.chain.log import (
    GENESIS,
    Block,
    Header,
    LogError,
    SignedLog,
    canonical,
    check_chain,
    log_keys_in,
    open_log_key,
    rotate_log_key,
)
from skillcert.integrations.chain.proof import check_proof, make_proof
from skillcert.kit.merkle import Tree, leaf_hash

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = [KEY.public_key()]
FILE = b"%PDF sealed certificate"


class ListStore:
    """Blocks in a list; refuses a height that is taken, as the database's key does."""

    def __init__(self):
        self.blocks = []

    def head(self):
        return self.blocks[-1] if self.blocks else None

    def append(self, block):
        assert block.header.height == len(self.blocks) + 1
        self.blocks.append(block)


@pytest.fixture
def log():
    log = SignedLog("certificates", ListStore(), KEY)
    for number in range(5):
        log.append(sha256(b"%d" % number).digest(), number + 1, at=datetime(2026, 11, 23, 8, number, tzinfo=UTC))
    return log


def test_header_has_one_spelling_and_the_hash_is_of_it(log):
    block = log.store.blocks[1]
    assert block.header.signed_bytes() == (
        b'{"height":2,"log":"certificates","n":2,"prev":"%s","root":"%s","time":"2026-11-23T08:01:00Z","v":1}'
        % (log.store.blocks[0].hash.hex().encode(), sha256(b"1").hexdigest().encode())
    )
    assert block.hash == sha256(block.header.signed_bytes()).digest()
    assert Header.from_json(block.header.as_json()) == block.header
    with pytest.raises(ValueError, match="one spelling"):
        Header.from_json(block.header.as_json() | {"extra": 1})


def test_a_sound_log_has_no_problems(log):
    assert check_chain("certificates", log.store.blocks, PUBLIC) == []
    assert log.store.blocks[0].header.prev == GENESIS


def test_every_change_of_the_past_is_found(log):
    blocks = log.store.blocks
    changed = [*blocks]
    changed[1] = Block(replace(blocks[1].header, root=bytes(32)), blocks[1].signature)
    assert check_chain("certificates", changed, PUBLIC) == [
        "区块 2 的签名不是本平台存证日志的签名",
        "区块 3 记载的前一区块与实际不符：区块 2 被改动或替换",
    ]
    # Also when the attacker has the key: the next block still names the block that was there.
    header = replace(blocks[1].header, root=bytes(32))
    changed[1] = Block(header, KEY.sign(header.signed_bytes()))
    assert check_chain("certificates", changed, PUBLIC) == ["区块 3 记载的前一区块与实际不符：区块 2 被改动或替换"]
    assert check_chain("certificates", [blocks[0], *blocks[2:]], PUBLIC) == ["区块 2 缺失或次序被改动，其后是区块 3"]
    assert check_chain("certificates", [blocks[1], blocks[0], *blocks[2:]], PUBLIC)
    assert check_chain("certificates", [*blocks[:2], blocks[1], *blocks[2:]], PUBLIC)
    assert check_chain("audit", blocks[:1], PUBLIC) == ["区块 1 属于另一个日志（certificates）"]
    assert len(check_chain("certificates", blocks, [Ed25519PrivateKey.generate().public_key()])) == 5


def test_time_never_goes_back_and_an_empty_block_is_refused(log):
    block = log.append(bytes(32), 1, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert block.header.time == datetime(2026, 11, 23, 8, 4, tzinfo=UTC)
    with pytest.raises(LogError):
        log.append(bytes(32), 0)
    with pytest.raises(LogError):
        log.append(b"short", 1)


def test_the_log_as_a_chain():
    store = ListStore()
    anchored = LogChain(SignedLog("certificates", store, KEY)).anchor(bytes(32), count=3)
    assert (anchored.height, anchored.block_hash, anchored.tx_hash) == (1, store.blocks[0].hash, None)
    assert anchored.tx_of(b"leaf") == b"leaf"
    assert abs(anchored.time - datetime.now(UTC)) < timedelta(minutes=1)


def test_keys_rotate_and_old_blocks_still_verify(tmp_path):
    store = ListStore()
    SignedLog("audit", store, open_log_key(tmp_path, b"pass")).append(bytes(32), 1)
    rotate_log_key(tmp_path, b"pass")
    SignedLog("audit", store, open_log_key(tmp_path, b"pass")).append(bytes(32), 1)
    keys = log_keys_in(tmp_path / "trust")
    assert len(keys) == 2
    assert check_chain("audit", store.blocks, keys) == []
    assert check_chain("audit", store.blocks, keys[:1]) != []
    for file in (tmp_path / "keys").rglob("*.key"):
        assert b"ENCRYPTED" in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    for passphrase in (b"guess", b""):
        with pytest.raises(LogError, match="口令"):
            open_log_key(tmp_path, passphrase)


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, {1: "a"}, b"bytes", {"at": datetime(2026, 1, 1)}])
def test_what_has_no_one_spelling_is_not_hashed(value):
    with pytest.raises(TypeError):
        canonical(value)


def _proof(index: int = 2, size: int = 7):
    entries = [{"number": f"{number:022}", "file_sha256": sha256(b"%d" % number).hexdigest()} for number in range(size)]
    entries[index]["file_sha256"] = sha256(FILE).hexdigest()
    tree = Tree(leaf_hash(canonical(entry)) for entry in entries)
    block = SignedLog("certificates", ListStore(), KEY).append(tree.root, size)
    return make_proof(entries[index], index, tree.inclusion_proof(index), block)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (2, 7), (6, 7), (999, 1000)])
def test_a_proof_leads_from_the_file_to_the_signed_block(index, size):
    proof = _proof(index, size)
    verdict = check_proof(proof, FILE, PUBLIC)
    assert (verdict.ok, verdict.reasons, verdict.height) == (True, [], 1)
    assert verdict.entry["number"] == f"{index:022}"
    assert verdict.leaf == leaf_hash(canonical(proof["entry"])).hex()


def _changed(path: list, value):
    def change(proof):
        target = proof
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value(target[path[-1]]) if callable(value) else value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_changed(["entry", "number"], "9" * 22), "存证路径不通：这份证书不在所称的区块里"),
        (_changed(["path"], lambda path: path[::-1]), "存证路径不通：这份证书不在所称的区块里"),
        (_changed(["path"], lambda path: path[:-1]), "存证路径不通：这份证书不在所称的区块里"),
        (_changed(["index"], 3), "存证路径不通：这份证书不在所称的区块里"),
        (_changed(["block", "header", "n"], 3), "存证区块不是由本平台的存证日志签名"),
        (_changed(["block", "header", "root"], "00" * 32), "存证区块不是由本平台的存证日志签名"),
        (_changed(["block", "signature"], "00" * 64), "存证区块不是由本平台的存证日志签名"),
        (_changed(["block", "hash"], "00" * 32), "存证证明中的块哈希与区块内容不符"),
        (_changed(["format"], "skillcert-proof/9"), "存证证明文件的版本不认识，请更新核验程序"),
        (_changed(["block", "header", "time"], "yesterday"), "存证证明文件的内容不完整或格式不对，请从平台重新下载"),
        (_changed(["entry", "file_sha256"], 1.5), "存证证明文件的内容不完整或格式不对，请从平台重新下载"),
        (_changed(["path"], "zz"), "存证证明文件的内容不完整或格式不对，请从平台重新下载"),
    ],
)
def test_a_changed_proof_is_refused_with_the_reason(change, reason):
    proof = copy.deepcopy(_proof())
    change(proof)
    verdict = check_proof(proof, FILE, PUBLIC)
    assert not verdict.ok
    assert reason in verdict.reasons


@pytest.mark.parametrize("proof", [None, [], "x", 3, {}, {"format": "skillcert-proof/1"}])
def test_what_is_no_proof_is_refused(proof):
    assert check_proof(proof, FILE, PUBLIC).reasons == ["存证证明文件的内容不完整或格式不对，请从平台重新下载"]


def test_a_proof_of_another_file_log_or_key_is_refused():
    proof = _proof()
    assert check_proof(proof, FILE + b" ", PUBLIC).reasons == [
        "文件与存证记录不一致：文件已被改动，或证明属于另一份证书"
    ]
    assert not check_proof(proof, FILE, PUBLIC, log="audit").ok
    assert not check_proof(proof, FILE, [Ed25519PrivateKey.generate().public_key()]).ok
