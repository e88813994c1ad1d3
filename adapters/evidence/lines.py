"""An event as evidence shows it: every column its leaf is made of, contents whole or as digests. See FORMAT.md."""

from base64 import b64encode
from datetime import UTC
from hashlib import sha256
from typing import Any

from projections.kernel.feed import FeedRow


def place(row: FeedRow) -> dict[str, Any]:
    """Return the columns of the header that say what and where, none of them personal."""
    return {
        "position": row.position,
        "tenant_id": str(row.tenant_id),
        "stream_id": str(row.stream_id),
        "version": row.version,
        "type": row.type,
        "schema_version": row.schema_version,
        "key_id": None if row.key_id is None else str(row.key_id),
        "subject_id": None if row.subject_id is None else str(row.subject_id),
        "recorded_at": row.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }


def contents(row: FeedRow) -> dict[str, str | None]:
    """Return what the event says: clear texts byte for byte, and the ciphertext in base64."""
    sealed = None if row.sealed is None else b64encode(row.sealed).decode()
    return {"data": row.data, "meta": row.meta, "sealed": sealed}


def digests(row: FeedRow) -> dict[str, str]:
    """Return the SHA-256 of each content in hexadecimal, which the leaf is made of; "" for a ciphertext of NULL."""
    return {
        "data_sha256": sha256(row.data.encode()).hexdigest(),
        "meta_sha256": sha256(row.meta.encode()).hexdigest(),
        "sealed_sha256": "" if row.sealed is None else sha256(row.sealed).hexdigest(),
    }
