"""Clinics with people in them: begun, invited to, joined."""

from typing import Any, NamedTuple
from uuid import UUID

import httpx

from tests.api.house import House
from tests.api.people import Person, code, signed_up, someone, told, with_token


class Clinic(NamedTuple):
    """An organisation and who keeps it, signed in to act there."""

    id: str
    admin: Person

    @property
    def path(self) -> str:
        return f"/api/organizations/{self.id}"


async def switched(house: House, person: Person, organization: str) -> Person:
    """Return someone with a token for another of their organisations."""
    body = {"organizationId": organization}
    tokens = told(await person.client.post("/api/auth/switch-organization", json=body))
    return person._replace(tokens=person.tokens | tokens, client=with_token(house, tokens))


async def clinic(house: House, name: str = "Clínica do Chiado", **details: Any) -> Clinic:
    """Return a new clinic whose administrator has just signed up."""
    founder = await signed_up(house)
    body = {"name": name, **details}
    made = told(await founder.client.post("/api/organizations", json=body), 201)
    return Clinic(made["id"], await switched(house, founder, made["id"]))


async def invited(house: House, place: Clinic, email: str, *roles: str) -> str:
    """Invite someone; return the secret of the link that went to them."""
    body = {"email": email, "roles": list(roles)}
    told(await place.admin.client.post(f"{place.path}/invitations", json=body), 201)
    return await code(house, email)


async def accept(person: Person, secret: str) -> httpx.Response:
    """Answer an invitation."""
    return await person.client.post("/api/invitations/accept", json={"token": secret})


async def member(house: House, place: Clinic, *roles: str) -> Person:
    """Return someone who signed up, was invited, joined, and acts in the clinic."""
    person = await signed_up(house, someone())
    told(await accept(person, await invited(house, place, person.email, *roles)))
    await house.drain()
    return await switched(house, person, place.id)


async def heard(house: House) -> None:
    """Let the process hear at once of what was withdrawn; else it takes a second."""
    await house.services.identity.withdrawals.look()


def tenant(place: Clinic) -> UUID:
    return UUID(place.id)
