"""The OpenAPI document tells a reader, and the pages at /docs, what a request has to bring."""

from pathlib import Path

from adapters.settings import Settings
from api.app import create_app


class TestDocument:
    def test_asks_for_a_bearer_token_under_api_and_nowhere_else(self, tmp_path: Path) -> None:
        document = create_app(Settings(state=tmp_path, database_url=None, redis_url=None)).openapi()
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
        asking = {
            path for path, operations in document["paths"].items() if all("security" in o for o in operations.values())
        }
        assert asking == {path for path in document["paths"] if path.startswith("/api/")}
        assert {"/health", "/ready", "/metrics"} <= document["paths"].keys() - asking
