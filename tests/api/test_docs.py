"""The OpenAPI document tells a reader, and the pages at /docs, what a request has to bring."""

import re
from pathlib import Path

from adapters.settings import Settings
from api.app import create_app
from tests.api.house import House


class TestDocument:
    def test_asks_for_a_bearer_token_under_api_and_nowhere_else(self, tmp_path: Path) -> None:
        document = create_app(Settings(state=tmp_path, database_url=None, redis_url=None)).openapi()
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
        asking = {
            path for path, operations in document["paths"].items() if all("security" in o for o in operations.values())
        }
        assert asking == {path for path in document["paths"] if path.startswith("/api/")}
        assert {"/health", "/ready", "/metrics"} <= document["paths"].keys() - asking


class TestPage:
    async def test_brings_everything_it_needs(self, house: House) -> None:
        """A machine without a way out shows it too."""
        page = (await house.anonymous().get("/docs")).text
        addresses = re.findall(r'(?:href|src)="([^"]+)"', page)
        assert len(addresses) >= 3
        assert all(address.startswith("/") for address in addresses)
        for address in addresses:
            assert (await house.anonymous().get(address)).status_code == 200
