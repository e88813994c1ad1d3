"""What a process is told from outside: one validated object, read from the environment once."""

import os
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict, SettingsError

from adapters.federation import configured
from adapters.setting_types import DatabaseUrl, Limits, Networks, Origins, RedisUrl, listed, networks
from adapters.signing_in import PREFIX, SigningIn
from adapters.vendors import Vendors, incomplete

ROOT = Path(__file__).resolve().parent.parent


class Misconfigured(Exception):
    """Something that whoever runs this installation has to mend; the message says what."""


class WrongSettings(Misconfigured):
    """The message has a line for each setting that is wrong or missing."""


class Settings(SigningIn, Vendors):
    """Settings of one process. URLs and secrets never show in a representation or a validation error.

    The text under a field is what SETTINGS.md says of it.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
        env_ignore_empty=True,
    )

    database_url: DatabaseUrl | None = Field(default=None, repr=False, validation_alias="DATABASE_URL")
    """PostgreSQL 15 or newer, as the database's administrator; an embedded one is started where it is not given."""
    redis_url: RedisUrl | None = Field(
        default=None, repr=False, validation_alias=AliasChoices("REDIS_URL", "UPSTASH_REDIS_URL")
    )
    """Valkey or Redis; an embedded one is started where neither this nor REDIS_HOST is given."""
    redis_host: str | None = Field(default=None, validation_alias="REDIS_HOST")
    """Host of Valkey or Redis, where no URL is given."""
    redis_port: int | None = Field(default=None, ge=1, le=65535, validation_alias="REDIS_PORT")
    """Its port; 6379 where it is not given."""

    database_url_migrator: DatabaseUrl | None = Field(default=None, repr=False)
    """Who migrations log in as; else the administrator."""
    database_url_app: DatabaseUrl | None = Field(default=None, repr=False)
    """Who the API and the worker log in as; here and below else a login of this installation."""
    database_url_projector: DatabaseUrl | None = Field(default=None, repr=False)
    """Who the projector and the clock log in as."""
    database_url_keys: DatabaseUrl | None = Field(default=None, repr=False)
    """Who keys are reached as."""
    database_url_auditor: DatabaseUrl | None = Field(default=None, repr=False)
    """Who replay, audit and doctor log in as."""
    database_url_analyst: DatabaseUrl | None = Field(default=None, repr=False)
    """Who analysts log in as."""
    logins_file: Path | None = None
    """The passwords of this installation's logins; logins.json in the state directory where it is not given."""

    state: Path = ROOT / ".state"
    """The directory for all that is kept beside the database."""
    files: Path | None = None
    """Where stored files lie; files in the state directory where it is not given."""
    root_key: str = "file"
    """What wraps every tenant's key: file, or aws-kms: and the ARN of a key; several with commas, the newest first."""
    root_key_file: Path | None = None
    """The file of the root key; root.key in the state directory where it is not given."""
    key_days: float = Field(default=7.0, gt=0, le=365)
    """How often keys are replaced: so long after an erasure no old copy of a key can be opened."""
    deid_hours: int = Field(default=24, ge=1, le=8760)
    """How often the figures for analysts are counted anew."""
    erasure_journal: Path | None = None
    """The file that names every destroyed key: keep it apart from the database and its backups."""
    signer_key_file: Path | None = None
    """The key that checkpoints are signed with; signer.key in the state directory where it is not given."""
    anchors: Path | None = None
    """The folder that signed checkpoints are put into; anchors in the state directory where it is not given."""
    timestamp_url: str | None = Field(default=None, repr=False)
    """An RFC 3161 authority that stamps checkpoints; its URL may hold a password."""
    checkpoint_seconds: float = Field(default=10.0, gt=0, le=3600)
    """How soon what was recorded is signed."""
    checkpoint_events: int = Field(default=10_000, ge=1)
    """After how many events at the latest."""

    public_url: str | None = None
    """Where the house is reached from outside: identity providers send people back to it."""

    http_host: str = "127.0.0.1"
    """The address the API listens on."""
    http_port: int = Field(default=8000, ge=1, le=65535)
    """The port the API listens on."""
    http_processes: int = Field(default=1, ge=1, le=64)
    """How many processes serve the API."""
    http_keep_alive_seconds: int = Field(default=75, ge=1, le=3600)
    """How long an idle connection is kept: longer than any proxy in front keeps its own, or it meets closed ones."""

    trusted_proxies: Networks = ""
    """Proxies whose word about the client's address and scheme counts, as networks: 10.0.0.0/8, fd00::/8."""
    cors_origins: Origins = ""
    """Pages of other origins that may ask from a browser, as https://app.example.org; none unless named."""
    hsts_days: int = Field(default=365, ge=0, le=3650)
    """For how long browsers are told to come by TLS alone; 0: they are not told."""
    body_bytes: int = Field(default=1 << 20, ge=1024, le=1 << 30)
    """The longest body that is read."""
    request_seconds: float = Field(default=30.0, gt=0, le=600)
    """How long a request may take."""
    rate_limits: Limits = {}
    """Changes of the table of limits, as JSON: {"default.user": "300/minute"}."""
    rate_limit_times: int = Field(default=1, ge=1, le=1_000_000)
    """How many times as much as the table says is allowed."""

    database_pool: int = Field(default=20, ge=1, le=500)
    """The most connections of one process to PostgreSQL, beside a few for writing and keys."""
    redis_pool: int = Field(default=10, ge=1, le=500)
    """The most connections of one process to Valkey for the cache."""
    postgres_port: int = Field(default=0, ge=0, le=65535)
    """The port of the embedded PostgreSQL; 0: only a socket."""

    wait_for_seconds: float = Field(default=2.0, gt=0, le=60)
    """How long an answer waits for a read model to reach the position of X-Wait-For."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""

    @model_validator(mode="before")
    @classmethod
    def _by_host(cls, given: Any) -> Any:
        """Let a host and a port stand for the URL, where none is given."""
        host = given.get("REDIS_HOST") or given.get("redis_host")
        if host and not given.keys() & {"REDIS_URL", "UPSTASH_REDIS_URL", "redis_url"}:
            port = given.get("REDIS_PORT") or given.get("redis_port") or 6379
            return {**given, "redis_url": f"redis://{host}:{port}/0"}
        return given

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = {variable(name) for name in type(self).model_fields if getattr(self, name) is not None}
        if wrong := incomplete(names, self.email_provider):
            raise ValueError("; ".join(wrong))
        return self

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

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

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


def variable(field: str) -> str:
    """Return the environment variable of a setting: the first, where it has several."""
    alias = Settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return str(alias) if alias else f"{PREFIX}{field.upper()}"


def is_secret(field: str) -> bool:
    """Whether a setting is shown to nobody."""
    found = Settings.model_fields[field]
    return not found.repr or "SecretStr" in str(found.annotation)


def complaint(error: ValidationError | SettingsError) -> str:
    """Return every setting that is wrong or missing, a line each, and no value."""
    wrong = []
    if isinstance(error, SettingsError):
        field = str(error).partition('"')[2].partition('"')[0]
        return f"The settings cannot be used:\n  {variable(field)}: must be JSON"
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        said = each["msg"].removeprefix("Value error, ")
        if not each["loc"]:
            wrong += said.split("; ")
            continue
        name = str(each["loc"][0])
        wrong.append(f"{variable(name) if name in Settings.model_fields else name}: {said}")
    if all(each["loc"] for each in error.errors()):  # what is whole is looked at only where every part is right
        wrong += incomplete(name for name, value in os.environ.items() if value)
    return "\n  ".join(["The settings cannot be used:", *wrong])


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises WrongSettings, which names all that is wrong with them."""
    try:
        return Settings()
    except (ValidationError, SettingsError) as error:
        raise WrongSettings(complaint(error)) from None
