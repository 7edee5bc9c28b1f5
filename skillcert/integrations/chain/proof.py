"""The proof that goes with a certificate: `<number>.proof.json`, a file beside the PDF.

It cannot be inside the PDF: the log fixes the hash of the finished, sealed file, so the proof is later than the last
byte of it. The download (ZIP) and the site hand out both. It says

    {"format": "skillcert-proof/1",
     "entry":  {"file_sha256": ..., "organization": ..., ...},   what was hashed into the leaf, no personal data
     "index":  0, "path": [hex, ...],                            RFC 6962 inclusion proof
     "block":  {"header": {height, log, n, prev, root, time, v}, "hash": hex, "signature": hex}}

and is checked with the log's public keys alone. An entry may hold what the room likes; `file_sha256` must be in it,
and `organization` (the code in the seal's certificate) makes the check compare the two.
When the roots are also anchored on an EVM chain, "anchor" {"chain_id", "height", "block_hash", "tx_hash"} names the
transaction; looking it up needs a node of that chain, and the verdict says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skillcert.integrations.chain.log import Block, Header, canonical
from skillcert.kit.merkle import leaf_hash, verify_inclusion

FORMAT = "skillcert-proof/1"


@dataclass
class ProofVerdict:
    """`ok` and, when not, the reasons; where and since when the file stands in the log; what the entry says."""

    ok: bool = False
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    height: int | None = None
    block_hash: str = ""
    leaf: str = ""
    time: datetime | None = None
    entry: dict[str, Any] = field(default_factory=dict)


def make_proof(
    entry: dict[str, Any], index: int, path: Sequence[bytes], block: Block, anchor: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The proof file's content, for an entry whose leaf is `leaf_hash(canonical(entry))`."""
    proof: dict[str, Any] = {
        "format": FORMAT,
        "entry": entry,
        "index": index,
        "path": [item.hex() for item in path],
        "block": {"header": block.header.as_json(), "hash": block.hash.hex(), "signature": block.signature.hex()},
    }
    return proof | ({"anchor": anchor} if anchor else {})


def check_proof(
    proof: Any, file: bytes, keys: Sequence[Ed25519PublicKey], *, log: str = "certificates"
) -> ProofVerdict:
    """Does this proof show that the file's hash stands in the log of that name, signed by one of the keys?"""
    verdict = ProofVerdict()
    try:
        _check(proof, file, keys, log, verdict)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        verdict.reasons.append("存证证明文件的内容不完整或格式不对，请从平台重新下载")
    verdict.ok = not verdict.reasons
    return verdict


def _check(proof: Any, file: bytes, keys: Sequence[Ed25519PublicKey], log: str, verdict: ProofVerdict) -> None:
    if proof["format"] != FORMAT:
        verdict.reasons.append("存证证明文件的版本不认识，请更新核验程序")
        return
    entry = proof["entry"]
    block = Block(Header.from_json(proof["block"]["header"]), bytes.fromhex(proof["block"]["signature"]))
    leaf = leaf_hash(canonical(entry))
    path = [bytes.fromhex(item) for item in proof["path"]]
    verdict.entry, verdict.leaf = entry, leaf.hex()
    verdict.height, verdict.block_hash, verdict.time = block.header.height, block.hash.hex(), block.header.time
    if entry["file_sha256"] != sha256(file).hexdigest():
        verdict.reasons.append("文件与存证记录不一致：文件已被改动，或证明属于另一份证书")
    if block.header.log != log or not block.is_signed_by(keys):
        verdict.reasons.append("存证区块不是由本平台的存证日志签名")
    if proof["block"]["hash"] != block.hash.hex():
        verdict.reasons.append("存证证明中的块哈希与区块内容不符")
    if not verify_inclusion(leaf, int(proof["index"]), block.header.count, path, block.header.root):
        verdict.reasons.append("存证路径不通：这份证书不在所称的区块里")
    if "anchor" in proof:
        transaction = str(proof["anchor"]["tx_hash"])
        verdict.notes.append(f"该区块另在外部链上存证，交易哈希 {transaction}，需联网在该链上核对")
