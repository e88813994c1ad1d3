"""A house, and a database in which faults can be planted and are gone afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from adapters.embedded.databases import Databases
from adapters.watch.rule import Rule
from tests.adapters.sample import TENANT
from tests.api.house import Ground, House, open_house
from tests.watch.faults import DOCTOR, ONE, OTHER
from tests.watch.looking import Look, Readings


@pytest.fixture
async def house(ground: Ground, redis_url: str) -> AsyncIterator[House]:
    """A whole house, in a tenant of its own."""
    async with open_house(ground, redis_url) as made:
        yield made


@pytest.fixture(scope="module")
def url(prepared_databases: Databases) -> Iterator[str]:
    """A database with the first generation of every read model."""
    made = prepared_databases.fresh()
    yield made
    prepared_databases.drop(made)


@pytest.fixture
def looked(url: str) -> Look:
    """Looks at a rule, as the projector, after a fault was planted; then all is as it was."""

    async def look(rule: Rule, *faults: str) -> Readings:
        given = {"tenant": TENANT, "one": ONE, "other": OTHER, "doctor": DOCTOR}
        async with (
            await psycopg.AsyncConnection.connect(url, autocommit=True, cursor_factory=psycopg.AsyncClientCursor) as at,
            at.transaction(force_rollback=True),
        ):
            for fault in faults:
                await at.execute(fault.encode(), given)
            await at.execute("SET LOCAL ROLE caretrail_projector")
            return {reading.about: reading for reading in await rule.look(at)}

    return lambda rule, *faults: asyncio.run(look(rule, *faults))
