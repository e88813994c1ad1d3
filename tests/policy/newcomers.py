"""What is asked once of people and things that are there for this question alone: it ends them, or changes them."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pyotp
from uuid_utils.compat import uuid7

from application.identity.link_identity import LinkIdentity
from domain.identity.platform import PLATFORM
from tests.api import clinics
from tests.api.people import PASSWORD, Person, someone, told
from tests.policy.scene import HOLD, NAMED, Ids
from tests.policy.world import World, act, token

#: Routes of one's own account, asked by somebody who has just come.
ROUTES = frozenset({
    "POST /api/auth/change-password", "POST /api/auth/logout", "POST /api/auth/logout-everywhere",
    "POST /api/auth/step-up", "POST /api/auth/totp/confirm", "POST /api/auth/totp/enrol",
    "DELETE /api/auth/sessions/{session_id}", "DELETE /api/auth/links/{link_id}", "POST /api/invitations/accept",
    "POST /api/organizations/{organization_id}/leave", "POST /api/organizations",
})  # fmt: skip
BODIES_SENT: dict[str, Callable[[Ids], dict[str, str]]] = {
    "POST /api/auth/change-password": lambda ids: {"currentPassword": PASSWORD, "newPassword": f"{PASSWORD} two"},
    "POST /api/auth/step-up": lambda ids: {"password": PASSWORD},
    "POST /api/auth/switch-organization": lambda ids: {"organizationId": ids["organization_id"]},
    "POST /api/auth/totp/confirm": lambda ids: {"code": ids["code"]},
    "POST /api/invitations/accept": lambda ids: {"token": ids["token"]},
    "POST /api/invitations/view": lambda ids: {"token": "nothing"},
    "POST /api/invitations/decline": lambda ids: {"token": "nothing"},
    "POST /api/auth/register": lambda ids: {"email": someone(), "password": PASSWORD, "name": "Ana Sousa"},
    "POST /api/auth/forgot-password": lambda ids: {"email": someone()},
    "POST /api/auth/otp/request": lambda ids: {"email": someone()},
    "POST /api/auth/otp/verify": lambda ids: {"email": someone(), "code": "123456"},
    "POST /api/auth/login": lambda ids: {"email": someone(), "password": PASSWORD},
    "POST /api/auth/refresh": lambda ids: {"refreshToken": "nothing"},
    "POST /api/auth/reset-password": lambda ids: {"token": "nothing", "password": PASSWORD},
    "POST /api/auth/callback": lambda ids: {"state": "nothing", "code": "nothing"},
    "POST /api/auth/callback/second-factor": lambda ids: {"state": "nothing", "code": "123456"},
}
#: Stands for what nobody has who is not signed in.
UNKNOWN: Ids = {"code": "123456", "token": "nothing", "link_id": str(UUID(int=1)), "erasable": str(UUID(int=2))}


async def newcomer(world: World, name: str, role: str) -> tuple[Person, httpx.AsyncClient]:
    """Return somebody with an account, and a client that acts in their role in the clinic."""
    house = world.house
    person = await (clinics.member(house, world.clinic, "nurse") if _member(name) else clinics.account(house))
    if "password" in name or "step-up" in name:
        await house.services.identity.doors.credentials.set_password(person.id, world.password)
    client = house.anonymous()
    client.headers["Authorization"] = f"Bearer {token(house, person, world.tenant, frozenset({role}))}"
    return person, client


def _member(name: str) -> bool:
    return name.endswith("/leave")


async def own(world: World, name: str, person: Person, client: httpx.AsyncClient) -> Ids:
    """Return what of the newcomer's own a route is asked about."""
    if name.endswith("/totp/confirm"):
        begun = told(await client.post("/api/auth/totp/enrol"))
        return {"code": pyotp.TOTP(begun["secret"]).now()}
    if name.endswith("/invitations/accept"):
        return {"token": await clinics.invited(world.house, world.clinic, person.email, "nurse")}
    if name.endswith("/links/{link_id}"):
        return {"link_id": str(await linked(world, person))}
    return {"session_id": person.session}


async def linked(world: World, person: Person) -> UUID:
    """Link a sign-in elsewhere with somebody's account."""
    await world.house.services.identity.doors.credentials.set_password(person.id, world.password)
    link = uuid7()
    await act(world.house, LinkIdentity(
        user_id=person.id, link_id=link, provider="elsewhere", issuer="https://id.example", subject=str(link)
    ), PLATFORM)  # fmt: skip
    return link


async def hold(world: World, client: httpx.AsyncClient) -> Ids:
    """Place a legal hold, to be lifted."""
    admin = world.house.client("clinic_admin", tenant=world.tenant)
    return {"hold_id": told(await admin.post("/api/privacy/legal-holds", json=HOLD), 201)["holdId"]}


async def erasable(world: World, client: httpx.AsyncClient) -> Ids:
    """Register somebody, to be erased."""
    admin = world.house.client("clinic_admin", tenant=world.tenant)
    return {"erasable": told(await admin.post("/api/ehr/patients", json=NAMED), 201)["id"]}


async def delegation(world: World, client: httpx.AsyncClient) -> Ids:
    """Let the caller delegate to somebody, to take it back."""
    delegate = str(uuid4())
    await client.post("/api/users/me/delegates", json={"delegateId": delegate, "canViewBilling": True})
    return {"delegate_id": delegate}
