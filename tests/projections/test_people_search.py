"""People are found by tokens that say nothing, and only who is truly meant is shown."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import index_keys, open_runner, open_services
from adapters.codec.codec import Codec
from adapters.logins import Role, url_for
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.postgres.index_keys import IndexKeys
from adapters.postgres.stream_reader import PostgresStreams
from adapters.rebuilding import rebuild_read_model
from adapters.settings import Settings
from adapters.vault.tokens import search_key, token
from application.kernel.context import Outcome
from application.ports.event_store import Commit, StreamAppend
from domain.catalogue import EVENTS
from domain.directory.content import ContactPoint, Identifier, Person, PersonName
from domain.directory.events import PatientCorrected, PatientRegistered, PractitionerRegistered
from domain.kernel.event import DomainEvent, Retention
from domain.privacy.events import ClassReleased, ClassRestricted
from domain.privacy.kinds import LegalBasis
from projections.kernel import generations
from projections.kernel.keyed import KeyedConsumer
from projections.kernel.reader import Reader
from projections.kernel.runner import Runner
from projections.people_search import queries
from projections.people_search.projector import READ_MODEL
from projections.people_search.queries import CANDIDATES, PATIENT, PRACTITIONER, Clues, SearchTooBroad
from tests.adapters.sample import OTHER_TENANT, TENANT, context

ADA = Person(
    names=[PersonName(text="Dr. Ada Ålund-Testperson", family="Ålund-Testperson", given=["Ada"])],
    birth_date="1980-02-29",
    contacts=[
        ContactPoint(system="email", value="Ada@Clinic.Example"),
        ContactPoint(system="phone", value="+351 210 000 001"),
    ],
    identifiers=[Identifier(value="MRN-00 42", type="MR")],
)


def named(text: str) -> Person:
    return Person(names=[PersonName(text=text)])


class Finding:
    """A read model of people in a database: ``tell`` facts, then ``find`` people."""

    def __init__(self, url: str, folder: Path, bits: int | None = None) -> None:
        self.url = url
        self.settings = Settings(state=folder, database_url=url, redis_url=None)
        self.bits = {} if bits is None else {"bits": bits}

    def tell(self, *facts: DomainEvent, tenant: UUID = TENANT, stream: UUID | None = None) -> None:
        """Append events, each to the stream of whom it is about (or ``stream``), and let the read model follow."""
        asyncio.run(self._tell(facts, tenant, stream))
        self.drain()

    def drain(self) -> None:
        url, ring = url_for(self.settings, Role.PROJECTOR), index_keys(self.settings)
        with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
            generations.ensure_live(one, READ_MODEL)
            with psycopg.connect(ring.url, autocommit=True) as three:
                keys = IndexKeys(three, Codec(EVENTS), ring.store, **self.bits)
                make = {READ_MODEL.name: lambda generation: KeyedConsumer(READ_MODEL, keys, generation)}
                runner = Runner(one, PostgresFeed(two), decoder(Codec(EVENTS)), make)
                runner.drain()
                runner.close()

    def find(
        self, *, roles: tuple[str, ...] = (PATIENT,), tenant: UUID = TENANT, at_most: int = CANDIDATES, **clues: Any
    ) -> list[str]:
        """Return the names of those found."""

        async def asked() -> list[str]:
            services = await open_services(self.settings, 2)
            try:
                opener = PostgresStreams(services.lanes, services.key_pool, services.codec, services.keys, **self.bits)
                reader = Reader(services.lanes, opener).within(tenant)
                rows, total = await queries.people(
                    reader, tenant, roles, Clues(**clues), limit=100, offset=0, at_most=at_most
                )
                assert total == len(rows)
                return [row["person"].names[0].text for row in rows]
            finally:
                await services.close()

        return asyncio.run(asked())

    def rows(self) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute("SELECT person_id, role, version, tokens FROM read.people_search").fetchall()

    def act(self, name: str, *arguments: Any) -> None:
        """Close, open or destroy a person's keys."""

        async def acted() -> None:
            services = await open_services(self.settings, 2)
            await getattr(services.keys, name)(services.key_pool, *arguments)
            await services.close()

        asyncio.run(acted())

    async def _tell(self, facts: tuple[DomainEvent, ...], tenant: UUID, given: UUID | None) -> None:
        services = await open_services(self.settings, 2)
        for event in facts:
            stream = given or event.subject_id
            assert stream is not None
            version = 1 if isinstance(event, PatientCorrected) else 0
            outcome = Outcome(stream, version + 1, 0, {})
            on = context(tenant=tenant)
            await services.store.append(Commit(on, [StreamAppend(stream, version, [event])], [], [], outcome))
        await services.close()


