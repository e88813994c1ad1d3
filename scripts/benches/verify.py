"""The log verified: a million rows of a clinic held against notes outside; and how soon what is recorded is signed."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psutil
import psycopg
from uuid_utils.compat import uuid7

from adapters.bootstrap import Role, open_runner
from adapters.codec.mapper import StoredRow
from adapters.logins import url_for
from adapters.merkle.anchors import Anchors
from adapters.merkle.checkpoints import Checkpointer
from adapters.merkle.folder import FolderAnchor
from adapters.merkle.kinds import consumer_name
from adapters.merkle.signing import SignerFile
from adapters.merkle.verify import Verification
from adapters.postgres.batch import APPEND, Written, documents
from adapters.postgres.tenancy import every_tenant
from adapters.settings import Settings
from projections.kernel.stretch import unswept
from scripts.benches.common import Effort, Ground, Ratio, Result, median, percentiles, running, settings

ROWS, LEAST_ROWS = 1_000_000, 5_000
PER_SECOND, AT_ONCE = 1_000, 50
LAG_SECONDS_PER_ROUND = 2.0
PATIENCE = 60.0
_SEED = b"""INSERT INTO event_store.events
    SELECT g, %(tenant)s, gen_random_uuid(), 1, 'bench.log.noted', 1,
        json_build_object('appointment', gen_random_uuid(), 'starts', '2031-01-01T10:00:00Z', 'who', gen_random_uuid()),
        sha256(g::text::bytea) || sha256((-g)::text::bytea) || sha256('x'), gen_random_uuid(), gen_random_uuid(),
        json_build_object('actor', gen_random_uuid(), 'correlation_id', gen_random_uuid(),
            'command_id', gen_random_uuid()), clock_timestamp()
    FROM generate_series(1, %(rows)s) g"""
_LAGS = b"""SELECT extract(epoch FROM min(c.signed_at) - e.recorded_at)
    FROM event_store.events e JOIN merkle.checkpoints c ON (c.kind, c.tenant_id) = ('events', e.tenant_id)
        AND c.position >= e.position
    WHERE e.tenant_id = %s GROUP BY e.position, e.recorded_at"""
_UNSIGNED = b"""SELECT (SELECT max(position) FROM event_store.events WHERE tenant_id = %(tenant)s)
    > coalesce((SELECT max(position) FROM merkle.checkpoints WHERE tenant_id = %(tenant)s), 0)"""


class LogNotAsSigned(Exception):
    """An honest log was found to be changed: its figures mean nothing."""


class Verified(NamedTuple):
    """What one verification took, in seconds: by the clock, of our process, and of the server's."""

    wall: float
    ours: float
    servers: float


def run(ground: Ground, effort: Effort) -> Result:
    """Measure both."""
    with ground.database() as url:
        rows = effort.amount(ROWS, LEAST_ROWS)
        given = Settings(state=ground.folder / "verify", database_url=url, redis_url=ground.servers.redis_url,
                         logins_file=ground.logins_file)  # fmt: skip
        tenant = uuid7()
        grown, size = _grow(given, url, tenant, rows)
        found = [_verify(given, tenant, rows) for _ in range(effort.rounds)]
    with ground.database() as url:
        lags = _lags(given.model_copy(update={"database_url": url, "state": ground.folder / "signed"}), effort)
    sides = {
        "bytes_per_row": round(size / rows),
        "leaves_grown_per_second": round(rows / grown),
        "leaves_verified_per_second": round(rows / median([v.wall for v in found])),
        "leaves_verified_per_second_of_both_processes": round(rows / median([v.ours + v.servers for v in found])),
        "checkpoint_lag_seconds": percentiles(lags),
    }
    ratios = [
        Ratio("leaves_per_second_per_core", rows / median([v.ours for v in found]), 150_000.0),
        Ratio("checkpoint_lag_p95_seconds", percentiles(lags)["p95"], 15.0, at_most=True),
    ]
    return Result("verify", sides, ratios, settings(ground, effort, rows=rows, events_per_second=PER_SECOND))


