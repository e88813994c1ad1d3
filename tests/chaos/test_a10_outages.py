"""A10: the disk is full, Valkey is away, Valkey is emptied, the clock dies between what is due and its being sent."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.bootstrap import open_services
from adapters.jobs.effects import Stored
from adapters.jobs.performer import Performer, SystemAct
from adapters.valkey import connect_now
from application.catalogue import PROCESSES
from application.kernel.world import World
from tests.chaos import figures
from tests.chaos.asker import Answer, Asker, NoAnswer
from tests.chaos.invariants import Scene, findings
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Rig, open_rig

#: Every one calls somebody: an alert follows from it.
ALARMING = {"type": "heart_rate", "value": "220", "unit": "bpm"}
ABREAST, ENOUGH = 8, 8
MEBIBYTES, CHUNK = 700, 1 << 20
DELAY = 0.3
MESSAGES = "caretrail:alerts"
CHECKED = ("I1", "I2", "I3", "I4", "I6", "I9")
_WAITING = "SELECT count(*) FROM effects.effects WHERE queue = 'alerts' AND state = 'waiting'"
_UNSENT = "SELECT count(*) FROM effects.effects WHERE queue = 'alerts' AND state IN ('waiting', 'sent')"
_ALERTS = """SELECT count(*) FILTER (WHERE type = 'records.vital.recorded'),
        count(*) FILTER (WHERE type = 'records.critical_alert.raised'),
        count(DISTINCT stream_id) FILTER (WHERE type = 'records.critical_alert.raised')
    FROM event_store.events"""


class Ward:
    """Somebody who records alarming pulses, and repeats under the same key what was put off."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig = rig
        self.actor = uuid7()
        self.ledger = Ledger(folder / f"{self.actor}.jsonl", frozenset({self.actor}))
        self.put_off: list[str] = []
        self.codes: Counter[str] = Counter()
        self.findings: list[str] = []
        self.asked = 0
        self._bodies: dict[str, dict[str, str]] = {}

    def record(self, count: int) -> None:
        """Record so many, a few at a time."""
        keys = [str(uuid7()) for _ in range(count)]
        for key in keys:
            self.ledger.wish(self._command(key), 1)
        asyncio.run(self._all(keys))
        self.asked += count

    def repeat(self) -> None:
        """Ask again for what was put off; nothing is put off twice."""
        again, self.put_off = self.put_off, []
        asyncio.run(self._all(again))
        self.findings += [f"{len(self.put_off)} are still put off"] if self.put_off else []

    async def _all(self, keys: Sequence[str]) -> None:
        left = list(keys)

        async def one(asker: Asker) -> None:
            while left:
                await self._one(asker, left.pop())
            asker.close()

        await asyncio.gather(*(one(self.rig.asker(actor=self.actor)) for _ in range(min(ABREAST, len(left)))))

    async def _one(self, asker: Asker, key: str) -> None:
        body = {"patientId": str(uuid7()), **ALARMING}
        try:
            self._judge(key, await asker.post("/api/ehr/vitals", self._bodies.setdefault(key, body), key=key))
        except NoAnswer as error:
            self.findings.append(f"no answer: {error}")
            self.put_off.append(key)

    def _judge(self, key: str, answer: Answer) -> None:
        if answer.status == 201:
            self.ledger.done(self._command(key), answer.position)
            return
        self.put_off.append(key)
        self.codes[answer.code] += 1
        if answer.status != 503:
            self.findings.append(f"answered {answer.status} {answer.code}")
        elif not answer.headers.get("retry-after", "").isdigit():
            self.findings.append(f"{answer.code} does not say when to come back")

    def _command(self, key: str) -> UUID:
        return self.rig.command_id(self.actor, key)


def alerts(rig: Rig) -> list[str]:
    """Return a finding unless every alarming pulse has raised one alert."""
    recorded, raised, streams = rig.look(_ALERTS)[0]
    return [] if recorded == raised == streams else [f"{recorded} alarming pulses raised {raised} alerts of {streams}"]


def at_rest(ward: Ward) -> list[str]:
    """Let everything be repeated and come to rest; return what speaks against the house."""
    rig = ward.rig
    died = [f"{name} died: {rig.last_words(name)[-300:]}" for name in rig.dead()]
    for name in rig.dead():
        rig.restart(name)
    rig.await_api()
    ward.repeat()
    rig.rest()
    found = died + ward.findings + findings(Scene(rig.settings, rig.url, ward.ledger), CHECKED) + alerts(rig)
    ward.findings = []
    return found


def without_valkey(ward: Ward) -> None:
    """Valkey is killed, and started again later."""
    process = ward.rig.valkey.process()
    assert process is not None
    process.kill()
    process.wait()
    ward.record(12)
    ward.rig.valkey.start()


