"""Signing in by an identity provider: off to it, back from it, and what leads to one's account from elsewhere."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Ask, Asking
from api.auth import provider_schemas as schemas
from api.auth import views
from api.auth.own import ADMITTED
from api.entering import Entering, Entry, admitted, belonging, visit
from api.envelope import Envelope, answer
from api.marks import limited
from api.once import once
from api.parameters import any_parameters
from api.security import anonymous, permit
from application.identity import federating, linking
from application.identity.federating import Arrival, Departure
from application.identity.linking import Owner
from application.ports.identity_provider import Proof
from application.ports.trips import Ticket, Trip
from domain.identity.kinds import Errand

#: Only over TLS, for the whole host, and never from a sub-domain: that is what the prefix makes browsers see to.
COOKIE, SECONDS = "__Host-caretrail_trip", 600
router = APIRouter(prefix="/api/auth", tags=["auth"])
callback = APIRouter(tags=["auth"])
PROVIDERS: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.ProviderView]]}}
DEPARTURE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.DepartureView]}}
ARRIVAL: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ArrivalView]}}
LINKS: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.LinkView]]}}
Given = Annotated[str | None, Query(max_length=4096)]


def departed(departure: Departure) -> Response:
    """Answer where to go, and bind what comes back to this browser."""
    data = {"url": departure.url, "state": departure.ticket.state, "expiresIn": SECONDS}
    response = answer(data, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE, departure.ticket.browser, max_age=SECONDS, path="/", secure=True, httponly=True, samesite="lax"
    )  # fmt: skip
    return response


async def arrived(entry: Entry, arrival: Arrival) -> Response:
    """Answer somebody who is back: with tokens, or with what is linked now."""
    if arrival.admission is None:
        response = answer({"linkId": arrival.linked, "provider": arrival.trip.provider})
    else:
        response = admitted(
            entry.services, arrival.admission, cookie=arrival.trip.cookie, registered=arrival.registered,
            organizations=await belonging(entry, arrival.admission),
        )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def ticket(entry: Entry, state: str | None) -> Ticket:
    """Return what somebody came back with."""
    return Ticket(state or "", entry.request.cookies.get(COOKIE, ""))


def owner(ask: Ask) -> Owner:
    """Return who asks about their own account, and when they last proved who they are."""
    return Owner(*views.own_session(ask), ask.caller.authenticated_at)


@router.get("/providers", response_model=None, summary="List the identity providers", responses=PROVIDERS)
@anonymous
async def list_providers(entry: Entering) -> Response:
    offers = [provider.offer for provider in entry.doors.providers.values()]
    return answer([{"name": offer.name, "label": offer.label, "by": offer.by.value} for offer in offers])


@router.get("/providers/{name}/authorize", response_model=None, summary="Begin to sign in by one", responses=DEPARTURE)
@anonymous
async def authorize(
    name: str,
    entry: Entering,
    register: Annotated[bool, Query(description="Whether an account may begin with it.")] = True,
    cookie: Annotated[bool, Query(description="Give the refresh token as a cookie.")] = False,
    fresh: Annotated[bool, Query(description="Let the provider ask again who it is.")] = False,
    organization_id: Annotated[UUID | None, Query(alias="organizationId")] = None,
) -> Response:
    trip = Trip(name, Errand.SIGN_IN, None, None, organization_id, register, cookie, fresh)
    return departed(await federating.depart(entry.doors, entry.visit, trip))


@callback.get("/auth/callback", name="callback", response_model=None, summary="Come back here", responses=ARRIVAL)
@router.get("/callback", response_model=None, summary="Come back from a provider", responses=ARRIVAL)
@limited("login")
@anonymous
@any_parameters
async def come_back(
    entry: Entering, state: Given = None, code: Given = None, iss: Given = None, error: Given = None
) -> Response:
    proof = Proof(code, iss) if code and error is None else None
    return await arrived(entry, await federating.arrive(entry.doors, entry.visit, ticket(entry, state), proof))


@router.post("/callback", response_model=None, summary="Hand over what a provider gave", responses=ARRIVAL)
@limited("login")
@anonymous
@once
async def hand_over(body: schemas.CallbackBody, entry: Entering) -> Response:
    given = body.code or body.id_token
    proof = Proof(given.get_secret_value(), body.issuer) if given else None
    back = ticket(entry, body.state.get_secret_value())
    return await arrived(entry, await federating.arrive(entry.doors, entry.visit, back, proof))


@router.post(
    "/callback/second-factor", response_model=None, summary="Show the second factor it asked for", responses=ARRIVAL
)
@limited("login")
@anonymous
@once
async def second_factor(body: schemas.SecondFactorBody, entry: Entering) -> Response:
    back = ticket(entry, body.state.get_secret_value())
    code = body.code.get_secret_value()
    return await arrived(entry, await federating.show_second_factor(entry.doors, entry.visit, back, code))


@router.get("/links", response_model=None, summary="List the sign-ins linked with one's account", responses=LINKS)
@permit("account:own")
async def list_links(ask: Asking) -> Response:
    user_id, _ = views.own_session(ask)
    found = await linking.links(ask.doors, user_id)
    return ask.answer([{"id": link_id, "provider": provider} for link_id, provider in found.items()])


@router.post("/links/{name}", response_model=None, summary="Begin to link another sign-in", responses=DEPARTURE)
@permit("account:own")
@once
async def begin_link(name: str, ask: Asking) -> Response:
    return departed(await linking.begin(ask.doors, visit(ask.request), owner(ask), name))


@router.delete("/links/{link_id}", response_model=None, summary="Unlink a sign-in", responses=ADMITTED)
@permit("account:own")
async def remove_link(link_id: UUID, ask: Asking) -> Response:
    return admitted(ask.services, await linking.remove(ask.doors, visit(ask.request), owner(ask), link_id))
