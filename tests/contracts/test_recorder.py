"""The library's own recorder test cases, on our recorder."""

from collections.abc import Iterator

import pytest
from eventsourcing.tests.persistence import AggregateRecorderTestCase, ApplicationRecorderTestCase
from psycopg_pool import ConnectionPool

from adapters.postgres.recorder import PostgresRecorder


class OnFreshDatabase:
    """Gives each test case a pool on a database of its own."""

    pool: ConnectionPool

    @pytest.fixture(autouse=True)
    def _database(self, database_url: str) -> Iterator[None]:
        with ConnectionPool(database_url, min_size=1, max_size=16, kwargs={"autocommit": True}) as pool:
            self.pool = pool
            yield


class TestAggregateRecorder(OnFreshDatabase, AggregateRecorderTestCase):
    def create_recorder(self) -> PostgresRecorder:
        return PostgresRecorder(self.pool, positions=False)


class TestApplicationRecorder(OnFreshDatabase, ApplicationRecorderTestCase[PostgresRecorder]):
    def create_recorder(self) -> PostgresRecorder:
        return PostgresRecorder(self.pool)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


del AggregateRecorderTestCase, ApplicationRecorderTestCase