@pytest.fixture
def finding(database_url: str, tmp_path: Path) -> Finding:
    return Finding(database_url, tmp_path)


class TestFindingPeople:
    @pytest.mark.requirement("R149")
    def test_goes_by_everything_that_tells_them_apart_however_it_is_spelt(self, finding: Finding) -> None:
        finding.tell(
            PatientRegistered(patient_id=uuid7(), person=ADA),
            PatientRegistered(patient_id=uuid7(), person=named("Adam Elsewhere")),
            PractitionerRegistered(practitioner_id=uuid7(), active=True, person=named("Ada Practitioner")),
        )
        ada = ["Dr. Ada Ålund-Testperson"]
        for clues in (
            {"email": " ADA@clinic.example"},
            {"phone": "00351 (210) 000-001"},
            {"record_number": "mrn0042"},
            {"birth_date": date(1980, 2, 29)},
            {"name": "testper"},
            {"name": "ÅLUND ada"},
            {"name": "ada", "whole_words": True},
            {"name": "dr"},
            {"name": "alu", "email": "ada@clinic.example", "birth_date": date(1980, 2, 29)},
        ):
            assert finding.find(**clues) == ada, clues
        assert finding.find(name="ada") == ["Adam Elsewhere", *ada]
        assert finding.find(name="ada", roles=(PATIENT, PRACTITIONER)) == ["Ada Practitioner", "Adam Elsewhere", *ada]
        assert finding.find(name="ada", birth_date=date(1980, 3, 1)) == []
        assert finding.find(email="ada@clinic") == []
        assert finding.find(name="al") == []
        assert finding.find(name="ada", tenant=OTHER_TENANT) == []

    def test_follows_corrections(self, finding: Finding) -> None:
        person = uuid7()
        finding.tell(PatientRegistered(patient_id=person, person=ADA))
        finding.tell(PatientCorrected(patient_id=person, person=named("Ada Newname")))
        assert finding.find(name="newname") == ["Ada Newname"]
        assert finding.find(email="ada@clinic.example") == []

    def test_asks_for_more_when_too_many_may_be_meant(self, finding: Finding) -> None:
        finding.tell(*(PatientRegistered(patient_id=uuid7(), person=named(f"Ada {n}")) for n in range(4)))
        with pytest.raises(SearchTooBroad):
            finding.find(name="ada", at_most=3)
        assert finding.find(name="ada 3", at_most=3) == ["Ada 3"]

    def test_believes_no_token_before_it_has_looked(self, database_url: str, tmp_path: Path) -> None:
        finding = Finding(database_url, tmp_path, bits=1)
        others = [PatientRegistered(patient_id=uuid7(), person=named(f"Person{n} Other")) for n in range(20)]
        finding.tell(PatientRegistered(patient_id=uuid7(), person=ADA), *others)
        tokens = {number for row in finding.rows() for number in row[3]}
        assert len(tokens) == 2
        assert finding.find(email="ada@clinic.example") == ["Dr. Ada Ålund-Testperson"]
        assert finding.find(name="ada") == ["Dr. Ada Ålund-Testperson"]


