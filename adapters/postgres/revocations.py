"""Keys that end or close, and the news of it: one number after another, read by every process that holds keys."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from adapters.postgres.steps import Step
from adapters.vault.vault import Revoked
from domain.kernel.event import Retention

ALL = tuple(Retention)

_SINCE = b"""SELECT latest, tenant_id, subject_id, retentions, key_ids FROM vault.revoked_since(%(after)s::bigint)"""
_DESTROY = b"""SELECT key_id, retention, destroyed_at
    FROM vault.destroy_keys(%(tenant)s, %(subject)s, %(retentions)s::text[]) ORDER BY retention"""
_CLOSE = b"SELECT vault.close_keys(%(tenant)s, %(subject)s, %(retentions)s::text[])"
_REOPEN = b"SELECT vault.reopen_keys(%(tenant)s, %(subject)s, %(retentions)s::text[])"


class Destroyed(NamedTuple):
    """A destroyed key, and since when."""

    key_id: UUID
    retention: Retention
    destroyed_at: datetime


def since(after: int | None) -> Step:
    """Return the last number there is, what was revoked after ``after`` (None: nothing is asked), and the tenants whose
    epoch keys changed."""
    rows = yield _SINCE, {"after": after}
    news = [row for row in rows if row[1] is not None]
    revoked = [
        Revoked([(tenant, subject, Retention(r)) for r in retentions], key_ids)
        for _, tenant, subject, retentions, key_ids in news
        if subject is not None
    ]
    return rows[0][0], revoked, [tenant for _, tenant, subject, _, _ in news if subject is None]


def destruction(tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention]) -> Step:
    """Destroy keys; return each."""
    rows = yield _DESTROY, _whose(tenant_id, subject_id, retentions)
    return [Destroyed(key_id, Retention(retention), at) for key_id, retention, at in rows]


def closing(tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention]) -> Step:
    """Close keys."""
    yield _CLOSE, _whose(tenant_id, subject_id, retentions)


def reopening(tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention]) -> Step:
    """Open closed keys again."""
    yield _REOPEN, _whose(tenant_id, subject_id, retentions)


def _whose(tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention]) -> dict[str, object]:
    return {"tenant": tenant_id, "subject": subject_id, "retentions": sorted(map(str, retentions))}
