"""Identity providers as the environment names them: none by default, nonsense refused, no secret shown."""

import json

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from adapters.federation.configured import secure
from adapters.settings import Settings

HIDDEN = "hidden-secret"


def named(**provider: object) -> str:
    return json.dumps({"here": {"issuer": "https://id.example", "client_id": "x"} | provider})


class TestProviders:
    def test_are_none_unless_they_are_named(self) -> None:
        assert Settings().providers == {}

    @pytest.mark.requirement("R015")
    def test_come_from_their_own_variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "WORKOS_API_KEY": HIDDEN, "WORKOS_CLIENT_ID": "client_1", "WORKOS_WEBHOOK_SECRET": HIDDEN,
            "GOOGLE_CLIENT_ID": "g", "GOOGLE_CLIENT_SECRET": HIDDEN, "FIREBASE_PROJECT_ID": "a-project",
            "CARETRAIL_IDENTITY_PROVIDERS": named(client_secret=HIDDEN), "CARETRAIL_PUBLIC_URL": "https://care.example/",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        settings = Settings()
        kinds = {name: provider.kind for name, provider in settings.providers.items()}
        assert kinds == {"workos": "workos", "google": "oidc", "firebase": "firebase", "here": "oidc"}
        assert settings.callback_url == "https://care.example/auth/callback"
        assert HIDDEN not in repr(settings) + str(settings) + repr(settings.providers)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("WORKOS_API_KEY", HIDDEN),
            ("WORKOS_CLIENT_ID", "client_1"),
            ("GOOGLE_CLIENT_SECRET", HIDDEN),
            ("CARETRAIL_PUBLIC_URL", "http://care.example"),
            ("CARETRAIL_PUBLIC_URL", "https://care.example/?x=1"),
            ("CARETRAIL_PROVIDER_SECONDS", "0"),
            ("CARETRAIL_IDENTITY_PROVIDERS", f'{{"here": {HIDDEN}'),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(issuer="", client_secret=HIDDEN)),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(issuer="http://id.example", client_secret=HIDDEN)),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(kind="saml", client_secret=HIDDEN)),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(kind="workos")),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(client_id="")),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(client_secrte=HIDDEN)),
            ("CARETRAIL_IDENTITY_PROVIDERS", named(client_secret=HIDDEN).replace("here", "Not A Name")),
        ],
    )
    def test_that_cannot_work_are_refused_without_repeating_a_secret(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises((ValidationError, SettingsError)) as refused:
            Settings()
        assert HIDDEN not in str(refused.value)


class TestAnAddress:
    @pytest.mark.parametrize("url", ["https://id.example", "https://id.example:8443/x", "http://127.0.0.1:8000"])
    def test_is_secure_over_tls_or_on_this_machine(self, url: str) -> None:
        assert secure(url)

    @pytest.mark.parametrize(
        "url",
        ["http://id.example", "ftp://id.example", "https://", "https://a:b@id.example", "https://[", "", "id.example",
         "https://id.example/#x", "https://id.example:99999", "http://127.0.0.1.evil.example", "/etc/x"],
    )  # fmt: skip
    def test_is_not_otherwise(self, url: str) -> None:
        assert not secure(url)
