"""A read model: its tables, and a small function per event that says which rows the event changes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from domain.kernel.event import DomainEvent
from domain.kernel.recorded import Recorded
from projections.kernel.rows import Rows, Table

Projector = Callable[[Rows, Any, Recorded], None]


class ReadModel(NamedTuple):
    """Declared in ``projections/<name>/projector.py`` as ``READ_MODEL``.

    ``schema`` creates ``tables`` (unqualified names; they are made anew in each generation's schema).
    ``halts``: a poison event stops the read model instead of parking its stream (money, access, audit).
    ``keyed``: its projectors are given events opened; it runs where keys are held (see projections.kernel.keyed).
    """

    name: str
    tables: tuple[Table, ...]
    on: Mapping[type[DomainEvent], Projector]
    schema: Path
    halts: bool = False
    keyed: bool = False


def sealed_columns(recorded: Recorded) -> dict[str, object]:
    """Return the five columns in which a read model keeps an event's ciphertext as it is (see SealedCopy)."""
    copy = recorded.copy
    return {
        "sealed": copy.sealed,
        "key_id": copy.key_id,
        "sealed_version": copy.version,
        "sealed_type": copy.type,
        "sealed_schema": copy.schema_version,
    }


SEALED_COLUMNS = """
    sealed bytea, key_id uuid, sealed_version integer, sealed_type text, sealed_schema smallint
"""
"""For schema.sql authors: these five columns, as written there, belong to :func:`sealed_columns`."""
