"""One id is followed from a request through its events and effects into every log line, the worker's too."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
import structlog
from structlog.testing import LogCapture
from uuid_utils.compat import uuid7

from adapters.jobs.clock import Clock
from adapters.jobs.queue import Queue
from adapters.logging import PROCESSORS
from adapters.settings import ROOT
from application.catalogue import PROCESSES
from tests.api.billing import INVOICES, PATIENT, VISIT, data
from tests.api.house import House

REQUEST, CORRELATION = "X-Request-ID", "X-Correlation-ID"
PLANS = "/api/billing/plans"


@contextmanager
def logged() -> Iterator[list[Any]]:
    """Give the lines logged in a block, as they would be written."""
    before, capture = structlog.get_config(), LogCapture()
    structlog.configure(processors=[*PROCESSORS, capture], cache_logger_on_first_use=False)
    try:
        yield capture.entries
    finally:
        structlog.configure(**before)


class TestIds:
    async def test_come_back_as_they_came(self, house: House) -> None:
        given = {REQUEST: str(uuid7()), CORRELATION: str(uuid7())}
        for path in (PLANS, "/api/nowhere", "/health"):
            answer = await house.client("clinic_admin").get(path, headers=given)
            assert {name: answer.headers[name] for name in given} == given

    async def test_are_made_where_none_came_and_the_whole_is_named_after_its_first_request(self, house: House) -> None:
        answer = await house.client("clinic_admin").get(PLANS)
        assert UUID(answer.headers[REQUEST]) == UUID(answer.headers[CORRELATION])
        again = await house.client("clinic_admin").get(PLANS)
        assert again.headers[REQUEST] != answer.headers[REQUEST]

    @pytest.mark.parametrize("nonsense", ["Jane Doe", "", "x" * 3000, "0198c0de-0000-7000-8000-00000000000g", "é"])
    async def test_that_could_be_words_are_taken_for_none(self, house: House, nonsense: str) -> None:
        headers = {name.encode(): nonsense.encode() for name in (REQUEST, CORRELATION)}
        with logged() as lines:
            answer = await house.client("clinic_admin").get(PLANS, headers=headers)
        assert UUID(answer.headers[REQUEST]) == UUID(answer.headers[CORRELATION])
        assert not nonsense or nonsense not in str(lines)


class TestLogLines:
    @pytest.mark.requirement("R453")
    async def test_of_requests_at_the_same_time_name_their_own(self, house: House) -> None:
        admin, ids = house.client("clinic_admin"), [str(uuid7()) for _ in range(20)]
        with logged() as lines:
            await asyncio.gather(*(admin.get(PLANS, headers={REQUEST: each}) for each in ids))
        found = [line["request_id"] for line in lines if line["event"] == "api.request.answered"]
        assert sorted(found) == sorted(ids)


def environment(house: House) -> dict[str, str]:
    settings = house.services.settings
    return os.environ | {
        "DATABASE_URL": str(settings.database_url), "REDIS_URL": str(settings.redis_url),
        "CARETRAIL_STATE": str(settings.state), "CARETRAIL_LOG_LEVEL": "debug",
    }  # fmt: skip


def worked(house: House, done: str) -> list[dict[str, Any]]:
    """Let the real clock send what is due and a real worker do it until ``done`` says 0; return the worker's lines."""
    queue = Queue(str(house.services.settings.redis_url), PROCESSES.values())
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        clock = Clock(connection, queue.send)
        assert clock.tick(datetime.now(UTC))
        clock.resign()
        queue.stop()
        command = [sys.executable, "-m", "scripts.cli", "worker", "--threads", "1"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment(house), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as worker:
            until = time.monotonic() + 60
            while connection.execute(done.encode()).fetchone() != (0,) and time.monotonic() < until:
                time.sleep(0.1)
            time.sleep(0.2)  # the line follows the row
            worker.send_signal(signal.SIGTERM)
            _, said = worker.communicate(timeout=60)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


class TestOneRequest:
    @pytest.mark.requirement("R271")
    @pytest.mark.requirement("R222")
    async def test_is_followed_into_its_events_its_effect_the_job_and_what_the_worker_does_and_says(
        self, house: House
    ) -> None:
        finance = house.client("finance_billing")
        body = {"userId": str(PATIENT), "lines": [VISIT]}
        invoice = data(await finance.post(INVOICES, json=body), 201)["id"]
        given = {REQUEST: str(uuid7()), CORRELATION: str(uuid7())}
        with logged() as lines:
            data(await finance.post(f"{INVOICES}/{invoice}/issue", headers=given))
        ours = {(line.get("request_id"), line.get("correlation_id")) for line in lines}
        assert ours == {(given[REQUEST], given[CORRELATION])}
        house.project()

        with psycopg.connect(house.database_url, autocommit=True) as connection:
            query = b"SELECT key::text FROM effects.effects WHERE correlation_id = %s AND name LIKE 'render%%'"
            [(effect,)] = connection.execute(query, (given[CORRELATION],)).fetchall()
        waiting = "SELECT count(*) FROM effects.effects WHERE state IN ('waiting', 'sent') AND due_at <= now()"
        said = [line for line in worked(house, waiting) if line.get("effect") == effect]
        assert [line["event"] for line in said] == ["effects.effect.settled"]
        assert [line["correlation_id"] for line in said] == [given[CORRELATION]]

        with psycopg.connect(house.database_url) as connection:
            meta = b"SELECT type, meta FROM event_store.events WHERE stream_id = %s ORDER BY version"
            events: dict[str, Any] = dict(connection.execute(meta, (invoice,)).fetchall())
        issued, stored = events["billing.invoice.issued"], events["billing.invoice.pdf_stored"]
        assert (issued["request_id"], issued["correlation_id"]) == (given[REQUEST], given[CORRELATION])
        assert (stored.get("request_id"), stored["correlation_id"]) == (None, given[CORRELATION])
        assert stored["causation_id"]

    async def test_is_carried_to_the_worker_by_the_effects_own_key_and_nothing_else(self, house: House) -> None:
        given = {REQUEST: str(uuid7()), CORRELATION: str(uuid7())}
        email = "someone.to.look.for@example.org"
        await house.anonymous().post("/api/auth/otp/request", json={"email": email}, headers=given)
        house.project()
        url = str(house.services.settings.redis_url)
        queue = Queue(url, PROCESSES.values())
        with psycopg.connect(house.database_url, autocommit=True) as connection:
            clock = Clock(connection, queue.send)
            assert clock.tick(datetime.now(UTC))
            clock.resign()
        queue.stop()
        with redis.Redis.from_url(url, protocol=2) as client:
            messages = [m for key in client.scan_iter("caretrail:*.msgs") for m in client.hgetall(key).values()]
        assert messages
        for message in messages:
            [argument] = json.loads(message)["args"]
            assert UUID(argument)
            assert email.encode() not in message
