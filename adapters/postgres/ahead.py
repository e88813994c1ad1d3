"""Reads a long stretch of the feed: the next page is on its way while this one is worked on."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from projections.kernel.feed import FeedRow, Page, Share, Topics

PAGE = 20_000
_BINARY = [PyFormat.BINARY] * 6
_make: Callable[[Any], FeedRow] = partial(tuple.__new__, FeedRow)
# Which share a tenant belongs to: as Share.holds has it.
_STRETCH = b"""SELECT position, tenant_id, stream_id, version, type, schema_version, data::text, sealed, key_id,
        subject_id, meta::text, recorded_at
    FROM %s
    WHERE position > $1 AND position <= $2 AND ($3::text[] IS NULL OR type = ANY($3))
        AND ($4 = 1 OR (get_byte(uuid_send(tenant_id), 14) * 256 + get_byte(uuid_send(tenant_id), 15)) %% $4 = $5)
    ORDER BY position LIMIT $6"""


def pages(
    connection: psycopg.Connection[Any], relation: bytes, after: int, upto: int, types: Topics, share: Share
) -> Iterator[Page]:
    """Yield the pages of ``relation`` from ``after`` up to ``upto``, which must be final. Until the end the connection
    is taken.

    A page is waited for in a thread, without the interpreter's lock, and made into rows in the caller's.
    """
    convert, statement = Transformer(connection), _STRETCH % relation
    wanted = None if types is None else list(types)

    def fetch(start: int) -> PGresult:
        values = convert.dump_sequence((start, upto, wanted, share.of, share.number, PAGE), _BINARY)
        return connection.pgconn.exec_params(statement, values, convert.types, [1] * 6, result_format=1)

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(fetch, after)
        while after < upto:
            result = coming.result()
            if result.status != ExecStatus.TUPLES_OK:
                raise errors.error_from_result(result)
            count = result.ntuples
            last = int.from_bytes(result.get_value(count - 1, 0) or b"") if count == PAGE else upto
            if last < upto:
                coming = thread.submit(fetch, last)
            convert.set_pgresult(result)
            yield Page(after, list(map(_make, convert.load_rows(0, count, tuple))), last)
            after = last
