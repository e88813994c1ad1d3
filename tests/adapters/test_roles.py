"""Who may do what in the database, as its catalogue says it."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from adapters.embedded.databases import Databases
from adapters.postgres.migrate import migrate


class TestTheGroupRoles:
    def test_are_made_once_for_all_databases_that_are_migrated_at_the_same_moment(self, databases: Databases) -> None:
        urls = [databases.empty() for _ in range(6)]
        with ThreadPoolExecutor(len(urls)) as pool:
            assert len({tuple(names) for names in pool.map(migrate, urls)}) == 1
        for url in urls:
            databases.drop(url)

    def test_own_all_there_is_by_the_one_that_nobody_acts_as(self, database_url: str) -> None:
        with psycopg.connect(database_url) as connection:
            owners = connection.execute("""
                SELECT DISTINCT c.relowner::regrole::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'""").fetchall()
        assert owners == [("caretrail_migrator",)]
