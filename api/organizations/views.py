"""Organisations, members and invitations as they are shown."""

from typing import Any

from api.asking import Ask
from domain.identity.platform import PLATFORM
from projections.accounts import queries as accounts
from projections.kernel.reader import Row


def organization(row: Row) -> dict[str, Any]:
    """Return an organisation."""
    return {
        "id": row["organization_id"],
        "version": row["version"],
        "kind": row["kind"],
        "name": row["name"],
        "zone": row["zone"],
        "currency": row["currency"],
        "locale": row["locale"],
        "createdAt": row["created_at"],
        "closedAt": row["closed_at"],
    }


async def members(ask: Ask, rows: list[Row]) -> list[dict[str, Any]]:
    """Return members with what they are called: that is their account's, wherever they belong."""
    known = await accounts.people(ask.platform_reader, PLATFORM, [row["user_id"] for row in rows])
    return [_member(row, known.get(row["user_id"], {})) for row in rows]


def _member(row: Row, person: Row) -> dict[str, Any]:
    return {
        "userId": row["user_id"],
        "version": row["version"],
        "name": person.get("name"),
        "email": person.get("email"),
        "erased": bool(person) and person["email"] is None,
        "roles": row["roles"],
        "primaryRole": row["primary_role"],
        "joinedAt": row["joined_at"],
    }


def member_role(row: Row, primary: str | None) -> dict[str, Any]:
    """Return a role of a member's."""
    return {
        "role": row["role"],
        "primary": row["role"] == primary and row["ended_at"] is None,
        "givenBy": row["given_by"],
        "givenAt": row["given_at"],
        "expiresAt": row["expires_at"],
        "endedAt": row["ended_at"],
        "endedBy": row["ended_by"],
    }


def invitation(row: Row) -> dict[str, Any]:
    """Return an invitation."""
    return {
        "id": row["invitation_id"],
        "version": row["version"],
        "email": row.get("email"),
        "roles": row["roles"],
        "invitedBy": row["invited_by"],
        "madeAt": row["made_at"],
        "expiresAt": row["expires_at"],
        "how": row["how"],
        "endedAt": row["ended_at"],
    }
