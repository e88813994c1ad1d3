"""How long after a command its row can be read: through a projector process and the wake-up, as in production."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uvloop
from uuid_utils.compat import uuid7

from adapters.bootstrap import Role, Services, open_runner, open_services
from adapters.logins import url_for
from adapters.settings import Settings
from application.kernel.context import Caller, Context
from application.scheduling.book_appointment import BookAppointment
from domain.scheduling.kinds import AppointmentType
from scripts.benches.common import Effort, Ground, Ratio, Result, percentiles, running, settings

READ_MODEL = "appointment"
AT_REST, PAUSE_SECONDS = 200, 0.03
PER_SECOND, EVERY = 200, 10
START_SECONDS, PATIENCE = 30.0, 10.0
DAY = datetime(2031, 1, 1, tzinfo=UTC)
_THERE = "SELECT 1 AS there FROM read.appointment WHERE tenant_id = %(tenant)s AND appointment_id = %(id)s"


def run(ground: Ground, effort: Effort) -> Result:
    """Measure at rest, and while 200 commands a second go on."""
    with ground.database() as url:
        given = Settings(state=ground.folder / "visible", database_url=url, redis_url=ground.servers.redis_url,
                         logins_file=ground.logins_file)  # fmt: skip
        with open_runner(url_for(given, Role.PROJECTOR)) as runner:
            runner.drain()
        with running(given, "projector"), asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            rest, busy, rate = loop.run(_measure(given, effort))
    sides = {
        "at_rest_ms": percentiles(rest),
        "at_200_per_second_ms": percentiles(busy),
        "commands_per_second": round(rate),
    }
    ratios = [Ratio("p95_ms_at_rest", percentiles(rest)["p95"], 20.0, at_most=True),
              Ratio("p95_ms_at_200_per_second", percentiles(busy)["p95"])]  # fmt: skip
    shown = settings(ground, effort, samples_at_rest=len(rest), samples_under_load=len(busy), consumers="all")
    return Result("visible", sides, ratios, shown)


async def _measure(given: Settings, effort: Effort) -> tuple[list[float], list[float], float]:
    services = await open_services(given, 8)
    caller = Caller(uuid7(), uuid7(), frozenset({"clinic_admin"}))
    try:
        await _seen(services, caller, await _book(services, caller, 0), START_SECONDS)
        rest = []
        for number in range(effort.amount(AT_REST, 20)):
            await asyncio.sleep(PAUSE_SECONDS)
            rest.append(await _seen(services, caller, await _book(services, caller, number + 1), PATIENCE))
        return (rest, *await _under_load(services, caller, effort))
    finally:
        await services.close()


async def _under_load(services: Services, caller: Caller, effort: Effort) -> tuple[list[float], float]:
    async def one(number: int) -> float | None:
        booked = await _book(services, caller, number)
        return await _seen(services, caller, booked, PATIENCE) if number % EVERY == 0 else None

    began, tasks = time.perf_counter(), []
    total = int(PER_SECOND * effort.seconds * effort.rounds)
    for number in range(total):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(one(100_000 + number)))
    rate = total / (time.perf_counter() - began)
    return [figure for figure in await asyncio.gather(*tasks) if figure is not None], rate


async def _book(services: Services, caller: Caller, number: int) -> UUID:
    command = BookAppointment(
        patient_id=uuid7(), practitioner_id=UUID(int=number // 10_000 + 1), type=AppointmentType.IN_PERSON,
        starts=DAY + timedelta(minutes=30 * (number % 10_000)), outright=True,
    )  # fmt: skip
    context = Context(caller, uuid7(), datetime.now(UTC), uuid7, uuid7())
    return (await services.dispatcher.dispatch(command, context)).id


async def _seen(services: Services, caller: Caller, booked: UUID, patience: float) -> float:
    """Return the milliseconds until the row is there."""
    began = time.perf_counter()
    reader = services.reader.within(caller.tenant_id)
    while await reader.row(_THERE, {"tenant": caller.tenant_id, "id": booked}) is None:
        if time.perf_counter() - began > patience:
            raise TimeoutError("the row did not come")
        await asyncio.sleep(0.0005)
    return (time.perf_counter() - began) * 1000
