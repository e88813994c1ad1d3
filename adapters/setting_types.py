"""Settings that are written as text and mean more: networks, origins, limits by their names."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def listed(text: str) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of a list. Raises ValueError."""
    return tuple(ip_network(network) for network in listed(text))


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


Networks = Annotated[str, AfterValidator(_of_networks)]
Origins = Annotated[str, AfterValidator(_of_origins)]
Limits = Annotated[dict[str, str], AfterValidator(_of_limits)]
