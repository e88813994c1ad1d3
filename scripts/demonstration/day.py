"""Chapter: a clinic's day is opened and booked, and of two who want the same time one gets it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

from scripts.demonstration.cast import ZONE, Cast
from scripts.demonstration.people import Answer, Person, Unexpected
from scripts.demonstration.story import Step

WINDOWS = (("09:00", "13:00"), ("14:00", "17:00"))
TOGETHER = 10.0


def tell(step: Step, cast: Cast) -> None:
    """Set hours, book and confirm, race, read the day."""
    doctor, (ada, ben, cleo) = cast.doctor, cast.patients
    day = clinic_day()
    opened = _open(step, doctor, cast)
    times = _free(ada, cast, day, opened)
    step.say(f"Free on {day}: {_clocks(times[:4])} and {len(times) - 4} more.")
    # Seven hours in steps of a quarter, less the last start of each window that leaves no half hour.
    step.check("free times fill the working hours", len(times), 26)
    first, raced = times[0], times[2]

    held = ada.post("/api/appointments", booking(cast, ada, first))
    step.say(f"{ada.name} asks for {_clock(first)}: {held.data['status']}, held for half an hour.")
    confirmed = ada.post(f"/api/appointments/{held.data['id']}/confirm", expect=200)
    step.check("a held time that is confirmed is hers", confirmed.data["status"], "CONFIRMED")
    left = _free(ada, cast, day, confirmed.position)
    step.check("that time is not free any more", first in left, False)

    won = _race(step, (ben, cleo), cast, raced)
    step.look("the day as the reception reads it", f"GET /api/schedule/{doctor.id}/day?date={day}")
    entries = _day(cast, day, won)
    step.table(("at", "status", "type"), [[e["starts"][11:], e["status"], e["type"]] for e in entries])
    step.check("the day shows the three bookings by the clock", [e["starts"] for e in entries],
               sorted(e["starts"] for e in entries) if len(entries) == 3 else "three of them")  # fmt: skip
    step.check("the raced time is taken once", [e["starts"] for e in entries].count(raced["starts"]), 1)


def clinic_day() -> str:
    """Return the date of the day that is opened: the day after tomorrow, where the clinic is."""
    return (datetime.now(ZoneInfo(ZONE)) + timedelta(days=2)).date().isoformat()


def booking(cast: Cast, patient: Person, time: dict[str, Any], kind: str = "IN_PERSON") -> dict[str, Any]:
    """Return the body that asks for a time."""
    wanted = {"starts": time["starts"], "zone": time["zone"], "minutes": 30, "type": kind}
    return {"patientId": str(patient.id), "practitionerId": str(cast.doctor.id), **wanted}


def _open(step: Step, doctor: Person, cast: Cast) -> int:
    hours = [{"weekday": day, "opens": a, "closes": b} for day in range(7) for a, b in WINDOWS]
    body = {"zone": ZONE, "hours": hours, "stepMinutes": 15}
    opened = doctor.put(f"/api/practitioners/{doctor.id}/working-hours", body)
    windows = " and ".join(f"{a}-{b}" for a, b in WINDOWS)
    step.say(f"{doctor.name} works {windows} every day, {ZONE} time, one patient at a time.")
    return opened.position


def _free(person: Person, cast: Cast, day: str, after: int) -> list[dict[str, Any]]:
    path = f"/api/practitioners/{cast.doctor.id}/free-times"
    found: list[dict[str, Any]] = person.get(path, {"from": day, "to": day, "minutes": 30}, after=after).data["times"]
    return found


def _race(step: Step, rivals: tuple[Person, Person], cast: Cast, time: dict[str, Any]) -> int:
    """Let two ask for one time at one moment; return the position at which the loser had booked another."""
    line = Barrier(2, timeout=TOGETHER)

    def run(rival: int) -> Answer:
        line.wait()
        return rivals[rival].try_post("/api/appointments", booking(cast, rivals[rival], time))

    step.say(f"{rivals[0].name} and {rivals[1].name} ask for {_clock(time)} at the same moment.")
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(run, range(2)))
    step.check("one gets the time, the other is refused", sorted(a.status for a in answers), [201, 409])
    if sorted(a.status for a in answers) != [201, 409]:
        raise Unexpected("the race has no winner and loser to go on with")
    loser = next(n for n, answer in enumerate(answers) if answer.status == 409)
    refused = answers[loser]
    offered = refused.error["details"].get("next_free", [])
    step.check("the refusal is slot-taken", refused.code, "slot-taken")
    step.say(f"The 409 names the next free times: {_clocks(offered)}.")
    step.check("the time itself is not among them", time["starts"] in [o["starts"] for o in offered], False)
    taken = rivals[loser].post("/api/appointments", booking(cast, rivals[loser], offered[0]))
    step.check(f"the loser takes {_clock(offered[0])} instead", taken.data["status"], "PENDING")
    return taken.position


def _day(cast: Cast, day: str, after: int) -> list[dict[str, Any]]:
    """Read the day as the reception does, X-Wait-For the last booking's X-Position."""
    path = f"/api/schedule/{cast.doctor.id}/day"
    found: list[dict[str, Any]] = cast.receptionist.get(path, {"date": day}, after=after).data["appointments"]
    return found


def free_later(person: Person, cast: Cast) -> list[dict[str, Any]]:
    """Return what is free in the afternoon of the day."""
    return [time for time in _free(person, cast, clinic_day(), 0) if time["starts"][11:] >= WINDOWS[1][0]]


def _clock(time: dict[str, Any]) -> str:
    return str(time["starts"][11:16])


def _clocks(times: list[dict[str, Any]]) -> str:
    return ", ".join(_clock(time) for time in times)
