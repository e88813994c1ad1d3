"""The fast way of hashing rows gives what the plain one gives, for every shape a row can have."""

from collections.abc import Iterator

import pytest
from uuid_utils.compat import uuid7

from adapters.merkle.leaf import leaf_hash
from adapters.merkle.rows import copied_from, fields, found, leaf_of, leaves
from adapters.postgres.feed import EVENTS
from tests.adapters.sample import OTHER_TENANT, TENANT
from tests.merkle.ground import Ground

SHAPES = [
    "UPDATE event_store.events SET sealed = '' WHERE position = 1",
    "UPDATE event_store.events SET sealed = sha256('x'), key_id = gen_random_uuid() WHERE position IN (2, 3)",
    "UPDATE event_store.events SET subject_id = gen_random_uuid() WHERE position IN (3, 4)",
    "UPDATE event_store.events SET type = repeat('ä', 500) WHERE position = 5",
    'UPDATE event_store.events SET data = \'{ "a" : "ü\\u0041" , "a":1}\', meta = \'{}\' WHERE position = 6',
    "UPDATE event_store.events SET recorded_at = '1804-05-06 07:08:09.000001+00' WHERE position = 7",
    "UPDATE event_store.events SET schema_version = 32767, version = 2147483647 WHERE position = 8",
    "UPDATE event_store.events SET position = -position WHERE position = 9",
]


@pytest.fixture(scope="module")
def ground(module_database_url: str) -> Iterator[Ground]:
    made = Ground(module_database_url)
    for n in range(40):
        made.append(uuid7(), n, tenant=(TENANT, OTHER_TENANT)[n % 4 == 3])
    for statement in SHAPES:
        made.connection.execute(statement.encode())
    yield made
    for connection in made.open:
        connection.close()


class TestLeaves:
    def test_are_those_of_the_plain_way(self, ground: Ground) -> None:
        read: dict[object, list[bytes]] = {}
        for tenant, part in leaves(ground.connection, EVENTS, 10_000):
            read.setdefault(tenant, []).extend(part)
        assert read == {tenant: ground.leaves(tenant) for tenant in (TENANT, OTHER_TENANT)}

    def test_end_where_they_are_told_to(self, ground: Ground) -> None:
        read = [leaf for _, part in leaves(ground.connection, EVENTS, 30, TENANT) for leaf in part]
        assert read == ground.leaves()[: len(read)]
        assert len(read) == 23

    def test_come_with_the_places_of_their_rows(self, ground: Ground) -> None:
        rows = list(found(ground.connection, EVENTS, TENANT, -100, 10_000))
        stored = [leaf_hash(row) for row in ground.rows()]
        assert [row.leaf for row in rows] == stored
        assert [(r.position, r.stream_id, r.version) for r in rows] == [
            (r.position, r.stream_id, r.version) for r in ground.rows()
        ]

    def test_survive_taking_a_row_apart(self, ground: Ground) -> None:
        for row in found(ground.connection, EVENTS, TENANT, -100, 10_000):
            assert copied_from(fields(row.copied)) == row.copied
            assert leaf_of(memoryview(row.copied)) == row.leaf
