"""Who is on the other end: the address of the connection, or what proxies we trust say of it."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]
#: What one subscriber is given at least: of an IPv6 address, no more than this tells clients apart.
SUBSCRIBER = 64
REMEMBERED = 4096


@lru_cache(maxsize=REMEMBERED)
def read(text: str) -> Address | None:
    """Return an address as proxies write it (with a port, in brackets); None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def client(scope: Scope, proxies: Networks) -> tuple[str, str]:
    """Return the client's address and the scheme it spoke.

    X-Forwarded-For is walked from its end, where the nearest proxy wrote, as long as the one who wrote is trusted; the
    first address that is not a proxy's is the client's, whatever stands before it.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    address = read(peer)
    if address is None or not _trusted(address, proxies):
        return str(address or peer), scope["scheme"]
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    for hop in reversed(",".join(said).split(",") if said else []):
        found = read(hop)
        if found is None:
            break
        address = found
        if not _trusted(address, proxies):
            break
    scheme = next((value for name, value in scope["headers"] if name == b"x-forwarded-proto"), b"")
    return str(address), scheme.decode("latin-1") if scheme in (b"http", b"https") else scope["scheme"]


@lru_cache(maxsize=REMEMBERED)
def counted_as(address: str) -> str:
    """Return what requests from ``address`` are counted under: of IPv6, the network of one subscriber."""
    found = read(address)
    return str(ip_network((found, SUBSCRIBER), strict=False)) if isinstance(found, IPv6Address) else address


def _trusted(address: Address, proxies: Networks) -> bool:
    return any(address in network for network in proxies)
