"""Clinics with people in them: begun, invited to, joined."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from application.identity.admission import admit
from application.identity.doors import Visit
from application.identity.register_user import RegisterUser
from domain.identity.kinds import Method
from tests.api.house import House
from tests.api.people import PASSWORD, Person, someone, told, with_token


class Clinic(NamedTuple):
    """An organisation and who keeps it, signed in to act there."""

    id: str
    admin: Person

    @property
    def path(self) -> str:
        return f"/api/organizations/{self.id}"


async def account(house: House, name: str = "Ana Sousa") -> Person:
    """Return someone who is signed in, without the letters that go to and fro before; they have no password yet."""
    doors, email = house.services.identity.doors, someone()
    visit = Visit("127.0.0.1", "", datetime.now(UTC), uuid7(), uuid7())
    command = RegisterUser(
        email_key=await doors.accounts.key(email), email=email, name=name, phone=None, locale=None,
        method=Method.EMAIL_CODE,
    )  # fmt: skip
    user_id = (await doors.act(command, visit)).id
    admission = await admit(doors, visit, user_id, [Method.EMAIL_CODE])
    tokens = {
        "accessToken": admission.access.text, "refreshToken": admission.refresh, "userId": str(user_id),
        "sessionId": str(admission.session.session_id), "organizationId": str(admission.session.organization_id),
        "home": str(admission.session.organization_id), "roles": sorted(admission.roles),
    }  # fmt: skip
    return Person(email, PASSWORD, tokens, with_token(house, tokens))


async def signed_in_at(house: House, person: Person, organization: str) -> Person:
    """Return them with another session, of which that organisation's roles are asked anew."""
    doors = house.services.identity.doors
    visit = Visit("127.0.0.1", "", datetime.now(UTC), uuid7(), uuid7())
    admission = await admit(doors, visit, person.id, [Method.EMAIL_CODE], UUID(organization))
    tokens = person.tokens | {
        "accessToken": admission.access.text, "roles": sorted(admission.roles),
        "expiresIn": admission.access.seconds,
    }  # fmt: skip
    return person._replace(tokens=tokens, client=with_token(house, tokens))


async def switched(house: House, person: Person, organization: str) -> Person:
    """Return someone with a token for another of their organisations."""
    body = {"organizationId": organization}
    tokens = told(await person.client.post("/api/auth/switch-organization", json=body))
    return person._replace(tokens=person.tokens | tokens, client=with_token(house, tokens))


async def clinic(house: House, name: str = "Clínica do Chiado", **details: Any) -> Clinic:
    """Return a new clinic whose administrator has just signed up."""
    founder = await account(house)
    body = {"name": name, **details}
    made = told(await founder.client.post("/api/organizations", json=body), 201)
    return Clinic(made["id"], await switched(house, founder, made["id"]))


async def invited(house: House, place: Clinic, email: str, *roles: str) -> str:
    """Invite someone; return the secret of the link that goes to them."""
    body = {"email": email, "roles": list(roles)}
    made = told(await place.admin.client.post(f"{place.path}/invitations", json=body), 201)
    secret = await house.services.identity.invitations.issue(UUID(made["id"]))
    assert secret is not None
    return secret


async def accept(person: Person, secret: str) -> httpx.Response:
    """Answer an invitation."""
    return await person.client.post("/api/invitations/accept", json={"token": secret})


async def member(house: House, place: Clinic, *roles: str) -> Person:
    """Return someone who was invited, joined, and acts in the clinic."""
    person = await account(house)
    told(await accept(person, await invited(house, place, person.email, *roles)))
    return await switched(house, person, place.id)


async def heard(house: House) -> None:
    """Let the process hear at once of what was withdrawn; else it takes a second."""
    await house.services.identity.withdrawals.look()


def tenant(place: Clinic) -> UUID:
    return UUID(place.id)
