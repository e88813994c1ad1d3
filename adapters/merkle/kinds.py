"""Which logs there are: each kind is a table, one tree per tenant; the top log is over the checkpoints of all."""

from collections.abc import Mapping
from uuid import UUID

from adapters.postgres.feed import ACCESS, EVENTS, Source

SOURCES: Mapping[str, Source] = {"events": EVENTS, "access": ACCESS}
TOP_KIND, TOP_TENANT = "top", UUID(int=0)


def consumer_name(kind: str) -> str:
    """Return the name of the consumer that grows the trees of a kind."""
    return f"merkle_{kind}"
