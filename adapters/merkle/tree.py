"""The Merkle tree of RFC 6962, pure: roots, proofs and their verification, growth at the right edge, tiles."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple, Self

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

Node = Callable[[int, int], bytes]
"""Gives the hash of a full subtree: of the 2**level leaves from leaf index * 2**level on."""
Range = tuple[int, int]
"""Leaves from the first up to, not including, the second."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def parents(level: Sequence[bytes]) -> list[bytes]:
    """Return the nodes above an even number of hashes."""
    one_by_one = iter(level)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(one_by_one, one_by_one, strict=True)]


def split(count: int) -> int:
    """Return the largest power of two smaller than ``count`` (>= 2): where RFC 6962 divides so many leaves."""
    return 1 << ((count - 1).bit_length() - 1)


def full_subtrees(first: int, end: int) -> list[tuple[int, int]]:
    """Return the (level, index) of the largest full subtrees that make up a range, left to right."""
    found = []
    while first < end:
        level = (end - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        found.append((level, first >> level))
        first += 1 << level
    return found


def root_of(range_: Range, node: Node) -> bytes:
    """Return the tree hash of the leaves of a range as it occurs in a tree: (0, size), or one of a proof's ranges."""
    hashes = [node(level, index) for level, index in full_subtrees(*range_)]
    return folded(hashes) if hashes else EMPTY_ROOT


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the root over full subtrees of falling size, left to right."""
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes, nearest to the leaf first, prove that leaf ``index`` is in a tree of ``size``."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    first, end = 0, size
    path = []
    while end - first > 1:
        middle = first + split(end - first)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the ranges whose hashes prove that the tree of ``new`` leaves begins with that of ``old``."""
    if not 0 <= old <= new:
        raise ValueError("the older tree is not the smaller one")
    first, end = 0, new
    path = []
    while 0 < old < end:
        middle = first + split(end - first)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    if first:
        path.append((first, end))
    return path[::-1]


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of RFC 6962, 2.1.1."""
    return [root_of(part, node) for part in inclusion_ranges(index, size)]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the consistency proof of RFC 6962, 2.1.2."""
    return [root_of(part, node) for part in consistency_ranges(old, new)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows that the hash ``leaf`` is leaf ``index`` of the tree with that size and root."""
    if not 0 <= index < size:
        return False
    ranges = inclusion_ranges(index, size)
    if len(proof) != len(ranges):
        return False
    for (first, _), beside in zip(ranges, proof, strict=True):
        leaf = node_hash(leaf, beside) if first > index else node_hash(beside, leaf)
    return leaf == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the first tree is what the second one begins with."""
    if not 0 <= old <= new:
        return False
    ranges = consistency_ranges(old, new)
    if len(proof) != len(ranges):
        return False
    if old == 0:
        return old_root == EMPTY_ROOT
    pairs = list(zip(ranges, proof, strict=True))
    before = now = old_root
    if ranges and ranges[0][1] == old:
        before = now = pairs.pop(0)[1]
    for (first, _), beside in pairs:
        if first < old:
            before, now = node_hash(beside, before), node_hash(beside, now)
        else:
            now = node_hash(now, beside)
    return before == old_root and now == new_root


class Edge:
    """The right edge of a growing tree: all that is needed to add leaves and to know the root."""

    __slots__ = ("_full", "size")

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes | None] = []  # per level, the full subtree that waits for the one on its right

    @classmethod
    def at(cls, size: int, hashes: bytes) -> Self:
        """Return the edge kept as :meth:`kept`. Raises ValueError when the two do not belong together."""
        edge = cls()
        edge.size = size
        edge._full = [None] * size.bit_length()
        subtrees = full_subtrees(0, size)
        if len(hashes) != len(subtrees) * HASH_BYTES:
            raise ValueError("the edge does not fit its size")
        for n, (level, _) in enumerate(subtrees):
            edge._full[level] = hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES]
        return edge

    def kept(self) -> bytes:
        """Return the hashes of its full subtrees, left to right."""
        return b"".join(node for node in reversed(self._full) if node is not None)

    def extend(self, leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
        """Add leaves; return the full subtrees this completed, by level: those of level 0 are the leaves."""
        self.size += len(leaves)
        made = [leaves]
        level, new = 0, leaves
        while new:
            if level == len(self._full):
                self._full.append(None)
            waiting = self._full[level]
            joined = new if waiting is None else [waiting, *new]
            self._full[level] = joined[-1] if len(joined) % 2 else None
            new = parents(joined[: len(joined) // 2 * 2])
            made.append(new)
            level += 1
        return made

    def root(self) -> bytes:
        """Return the root of the tree."""
        hashes = [node for node in reversed(self._full) if node is not None]
        return folded(hashes) if hashes else EMPTY_ROOT


def root_over(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    edge = Edge()
    edge.extend(list(leaves))
    return edge.root()


class Tile(NamedTuple):
    """256 neighbouring hashes (fewer at the right edge) of the full subtrees of 256**level leaves."""

    level: int
    number: int

    @property
    def path(self) -> str:
        """Its address, as C2SP tlog-tiles has it: ``0/x001/x234/067``."""
        digits = f"{self.number:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[n : n + 3] for n in range(0, len(digits), 3)]
        return "/".join([str(self.level), *(f"x{part}" for part in parts[:-1]), parts[-1]])

    def width(self, size: int) -> int:
        """Return how many hashes it holds in a tree of ``size`` leaves."""
        return max(0, min(TILE_WIDTH, (size >> (self.level * TILE_HEIGHT)) - self.number * TILE_WIDTH))


def tile_of(level: int, index: int) -> tuple[Tile, int, int]:
    """Return the tile that gives a full subtree's hash: the range of the tile's hashes that the subtree is over."""
    height = level % TILE_HEIGHT
    first = index << height
    tile = Tile(level // TILE_HEIGHT, first // TILE_WIDTH)
    return tile, first % TILE_WIDTH, (first % TILE_WIDTH) + (1 << height)


def node_in_tile(hashes: bytes, first: int, end: int) -> bytes:
    """Return the root over the hashes ``first`` to ``end`` (a power of two of them) of a tile's bytes."""
    nodes = [hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES] for n in range(first, end)]
    if len(nodes[-1]) != HASH_BYTES:
        raise ValueError("the tile does not hold these hashes")
    while len(nodes) > 1:
        nodes = parents(nodes)
    return nodes[0]


def nodes_of(read: Callable[[Tile], bytes]) -> Node:
    """Return the node function over stored tiles; each tile is read once."""
    known: dict[Tile, bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile, first, end = tile_of(level, index)
        if tile not in known:
            known[tile] = read(tile)
        return node_in_tile(known[tile], first, end)

    return node
