"""One command's unit of work: what it loads, if that is in reach; which keys it takes; the one append at the end."""

from typing import TypeVar
from uuid import UUID

from application.kernel.context import Context, Outcome
from application.kernel.reach import guard, not_permitted, reach_of
from application.ports.assignments import Assignments, Nobody
from application.ports.event_store import Commit, EventStore, StreamAppend, VersionMismatch
from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import NotFound
from domain.kernel.ownership import Owned
from domain.kernel.unique import UniqueKey

A = TypeVar("A", bound=Aggregate)


class Session:
    """Given to a use case; a conflict makes the dispatcher decide again in a fresh one.

    ``permission``: the one under which everything is done here. A caller who holds it for some things only, their own
    or those assigned to them, loads no other.
    """

    def __init__(
        self, context: Context, store: EventStore, permission: str, assignments: Assignments | None = None
    ) -> None:
        self.context = context
        self.store = store
        self.permission = permission
        self._assignments = assignments or Nobody()
        self._take: list[tuple[UniqueKey, UUID]] = []
        self._release: list[tuple[UniqueKey, UUID]] = []
        self._expected = context.expected_version

    def fresh(self) -> "Session":
        """Return another, in which nothing has happened yet."""
        return Session(self.context, self.store, self.permission, self._assignments)

    def may(self, permission: str) -> bool:
        """Whether the caller holds another permission too, for whichever things."""
        return bool(reach_of(self.context.caller, permission))

    def require(self, permission: str) -> None:
        """Refuse what this caller may not do within a use case they may run. Raises NotPermitted."""
        if not self.may(permission):
            raise not_permitted(permission)

    async def guard(self, owned: Owned | None, thing: str, *, there: bool = True) -> None:
        """Raise NotFound or NotPermitted unless a thing of this ownership is in the caller's reach."""
        await guard(self.context.caller, self.permission, owned, thing, self._assignments, there=there)

    async def load(self, aggregate: type[A], id_: UUID) -> A:
        """Return the aggregate, or raise NotFound, also out of reach. If-Match speaks of the first one loaded."""
        found = await self.store.load(aggregate, self.context.tenant_id, id_)
        if not found.version:
            raise NotFound(f"There is no such {aggregate.NAME} here.", id=str(id_))
        await self.guard(found.owned, aggregate.NAME)
        if self._expected is not None and found.version != self._expected:
            raise VersionMismatch(
                f"The {aggregate.NAME} has changed since you read it: read it again and decide anew.",
                id=str(id_),
                expected=self._expected,
                actual=found.version,
            )
        self._expected = None
        return found

    def take(self, holder: UUID, *keys: UniqueKey) -> None:
        """Claim ``keys`` for the stream ``holder``; the append raises KeyTaken when another holds one."""
        self._take.extend((key, holder) for key in keys)

    def release(self, holder: UUID, *keys: UniqueKey) -> None:
        """Give ``keys`` back."""
        self._release.extend((key, holder) for key in keys)

    async def commit(self, *aggregates: Aggregate, **answer: object) -> Outcome:
        """Append every aggregate's pending events in one transaction; the first one names the outcome.

        With nothing pending nothing is appended, and the outcome's position is 0.
        """
        first, tenant_id = aggregates[0], self.context.tenant_id
        streams = [
            StreamAppend(a.stream_of(tenant_id, a.id), a.version - len(a.pending), a.pending)
            for a in aggregates
            if a.pending
        ]
        outcome = Outcome(first.id, first.version, 0, answer)
        if not streams:
            return outcome
        commit = Commit(self.context, streams, self._take, self._release, outcome)
        position = await self.store.append(commit)
        return Outcome(first.id, first.version, position, answer)
