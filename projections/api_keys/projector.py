"""Keeps each API key and what its secrets begin with."""

from pathlib import Path

from domain.identity.events import ApiKeyCreated, ApiKeyReminded, ApiKeyRevoked, ApiKeyRotated
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

KEYS = Table("api_keys", ("tenant_id", "key_id"))
PREFIXES = Table("api_key_prefixes", ("tenant_id", "key_id", "credential_id"))


def created(rows: Rows, event: ApiKeyCreated, recorded: Recorded) -> None:
    """It is there, with one secret."""
    values: dict[str, object] = {
        "version": recorded.version,
        "name": event.name,
        "owner_id": event.owner_id,
        "roles": list(event.roles),
        "scopes": list(event.scopes),
        "created_at": recorded.recorded_at,
    }
    rows.insert(KEYS.name, (recorded.tenant_id, event.key_id), values)
    _secret(rows, event, recorded)


def rotated(rows: Rows, event: ApiKeyRotated, recorded: Recorded) -> None:
    """It has another; the one before ends sooner."""
    _change(rows, event, recorded, reminded_at=None)
    _secret(rows, event, recorded)
    previous = (recorded.tenant_id, event.key_id, event.previous_id)
    rows.change(PREFIXES.name, previous, {"expires_at": event.previous_until})


def reminded(rows: Rows, event: ApiKeyReminded, recorded: Recorded) -> None:
    """Its owner was told that it is old."""
    _change(rows, event, recorded, reminded_at=recorded.recorded_at)


def revoked(rows: Rows, event: ApiKeyRevoked, recorded: Recorded) -> None:
    """It opens nothing any more."""
    _change(rows, event, recorded, revoked_at=recorded.recorded_at)


def _change(
    rows: Rows, event: ApiKeyRotated | ApiKeyReminded | ApiKeyRevoked, recorded: Recorded, **values: object
) -> None:
    rows.change(KEYS.name, (recorded.tenant_id, event.key_id), {"version": recorded.version, **values})


def _secret(rows: Rows, event: ApiKeyCreated | ApiKeyRotated, recorded: Recorded) -> None:
    values: dict[str, object] = {
        "prefix": event.prefix,
        "made_at": recorded.recorded_at,
        "expires_at": event.expires_at,
    }
    rows.insert(PREFIXES.name, (recorded.tenant_id, event.key_id, event.credential_id), values)


READ_MODEL = ReadModel(
    name="api_keys",
    tables=(KEYS, PREFIXES),
    on={ApiKeyCreated: created, ApiKeyRotated: rotated, ApiKeyReminded: reminded, ApiKeyRevoked: revoked},
    schema=Path(__file__).with_name("schema.sql"),
)