def emptied_valkey(ward: Ward) -> None:
    """All that waits in the queue is lost."""
    ward.rig.kill("worker", signal.SIGSTOP)
    ward.record(8)
    ward.rig.until(lambda: ward.rig.look(_WAITING) == [(0,)], "all that is due is sent")
    with connect_now(ward.rig.valkey.url) as client:
        client.flushall()
    ward.rig.kill("worker", signal.SIGCONT)


def clock_killed_between(ward: Ward) -> bool:
    """The clock is killed when it has handed over what is due, and has not yet written so down; False: it had."""
    rig = ward.rig
    rig.kill("worker", signal.SIGSTOP)
    with connect_now(rig.valkey.url) as client:
        before = int(client.llen(MESSAGES))
        rig.proxy.delay(DELAY)
        ward.record(1)
        rig.until(lambda: int(client.llen(MESSAGES)) > before, "something is sent")
    rig.kill("clock")
    rig.proxy.delay(0)
    caught = rig.look(_WAITING) == [(1,)]
    rig.restart("clock")
    rig.until(lambda: rig.look(_WAITING) == [(0,)], "it is sent again")
    rig.kill("worker", signal.SIGCONT)
    return caught


class Hasty(Performer):
    """The control: writes down that an effect is done before it does it, and dies in between."""

    async def _act(self, stored: Stored) -> None:
        await self._settle(stored, "done", None)


def no_world(act: SystemAct) -> World:
    raise AssertionError("nothing is done")


async def performed_hastily(rig: Rig) -> None:
    services = await open_services(rig.settings, 4)
    try:
        hasty = Hasty(services.pool, PROCESSES, services.dispatcher, no_world, uuid7)
        for (key,) in rig.look("SELECT key FROM effects.effects WHERE queue = 'alerts' AND state <> 'done'"):
            await hasty.perform(key)
    finally:
        await services.close()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own that is soon full; who may not mount one leaves the test out, and says so."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEBIBYTES}m,mode=0755", "caretrail-small", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here, and so no disk can be full")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free; return the file that takes them."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (CHUNK, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return ballast


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with open_rig(proxied=("clock",)) as made:
        yield made


class TestOutages:
    """Attack: while alarming pulses are recorded, each of which calls somebody, Valkey is killed, is emptied with
    everything that waits in it, and the clock is killed between handing over what is due and writing so down; and the
    disk under everything is filled to the last byte.

    Withstood when each request is done or put off (503 with Retry-After), and what was put off is done when it is asked
    again; nothing is there by half, no process dies, and every pulse raised one alert. Control: effects written down as
    done before they are.
    """

    def test_of_queue_and_clock_lose_and_double_nothing(self, rig: Rig, tmp_path: Path) -> None:
        self.withstood(rig, tmp_path, rounds=1)

    @pytest.mark.long
    def test_of_queue_and_clock_twenty_times(self, rig: Rig, tmp_path: Path) -> None:
        self.withstood(rig, tmp_path, rounds=20, long=True)

    def test_of_whoever_writes_down_what_is_not_done_are_seen(self, rig: Rig, tmp_path: Path) -> None:
        ward = Ward(rig, tmp_path)
        rig.kill("worker", signal.SIGSTOP)
        ward.record(1)
        rig.until(lambda: rig.look(_UNSENT) == [(1,)], "the effect is there")
        asyncio.run(performed_hastily(rig))
        rig.kill("worker", signal.SIGCONT)
        assert alerts(rig) != []
        rig.look("UPDATE effects.effects SET state = 'waiting' WHERE queue = 'alerts' RETURNING key")
        rig.until(lambda: alerts(rig) == [], "it is made good")

    @pytest.mark.long
    def test_of_the_disk_put_off_and_leave_nothing_by_half(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "disk") as disk, open_rig(on=disk) as rig:
            ward = Ward(rig, tmp_path)
            ward.record(10)
            ballast = fill(disk)
            for _ in range(20):
                if len(ward.put_off) < ENOUGH:
                    ward.record(20)
            put_off, codes = len(ward.put_off), dict(ward.codes)
            ballast.unlink()
            rig.start_postgres()
            found = at_rest(ward)
        figures.record("A10", reached=not found and put_off >= ENOUGH, long=True, disk="full", put_off=put_off,
                       codes=str(codes), requests=ward.asked, findings=len(found))  # fmt: skip
        assert found == []
        assert put_off >= ENOUGH

    def withstood(self, rig: Rig, folder: Path, rounds: int, *, long: bool = False) -> None:
        ward, found, caught = Ward(rig, folder), list[str](), 0
        for _ in range(rounds):
            for outage in (without_valkey, emptied_valkey):
                outage(ward)
                found += at_rest(ward)
            for _ in range(5):
                if clock_killed_between(ward):
                    caught += 1
                    break
            found += at_rest(ward)
        found += rig.errors_logged()
        figures.record("A10", reached=not found and caught == rounds, long=long, rounds=rounds, requests=ward.asked,
                       put_off=sum(ward.codes.values()), findings=len(found))  # fmt: skip
        assert found == []
        assert caught == rounds
