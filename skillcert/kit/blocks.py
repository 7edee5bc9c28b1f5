"""From loose leaves to signed blocks: the audit trail and the certificates' log, by the same code.

One writer at a time, the sealer; so it looks before it begins its transaction, which on SQLite is everybody's write
lock. A block, and which leaf it holds at which place, are one transaction: killed in between, the leaves are still
loose and the next round takes them. Loose leaves are looked up as such, never as
"id > last": a transaction that commits late would fall through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.db.models import Max

from skillcert.integrations.chain.log import Block, Header, SignedLog, check_block, check_chain
from skillcert.integrations.chain.proof import make_proof

from . import merkle
from .audit import AuditBlock, AuditEntry, AuditLeaf
from .ledger import ChainBlock, ChainReceipt, canonical

AUDIT, CERTIFICATES = "audit", "certificates"
MOST_LEAVES = 1000
# How far behind the newest sealed entry a late transaction is looked for every round; further back only now and then.
NEAR = 50_000


class Table:
    """The blocks of one log as rows: the ``Store`` of a ``SignedLog``."""

    def __init__(self, log: str, model: type[AuditBlock] | type[ChainBlock]) -> None:
        self.log, self.model = log, model

    def head(self) -> Block | None:
        row = self.model.objects.order_by("-height").first()
        return block_of(self.log, row) if row else None

    def append(self, block: Block) -> None:
        """Insert the row; the primary key refuses a height that is taken."""
        header = block.header
        self.model.objects.create(
            height=header.height, previous_hash=header.prev.hex(), root=header.root.hex(), size=header.count,
            at=header.time, block_hash=block.hash.hex(), signature=block.signature,
        )  # fmt: skip


AUDIT_TABLE, CHAIN_TABLE = Table(AUDIT, AuditBlock), Table(CERTIFICATES, ChainBlock)


def block_of(log: str, row: Any) -> Block:
    """A row as the block it is."""
    header = Header(
        log, row.height, bytes.fromhex(row.previous_hash), bytes.fromhex(row.root), row.size, row.at
    )
    return Block(header, bytes(row.signature))


# --- taking leaves -----------------------------------------------------------------------------------
def take_audit(log: SignedLog, *, everywhere: bool = False) -> int:
    """Put loose audit entries into one block; gives how many. ``everywhere`` looks through the whole trail."""
    loose = AuditEntry.objects.filter(leaf=None)
    if not everywhere and (newest := AuditLeaf.objects.aggregate(m=Max("entry_id"))["m"]):
        loose = loose.filter(pk__gt=newest - NEAR)
    found = list(loose.order_by("pk").values_list("pk", "digest")[:MOST_LEAVES])
    if not found:
        return 0
    with transaction.atomic():
        block = log.append(merkle.root([entry_leaf(digest) for _, digest in found]), len(found))
        AuditLeaf.objects.bulk_create(
            AuditLeaf(entry_id=key, block_id=block.header.height, index=index) for index, (key, _) in enumerate(found)
        )
    return len(found)


def entry_leaf(digest: str) -> bytes:
    """The leaf of an audit entry: its own salted digest, hashed as a leaf."""
    return merkle.leaf_hash(bytes.fromhex(digest))


def take_receipts(log: SignedLog) -> int:
    """Put loose receipts into one block; gives how many. They turn from 待上链 to anchored."""
    found = list(ChainReceipt.objects.filter(block=None).order_by("pk").only("pk", "leaf")[:MOST_LEAVES])
    if not found:
        return 0
    with transaction.atomic():
        block = log.append(merkle.root([bytes.fromhex(receipt.leaf) for receipt in found]), len(found))
        for index, receipt in enumerate(found):
            receipt.block_id, receipt.index = block.header.height, index
        ChainReceipt.objects.bulk_update(found, ["block", "index"], batch_size=250)
    return len(found)


# --- proofs and checks -------------------------------------------------------------------------------
def proofs_of(receipts: Sequence[ChainReceipt]) -> Iterator[tuple[ChainReceipt, dict[str, Any]]]:
    """The proof file of each anchored receipt; a block's tree is built once."""
    trees: dict[int, merkle.Tree] = {}
    for receipt in receipts:
        if receipt.block_id is None or receipt.index is None:
            continue
        if receipt.block_id not in trees:
            leaves = ChainReceipt.objects.filter(block=receipt.block_id).order_by("index").values_list("leaf", flat=True)
            trees[receipt.block_id] = merkle.Tree(bytes.fromhex(leaf) for leaf in leaves)
        path = trees[receipt.block_id].inclusion_proof(receipt.index)
        yield receipt, make_proof(receipt.payload, receipt.index, path, block_of(CERTIFICATES, receipt.block))


