"""No word that is somebody's business lies readable anywhere outside memory, whatever goes wrong."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from adapters.bootstrap import open_services
from adapters.review.review import Review
from application.ports.history import Scope
from tests.privacy.canaries import ENCODINGS, Cage, Hit, hits, hits_in, written_as
from tests.privacy.estate import Estate, open_estate
from tests.privacy.workload import Life


class Lived(NamedTuple):
    """An estate after a life in it."""

    estate: Estate
    cage: Cage
    life: Life
    person: str
    appended: int


@pytest.fixture(scope="module")
def lived(request: pytest.FixtureRequest) -> Iterator[Lived]:
    """Everything happens, some of it in the middle of a crash."""
    outside = Path(tempfile.mkdtemp(prefix="caretrail-tests-canaries-"))
    rounds = 12 if request.config.getoption("--long") else 1
    cage = Cage()
    try:
        with open_estate(outside / "estate") as estate:
            life = Life(estate, cage)
            person = life.patient()
            life.visit(person)
            estate.kill("worker")
            appended = life.catalogue()
            (estate.settings.state / "spool").write_text("a file where the spool should be: notices fail")
            life.imported(outside / "bundles")
            estate.start("worker")
            life.privacy(life.patient())
            life.wrong(
                httpx.get(f"http://127.0.0.1:{estate.settings.http_port}/openapi.json", timeout=60).json(), rounds
            )
            broken(estate, life)
            estate.settle()
            yield Lived(estate, cage, life, person, appended)
    finally:
        shutil.rmtree(outside, ignore_errors=True)


def broken(estate: Estate, life: Life) -> None:
    """Damage the database, so that requests end in failures of our own; end the API in the middle of one."""
    doctor = estate.client("doctor")
    with estate.administrator() as connection:
        connection.execute("ALTER VIEW read.patient_timeline RENAME TO gone")
        for path in life.paths:
            life.ask(doctor, "GET", path)
        connection.execute("ALTER VIEW read.gone RENAME TO patient_timeline")
        connection.execute("ALTER TABLE event_store.events ADD CONSTRAINT no_more CHECK (false) NOT VALID")
        body = {"names": [{"text": life.cage.canary("cannot be appended")}]}
        assert life.ask(estate.client("clinic_admin"), "POST", "/api/ehr/patients", json=body).status_code >= 500
        connection.execute("ALTER TABLE event_store.events DROP CONSTRAINT no_more")
        for table in ("directory_1.directory", "patient_timeline_1.patient_timeline"):
            connection.execute(f"UPDATE {table} SET sealed = set_byte(sealed, 60, 255 - get_byte(sealed, 60))".encode())
        for path in life.paths:
            life.ask(doctor, "GET", path)
    estate.kill("api")
    with suppress(httpx.TransportError):
        doctor.post("/api/ehr/patients", json={"names": [{"text": life.cage.canary("nobody listens")}]})


def found(lived: Lived, wanted: dict[str, bytes]) -> list[Hit]:
    """Search all there is: files, their names, tables as text."""
    lived.estate.rest()
    there = list(hits(lived.estate.place, wanted))
    for name, content in lived.estate.tables():
        there += hits_in(f"table {name}", content, wanted)
    return there


class TestCanaries:
    @pytest.mark.requirement("R274")
    @pytest.mark.requirement("R108")
    @pytest.mark.requirement("R436")
    def test_are_nowhere(self, lived: Lived) -> None:
        assert found(lived, lived.cage.encodings()) == []

    @pytest.mark.requirement("R539")
    def test_were_let_out_in_every_personal_field_and_are_all_there_sealed(self, lived: Lived) -> None:
        async def opened() -> str:
            services = await open_services(lived.estate.settings, 2)
            try:
                review = Review(services.pool, services.streams)
                pages = review.lines(lived.estate.tenant, Scope(since=datetime(2000, 1, 1, tzinfo=UTC)), lambda _: True)
                return b"".join([lines async for lines in pages]).decode()
            finally:
                await services.close()

        assert lived.appended > 50
        assert lived.life.statuses
        assert asyncio.run(opened()).count(lived.cage.mark) > 300

    def test_met_what_they_should_meet(self, lived: Lived) -> None:
        met = Counter(status // 100 for status in lived.life.statuses.elements())
        assert met[2] > 40
        assert met[4] > 100
        assert lived.life.statuses[500] > 0
        logs = {path.stem: path.read_text() for path in (lived.estate.settings.state / "logs").glob("*.log")}
        assert "api.request.failed" in logs["api"]
        assert "api.request.answered" in logs["api"], "the log should be at its most talkative"
        assert '"at": [' in logs["api"], "a failure should say where it was"
        assert "library.said" in logs["worker"]


class TestTheSearch:
    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_finds_what_is_planted_in_a_column(self, lived: Lived, encoding: str) -> None:
        cage = Cage()
        with lived.estate.administrator() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS public.planted (content bytea)")
            connection.execute("INSERT INTO public.planted VALUES (%s)", (written_as(encoding, cage.canary("here")),))
        lived.estate.rest()
        there = list(hits(lived.estate.place, {encoding: cage.encodings()[encoding]}))
        assert {encoding} == {hit.encoding for hit in there}
        assert any("/base/" in hit.file for hit in there)
        assert any("/pg_wal/" in hit.file for hit in there)

    def test_finds_what_is_planted_in_valkey_and_in_the_name_of_a_file(self, lived: Lived) -> None:
        import redis

        cage = Cage()
        with redis.Redis.from_url(lived.estate.running.redis_url, protocol=2) as client:
            client.set("planted", cage.canary("queue") * 20)
        (lived.estate.place / "temporary" / cage.word("name")).touch()
        lived.estate.rest()
        files = {hit.file for hit in hits(lived.estate.place, cage.encodings())}
        assert any(file.endswith(".rdb") for file in files), files
        assert any(file.startswith("name of") for file in files)

    def test_finds_it_in_a_table_whose_pages_are_packed(self, lived: Lived) -> None:
        cage = Cage()
        with lived.estate.administrator() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS public.packed (content text)")
            connection.execute("INSERT INTO public.packed VALUES (%s)", ((cage.canary("long") + "x" * 50) * 200,))
        rows = dict(lived.estate.tables())
        assert hits_in("public.packed", rows["public.packed"], cage.encodings()) != []
