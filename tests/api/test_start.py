"""A server process that cannot start says why by kind and place; the command line says it in words."""

import pytest
from structlog.testing import capture_logs

from adapters.postgres.roles import CannotLogIn
from adapters.settings import Settings
from api.app import create_app
from tests.house.test_command_line import caretrail

NOBODY = {"DATABASE_URL": "postgresql://someone:canary@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}


class TestStart:
    async def test_that_fails_is_logged_by_kind_and_place(self) -> None:
        app = create_app(Settings(database_url=NOBODY["DATABASE_URL"], redis_url=NOBODY["REDIS_URL"]))
        with capture_logs() as logs, pytest.raises(CannotLogIn):
            async with app.router.lifespan_context(app):
                raise AssertionError("it should not serve")
        (line,) = logs
        assert (line["event"], line["error"]) == ("api.start.failed", "CannotLogIn")
        assert line["at"][0].startswith("postgres/roles.py:")
        assert "canary" not in str(logs)

    def test_without_a_database_is_refused_in_one_line(self) -> None:
        done = caretrail("api", **NOBODY)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "cannot log in" in done.stderr
        assert "Connection refused" in done.stderr
