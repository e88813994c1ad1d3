"""What the users of some ids are called, and their addresses."""

from collections.abc import Sequence
from uuid import UUID

from projections.kernel.reader import Reader, Row

_SEALED = "user_id, sealed, key_id, sealed_version, sealed_type, sealed_schema"
_ACCOUNTS = f"SELECT {_SEALED} FROM read.accounts WHERE tenant_id = %(tenant)s AND user_id = ANY(%(users)s::uuid[])"
_PROFILES = f"""SELECT {_SEALED} FROM read.account_profiles
    WHERE tenant_id = %(tenant)s AND user_id = ANY(%(users)s::uuid[])"""


async def people(reader: Reader, tenant_id: UUID, users: Sequence[UUID]) -> dict[UUID, Row]:
    """Return name and e-mail of each account, by id; of an erased one neither. ``tenant_id``: the platform's."""
    parameters: dict[str, object] = {"tenant": tenant_id, "users": list(users)}
    begun = await reader.opened(tenant_id, await reader.rows(_ACCOUNTS, parameters), stream="user_id")
    changed = await reader.opened(tenant_id, await reader.rows(_PROFILES, parameters), stream="user_id")
    names = {row["user_id"]: row.get("name") for row in [*begun, *changed]}
    return {row["user_id"]: {"name": names[row["user_id"]], "email": row.get("email")} for row in begun}