def check_receipt(receipt: ChainReceipt) -> str:
    """Recompute one anchored receipt: its leaf, the root of its block, the block's hash; the sentence of what is wrong."""
    if merkle.leaf_hash(canonical(receipt.payload)).hex() != receipt.leaf:
        return "存证内容与交易哈希不符"
    row = receipt.block
    if row is None:
        return ""
    held = list(ChainReceipt.objects.filter(block=row.pk).order_by("index").values_list("index", "leaf"))
    wrong = _check_root(row, [bytes.fromhex(leaf) for _, leaf in held], [index for index, _ in held])
    if not wrong and block_of(CERTIFICATES, row).hash.hex() != row.block_hash:
        wrong = [f"区块 {row.height} 的块头与块哈希不符"]
    return wrong[0] if wrong else ""


@dataclass(frozen=True)
class Found:
    """What a check of a log found: how many blocks and leaves were recomputed, and what is wrong."""

    blocks: int
    leaves: int
    problems: list[str]


def check_certificates(keys: Sequence[Any]) -> Found:
    """Recompute every receipt's leaf, every root and the chain of blocks of the certificates' log."""
    problems, leaves = [], 0
    for row in ChainBlock.objects.order_by("height").iterator():
        receipts = list(row.receipts.order_by("index"))
        leaves += len(receipts)
        hashes = [merkle.leaf_hash(canonical(receipt.payload)) for receipt in receipts]
        problems += [f"区块 {row.height} 第 {r.index} 条存证内容被改动" for r, h in zip(receipts, hashes, strict=True) if h.hex() != r.leaf]
        problems += _check_root(row, hashes, [r.index for r in receipts])
    blocks = [block_of(CERTIFICATES, row) for row in ChainBlock.objects.order_by("height")]
    return Found(len(blocks), leaves, problems + check_chain(CERTIFICATES, blocks, keys))


def check_audit(keys: Sequence[Any]) -> Found:
    """Recompute every sealed entry's digest, every root and the chain of blocks of the audit trail."""
    problems: list[str] = []
    leaves, before = 0, None
    for row in AuditBlock.objects.order_by("height").iterator():
        found = check_audit_block(row, before, keys)
        problems, leaves, before = problems + found.problems, leaves + found.leaves, block_of(AUDIT, row)
    return Found(AuditBlock.objects.count(), leaves, problems)


def check_audit_block(row: AuditBlock, before: Block | None, keys: Sequence[Any]) -> Found:
    """Recompute one block: what its entries say, what was said beside them, its root, its place and its signature."""
    unreadable = []
    try:
        held = list(row.leaves.select_related("entry__detail").order_by("index"))
    except (InvalidTag, KeyError, IndexError, ValueError):  # sealed by another key, or not sealed at all
        held = list(row.leaves.select_related("entry").order_by("index"))
        unreadable = [f"区块 {row.height} 中有改前改后被改动，无法解开"]
    digests = [leaf.entry.compute_digest() for leaf in held]
    problems = [
        f"审计记录 {leaf.entry_id} 被改动（区块 {row.height}）"
        for leaf, digest in zip(held, digests, strict=True) if digest != leaf.entry.digest
    ]  # fmt: skip
    problems += unreadable or [
        f"审计记录 {leaf.entry_id} 的改前改后被改动（区块 {row.height}）" for leaf in held if not leaf.entry.detail_holds
    ]
    problems += _check_root(row, [entry_leaf(digest) for digest in digests], [leaf.index for leaf in held])
    return Found(1, len(held), problems + check_block(AUDIT, block_of(AUDIT, row), before, keys))


def _check_root(row: Any, hashes: list[bytes], indexes: list[int | None]) -> list[str]:
    if indexes != list(range(row.size)):
        return [f"区块 {row.height} 应有 {row.size} 条，实有 {len(hashes)} 条：有记录被删除或改动次序"]
    return [] if merkle.root(hashes).hex() == row.root else [f"区块 {row.height} 的内容与其根哈希不符"]
