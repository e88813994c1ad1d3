"""Signing in by an identity provider: off to it, and back. The provider is asked here, before any command."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from application.identity import second_factors
from application.identity.admission import Admission, admit
from application.identity.belonging import follow
from application.identity.doors import Doors, Visit
from application.identity.link_identity import LinkIdentity
from application.identity.register_federated_user import RegisterFederatedUser
from application.ports.attempts import Origin
from application.ports.identity_provider import Identified, IdentityProvider, Leg, Proof
from application.ports.trips import Begun, Secrets, Ticket, Trip
from domain.identity.kinds import Errand, Method
from domain.identity.user import IdentityTaken
from domain.kernel.errors import Kind, NotFound, Refused

#: When someone proved who they are whose provider does not say when: never lately.
LONG_AGO = datetime.fromtimestamp(0, UTC)


class TripRefused(Refused):
    """Nobody in this browser went to the provider lately and is still to come back."""

    code = "trip-refused"
    kind = Kind.UNAUTHENTICATED


class ProviderDeclined(Refused):
    """The provider says that it did not sign anybody in."""

    code = "provider-declined"
    kind = Kind.UNAUTHENTICATED


class IdentityUnknown(Refused):
    """No account is linked with this identity, and none was to begin with it."""

    code = "identity-unknown"
    kind = Kind.UNAUTHENTICATED


class EmailUnverified(Refused):
    """An account does not begin without an address that the provider says is the user's."""

    code = "email-unverified"
    kind = Kind.FORBIDDEN


class Departure(NamedTuple):
    """Where to go (None: to the provider's own client), and what to come back with."""

    url: str | None
    ticket: Ticket


class Arrival(NamedTuple):
    """Somebody is back: let in, or (``linked``) with an identity that leads to their account from now on."""

    trip: Trip
    admission: Admission | None = None
    linked: UUID | None = None
    registered: bool = False


def provider_of(doors: Doors, name: str) -> IdentityProvider:
    """Return a provider by its name. Raises NotFound."""
    if name not in doors.providers:
        raise NotFound("There is no such identity provider here.")
    return doors.providers[name]


async def depart(doors: Doors, visit: Visit, trip: Trip) -> Departure:
    """Begin a trip. Raises NotFound, IdentityRefused, ProviderUnavailable."""
    provider = provider_of(doors, trip.provider)
    ticket = await doors.trips.begin(trip)
    secrets = await doors.trips.secrets(ticket.state)
    url = await provider.departure(_leg(doors, ticket, secrets, Begun(trip, visit.now)))
    return Departure(url, ticket)


async def arrive(doors: Doors, visit: Visit, ticket: Ticket, proof: Proof | None) -> Arrival:
    """Come back with a proof, or (None) with the provider's no. A trip is used up whatever comes of it.

    Raises TripRefused, ProviderDeclined, IdentityRefused, ProviderUnavailable, IdentityUnknown, EmailUnverified,
    IdentityTaken, SecondFactorRequired (then :func:`show_second_factor` follows), NoStanding.
    """
    begun = await doors.trips.come_back(ticket)
    if begun is None:
        raise TripRefused("This sign-in was not begun in this browser, took too long or is over: begin again.")
    if proof is None:
        raise ProviderDeclined("The provider did not sign you in.")
    provider = provider_of(doors, begun.trip.provider)
    leg = _leg(doors, ticket, await doors.trips.secrets(ticket.state), begun)
    found = await provider.arrival(leg, proof)
    if begun.trip.errand is Errand.LINK:
        return await _linked(doors, visit, begun.trip, found)
    return await _signed_in(doors, visit, ticket, begun.trip, found)


async def show_second_factor(doors: Doors, visit: Visit, ticket: Ticket, code: str) -> Arrival:
    """Show the second factor that was asked for. Raises TripRefused, SecondFactorRefused, TooManyAttempts."""
    held = await doors.trips.held(ticket)
    if held is None:
        raise TripRefused("Nobody waits here to show a second factor: begin again.")
    origin = Origin(str(held.user_id), visit.address)
    await doors.attempts.begin(origin)
    method = await second_factors.check(doors, visit, held.user_id, code)
    await doors.attempts.succeeded(origin)
    if not await doors.trips.let_go(ticket):
        raise TripRefused("This sign-in is over: begin again.")
    admission = await _admitted(
        doors, visit, held.trip, held.user_id, [Method.FEDERATED, method], visit.now, held.provider_session
    )  # fmt: skip
    return Arrival(held.trip, admission)


async def _signed_in(doors: Doors, visit: Visit, ticket: Ticket, trip: Trip, found: Identified) -> Arrival:
    user_id, registered = await _holder(doors, visit, trip, found)
    await follow(doors, visit, provider_of(doors, trip.provider), user_id, found.subject)
    mark = await doors.links.session_mark(found.issuer, found.session) if found.session else None
    if (await doors.credentials.of(user_id)).totp:
        await doors.trips.hold(ticket, user_id, mark)
        raise second_factors.SecondFactorRequired("Add a code of your authenticator, or a recovery code.")
    proven_at = min(found.proven_at or LONG_AGO, visit.now)
    admission = await _admitted(doors, visit, trip, user_id, [Method.FEDERATED], proven_at, mark)
    return Arrival(trip, admission, registered=registered)


async def _admitted(
    doors: Doors,
    visit: Visit,
    trip: Trip,
    user_id: UUID,
    methods: list[Method],
    proven_at: datetime,
    mark: UUID | None,
) -> Admission:
    admission = await admit(doors, visit, user_id, methods, trip.organization_id, proven_at=proven_at)
    if mark is not None:
        await doors.refresh_tokens.came_from(admission.session.session_id, mark)
    return admission


async def _holder(doors: Doors, visit: Visit, trip: Trip, found: Identified) -> tuple[UUID, bool]:
    """Return whose account it is, begun now where there was none, and whether it was."""
    link_id = await doors.links.id_of(found.issuer, found.subject)
    user_id = await doors.links.holder(link_id)
    if user_id is not None:
        return user_id, False
    if not trip.register:
        raise IdentityUnknown("No account is linked with this sign-in.")
    if found.email is None:
        raise EmailUnverified("The provider does not say that your e-mail address is yours: confirm it there first.")
    command = RegisterFederatedUser(
        link_id=link_id, provider=trip.provider, issuer=found.issuer, subject=found.subject, email=found.email,
        name=found.name or found.email,
    )  # fmt: skip
    try:
        return (await doors.act(command, visit)).id, True
    except IdentityTaken:
        taken = await doors.links.holder(link_id)
        if taken is None:
            raise
        return taken, False


async def _linked(doors: Doors, visit: Visit, trip: Trip, found: Identified) -> Arrival:
    """The session that asked for it must still be there: whoever signed out has taken the wish back."""
    assert trip.user_id is not None
    if trip.session_id not in await doors.refresh_tokens.alive(trip.user_id):
        raise TripRefused("The session that asked for this is over: sign in and begin again.")
    link_id = await doors.links.id_of(found.issuer, found.subject)
    command = LinkIdentity(
        user_id=trip.user_id, link_id=link_id, provider=trip.provider, issuer=found.issuer, subject=found.subject
    )  # fmt: skip
    await doors.act(command, visit, trip.user_id)
    return Arrival(trip, linked=link_id)


def _leg(doors: Doors, ticket: Ticket, secrets: Secrets, begun: Begun) -> Leg:
    return Leg(
        ticket.state, secrets.nonce, secrets.verifier, doors.callback, begun.begun_at, begun.trip.fresh
    )  # fmt: skip
