"""Two clinics with one of everything in each: somebody's own, another's, and what was deleted."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from adapters.bootstrap import signed
from adapters.merkle.signing import SignerFile
from application.kernel.context import Caller, Context
from application.kernel.dispatch import Command
from application.ports.tokens import Bearer
from domain.identity.epoch import FOREVER, Epoch
from domain.identity.kinds import Method
from tests.api import clinics
from tests.api.clinics import Clinic
from tests.api.house import House
from tests.api.people import PASSWORD, Person
from tests.evidence.ground import anchor
from tests.policy.scene import NAMED, Cast, Ids, Scene, cast


class World(NamedTuple):
    """``ids``: by case, then by the names that routes use (``<path>:<name>`` where one name means several things)."""

    house: House
    clinic: Clinic
    own: Cast
    delegate: UUID
    ids: dict[str, Ids]
    password: str

    @property
    def tenant(self) -> UUID:
        return clinics.tenant(self.clinic)


def token(house: House, person: Person, tenant: UUID, roles: frozenset[str], seconds: int = 3600) -> str:
    """Return a token of somebody's own session that says they hold ``roles``."""
    bearer = Bearer(
        person.id, tenant, UUID(person.session), roles, (Method.PASSWORD, Method.TOTP), datetime.now(UTC),
        Epoch(FOREVER, FOREVER),
    )  # fmt: skip
    return signed(house.services.identity.ring, bearer, seconds)


async def begin(house: House) -> World:
    """Let everything happen that leaves one of everything."""
    here, there = await clinics.clinic(house), await clinics.clinic(house, "Clínica do Rossio")
    own, delegate = await cast(house, here), uuid7()
    scenes = {
        "deleted": Scene(house, here, own),
        "own": Scene(house, here, own),
        "other": Scene(house, here, await cast(house, here)),
        "elsewhere": Scene(house, there, await cast(house, there)),
    }
    for case in ("own", "other", "elsewhere"):
        await scenes[case].registered()
    ids = {case: await (scene.deleted() if case == "deleted" else scene.things()) for case, scene in scenes.items()}
    await scenes["own"].delegated(delegate)
    await house.drain()
    for case, scene in scenes.items():
        await scene.find(ids[case])
        ids[case]["home"] = scene.place.id
    # Of whom nothing gets known here while this clinic, too, books and records something for them.
    ids["elsewhere"]["another"] = await scenes["elsewhere"].made("/api/ehr/patients", NAMED)
    # Every clinic counts its invoices from one: another's number is a number here.
    ids["elsewhere"]["file_name"] = f"{ids['elsewhere']['invoice_id']}.pdf"
    await sign(house, ids)
    password = await house.services.identity.doors.passwords.hash(PASSWORD)
    return World(house, here, own, delegate, ids, password)


async def sign(house: House, ids: dict[str, Ids]) -> None:
    """Sign the logs as they are, and find an event of each case in them."""
    state = house.services.settings.state
    await asyncio.to_thread(anchor, house.database_url, state / "anchors", SignerFile(state / "signer.key"))
    with psycopg.connect(house.database_url) as connection:
        for found in ids.values():
            query = "SELECT position FROM event_store.events WHERE stream_id = %s AND version = 1"
            row = connection.execute(query, (found["stream_id"],)).fetchone()
            found["position"] = str(row[0]) if row else ""


async def act(house: House, command: Command, tenant: UUID) -> None:
    """Let the system do something."""
    caller, new_id = Caller(tenant, uuid7(), frozenset({"system"})), house.services.new_id
    context = Context(
        caller=caller, command_id=new_id(), now=datetime.now(UTC), new_id=new_id, correlation_id=new_id()
    )  # fmt: skip
    await house.services.dispatcher.dispatch(command, context)
