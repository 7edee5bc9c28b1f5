"""The Merkle tree against the vectors of the Certificate Transparency test suite and a naive second implementation."""

from hashlib import sha256
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillcert.kit import merkle

ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]

sizes = st.integers(1, 70)


def _leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(size)]


def _naive_root(leaves: list[bytes]) -> bytes:
    """MTH written down from the recursive definition of RFC 6962 section 2.1, for comparison only."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + _naive_root(leaves[:split]) + _naive_root(leaves[split:])).digest()


def _naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*_naive_path(index, leaves[:split]), _naive_root(leaves[split:])]
    return [*_naive_path(index - split, leaves[split:]), _naive_root(leaves[:split])]


def _naive_subproof(first: int, leaves: list[bytes], known: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if known else [_naive_root(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if first <= split:
        return [*_naive_subproof(first, leaves[:split], known), _naive_root(leaves[split:])]
    return [*_naive_subproof(first - split, leaves[split:], False), _naive_root(leaves[:split])]


def test_known_roots():
    assert merkle.root([]) == sha256(b"").digest()
    for size, expected in enumerate(ROOTS, start=1):
        assert merkle.root(LEAVES[:size]) == expected


def test_known_paths():
    """The paths printed in RFC 6962 section 2.1.3 for its tree of seven leaves, in terms of its nodes."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = merkle.node_hash(a, b), merkle.node_hash(c, d), merkle.node_hash(e, f)
    k, m = merkle.node_hash(g, h), merkle.node_hash(i, j)
    tree = merkle.Tree(LEAVES[:7])
    assert tree.inclusion_proof(0) == [b, h, m]
    assert tree.inclusion_proof(3) == [c, g, m]
    assert tree.inclusion_proof(4) == [f, j, k]
    assert tree.inclusion_proof(6) == [i, k]
    assert tree.consistency_proof(3) == [c, d, g, m]
    assert tree.consistency_proof(4) == [m]
    assert tree.consistency_proof(6) == [i, j, k]


@given(sizes, st.data())
@settings(max_examples=150, deadline=None)
def test_inclusion_agrees_with_the_definition(size, data):
    leaves = _leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(leaves, index)
    root = merkle.root(leaves)
    assert root == _naive_root(leaves)
    assert proof == _naive_path(index, leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, root)


@given(sizes, st.data())
@settings(max_examples=150, deadline=None)
def test_consistency_agrees_with_the_definition(size, data):
    leaves = _leaves(size)
    first = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(leaves, first)
    assert proof == _naive_subproof(first, leaves, True)
    assert merkle.verify_consistency(first, size, _naive_root(leaves[:first]), _naive_root(leaves), proof)


@given(st.integers(2, 70), st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_inclusion_proof_is_refused(size, data):
    leaves = _leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    place = data.draw(st.integers(0, len(proof) - 1))
    flipped = [*proof]
    flipped[place] = bytes([flipped[place][0] ^ 1]) + flipped[place][1:]
    assert not merkle.verify_inclusion(leaves[other], index, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], other, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, flipped, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, leaves[other]], root)
    if len(proof) > 1:
        assert not merkle.verify_inclusion(leaves[index], index, size, proof[::-1], root)


@given(st.integers(2, 70), st.data())
@settings(max_examples=200, deadline=None)
def test_a_rewritten_past_has_no_consistency_proof(size, data):
    leaves = _leaves(size)
    first = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, first - 1))
    forged = [*leaves]
    forged[changed] = merkle.leaf_hash(b"forged")
    proof = merkle.consistency_proof(forged, first)
    assert not merkle.verify_consistency(first, size, merkle.root(leaves[:first]), merkle.root(forged), proof)
    assert not merkle.verify_consistency(first, size, merkle.root(forged[:first]), merkle.root(leaves), proof)


def test_a_node_is_not_a_leaf():
    """Second preimage: the two children of a node, offered as an entry, must not lead to the same root."""
    inner = LEAVES[0] + LEAVES[1]
    root = merkle.root(LEAVES[:4])
    right = merkle.node_hash(LEAVES[2], LEAVES[3])
    assert merkle.verify_inclusion(merkle.node_hash(LEAVES[0], LEAVES[1]), 0, 2, [right], root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(inner), 0, 2, [right], root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(inner), 0, 4, [right], root)
    assert not merkle.verify_inclusion(merkle.node_hash(LEAVES[0], LEAVES[1]), 0, 4, [right], root)


def test_the_last_leaf_is_not_doubled():
    assert merkle.root(LEAVES[:3]) != merkle.root([*LEAVES[:3], LEAVES[2]])


def test_data_instead_of_hashes_is_refused():
    with pytest.raises(ValueError, match="leaf_hash"):
        merkle.root([b"data"])
    with pytest.raises(IndexError):
        merkle.inclusion_proof(LEAVES, 8)
    with pytest.raises(ValueError):
        merkle.consistency_proof(LEAVES, 0)
    assert not merkle.verify_inclusion(b"short", 0, 1, [], b"short")


def test_a_hundred_thousand_leaves_are_quick():
    """A proof of 17 hashes, and far under a second of computing (0.15 s measured on a slow core)."""
    leaves = _leaves(100_000)
    began = process_time()
    tree = merkle.Tree(leaves)
    proof = tree.inclusion_proof(99_999)
    assert process_time() - began < 2
    assert merkle.verify_inclusion(leaves[99_999], 99_999, 100_000, proof, tree.root)
    assert len(tree.inclusion_proof(0)) == 17
