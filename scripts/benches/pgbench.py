"""The bare insert, by PostgreSQL's own load generator: what the server does when nothing stands in front of it."""

import re
import subprocess
from pathlib import Path

import psycopg

from adapters.embedded.postgres import BINARIES

THREADS = 2
# The columns, types and indexes of event_store.events, and rows of the same size.
TABLE = b"""
CREATE SEQUENCE positions;
CREATE TABLE events (LIKE event_store.events INCLUDING CONSTRAINTS INCLUDING STORAGE);
ALTER TABLE events ADD PRIMARY KEY (stream_id, version);
CREATE UNIQUE INDEX ON events (position);
CREATE INDEX ON events (tenant_id, subject_id, position) WHERE subject_id IS NOT NULL;
"""
# Ids in the order of time, as ours are; PostgreSQL before 18 has only random ones.
INSERT = """INSERT INTO events VALUES (nextval('positions'), '{tenant}', {new_id}(), 1, '{type}', 1, '{data}',
    NULL, NULL, '{subject}', '{meta}', clock_timestamp())"""


def prepare(url: str, script: Path, **row: str) -> None:
    """Make the table and write the script that inserts ``row``."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
        new_id = "uuidv7" if connection.info.server_version >= 180000 else "gen_random_uuid"
    script.write_text(" ".join(INSERT.format(new_id=new_id, **row).splitlines()) + ";\n")


def rate(url: str, script: Path, clients: int, seconds: float) -> float:
    """Return the transactions per second of ``clients`` connections."""
    command = [
        str(BINARIES / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}", f"--client={clients}",
        f"--jobs={min(THREADS, clients)}", f"--time={max(1, round(seconds))}", url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])
