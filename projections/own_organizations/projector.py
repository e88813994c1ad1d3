"""Keeps where each user belongs, as rows of the platform's tenant: a user is of no single organisation."""

from pathlib import Path

from domain.identity.events import (
    MemberJoined,
    MembershipEnded,
    OrganizationChanged,
    OrganizationClosed,
    OrganizationCreated,
    RoleAssigned,
    RoleExpired,
    RoleRevoked,
)
from domain.identity.platform import PLATFORM
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

BELONGING = Table("own_organizations", ("tenant_id", "user_id", "organization_id"))
NAMES = Table("organization_names", ("tenant_id", "organization_id"))


def joined(rows: Rows, event: MemberJoined, recorded: Recorded) -> None:
    """They belong there."""
    values: dict[str, object] = {
        "roles": list(event.roles),
        "primary_role": event.primary,
        "joined_at": recorded.recorded_at,
        "ended_at": None,
    }
    rows.put(BELONGING.name, (PLATFORM, event.user_id, event.organization_id), values)


def roles_changed(rows: Rows, event: RoleAssigned | RoleRevoked | RoleExpired, recorded: Recorded) -> None:
    """As something else."""
    values: dict[str, object] = {"roles": list(event.roles), "primary_role": event.primary}
    rows.change(BELONGING.name, (PLATFORM, event.user_id, event.organization_id), values)


def ended(rows: Rows, event: MembershipEnded, recorded: Recorded) -> None:
    """Not any more."""
    values: dict[str, object] = {"roles": [], "primary_role": None, "ended_at": recorded.recorded_at}
    rows.change(BELONGING.name, (PLATFORM, event.user_id, event.organization_id), values)


def created(rows: Rows, event: OrganizationCreated, recorded: Recorded) -> None:
    """An organisation has a name."""
    values: dict[str, object] = {"kind": event.kind.value, "name": event.name}
    rows.insert(NAMES.name, (PLATFORM, event.organization_id), values)


def renamed(rows: Rows, event: OrganizationChanged, recorded: Recorded) -> None:
    """It has another."""
    rows.change(NAMES.name, (PLATFORM, event.organization_id), {"name": event.name})


def closed(rows: Rows, event: OrganizationClosed, recorded: Recorded) -> None:
    """Nobody belongs there any more."""
    rows.change(NAMES.name, (PLATFORM, event.organization_id), {"closed_at": recorded.recorded_at})


READ_MODEL = ReadModel(
    name="own_organizations",
    tables=(BELONGING, NAMES),
    on={
        MemberJoined: joined,
        RoleAssigned: roles_changed,
        RoleRevoked: roles_changed,
        RoleExpired: roles_changed,
        MembershipEnded: ended,
        OrganizationCreated: created,
        OrganizationChanged: renamed,
        OrganizationClosed: closed,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
