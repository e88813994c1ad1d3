"""Settings of signing in: how long tokens live, who needs a second factor, how much hashing is borne."""

import re
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CARETRAIL_"
#: Roles of people who see nobody's clinical data but their own.
MARKETPLACE = frozenset({"patient"})
_LIFE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _minutes(value: object) -> object:
    return _in(value, 60)


def _days(value: object) -> object:
    return _in(value, 86_400)


def _in(value: object, unit: int) -> object:
    found = _LIFE.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) * _SECONDS[found[2]] / unit if found else value


#: A number of minutes, or a length of time such as 15m or 1h; of days, such as 7d.
Minutes = Annotated[float, BeforeValidator(_minutes)]
Days = Annotated[float, BeforeValidator(_days)]


class SigningIn(BaseSettings):
    """The part of the settings that is about tokens and passwords."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    token_secret: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices(f"{PREFIX}TOKEN_SECRET", "JWT_SECRET")
    )
    """What access tokens are signed with, instead of a ring of keys that turns by itself."""
    token_minutes_clinical: Minutes = Field(
        default=15.0, gt=0, le=60, validation_alias=AliasChoices(f"{PREFIX}TOKEN_MINUTES_CLINICAL", "JWT_EXPIRES_IN")
    )
    """How long an access token lives of whoever works with patients' data."""
    token_minutes_marketplace: Minutes = Field(default=60.0, gt=0, le=60)
    """How long any other access token lives."""
    refresh_days: Days = Field(
        default=7.0, gt=0, le=90, validation_alias=AliasChoices(f"{PREFIX}REFRESH_DAYS", "JWT_REFRESH_EXPIRES_IN")
    )
    """How long one stays signed in without coming back."""
    second_factor_roles: frozenset[str] = frozenset({"platform_admin", "privacy_officer", "auditor"})
    """Roles held only by who showed a second factor, as a JSON list."""
    password_threads: int = Field(default=2, ge=1, le=64)
    """How many passwords are hashed at a time."""
    password_queue: int = Field(default=32, ge=0, le=1000)
    """How many wait for that; more are refused with 503."""

    def token_seconds(self, roles: frozenset[str]) -> int:
        """How long an access token with these roles lives: shorter for whoever works with patients' data."""
        market = bool(roles) and roles <= MARKETPLACE
        return round((self.token_minutes_marketplace if market else self.token_minutes_clinical) * 60)

    @property
    def longest_token_seconds(self) -> int:
        """How long any access token lives."""
        return round(max(self.token_minutes_marketplace, self.token_minutes_clinical) * 60)
