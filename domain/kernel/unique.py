"""A rule over a set (a slot of a practitioner, a number in a row) is held by keys only one stream can have."""

from typing import NamedTuple


class UniqueKey(NamedTuple):
    """A key within a tenant and scope; the event store lets one stream hold it at a time."""

    scope: str
    key: str
