"""Writers that pause between drawing positions and committing, or roll back: they leave gaps and fill them late."""

import random
import time
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import APPEND, Written, documents

TENANT = uuid7()


def written(stream: UUID, after: int, count: int) -> Written:
    rows = [
        StoredRow(stream, after + n, "sample.thing.counted", b'{"amount":1}', TENANT, 1, None, None, None, "{}")
        for n in range(1, count + 1)
    ]
    return Written(TENANT, None, None, b"", "null", rows, (), ())


def write(url: str, seed: int, budget: int, most: int = 60) -> int:
    """Append ``budget`` events, at ``most`` so many at once, in transactions that pause between drawing positions and
    committing, or roll back."""
    chance, committed = random.Random(seed), 0
    streams: dict[UUID, int] = {uuid7(): 0 for _ in range(5)}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        while committed < budget:
            stream, count = chance.choice(list(streams)), chance.randint(1, most)
            try:
                with connection.transaction():
                    batch = documents([written(stream, streams[stream], count)])
                    answer = connection.execute(APPEND, batch, prepare=True).fetchone()
                    assert answer is not None
                    assert answer[1] == "appended"
                    if chance.random() < 0.3:
                        time.sleep(chance.random() * 0.004)
                    if chance.random() < 0.1:
                        raise psycopg.Rollback
                    streams[stream] += count
                    committed += count
            except psycopg.Rollback:
                continue
    return committed
