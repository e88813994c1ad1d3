"""The pages at /docs show the OpenAPI document."""

import re

from tests.api.house import House


class TestPage:
    async def test_brings_everything_it_needs(self, house: House) -> None:
        """A machine without a way out shows it too."""
        page = (await house.anonymous().get("/docs")).text
        addresses = re.findall(r'(?:href|src)="([^"]+)"', page)
        assert len(addresses) >= 3
        assert all(address.startswith("/") for address in addresses)
        for address in addresses:
            assert (await house.anonymous().get(address)).status_code == 200
