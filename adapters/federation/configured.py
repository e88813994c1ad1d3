"""Identity providers as whoever runs the house names them; none is there unless it is named."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

WORKOS = "https://api.workos.com"
GOOGLE = "https://accounts.google.com"
GOOGLE_HOSTS = frozenset({"oauth2.googleapis.com", "www.googleapis.com", "openidconnect.googleapis.com"})
SECURE_TOKEN = "https://securetoken.google.com"  # noqa: S105 - an address
SECURE_TOKEN_KEYS = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"  # noqa: S105 - an address
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Provider(BaseModel):
    """One provider. ``hosts``: other hosts that its discovery document may name, beside the issuer's own.
    ``roles``: the role here by its name in WorkOS; what is not named gives nothing.

    ``issuer``: of OpenID Connect; for WorkOS where its API is, for Firebase the project's, both known unless given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["oidc", "workos", "firebase"] = "oidc"
    label: str = Field(default="", max_length=60)
    issuer: str = ""
    client_id: str = Field(min_length=1, max_length=256)
    client_secret: SecretStr | None = None
    scopes: frozenset[str] = frozenset({"openid", "email", "profile"})
    hosts: frozenset[str] = frozenset()
    keys_url: str = SECURE_TOKEN_KEYS
    webhook_secret: SecretStr | None = None
    roles: dict[str, str] = {}

    @field_validator("issuer", "keys_url")
    @classmethod
    def _trustworthy(cls, url: str) -> str:
        if url and not secure(url):
            raise ValueError("must be a URL that begins with https://, unless it is on this machine")
        return url

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "oidc" and not self.issuer:
            raise ValueError("an OpenID Connect provider needs its issuer")
        if self.kind == "workos" and self.client_secret is None:
            raise ValueError("WorkOS needs its API key as client_secret")
        return self


def secure(url: str) -> bool:
    """Whether what is said to a URL stays between us and its host: by TLS, or because it does not leave the machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and host in LOOPBACK
    return (parts.scheme == "https" or plain) and bool(host) and parts.username is None and not parts.fragment


def workos(client_id: str, api_key: SecretStr, webhook_secret: SecretStr | None, roles: dict[str, str]) -> Provider:
    """Return WorkOS AuthKit as it is named by its own variables."""
    return Provider(
        kind="workos", label="WorkOS", client_id=client_id, client_secret=api_key, webhook_secret=webhook_secret,
        roles=roles,
    )  # fmt: skip


def google(client_id: str, client_secret: SecretStr) -> Provider:
    """Return Google's sign-in, an OpenID Connect provider whose endpoints lie on several hosts."""
    return Provider(
        label="Google", issuer=GOOGLE, client_id=client_id, client_secret=client_secret, hosts=GOOGLE_HOSTS
    )  # fmt: skip


def firebase(project_id: str) -> Provider:
    """Return Firebase Auth of one project."""
    return Provider(kind="firebase", label="Firebase", client_id=project_id)
