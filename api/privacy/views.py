"""Rows and events as the privacy routes show them."""

from typing import Any
from uuid import UUID

import msgspec

from domain.kernel.event import Retention
from domain.kernel.recorded import Recorded
from domain.privacy.certificate import Certificate, Destroyed, LogHead
from domain.privacy.events import CaseNoted
from projections.kernel.reader import Row


def certificate(tenant_id: UUID, row: Row) -> Certificate | None:
    """Return the certificate of a completed erasure: made from the same facts, it has the digest that was recorded."""
    if row["completed_at"] is None:
        return None
    gone = tuple(Destroyed(Retention(c["retention"]), c["key_id"], c["destroyed_at"]) for c in row["classes"])
    return Certificate(
        row["erasure_id"], tenant_id, row["person_id"], row["requested_at"], row["completed_at"], gone,
        row["position"], LogHead(row["log_size"], row["log_root"]), row["stale_until"],
    )  # fmt: skip


def erasure(tenant_id: UUID, row: Row) -> dict[str, Any]:
    """Return an erasure."""
    made = certificate(tenant_id, row)
    return {
        "id": row["erasure_id"],
        "version": row["version"],
        "personId": row["person_id"],
        "status": row["status"],
        "basis": row["basis"],
        "requestedAt": row["requested_at"],
        "answerBy": row["answer_by"],
        "refusalBasis": row["refusal_basis"],
        "holds": row["holds"],
        "classes": [_class(found) for found in row["classes"]],
        "certificate": made.document() if made else None,
        "digest": row["digest"],
        "signer": row["signer"],
        "signature": row["signature"],
    }


def hold(row: Row) -> dict[str, Any]:
    """Return a legal hold."""
    return {
        "id": row["hold_id"],
        "personId": row["person_id"],
        "classes": row["classes"],
        "basis": row["basis"],
        "placedAt": row["placed_at"],
        "liftedAt": row["lifted_at"],
    }


def note(recorded: Recorded) -> dict[str, Any]:
    """Return the words of a case, None when they are gone."""
    assert isinstance(recorded.event, CaseNoted)
    words = recorded.event.words
    by = msgspec.json.decode(recorded.meta).get("actor")
    return {"notedAt": recorded.recorded_at, "by": by, "words": words if isinstance(words, str) else None}


def _class(row: Row) -> dict[str, Any]:
    return {
        "retention": row["retention"],
        "status": row["status"],
        "basis": row["basis"],
        "source": row["source"],
        "until": row["until"],
        "holds": row["holds"] or [],
        "keyId": row["key_id"],
        "destroyedAt": row["destroyed_at"],
    }
