"""The attackers' own tools do what they say: the proxy cuts where it should, the checkers see what is planted."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import APPEND, Written, documents
from adapters.settings import Settings
from scripts.generate import attacks
from tests.adapters.sample import TENANT
from tests.chaos import figures
from tests.chaos.invariants import INVARIANTS, Scene, acknowledged_once, findings, whole_or_not_at_all
from tests.chaos.ledger import Ledger
from tests.chaos.proxy import Proxy

TOPIC = "sample.thing.counted"


def append(connection: psycopg.Connection, stream: UUID, command: UUID | None = None, count: int = 1) -> int:
    """Append through the one door; return the last position."""
    meta = f'{{"command_id":"{command}"}}' if command else "{}"
    rows = [StoredRow(stream, n, TOPIC, b"{}", TENANT, 1, None, None, None, meta) for n in range(1, count + 1)]
    written = Written(TENANT, command, TENANT if command else None, b"", "{}", rows, (), ())
    answer = connection.execute(APPEND, documents([written]), prepare=True, binary=True).fetchone()
    assert answer is not None
    return int(answer[3])


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with Proxy(database_url) as made:
        yield made


class TestProxy:
    def test_passes_everything_on(self, proxy: Proxy) -> None:
        with psycopg.connect(proxy.url) as connection:
            rows = connection.execute("SELECT repeat('x', 200000) FROM generate_series(1, 5)").fetchall()
        assert [len(text) for (text,) in rows] == [200_000] * 5

    @pytest.mark.parametrize("before", [0, 1])
    def test_swallows_the_acknowledgement_of_what_is_committed(
        self, proxy: Proxy, database_url: str, before: int
    ) -> None:
        streams = [uuid7() for _ in range(before + 1)]
        proxy.lose(before + 1)
        for stream in streams:
            with psycopg.connect(proxy.url, autocommit=True) as connection, pytest.raises(psycopg.OperationalError):
                append(connection, stream)
        with psycopg.connect(database_url) as connection:
            kept = connection.execute("SELECT stream_id FROM event_store.events").fetchall()
        assert {stream for (stream,) in kept} == set(streams)
        assert (proxy.lost, proxy.still_to_lose) == (before + 1, 0)

    def test_swallows_that_of_an_ordinary_commit_too(self, proxy: Proxy, database_url: str) -> None:
        with psycopg.connect(proxy.url) as connection:
            connection.execute("CREATE TABLE kept ()")
            proxy.lose()
            with pytest.raises(psycopg.OperationalError):
                connection.commit()
        with psycopg.connect(database_url) as connection:
            assert connection.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)

    def test_cuts_and_delays(self, proxy: Proxy) -> None:
        with psycopg.connect(proxy.url, autocommit=True) as connection:
            proxy.delay(0.1)
            began = time.monotonic()
            connection.execute("SELECT 1")
            assert time.monotonic() - began >= 0.2
            assert proxy.cut() == 1
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")

    def test_refuses_everybody_for_a_while(self, proxy: Proxy) -> None:
        with psycopg.connect(proxy.url, autocommit=True) as connection:
            proxy.refuse()
            for attempt in (lambda: connection.execute("SELECT 1"), lambda: psycopg.connect(proxy.url)):
                with pytest.raises(psycopg.OperationalError):
                    attempt()
        proxy.refuse(really=False)
        psycopg.connect(proxy.url).close()

    def test_goes_silent_and_comes_back(self, proxy: Proxy) -> None:
        with psycopg.connect(proxy.url, autocommit=True) as connection:
            proxy.fall_silent()
            with pytest.raises(psycopg.errors.ConnectionTimeout):
                psycopg.connect(proxy.url, connect_timeout=2)
            proxy.speak_again()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        psycopg.connect(proxy.url).close()


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    ledger = Ledger(tmp_path / "ledger.jsonl", frozenset({TENANT}))
    yield Scene(Settings(state=tmp_path, database_url=database_url), database_url, ledger)
    ledger.close()


class TestCheckers:
    def test_find_what_is_lost_halved_doubled_or_done_in_spite_of_a_refusal(self, scene: Scene) -> None:
        ledger = scene.ledger
        assert ledger is not None
        sound, lost, halved, elsewhere, refused, untold = (uuid7() for _ in range(6))
        with psycopg.connect(scene.url, autocommit=True) as connection:
            for command, events in [(sound, 1), (lost, 1), (halved, 2), (elsewhere, 1), (refused, 1), (untold, 2)]:
                ledger.wish(command, events)
            ledger.done(sound, append(connection, uuid7(), sound))
            assert findings(scene, ("I1", "I2", "I3")) == []
            ledger.done(lost, 77)
            ledger.done(halved, append(connection, uuid7(), halved))
            ledger.done(elsewhere, append(connection, uuid7(), elsewhere) + 1)
            ledger.refused(refused, "slot-taken")
            append(connection, uuid7(), refused)
            append(connection, uuid7(), untold, 2)
            unwished = uuid7()
            append(connection, uuid7(), unwished)
        found = "\n".join(acknowledged_once(scene))
        assert [str(command) in found for command in (lost, halved, elsewhere, unwished)] == [True] * 4
        assert str(sound) not in found
        assert len(whole_or_not_at_all(scene)) == 2

    def test_find_a_gap_in_a_stream_and_in_the_feed(self, scene: Scene) -> None:
        with psycopg.connect(scene.url, autocommit=True) as connection:
            stream = uuid7()
            append(connection, stream, count=3)
            connection.execute("DELETE FROM event_store.events WHERE stream_id = %s AND version = 2", (stream,))
        assert len(findings(scene, ("I3",))) == 1
        assert len(findings(scene, ("I4",))) == 1

    def test_are_nine(self) -> None:
        assert list(INVARIANTS) == [f"I{n}" for n in range(1, 10)]


class TestFigures:
    def test_are_written_only_when_they_are_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = figures.FILE.read_bytes()
        monkeypatch.delenv(figures.ASKED_FOR, raising=False)
        figures.record("A0", reached=True, rounds=1)
        assert figures.FILE.read_bytes() == before

    def test_name_attacks_that_stand_on_the_page(self) -> None:
        assert attacks.last_figures().keys() <= {attack.id for attack in attacks.ATTACKS}
        assert [attack.id for attack in attacks.ATTACKS] == [f"A{n}" for n in range(1, 15)]
