"""A leaf is what the format page says, and an edit of any column changes it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from adapters.merkle.leaf import leaf_data, leaf_hash
from projections.kernel.feed import FeedRow

ROW = FeedRow(
    7, UUID(int=1), UUID(int=2), 3, "sample.thing.counted", 1, '{"amount":1}', b"sealed", UUID(int=4), UUID(int=5),
    '{"actor":"x"}', datetime(2031, 4, 5, 6, 7, 8, 123_456, tzinfo=UTC),
)  # fmt: skip


def by_the_page(row: FeedRow) -> bytes:
    """The leaf, written again from FORMAT.md."""
    micros = round((row.recorded_at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    fields = [
        row.position.to_bytes(8, "big"), row.tenant_id.bytes, row.stream_id.bytes, row.version.to_bytes(8, "big"),
        row.type.encode(), row.schema_version.to_bytes(4, "big"),
        row.key_id.bytes if row.key_id else b"", row.subject_id.bytes if row.subject_id else b"",
        sha256(row.meta.encode()).digest(), micros.to_bytes(8, "big"),
    ]  # fmt: skip
    header = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    sealed = sha256(row.sealed).digest() if row.sealed is not None else b""
    return sha256(b"\x00" + header + sha256(row.data.encode()).digest() + sealed).digest()


class TestLeaf:
    @pytest.mark.parametrize("row", [
        ROW, ROW._replace(sealed=None, key_id=None, subject_id=None), ROW._replace(type="ä" * 300, data="{}"),
        ROW._replace(recorded_at=datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))._replace(sealed=b""),
    ])  # fmt: skip
    def test_is_what_the_format_page_says(self, row: FeedRow) -> None:
        if row.recorded_at.year >= 1970:
            assert leaf_hash(row) == by_the_page(row)
        assert leaf_hash(row) == sha256(b"\x00" + leaf_data(row)).digest()

    @pytest.mark.requirement("R007")
    @pytest.mark.parametrize(("column", "value"), [
        ("position", 8), ("tenant_id", UUID(int=9)), ("stream_id", UUID(int=9)), ("version", 4),
        ("type", "sample.thing.noted"), ("schema_version", 2), ("data", '{"amount":2}'), ("data", '{"amount": 1}'),
        ("sealed", b"sealee"), ("sealed", None), ("sealed", b""), ("key_id", None), ("key_id", UUID(int=9)),
        ("subject_id", None), ("subject_id", UUID(int=9)), ("meta", '{"actor":"y"}'),
        ("recorded_at", ROW.recorded_at + timedelta(microseconds=1)),
    ])  # fmt: skip
    def test_changes_with_every_column(self, column: str, value: Any) -> None:
        assert leaf_hash(ROW._replace(**{column: value})) != leaf_hash(ROW)

    def test_tells_nothing_sealed_from_an_empty_seal(self) -> None:
        assert leaf_hash(ROW._replace(sealed=None)) != leaf_hash(ROW._replace(sealed=b""))
