"""Merkle trees as in RFC 6962 section 2.1: pure functions over 32-byte leaf hashes.

A leaf is hashed as SHA-256(0x00 || data) and a node as SHA-256(0x01 || left || right), so that a node
can never be passed off as a leaf (second preimage), and an odd node is carried up alone, never doubled, so that
two different lists never share a root. Every function below takes *leaf hashes*: hash the data once
with `leaf_hash` and keep the 32 bytes. Proofs are checked with the algorithms of RFC 9162 section 2.1.3.2
and 2.1.4.2, which need neither the tree nor recursion.

`Tree` keeps all levels (64 bytes a leaf) and answers any number of proofs; the functions build one for a
single answer. Hashes are public here, therefore they are compared with plain ==.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_SIZE = 32


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry, SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node, SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """All levels of the tree over some leaf hashes, the leaves first and the root alone at the end.

    `levels[h][k]` is the hash over leaves k·2^h up to (k+1)·2^h, or up to the last one if that comes earlier.
    Raises ValueError when something else than a 32-byte hash is among the leaves.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = list(leaves)
        if any(len(leaf) != HASH_SIZE for leaf in level):
            raise ValueError("a Merkle tree takes leaf hashes of 32 bytes; hash the data with leaf_hash first")
        self.size = len(level)
        self.levels = [level]
        while len(level) > 1:
            level = _level_above(level)
            self.levels.append(level)

    @property
    def root(self) -> bytes:
        """MTH(D[n]); the hash of nothing, SHA-256(""), for an empty tree."""
        return self.levels[-1][0] if self.size else sha256(b"").digest()

    def inclusion_proof(self, index: int) -> list[bytes]:
        """PATH(index, D[n]): the hashes beside the way from leaf `index` (from 0) up to the root."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} of a tree of {self.size}")
        path = []
        for level in self.levels[:-1]:
            beside = index ^ 1
            if beside < len(level):
                path.append(level[beside])
            index >>= 1
        return path

    def consistency_proof(self, first: int) -> list[bytes]:
        """PROOF(first, D[n]): shows that the tree of the first `first` leaves is the beginning of this one."""
        if not 0 < first <= self.size:
            raise ValueError(f"no consistency proof from {first} leaves to {self.size}")
        path: list[bytes] = []
        start, end, known = 0, self.size, True
        while first < end:
            height = (end - start - 1).bit_length() - 1
            middle = start + (1 << height)
            if first <= middle:
                path.append(self.levels[height][middle >> height])
                end = middle
            else:
                path.append(self.levels[height][start >> height])
                start, known = middle, False
        if not known:
            height = (end - start - 1).bit_length()
            path.append(self.levels[height][start >> height])
        return path[::-1]


def _level_above(level: Sequence[bytes]) -> list[bytes]:
    hashed = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    if len(level) % 2:
        hashed.append(level[-1])
    return hashed


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, without keeping the tree."""
    return Tree(leaves).root


def inclusion_proof(leaves: Iterable[bytes], index: int) -> list[bytes]:
    """The inclusion proof of leaf `index` (from 0); for many proofs of one tree keep a `Tree`."""
    return Tree(leaves).inclusion_proof(index)


def consistency_proof(leaves: Iterable[bytes], first: int) -> list[bytes]:
    """The proof that the tree of the first `first` leaves is the beginning of the whole."""
    return Tree(leaves).consistency_proof(first)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Is the leaf hash number `index` of the `size` leaves under this root? (RFC 9162 section 2.1.3.2)"""
    if not 0 <= index < size or any(len(item) != HASH_SIZE for item in (leaf, *proof)):
        return False
    node, position, last = leaf, index, size - 1
    for beside in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(beside, node)
            # A node carried up alone has no sibling on these levels: skip them.
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        position, last = position >> 1, last >> 1
    return last == 0 and node == expected_root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the tree of `second` leaves begin with the tree of `first` leaves? (RFC 9162 section 2.1.4.2)"""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof or any(len(item) != HASH_SIZE for item in proof):
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
