"""The tree is that of RFC 6962: known answers, and every root and proof equal to a naive tree's."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.merkle import tree
from adapters.merkle.tree import Edge, Tile, nodes_of, root_of

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_THE_FIRST_OF_EIGHT = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
LEAVES = [tree.leaf_hash(bytes.fromhex(data)) for data in INPUTS]
sizes = st.integers(min_value=1, max_value=1200)


def naive(leaves: list[bytes]) -> bytes:
    """The tree hash, word for word as RFC 6962 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def some(count: int) -> list[bytes]:
    return [sha256(str(n).encode()).digest() for n in range(count)]


def node_over(leaves: list[bytes]) -> tree.Node:
    def node(level: int, index: int) -> bytes:
        part = leaves[index << level : (index + 1) << level]
        assert len(part) == 1 << level
        return naive(part)

    return node


def tiles_over(leaves: list[bytes]) -> tree.Node:
    """Tiles grown as the consumer grows them, and nodes read from them."""
    stored: dict[Tile, bytes] = {}
    for level, made in enumerate(Edge().extend(leaves)):
        if level % tree.TILE_HEIGHT == 0:
            for n, node in enumerate(made):
                tile = Tile(level // tree.TILE_HEIGHT, n // tree.TILE_WIDTH)
                stored[tile] = stored.get(tile, b"") + node
    assert all(len(stored[tile]) == 32 * tile.width(len(leaves)) for tile in stored)
    return nodes_of(stored.__getitem__)


class TestRoot:
    @pytest.mark.parametrize("size", range(1, 9))
    def test_is_the_known_one(self, size: int) -> None:
        edge = Edge()
        edge.extend(LEAVES[:size])
        assert edge.root().hex() == ROOTS[size - 1]
        assert root_of((0, size), node_over(LEAVES)).hex() == ROOTS[size - 1]

    def test_of_the_empty_tree_is_the_hash_of_nothing(self) -> None:
        assert Edge().root() == tree.EMPTY_ROOT == root_of((0, 0), node_over([]))

    @given(sizes, st.lists(st.integers(min_value=0, max_value=400), max_size=8))
    def test_is_the_same_however_the_tree_has_grown(self, size: int, batches: list[int]) -> None:
        leaves, edge, at = some(size), Edge(), 0
        for batch in [*batches, size]:
            edge.extend(leaves[at : at + batch])
            at = min(size, at + batch)
            edge = Edge.at(edge.size, edge.kept())
            assert edge.root() == naive(leaves[:at])

    @given(sizes)
    def test_can_be_read_from_tiles(self, size: int) -> None:
        leaves = some(size)
        assert root_of((0, size), tiles_over(leaves)) == naive(leaves)

    def test_of_three_levels_of_tiles_can_be_read_from_them(self) -> None:
        leaves = some(70_000)
        assert root_of((0, 70_000), tiles_over(leaves)) == tree.root_over(leaves)

    def test_edge_that_is_not_of_its_size_is_refused(self) -> None:
        with pytest.raises(ValueError, match="edge"):
            Edge.at(3, bytes(32))


class TestInclusionProof:
    def test_is_the_known_one(self) -> None:
        assert [h.hex() for h in tree.inclusion_proof(0, 8, node_over(LEAVES))] == PATH_OF_THE_FIRST_OF_EIGHT

    @given(st.data(), sizes)
    def test_holds_for_its_leaf_its_place_and_its_tree_only(self, data: st.DataObject, size: int) -> None:
        leaves = some(size)
        index = data.draw(st.integers(min_value=0, max_value=size - 1))
        root, proof = naive(leaves), tree.inclusion_proof(index, size, tiles_over(leaves))
        assert tree.verify_inclusion(leaves[index], index, size, proof, root)
        assert not tree.verify_inclusion(sha256(b"other").digest(), index, size, proof, root)
        assert not tree.verify_inclusion(leaves[index], index, size, proof, sha256(root).digest())
        assert not tree.verify_inclusion(leaves[index], index, size, [*proof, root], root)
        assert not tree.verify_inclusion(leaves[index], size, size, proof, root)
        other = data.draw(st.integers(min_value=0, max_value=size - 1))
        assert tree.verify_inclusion(leaves[index], other, size, proof, root) == (other == index)

    def test_of_a_leaf_outside_the_tree_is_not_made(self) -> None:
        with pytest.raises(ValueError, match="not in the tree"):
            tree.inclusion_proof(8, 8, node_over(LEAVES))


class TestConsistencyProof:
    @given(st.data(), sizes)
    def test_holds_between_a_tree_and_what_grew_from_it_only(self, data: st.DataObject, new: int) -> None:
        leaves = some(new)
        old = data.draw(st.integers(min_value=0, max_value=new))
        before, now = naive(leaves[:old]), naive(leaves)
        proof = tree.consistency_proof(old, new, tiles_over(leaves))
        assert tree.verify_consistency(old, before, new, now, proof)
        assert not tree.verify_consistency(old, sha256(before).digest(), new, now, proof)
        assert not tree.verify_consistency(new, now, old, before, proof) or old == new
        assert not tree.verify_consistency(old, before, new, now, [*proof, now])
        if old > 0:
            assert not tree.verify_consistency(old, before, new, sha256(now).digest(), proof)
            changed = [sha256(b"changed").digest(), *leaves[1:]]
            lie = tree.consistency_proof(old, new, node_over(changed))
            assert not tree.verify_consistency(old, before, new, naive(changed), lie)

    @given(st.integers(min_value=1, max_value=300))
    def test_is_as_long_as_the_rfc_makes_it(self, new: int) -> None:
        for old in range(1, new + 1):
            assert len(tree.consistency_ranges(old, new)) == subproof_length(old, new, True)


def subproof_length(m: int, n: int, complete: bool) -> int:
    """The number of hashes of SUBPROOF in RFC 6962, 2.1.2."""
    if m == n:
        return 0 if complete else 1
    k = tree.split(n)
    if m <= k:
        return subproof_length(m, k, complete) + 1
    return subproof_length(m - k, n - k, False) + 1


class TestTile:
    def test_is_addressed_as_tlog_tiles_has_it(self) -> None:
        assert Tile(0, 1_234_067).path == "0/x001/x234/067"
        assert Tile(2, 7).path == "2/007"

    def test_widths_are_those_of_the_specification(self) -> None:
        size = 70_000
        assert [Tile(0, 272).width(size), Tile(0, 273).width(size), Tile(0, 274).width(size)] == [256, 112, 0]
        assert [Tile(1, 0).width(size), Tile(1, 1).width(size), Tile(2, 0).width(size)] == [256, 17, 1]

    def test_that_is_cut_short_gives_no_node(self) -> None:
        with pytest.raises(ValueError, match="tile"):
            tree.node_in_tile(bytes(40), 1, 2)


def test_roots_are_printed_as_checkpoints_print_them() -> None:
    assert b64encode(bytes.fromhex(ROOTS[0])) == b"bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
