"""Settings that are written as text and mean more: URLs with passwords, networks, origins, limits by their names."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

_ESCAPE = "in a password /, ?, # and @ are written as %2F, %3F, %23 and %40"
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def listed(text: str) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of a list. Raises ValueError."""
    return tuple(ip_network(network) for network in listed(text))


def _of_postgresql(url: str) -> str:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        url, parts = "", {}
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a connection URL that begins with postgresql://")
    # Half a password in the place of host or port would be repeated by every failure to connect.
    if "@" in str(parts.get("host", "")) or not set(str(parts.get("port", ""))) <= set("0123456789,"):
        raise ValueError(f"has no host and port: {_ESCAPE}")
    return url


def _of_redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://")):
        raise ValueError("must be a URL that begins with redis:// or rediss://")
    try:
        parts = urlsplit(url)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        sound = False
    else:
        sound = sound and "@" not in unquote(parts.path + parts.query + parts.fragment)
    if not sound:
        raise ValueError(f"has no host and port: {_ESCAPE}")
    return url


def _of_networks(text: str) -> str:
    networks(text)
    return text


def _of_origins(text: str) -> str:
    if not all(ORIGIN.fullmatch(origin) for origin in listed(text)):
        raise ValueError("must be origins as https://app.example.org, with commas; a star allows nobody")
    return text


def _of_limits(changes: dict[str, str]) -> Mapping[str, str]:
    from adapters.limits.table import checked

    return checked(changes)


DatabaseUrl = Annotated[str, AfterValidator(_of_postgresql)]
RedisUrl = Annotated[str, AfterValidator(_of_redis)]
Networks = Annotated[str, AfterValidator(_of_networks)]
Origins = Annotated[str, AfterValidator(_of_origins)]
Limits = Annotated[dict[str, str], AfterValidator(_of_limits)]
