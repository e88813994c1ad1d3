"""Words the scheduling tests speak over HTTP."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from tests.api.house import House

LISBON = "Europe/Lisbon"


def soon(days: int = 3, hour: int = 10, minute: int = 0) -> datetime:
    """A time on the wall in Lisbon, some days from now."""
    day = datetime.now(ZoneInfo(LISBON)).replace(tzinfo=None) + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def body(patient: UUID, doctor: UUID, starts: datetime | None = None, **more: Any) -> dict[str, Any]:
    begins = (starts or soon()).isoformat(timespec="minutes")
    return {"patientId": str(patient), "doctorId": str(doctor), "starts": begins, "zone": LISBON, **more}


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def refusal(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == code
    return error


async def book(client: httpx.AsyncClient, *about: Any, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = data(await client.post("/api/appointments", json=body(*about, **more)), 201)
    return made


async def detail(house: House, client: httpx.AsyncClient, appointment_id: str) -> dict[str, Any]:
    await asyncio.to_thread(house.project)
    found: dict[str, Any] = data(await client.get(f"/api/appointments/{appointment_id}"))
    return found


def where_it_is_noon() -> str:
    """A zone in which no minute of this test lies on another date."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def notices(house: House) -> list[tuple[str, str]]:
    """What the notifier was given, in order of template."""
    spool = house.services.settings.state / "spool"
    told = [json.loads(path.read_text()) for path in spool.glob("*.json")]
    return sorted((one["template"], one["recipient"]) for one in told if one["tenant"] == str(house.tenant))
