"""The leaf of one stored row: a hash that an edit of any column changes. The format is written down in FORMAT.md."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from uuid import UUID

from projections.kernel.feed import FeedRow

LEAF = b"\x00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = Struct(">IqI16sI16sIqI").pack  # position, tenant, stream, version, and the length of the type
_SCHEMA = Struct(">Ii").pack
_RECORDED = Struct(">I32sIq").pack  # the digest of meta, recorded_at
_NONE, _SIXTEEN = b"\x00\x00\x00\x00", b"\x00\x00\x00\x10"


def leaf_data(row: FeedRow) -> bytes:
    """Return what a row's leaf is made of: its header, the digest of ``data``, and that of ``sealed`` if it has one."""
    position, tenant_id, stream_id, version, topic, schema, data, sealed, key_id, subject_id, meta, at = row
    kind = topic.encode()
    return b"".join((
        _FIXED(8, position, 16, tenant_id.bytes, 16, stream_id.bytes, 8, version, len(kind)), kind,
        _SCHEMA(4, schema), _id(key_id), _id(subject_id),
        _RECORDED(32, sha256(meta.encode()).digest(), 8, microseconds(at)),
        sha256(data.encode()).digest(), b"" if sealed is None else sha256(sealed).digest(),
    ))  # fmt: skip


def leaf_hash(row: FeedRow) -> bytes:
    """Return the row's leaf: SHA-256(0x00 ‖ :func:`leaf_data`)."""
    return sha256(LEAF + leaf_data(row)).digest()


def leaf_hashes(rows: Iterable[FeedRow]) -> list[bytes]:
    """Return the leaves of rows, in order."""
    return list(map(leaf_hash, rows))


def microseconds(at: datetime) -> int:
    """Return an instant as microseconds since 1970, exactly."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _id(value: UUID | None) -> bytes:
    return _NONE if value is None else _SIXTEEN + value.bytes
