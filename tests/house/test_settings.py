"""Settings are checked when they are read, and no secret in them ever shows."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.identity.identity import open_ring
from adapters.settings import Settings, kept_secret


class TestSettings:
    def test_come_from_the_environment_under_their_own_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql:///clinic?host=/run/postgresql")
        monkeypatch.setenv("CARETRAIL_STATE", "/srv/caretrail")
        monkeypatch.setenv("CARETRAIL_LOG_LEVEL", "WARNING")
        monkeypatch.setenv("STATE", "/elsewhere")
        settings = Settings()
        assert settings.database_url == "postgresql:///clinic?host=/run/postgresql"
        assert (settings.log_level, settings.state) == ("warning", Path("/srv/caretrail"))
        assert settings.files_directory == Path("/srv/caretrail/files")
        assert settings.root_key_path == Path("/srv/caretrail/root.key")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://somebody:hidden@host/x"),
            ("DATABASE_URL", "postgresql://somebody:hidden@host/x?nonsense=1"),
            ("REDIS_URL", "http://somebody:hidden@host"),
            ("CARETRAIL_HTTP_PORT", "70000"),
            ("CARETRAIL_DATABASE_POOL", "0"),
            ("CARETRAIL_LOG_LEVEL", "chatty"),
            ("CARETRAIL_ROOT_KEY", "arn:aws:kms:eu-west-1:1:key/hidden"),
            ("CARETRAIL_ROOT_KEY", "file,hidden"),
            ("CARETRAIL_KEY_DAYS", "0.0"),
        ],
    )
    def test_refuse_what_cannot_work_without_repeating_it(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(ValidationError) as refused:
            Settings()
        assert value not in str(refused.value)
        assert "hidden" not in str(refused.value)

    def test_show_no_secret_when_they_are_printed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:hidden@host/x")
        monkeypatch.setenv("REDIS_URL", "redis://:hidden@host")
        monkeypatch.setenv("CARETRAIL_TOKEN_SECRET", "hidden")
        assert "hidden" not in repr(Settings()) + str(Settings())


class TestTokenSecret:
    def test_is_made_once_even_by_processes_that_begin_together_and_only_its_owner_reads_it(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "state" / "token.key"
        with ThreadPoolExecutor(8) as pool:
            secrets = set(pool.map(lambda _: kept_secret(path), range(32)))
        assert len(secrets) == 1
        assert len(bytes.fromhex(secrets.pop().decode())) == 32
        assert path.stat().st_mode & 0o777 == 0o600
        assert [child.name for child in path.parent.iterdir()] == ["token.key"]

    def test_is_the_one_given_when_one_is_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CARETRAIL_TOKEN_SECRET", "given")
        ring = open_ring(Settings(state=tmp_path))
        assert ring.signing() == open_ring(Settings(state=tmp_path)).signing()
        assert list(tmp_path.iterdir()) == []