def _grow(given: Settings, url: str, tenant: UUID, rows: int) -> tuple[float, int]:
    """Make a clinic's history, its tree, a signed note and its copy outside; return the seconds of the tree."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(_SEED, {"tenant": tenant, "rows": rows})
        owner.execute("SELECT setval('event_store.position_seq', %s)", (rows,))
        owner.execute("VACUUM ANALYZE event_store.events")
        found = owner.execute("SELECT pg_relation_size('event_store.events')").fetchone()
    login = url_for(given, Role.PROJECTOR)
    with open_runner(login, [consumer_name("events")]) as runner:
        started = time.perf_counter()
        runner.drain()
        seconds = time.perf_counter() - started
    with psycopg.connect(login, autocommit=True) as connection:
        anchor = FolderAnchor(Anchors(given.anchors_directory), connection)
        for note in Checkpointer(connection, SignerFile(given.signer_key_path), 10, 10_000).sign(datetime.now(UTC)):
            anchor.receive(note)
    return seconds, int(found[0]) if found else 0


def _verify(given: Settings, tenant: UUID, rows: int) -> Verified:
    login, key = every_tenant(url_for(given, Role.AUDITOR)), SignerFile(given.signer_key_path).public_key
    with (
        psycopg.connect(login, autocommit=True) as reading,
        psycopg.connect(login, autocommit=True) as asking,
        unswept(),
    ):
        backends = [reading.info.backend_pid, asking.info.backend_pid]
        wall, ours, servers = time.perf_counter(), time.process_time(), _cpu(backends)
        report = Verification(reading, asking, key, Anchors(given.anchors_directory)).run(tenant)
        if not report.clean or report.logs[0].rows != rows:
            raise LogNotAsSigned(str(report.findings[:1]))
        return Verified(time.perf_counter() - wall, time.process_time() - ours, _cpu(backends) - servers)


def _cpu(pids: Sequence[int]) -> float:
    """Return the CPU seconds of server processes; 0 when the server is not on this machine."""
    try:
        times = [psutil.Process(pid).cpu_times() for pid in pids]
    except psutil.Error:
        return 0.0
    return float(sum(t.user + t.system for t in times))


def _lags(given: Settings, effort: Effort) -> list[float]:
    """Append a thousand events a second while projector and clock run; return how long each waited to be signed."""
    first, tenant = uuid7(), uuid7()
    with psycopg.connect(str(given.database_url), autocommit=True) as connection, running(given, "projector", "clock"):
        _append(connection, first, AT_ONCE / PER_SECOND)
        _wait_until_signed(connection, first)  # the processes are up
        _append(connection, tenant, max(1.0, LAG_SECONDS_PER_ROUND * effort.seconds * effort.rounds))
        _wait_until_signed(connection, tenant)
        return [float(row[0]) for row in connection.execute(_LAGS, (tenant,)).fetchall()]


def _append(connection: psycopg.Connection[Any], tenant: UUID, seconds: float) -> None:
    began = time.monotonic()
    for number in range(round(seconds * PER_SECOND / AT_ONCE)):
        time.sleep(max(0.0, began + number * AT_ONCE / PER_SECOND - time.monotonic()))
        stream = uuid7()
        rows = [StoredRow(stream, n, "bench.log.noted", b'{"amount":1}', tenant, 1, b"sealed", None, None, "{}")
                for n in range(1, AT_ONCE + 1)]  # fmt: skip
        connection.execute(APPEND, documents([Written(tenant, None, None, b"", "null", rows, (), ())]), prepare=True)


def _wait_until_signed(connection: psycopg.Connection[Any], tenant: UUID) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := connection.execute(_UNSIGNED, {"tenant": tenant}).fetchone()) and found[0]:
        if time.monotonic() > deadline:
            raise TimeoutError("what was appended has not been signed")
        time.sleep(0.1)
