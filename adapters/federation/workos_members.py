"""Who belongs where in WorkOS. Which organisation of ours one of its is stands there as its external id; its roles are
ours only as far as the settings say which."""

from time import monotonic
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from pydantic import SecretStr

from adapters.federation.courier import Courier, read, refuse
from application.ports.identity_provider import Belonging

BELIEVED_SECONDS, MOST = 600.0, 100
GONE = 404


class _Role(msgspec.Struct):
    slug: str


class _Membership(msgspec.Struct):
    user_id: str
    organization_id: str
    status: str
    role: _Role
    roles: list[_Role] | None = None


class _Page(msgspec.Struct):
    data: list[_Membership]


class _Organization(msgspec.Struct):
    external_id: str | None = None


class Members:
    """Questions about members, with the API key. ``roles``: ours, by WorkOS's."""

    def __init__(self, courier: Courier, base: str, key: SecretStr, roles: dict[str, str]) -> None:
        self._courier = courier
        self._base = base
        self._key = key
        self._roles = roles
        self._organizations: dict[str, tuple[UUID | None, float]] = {}

    async def of(self, subject: str, organization: str) -> list[Belonging]:
        """Return where somebody belongs now. Raises IdentityRefused, ProviderUnavailable."""
        if not self._roles:
            return []
        query = urlencode({"user_id": subject, "limit": MOST})
        reply = await self._ask(f"/user_management/organization_memberships?{query}")
        there: dict[str, tuple[str, ...]] = {organization: ()} if organization else {}
        there |= {
            each.organization_id: self._ours(each)
            for each in read(reply, _Page).data
            if each.user_id == subject and each.status == "active"
        }
        known = [(await self._organization(each), roles) for each, roles in there.items()]
        return [Belonging(here, roles) for here, roles in known if here is not None]

    def _ours(self, membership: _Membership) -> tuple[str, ...]:
        slugs = [role.slug for role in membership.roles or [membership.role]]
        return tuple(dict.fromkeys(self._roles[slug] for slug in slugs if slug in self._roles))

    async def _organization(self, there: str) -> UUID | None:
        here, read_at = self._organizations.get(there, (None, float("-inf")))
        if monotonic() - read_at > BELIEVED_SECONDS:
            reply = await self._ask(f"/organizations/{quote(there, safe='')}", missing=b"{}")
            here = _id(read(reply, _Organization).external_id)
            self._organizations[there] = here, monotonic()
        return here

    async def _ask(self, path: str, missing: bytes = b"") -> bytes:
        reply = await self._courier.get(self._base + path, Authorization=f"Bearer {self._key.get_secret_value()}")
        if reply.status == GONE and missing:
            return missing
        if not reply.good:
            refuse(f"members answered with {reply.status}")
        return reply.content


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
