"""What waits in the spool is shown to the operator: ids to begin with, and more only on the record."""

import json

from domain.identity.platform import PLATFORM
from tests.api.commands import caretrail
from tests.api.house import House
from tests.api.people import PASSWORD, someone, told

LOOKS = b"SELECT count(*) FROM access_log.entries WHERE tenant_id = %s AND data->>'action' = 'notices:open'"


class TestNotices:
    async def test_are_ids_until_they_are_opened_and_opening_is_recorded(self, house: House) -> None:
        email = someone()
        body = {"email": email, "password": PASSWORD, "name": "Ana Sousa"}
        told(await house.anonymous().post("/api/auth/register", json=body), 202)
        await house.drain()
        before = await _looks(house)
        listed = await caretrail(house, "notices", "--last", "1")
        assert email not in listed
        (closed,) = json.loads(listed)
        assert closed["template"] == "confirm-registration"
        assert await _looks(house) == before
        (opened,) = json.loads(await caretrail(house, "notices", "--last", "1", "--open"))
        assert opened.keys() - closed.keys() == {"for"}
        sent = {"email": opened["for"]["to"], "code": opened["for"]["code"]}
        assert sent["email"] == email
        told(await house.anonymous().post("/api/auth/otp/verify", json=sent))
        assert await _looks(house) == before + 1


async def _looks(house: House) -> int:
    import psycopg

    async with await psycopg.AsyncConnection.connect(house.database_url) as connection:
        row = await (await connection.execute(LOOKS, (PLATFORM,))).fetchone()
    return int(row[0]) if row else 0