class TestForgottenPerson:
    def test_is_not_found_while_closed_nor_after_and_a_rebuild_knows_the_rest(self, finding: Finding) -> None:
        closed, gone = uuid7(), uuid7()
        finding.tell(
            PatientRegistered(patient_id=closed, person=named("Ada Closed")),
            PatientRegistered(patient_id=gone, person=named("Ada Gone")),
            PatientRegistered(patient_id=uuid7(), person=named("Ada Here")),
        )
        finding.act("close_subject", TENANT, closed)
        assert finding.find(name="ada") == ["Ada Gone", "Ada Here"]
        compared = rebuild_read_model(finding.settings, READ_MODEL.name, False, lambda done, of: None)
        assert [(table.same, table.new_rows) for table in compared] == [(True, 3)]
        finding.act("destroy", TENANT, gone)
        assert finding.find(name="ada") == ["Ada Here"]
        rebuild_read_model(finding.settings, READ_MODEL.name, True, lambda done, of: None)
        assert gone not in {row[0] for row in finding.rows()}
        finding.act("reopen_subject", TENANT, closed)
        assert finding.find(name="ada") == ["Ada Closed", "Ada Here"]


class TestErasedPerson:
    @pytest.mark.parametrize("decided", ["restricted", "released"])
    def test_loses_every_token_when_it_is_decided_and_a_rebuild_says_the_same(
        self, finding: Finding, decided: str
    ) -> None:
        person, when = uuid7(), datetime(2026, 3, 1, tzinfo=UTC)
        events: dict[str, DomainEvent] = {
            "restricted": ClassRestricted(
                person_id=person, retention=Retention.CLINICAL, basis=LegalBasis.LEGAL_OBLIGATION, source="law",
                until=date(2036, 1, 1), holds=(),
            ),
            "released": ClassReleased(person_id=person, retention=Retention.CLINICAL, released_at=when),
        }  # fmt: skip
        finding.tell(
            PatientRegistered(patient_id=person, person=named("Ada Leaving")),
            PatientRegistered(patient_id=uuid7(), person=named("Ada Staying")),
        )
        finding.tell(events[decided], stream=uuid7())
        assert [row[0] == person for row in finding.rows()] == [False]
        compared = rebuild_read_model(finding.settings, READ_MODEL.name, False, lambda done, of: None)
        assert [(table.same, table.new_rows) for table in compared] == [(True, 1)]
        finding.act("destroy", TENANT, person)
        compared = rebuild_read_model(finding.settings, READ_MODEL.name, False, lambda done, of: None)
        assert [(table.same, table.new_rows) for table in compared] == [(True, 1)]


class TestTokens:
    def test_tell_nothing_across_tenants_or_fields(self, finding: Finding) -> None:
        same = Person(names=[PersonName(text="4242")], identifiers=[Identifier(value="4242")],
                      contacts=[ContactPoint(system="phone", value="4242")])  # fmt: skip
        finding.tell(PatientRegistered(patient_id=uuid7(), person=same))
        finding.tell(PatientRegistered(patient_id=uuid7(), person=same), tenant=OTHER_TENANT)
        one, other = (row[3] for row in finding.rows())
        assert len(one) == len(other) == 4
        assert set(one).isdisjoint(other)

    def test_are_spread_evenly_over_as_many_as_their_bits_allow(self) -> None:
        key = search_key(b"k" * 32)
        found = [token(key, "name", str(n), 4) for n in range(4000)]
        assert len(set(found)) == 16
        assert all(150 < found.count(one) < 350 for one in set(found))
        assert -(2**31) <= min(found) <= max(found) < 2**31

    def test_are_made_where_keys_are_held_and_nowhere_else(self, database_url: str, tmp_path: Path) -> None:
        finding = Finding(database_url, tmp_path)
        with open_runner(url_for(finding.settings, Role.PROJECTOR), [READ_MODEL.name]) as runner:
            assert runner.drain() == 0
        finding.tell(PatientRegistered(patient_id=uuid7(), person=ADA))
        with psycopg.connect(database_url) as connection:
            dumped = connection.execute("SELECT p::text FROM read.people_search p").fetchone()
        assert dumped is not None
        assert not any(word in dumped[0].casefold() for word in ("clinic", "1980-", "+351", "testperson", "mrn"))
