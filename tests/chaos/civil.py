"""Times on the wall in zones whose clocks change, booked and offered; and a book that takes a zone for an offset."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol, Self
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from uuid_utils.compat import uuid7

from tests.api.house import House

#: By an hour, by half an hour, by two; at midnight, and on days other than Sundays.
ZONES = ("Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
         "Antarctica/Troll")  # fmt: skip
YEAR = 2027
MINUTE, HALF, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
WEEKDAYS = range(7)


class Change(NamedTuple):
    """A change of the clocks at an instant, by ``by`` (negative: back)."""

    zone: str
    at: datetime
    by: timedelta

    @property
    def before(self) -> datetime:
        """What the wall says when it changes, as if it did not."""
        return (self.at - MINUTE).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) + MINUTE


def changes(zone: str, year: int) -> list[Change]:
    """Find the changes of a year by looking at every half-hour of it."""
    there, found = ZoneInfo(zone), list[Change]()
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        by = (at + HALF).astimezone(there).utcoffset() - at.astimezone(there).utcoffset()  # type: ignore[operator]
        if by:
            found.append(Change(zone, at + HALF, by))
        at += HALF
    return found


class Book(Protocol):
    """Somewhere to book. Times are on the wall."""

    async def book(self, zone: str, local: datetime) -> datetime | None:
        """Return the instant that was booked; None: there is no such time."""
        ...

    async def free(self, zone: str, day: date) -> list[datetime]:
        """Return the half-hours of a day that can be booked, as instants; all of it is worked."""
        ...


async def live_through(book: Book, zones: Sequence[str], year: int) -> list[str]:
    """The attack: book in and around every hour that is skipped or seen twice, on days that are longer or shorter."""
    found: list[str] = []
    for change in (change for zone in zones for change in changes(zone, year)):
        found += [f"{change.zone}, {change.at:%d %B}: {what}" for what in await _around(book, change)]
    for zone in zones:
        there = ZoneInfo(zone)
        leap = datetime(2028, 2, 29, 10)  # noqa: DTZ001 - on the wall
        if await book.book(zone, leap) != leap.replace(tzinfo=there).astimezone(UTC):
            found.append(f"{zone}: ten o'clock on leap day is at another time")
    return found


async def _around(book: Book, change: Change) -> list[str]:
    zone, wall, found = change.zone, change.before, list[str]()
    if change.by > timedelta(0):
        if [await book.book(zone, wall + after) for after in (timedelta(0), change.by - MINUTE)] != [None, None]:
            found.append("a time that does not occur can be booked")
        if await book.book(zone, wall + change.by) != change.at:
            found.append("the first minute after the gap is at another time")
    else:
        twice = [await book.book(zone, (wall + change.by).replace(fold=fold)) for fold in (0, 1)]
        if twice != [change.at + change.by, change.at]:
            found.append("a time that occurs twice is not two times")
    for day in (wall.date() - DAY, wall.date() + DAY):
        ten = datetime(day.year, day.month, day.day, 10)  # noqa: DTZ001 - on the wall
        booked = await book.book(zone, ten)
        if booked is None or booked.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != ten:
            found.append("ten o'clock is not ten o'clock")
    offered = await book.free(zone, (change.at - MINUTE).astimezone(ZoneInfo(zone)).date())
    if offered != _half_hours(zone, (change.at - MINUTE).astimezone(ZoneInfo(zone)).date()):
        found.append(f"{len(offered)} half-hours are offered")
    return found


def _half_hours(zone: str, day: date) -> list[datetime]:
    """Return every half-hour that begins and ends on a day, found by looking at all that might."""
    there, noon = ZoneInfo(zone), datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    inside = [at for n in range(-24 * 60, 24 * 60) if (at := noon + n * MINUTE).astimezone(there).date() == day]
    return [at for at in inside[:: HALF // MINUTE] if at + HALF - MINUTE in inside]


class OverHttp:
    """The house's own book, asked over HTTP."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self._house = house
        self._client = client
        self._doctors: dict[str, UUID] = {}

    async def open(self, zones: Sequence[str]) -> Self:
        """Let somebody work all day in each zone."""
        for zone in zones:
            doctor = self._doctors[zone] = uuid7()
            week = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in WEEKDAYS]
            body = {"zone": zone, "hours": week, "stepMinutes": 30}
            (await self._client.put(f"/api/practitioners/{doctor}/working-hours", json=body)).raise_for_status()
        self._house.project()
        return self

    async def book(self, zone: str, local: datetime) -> datetime | None:
        body = {"patientId": str(uuid7()), "doctorId": str(uuid7()), "zone": zone, "fold": local.fold,
                "starts": local.replace(fold=0).isoformat(timespec="minutes")}  # fmt: skip
        answer = await self._client.post("/api/appointments", json=body)
        if answer.status_code == 422 and answer.json()["error"]["code"] == "no-such-time":
            return None
        answer.raise_for_status()
        made = answer.json()["data"]
        assert made["starts"] == body["starts"]
        return datetime.fromisoformat(made["date"])

    async def free(self, zone: str, day: date) -> list[datetime]:
        path = f"/api/practitioners/{self._doctors[zone]}/free-times"
        answer = await self._client.get(path, params={"from": day.isoformat(), "to": day.isoformat(), "minutes": 30})
        answer.raise_for_status()
        return [datetime.fromisoformat(time["date"]) for time in answer.json()["data"]["times"]]


class WinterTime:
    """The weakness: a zone is an offset, that of New Year's Day."""

    def _offset(self, zone: str) -> timedelta:
        offset = datetime(YEAR, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset()
        assert offset is not None
        return offset

    async def book(self, zone: str, local: datetime) -> datetime | None:
        return local.replace(tzinfo=UTC, fold=0) - self._offset(zone)

    async def free(self, zone: str, day: date) -> list[datetime]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - self._offset(zone)
        return [midnight + n * HALF for n in range(48)]
