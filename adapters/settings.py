"""What a process is told from outside: one validated object, read from the environment once."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.federation import configured
from adapters.setting_types import Limits, Networks, Origins, listed, networks

ROOT = Path(__file__).resolve().parent.parent
#: Roles of people who see nobody's clinical data but their own.
MARKETPLACE = frozenset({"patient"})
ProviderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Misconfigured(Exception):
    """Something that whoever runs this installation has to mend; the message says what."""


class Settings(BaseSettings):
    """Settings of one process. URLs and secrets never show in a representation or a validation error."""

    model_config = SettingsConfigDict(
        env_prefix="CARETRAIL_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
        env_ignore_empty=True,
    )

    database_url: str | None = Field(default=None, repr=False, validation_alias="DATABASE_URL")
    redis_url: str | None = Field(default=None, repr=False, validation_alias="REDIS_URL")

    #: Who a process logs in as, role by role; see :mod:`adapters.logins` for what stands in when one is not given.
    database_url_migrator: str | None = Field(default=None, repr=False)
    database_url_app: str | None = Field(default=None, repr=False)
    database_url_projector: str | None = Field(default=None, repr=False)
    database_url_keys: str | None = Field(default=None, repr=False)
    database_url_auditor: str | None = Field(default=None, repr=False)
    database_url_analyst: str | None = Field(default=None, repr=False)
    logins_file: Path | None = None

    state: Path = ROOT / ".state"
    files: Path | None = None
    root_key: str = "file"
    root_key_file: Path | None = None
    key_days: float = Field(default=7.0, gt=0, le=365)
    deid_hours: int = Field(default=24, ge=1, le=8760)
    erasure_journal: Path | None = None
    signer_key_file: Path | None = None
    anchors: Path | None = None
    timestamp_url: str | None = None
    checkpoint_seconds: float = Field(default=10.0, gt=0, le=3600)
    checkpoint_events: int = Field(default=10_000, ge=1)

    token_secret: SecretStr | None = None
    token_minutes_clinical: float = Field(default=15.0, gt=0, le=60)
    token_minutes_marketplace: float = Field(default=60.0, gt=0, le=60)
    refresh_days: float = Field(default=7.0, gt=0, le=90)
    second_factor_roles: frozenset[str] = frozenset({"platform_admin", "privacy_officer", "auditor"})
    password_threads: int = Field(default=2, ge=1, le=64)
    password_queue: int = Field(default=32, ge=0, le=1000)

    #: Where the house is reached from outside: identity providers send people back to it.
    public_url: str | None = None
    #: Identity providers by name, as JSON; those below are there as soon as their own variables are set.
    identity_providers: dict[ProviderName, configured.Provider] = Field(default={}, repr=False)
    workos_api_key: SecretStr | None = Field(default=None, validation_alias="WORKOS_API_KEY")
    workos_client_id: str | None = Field(default=None, validation_alias="WORKOS_CLIENT_ID")
    workos_webhook_secret: SecretStr | None = Field(default=None, validation_alias="WORKOS_WEBHOOK_SECRET")
    workos_roles: dict[str, str] = {}
    google_client_id: str | None = Field(default=None, validation_alias="GOOGLE_CLIENT_ID")
    google_client_secret: SecretStr | None = Field(default=None, validation_alias="GOOGLE_CLIENT_SECRET")
    firebase_project_id: str | None = Field(default=None, validation_alias="FIREBASE_PROJECT_ID")
    provider_seconds: float = Field(default=5.0, gt=0, le=30)

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=1, le=65535)
    http_processes: int = Field(default=1, ge=1, le=64)

    #: Proxies whose word about the client's address and scheme counts, as networks: 10.0.0.0/8, fd00::/8.
    trusted_proxies: Networks = ""
    #: Pages of other origins that may ask from a browser, as https://app.example.org; none unless named.
    cors_origins: Origins = ""
    hsts_days: int = Field(default=365, ge=0, le=3650)
    body_bytes: int = Field(default=1 << 20, ge=1024, le=1 << 30)
    request_seconds: float = Field(default=30.0, gt=0, le=600)
    #: Changes of the table of limits, as {"default.user": "300/minute"}; and how many times as much everything is.
    rate_limits: Limits = {}
    rate_limit_times: int = Field(default=1, ge=1, le=1_000_000)

    database_pool: int = Field(default=20, ge=1, le=500)
    redis_pool: int = Field(default=10, ge=1, le=500)
    postgres_port: int = Field(default=0, ge=0, le=65535)

    wait_for_seconds: float = Field(default=2.0, gt=0, le=60)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator(
        "database_url",
        *(f"database_url_{role}" for role in ("migrator", "app", "projector", "keys", "auditor", "analyst")),
    )
    @classmethod
    def _speaks_postgresql(cls, url: str | None) -> str | None:
        if url is None:
            return None
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            conninfo_to_dict(url)
        except ProgrammingError:
            url = ""
        if not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("must be a connection URL that begins with postgresql://")
        return url

    @field_validator("redis_url")
    @classmethod
    def _speaks_redis(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("redis://", "rediss://")):
            raise ValueError("must be a URL that begins with redis:// or rediss://")
        return url

    @field_validator("root_key")
    @classmethod
    def _names_root_keys(cls, names: str) -> str:
        for name in names.split(","):
            if name.strip() != "file" and not name.strip().startswith("aws-kms:arn:"):
                raise ValueError(
                    "must be file, or aws-kms: with the ARN of a key; several with commas, the newest first"
                )
        return names

    @field_validator("state", "files", "root_key_file", "erasure_journal", "signer_key_file", "anchors", "logins_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().absolute() if path else None

    @field_validator("timestamp_url")
    @classmethod
    def _speaks_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("must be a URL that begins with https:// or http://")
        return url

    @field_validator("public_url")
    @classmethod
    def _is_ours(cls, url: str | None) -> str | None:
        if url is not None and (not configured.secure(url) or "?" in url):
            raise ValueError("must be a URL that begins with https://, unless it is on this machine")
        return url.rstrip("/") if url else None

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        if (self.workos_api_key is None) is not (self.workos_client_id is None):
            raise ValueError("WORKOS_API_KEY and WORKOS_CLIENT_ID come together, or not at all")
        if (self.google_client_id is None) is not (self.google_client_secret is None):
            raise ValueError("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET come together, or not at all")
        return self

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @property
    def providers(self) -> dict[str, configured.Provider]:
        """The identity providers there are, by name."""
        known: dict[str, configured.Provider] = {}
        if self.workos_client_id and self.workos_api_key:
            known["workos"] = configured.workos(
                self.workos_client_id, self.workos_api_key, self.workos_webhook_secret, self.workos_roles
            )  # fmt: skip
        if self.google_client_id and self.google_client_secret:
            known["google"] = configured.google(self.google_client_id, self.google_client_secret)
        if self.firebase_project_id:
            known["firebase"] = configured.firebase(self.firebase_project_id)
        return known | self.identity_providers

    @property
    def callback_url(self) -> str:
        """Where identity providers send people back to."""
        return f"{self.public_url or f'http://{self.http_host}:{self.http_port}'}/auth/callback"

    @property
    def files_directory(self) -> Path:
        """Where stored files lie."""
        return self.files or self.state / "files"

    @property
    def root_key_path(self) -> Path:
        """The file that holds the root key."""
        return self.root_key_file or self.state / "root.key"

    @property
    def erasure_journal_path(self) -> Path:
        """The file that names every destroyed key: keep it apart from the database and its backups."""
        return self.erasure_journal or self.state / "erasures.jsonl"

    @property
    def signer_key_path(self) -> Path:
        """The file that holds the key checkpoints are signed with."""
        return self.signer_key_file or self.state / "signer.key"

    @property
    def anchors_directory(self) -> Path:
        """The folder outside the database that signed checkpoints are put into."""
        return self.anchors or self.state / "anchors"

    @property
    def logins_path(self) -> Path:
        """The file that holds this installation's database logins."""
        return self.logins_file or self.state / "logins.json"

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of :attr:`trusted_proxies`."""
        return networks(self.trusted_proxies)

    @property
    def origins(self) -> frozenset[str]:
        """The origins of :attr:`cors_origins`."""
        return frozenset(listed(self.cors_origins))

    def url_of(self, role: str) -> str | None:
        """The URL given for a database role."""
        given: str | None = getattr(self, f"database_url_{role}")
        return given

    @property
    def token_ring_path(self) -> Path:
        """The file that holds the keys access tokens are signed with, unless a secret is given."""
        return self.state / "token.keys"

    def token_seconds(self, roles: frozenset[str]) -> int:
        """How long an access token with these roles lives: shorter for whoever works with patients' data."""
        market = bool(roles) and roles <= MARKETPLACE
        return round((self.token_minutes_marketplace if market else self.token_minutes_clinical) * 60)

    @property
    def longest_token_seconds(self) -> int:
        """How long any access token lives."""
        return round(max(self.token_minutes_marketplace, self.token_minutes_clinical) * 60)


def kept_secret(path: Path) -> bytes:
    """Return the 64 hex digits in ``path``, readable by its owner only; made at random the first time."""
    return kept(path, lambda: secrets.token_hex(32)).encode()


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return what is in ``path``, readable by its owner only; made the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            path.hardlink_to(made)  # of several processes that begin at once, the first wins
        os.unlink(made)
    return path.read_text().strip()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
