"""Keeps each member, and each role with who gave and who took it."""

from pathlib import Path
from uuid import UUID

from domain.identity.events import MemberJoined, MembershipEnded, RoleAssigned, RoleExpired, RoleRevoked
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

MEMBERS = Table("members", ("tenant_id", "user_id"))
ROLES = Table("member_roles", ("tenant_id", "user_id", "role"))


def joined(rows: Rows, event: MemberJoined, recorded: Recorded) -> None:
    """They belong here, for the first time or again."""
    values: dict[str, object] = {
        "version": recorded.version,
        "roles": list(event.roles),
        "primary_role": event.primary,
        "joined_at": recorded.recorded_at,
        "ended_at": None,
        "how": None,
    }
    rows.put(MEMBERS.name, (recorded.tenant_id, event.user_id), values)
    for role in event.roles:
        _given(rows, recorded, event.user_id, role, given_by=event.given_by, expires_at=None)


def assigned(rows: Rows, event: RoleAssigned, recorded: Recorded) -> None:
    """They have a role."""
    _holds(rows, event, recorded)
    _given(rows, recorded, event.user_id, event.role, given_by=event.given_by, expires_at=event.expires_at)


def revoked(rows: Rows, event: RoleRevoked, recorded: Recorded) -> None:
    """It was taken."""
    _holds(rows, event, recorded)
    _taken(rows, recorded, event.user_id, event.role, event.revoked_by)


def expired(rows: Rows, event: RoleExpired, recorded: Recorded) -> None:
    """Its time was up."""
    _holds(rows, event, recorded)
    _taken(rows, recorded, event.user_id, event.role, None)


def ended(rows: Rows, event: MembershipEnded, recorded: Recorded) -> None:
    """They do not belong here any more."""
    values: dict[str, object] = {
        "version": recorded.version,
        "roles": [],
        "primary_role": None,
        "ended_at": recorded.recorded_at,
        "how": event.how.value,
    }
    rows.change(MEMBERS.name, (recorded.tenant_id, event.user_id), values)
    for role in event.roles:
        _taken(rows, recorded, event.user_id, role, event.ended_by)


def _holds(rows: Rows, event: RoleAssigned | RoleRevoked | RoleExpired, recorded: Recorded) -> None:
    values: dict[str, object] = {
        "version": recorded.version,
        "roles": list(event.roles),
        "primary_role": event.primary,
    }
    rows.change(MEMBERS.name, (recorded.tenant_id, event.user_id), values)


def _given(rows: Rows, recorded: Recorded, user_id: UUID, role: str, **values: object) -> None:
    fresh = {"given_at": recorded.recorded_at, "ended_at": None, "ended_by": None, **values}
    rows.put(ROLES.name, (recorded.tenant_id, user_id, role), fresh)


def _taken(rows: Rows, recorded: Recorded, user_id: UUID, role: str, by: UUID | None) -> None:
    values: dict[str, object] = {"ended_at": recorded.recorded_at, "ended_by": by}
    rows.change(ROLES.name, (recorded.tenant_id, user_id, role), values)


READ_MODEL = ReadModel(
    name="members",
    tables=(MEMBERS, ROLES),
    on={
        MemberJoined: joined,
        RoleAssigned: assigned,
        RoleRevoked: revoked,
        RoleExpired: expired,
        MembershipEnded: ended,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
