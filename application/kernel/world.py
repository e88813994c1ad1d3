"""What performing an effect may touch: commands, read streams, opened personal data, and the ports to the outside."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from application.kernel.context import Context, Outcome
from application.kernel.dispatch import Command
from application.ports.accounts import Accounts
from application.ports.challenges import Challenges
from application.ports.erasure_journal import ErasureJournal
from application.ports.event_store import EventStore
from application.ports.file_storage import FileStorage
from application.ports.invitations import Invitations
from application.ports.invoice_renderer import InvoiceRenderer
from application.ports.notifier import Notifier
from application.ports.personal_keys import PersonalKeys
from application.ports.stream_reader import StreamReader
from application.ports.witness import Witness


class Act(Protocol):
    """Dispatch a command in the system's name, caused by the effect ``key``; performed twice, it happens once."""

    async def __call__(self, command: Command, *, tenant_id: UUID, key: UUID, label: str = "") -> Outcome: ...


def utc_now() -> datetime:
    """Return what the clock of this machine says."""
    return datetime.now(UTC)


class World(NamedTuple):
    """Handed to ``perform``; ``now`` is the clock."""

    act: Act
    store: EventStore
    streams: StreamReader
    files: FileStorage
    invoices: InvoiceRenderer
    notifier: Notifier
    keys: PersonalKeys
    journal: ErasureJournal
    witness: Witness
    challenges: Challenges
    accounts: Accounts
    invitations: Invitations
    now: Callable[[], datetime] = utc_now


__all__ = ["Act", "Context", "World", "utc_now"]
