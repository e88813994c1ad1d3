"""The one way to Valkey: however many ask, a process takes up no more of it than it is allowed."""

import asyncio

import pytest

from adapters.settings import Settings
from adapters.valkey import connect


class TestConnections:
    @pytest.mark.requirement("R091")
    async def test_are_ten_at_most_however_many_ask_at_once(self, redis_url: str) -> None:
        assert Settings.model_fields["redis_pool"].default == 10
        client = connect(redis_url, Settings.model_fields["redis_pool"].default, seconds=5)
        try:
            first = await client.client_list()  # ours, and whoever else is there
            await asyncio.gather(*(client.incr("asked") for _ in range(300)))
            assert await client.get("asked") == b"300"
            assert 1 < 1 + len(await client.client_list()) - len(first) <= 10
        finally:
            await client.aclose()
