"""Settings are checked when they are read, and no secret in them ever shows."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.identity.identity import open_ring
from adapters.kept import kept_secret
from adapters.settings import ROOT, Settings, complaint, is_secret, variable


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


class TestVendors:
    @pytest.mark.requirement("R015")
    @pytest.mark.requirement("R398")
    @pytest.mark.requirement("R288")
    def test_are_named_as_they_and_their_users_know_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given = {
            "WORKOS_API_KEY": "a", "WORKOS_CLIENT_ID": "b", "STRIPE_SECRET_KEY": "c", "STRIPE_WEBHOOK_SECRET": "d",
            "SENDGRID_API_KEY": "e", "RESEND_API_KEY": "f", "TWILIO_ACCOUNT_SID": "g", "TWILIO_AUTH_TOKEN": "h",
            "TWILIO_PHONE_NUMBER": "+351910000000", "SUPABASE_URL": "https://p.supabase.co",
            "SUPABASE_SERVICE_KEY": "i", "NOVU_SECRET_KEY": "j", "EMAIL_PROVIDER": "resend", "WHATSAPP_ENABLED": "true",
            "REDIS_HOST": "valkey.internal", "REDIS_PORT": "6380", "JWT_SECRET": "k", "JWT_EXPIRES_IN": "10m",
            "JWT_REFRESH_EXPIRES_IN": "7d",
        }  # fmt: skip
        monkeypatch.delenv("REDIS_URL", raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert settings.stripe_secret_key is not None
        assert settings.stripe_secret_key.get_secret_value() == "c"
        assert (settings.whatsapp_enabled, settings.email_provider) == (True, "resend")
        assert settings.redis_url == "redis://valkey.internal:6380/0"
        assert (settings.token_minutes_clinical, settings.refresh_days) == (10.0, 7.0)

    def test_of_which_nothing_is_given_are_not_used(self) -> None:
        assert Settings().stripe_secret_key is None

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ({"WORKOS_API_KEY": "canary"}, "WORKOS_CLIENT_ID"),
            ({"TWILIO_ACCOUNT_SID": "canary"}, "TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER"),
            ({"STRIPE_WEBHOOK_SECRET": "canary"}, "STRIPE_SECRET_KEY"),
            ({"EMAIL_PROVIDER": "sendgrid", "RESEND_API_KEY": "canary"}, "SENDGRID_API_KEY"),
        ],
    )
    def test_given_by_half_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: str
    ) -> None:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ValidationError) as refused:
            Settings()
        assert f"{missing}: needed" in complaint(refused.value)
        assert "canary" not in complaint(refused.value) + str(refused.value)


class TestStarting:
    @pytest.mark.requirement("R536")
    @pytest.mark.parametrize("command", ["api", "projector", "worker", "clock", "up", "doctor", "migrate"])
    def test_with_bad_settings_names_all_that_is_wrong_and_no_secret(self, tmp_path: Path, command: str) -> None:
        bad = {
            "DATABASE_URL": "mysql://root:canary-1@db/x", "REDIS_URL": "http://:canary-2@cache",
            "STRIPE_SECRET_KEY": "canary-3", "TWILIO_AUTH_TOKEN": "canary-4", "CARETRAIL_ROOT_KEY": "canary-5",
            "CARETRAIL_HTTP_PORT": "0", "SUPABASE_URL": "canary-6", "JWT_SECRET": "canary-7",
            "CARETRAIL_DATABASE_URL_APP": "canary-8", "CARETRAIL_STATE": str(tmp_path),
        }  # fmt: skip
        ran = subprocess.run(
            [sys.executable, "-m", "scripts.cli", command], cwd=ROOT, env={**os.environ, **bad}, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        said = ran.stdout + ran.stderr
        assert ran.returncode == 2, said
        assert "canary" not in said
        assert "Traceback" not in said
        wrong = {"DATABASE_URL", "REDIS_URL", "CARETRAIL_ROOT_KEY", "CARETRAIL_HTTP_PORT", "SUPABASE_URL",
                 "CARETRAIL_DATABASE_URL_APP", "TWILIO_ACCOUNT_SID, TWILIO_PHONE_NUMBER"}  # fmt: skip
        assert {line.strip().partition(":")[0] for line in said.splitlines()[1:]} >= wrong
        assert list(tmp_path.iterdir()) == []


class TestThePage:
    def test_says_of_every_setting_what_it_means_and_whether_it_is_secret(self) -> None:
        assert [name for name, field in Settings.model_fields.items() if not field.description] == []
        secrets = {variable(name) for name in Settings.model_fields if is_secret(name)}
        assert {"DATABASE_URL", "REDIS_URL", "STRIPE_SECRET_KEY", "CARETRAIL_TOKEN_SECRET"} <= secrets
        assert not {"WORKOS_CLIENT_ID", "CARETRAIL_HTTP_PORT"} & secrets
