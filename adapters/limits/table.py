"""Every limit by its name: how often a user, an address, or everybody together may ask for what goes by that name."""

from collections.abc import Mapping
from typing import NamedTuple

from limits import RateLimitItem, parse_many

DEFAULT = "default"
NONE = "none"


class Limit(NamedTuple):
    """``user``, ``address``, ``everybody``: amounts as `5/15 minutes; 20/day`, none where nothing is said.

    ``closes``: what goes by this name tries secrets, so while nobody counts for all processes it is refused.
    """

    user: str = NONE
    address: str = NONE
    everybody: str = NONE
    closes: bool = False


#: ``default`` counts every request; a named limit counts besides.
LIMITS: dict[str, Limit] = {
    DEFAULT: Limit(user="100/minute", address="100/minute"),
    "login": Limit(address="20/minute; 200/hour", closes=True),
    "otp": Limit(address="10/minute; 60/hour", closes=True),
    "forgot-password": Limit(address="5/minute; 20/hour", closes=True),
    "register": Limit(address="5/minute; 20/hour", closes=True),
    "own-secret": Limit(user="10/minute; 60/hour", address="30/minute", closes=True),
    "payment": Limit(user="5/15 minutes; 20/day", address="20/15 minutes", everybody="1000/minute"),
    "identity-check": Limit(user="3/hour", address="10/hour", everybody="500/5 minutes"),
    "approval": Limit(user="50/hour; 200/day"),
    "health": Limit(address="30/minute"),
}
SCOPES = ("user", "address", "everybody")


def parsed(amounts: str) -> list[RateLimitItem]:
    """Return the windows of a notation, [] for ``none``. Raises ValueError."""
    if amounts.strip() == NONE:
        return []
    items = parse_many(amounts)
    if any(item.amount < 1 for item in items):
        raise ValueError("a limit is at least 1")
    return items


def checked(changes: Mapping[str, str]) -> Mapping[str, str]:
    """Return changes of the table: amounts by ``name.scope``. Raises ValueError for names and amounts there are not."""
    for place, amounts in changes.items():
        name, _, scope = place.rpartition(".")
        if name not in LIMITS or scope not in SCOPES:
            raise ValueError(f"there is no limit {place}: take a name of adapters/limits/table.py, as default.user")
        parsed(amounts)
    return changes
