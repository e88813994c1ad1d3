"""One house with a past for the tests of evidence: prepared once, looked at by many."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import open_runner, open_services
from adapters.embedded.databases import Databases
from adapters.embedded.servers import Servers
from adapters.evidence.choice import Choice
from adapters.logins import Role, url_for
from adapters.merkle.signing import SignerFile
from adapters.settings import Settings
from tests.evidence.clinic import Clinic, live
from tests.evidence.ground import Auditor, anchor


class Past(NamedTuple):
    """A database with history, and what lies outside. ``backup``: the same house as it was before half of it happened;
    ``other_life``: that backup after other things have happened in it, signed by the same signer."""

    url: str
    backup: str
    other_life: str
    state: Path
    outside: Path
    signer: SignerFile
    tenants: list[UUID]
    patients: dict[UUID, list[UUID]]


@pytest.fixture(scope="session")
def past(prepared_databases: Databases, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Three clinics, the first with more than two tiles of events; signed twice, outside twice."""
    state = tmp_path_factory.mktemp("past")
    signer = SignerFile(state / "signer.key")
    tenants = [uuid7() for _ in range(3)]
    patients: dict[UUID, list[UUID]] = {tenant: [] for tenant in tenants}

    async def happen(url: str, outside: Path, lives: list[int]) -> None:
        chosen = Settings(state=state, database_url=url, redis_url=servers.redis_url, anchors=outside)
        services = await open_services(chosen, 8)
        clinics = [(Clinic(services, tenant), many) for tenant, many in zip(tenants, lives, strict=True)]
        await live(clinics)
        for clinic, _ in clinics:
            patients[clinic.tenant_id] += clinic.patients
        await services.close()

    def pass_by(url: str, outside: Path, lives: list[int]) -> None:
        asyncio.run(happen(url, outside, lives))
        with open_runner(url_for(Settings(database_url=url), Role.PROJECTOR)) as runner:
            runner.drain()
        anchor(url, outside, signer)

    outside = state / "anchors"
    url = prepared_databases.fresh()
    pass_by(url, outside, [20, 4, 1])
    backup = prepared_databases.copy(url)
    pass_by(url, outside, [14, 3, 1])
    known = {tenant: list(of) for tenant, of in patients.items()}
    other_life = prepared_databases.copy(backup)
    pass_by(other_life, state / "elsewhere", [15, 4, 2])
    yield Past(url, backup, other_life, state, outside, signer, tenants, known)
    for made in (url, backup, other_life):
        prepared_databases.drop(made)


@pytest.fixture
def auditor(past: Past, tmp_path: Path) -> Auditor:
    """Somebody outside, with a key and the notes that were handed out."""
    return Auditor(tmp_path, past.signer.public_key, past.outside)


@pytest.fixture(scope="session")
def whole(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the first clinic's whole log."""
    auditor = Auditor(tmp_path_factory.mktemp("whole"), past.signer.public_key)
    return auditor.export(past.url, Choice(tenant_id=past.tenants[0]))[0]
