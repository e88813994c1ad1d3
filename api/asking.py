"""What a route is given: the caller, commands, queries and the shapes of an answer."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from adapters.bootstrap import Family, Review
from api.admitting import Admitted
from api.envelope import answer, dumped
from api.errors import NOT_MODIFIED
from api.idempotency import REPLAYED, given_key, target
from api.looking import BadHeader
from api.paging import CLINICAL, MAXIMUM, PUBLIC, Page, Parts, order_of, page_of, sorts_of
from api.parameters import refuse_unknown_parameters
from api.security import authenticated
from api.validators import entity_tag, expected_version, is_known
from application.identity.doors import FRONT_DOOR, Doors
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command
from application.ports.stream_reader import StreamReader
from domain.access.purpose import PurposeOfUse
from domain.identity.platform import PLATFORM
from domain.kernel.ids import derived_id
from projections.kernel.lists import Found, Listing
from projections.kernel.reader import Reader


class Ask(Admitted):
    """One request's way into the application."""

    @property
    def reader(self) -> Reader:
        """Access to the read models of the caller's tenant; whoever is found there is noted for the access log."""
        return self.services.reader.within(self.tenant).watched(self.looking.asked)

    @property
    def platform_reader(self) -> Reader:
        """Access to the platform's own read models: people's accounts, wherever they act."""
        return self.services.reader.within(PLATFORM).watched(self.looking.asked)

    @property
    def streams(self) -> StreamReader:
        """Access to recorded events; whom they are about is noted for the access log."""
        return self.services.streams.watched(self.looking.saw)

    @property
    def review(self) -> Review:
        """Access to history for review; whom it is about is noted for the access log."""
        return self.services.review.watched(self.looking.saw)

    def saw(self, people: Iterable[UUID]) -> None:
        """Note for the access log who came into view where neither :attr:`reader` nor :attr:`streams` could see it."""
        self.looking.saw(people)

    def for_purpose(self, purpose: PurposeOfUse) -> None:
        """State what this is read for, whatever the request's header says: the access log keeps it."""
        self.caller = self.looking.caller = msgspec.structs.replace(self.caller, purpose=purpose.value)

    def same_tenant(self, clinic_id: UUID) -> None:
        """Refuse (as not there) a clinic that is not the caller's tenant."""
        self.services.same_tenant(self.caller, clinic_id)

    def new_id(self) -> UUID:
        """Return a new UUIDv7."""
        return self.services.new_id()

    async def context(self) -> Context:
        """Return the circumstances of the command this request asks for (Idempotency-Key, If-Match)."""
        request, caller = self.request, self.caller
        key, digest = given_key(request), b""
        if key:
            said = target(request) + await request.body()
            digest = await self.services.identity.hashes.of("request", said.decode("latin-1"))
        command_id = derived_id("command", caller.tenant_id, caller.actor_id, key) if key else self.new_id()
        return Context(
            caller=caller,
            command_id=command_id,
            now=datetime.now(UTC),
            new_id=self.services.new_id,
            correlation_id=request.scope["correlation_id"],
            request_id=request.scope["request_id"],
            request_hash=digest,
            repeatable=bool(key),
            expected_version=expected_version(request.headers.get("if-match")),
        )

    async def run(self, command: Command) -> Outcome:
        """Run a command and return its outcome (for routes that shape their own answer)."""
        return await self.services.dispatcher.dispatch(command, await self.context())

    @property
    def doors(self) -> Doors:
        """What the caller's own account is reached through."""
        return self.services.identity.doors

    async def own_command(self, command: Command) -> Response:
        """Run a command on the caller's own account, in the platform's tenant; answer as :meth:`command`."""
        return self.told(await self.at_door(PLATFORM, command), 200)

    async def at_door(self, tenant_id: UUID, command: Command) -> Outcome:
        """Run a command in a tenant where the caller's roles do not count, in the door's name for them."""
        caller = Caller(tenant_id, self.caller.actor_id, FRONT_DOOR)
        context = msgspec.structs.replace(await self.context(), caller=caller)
        return await self.services.dispatcher.dispatch(command, context)

    async def command(self, command: Command, status: int = 200) -> Response:
        """Run a command and answer with its id, version and answer, ``ETag`` and ``X-Position``."""
        return self.told(await self.run(command), status)

    def told(self, outcome: Outcome, status: int, **more: object) -> Response:
        """Answer with an outcome's id, version and answer."""
        data = {"id": str(outcome.id), "version": outcome.version, **outcome.answer, **more}
        return answer(data, status, headers=self.marks(outcome) | ({REPLAYED: "true"} if outcome.repeated else {}))

    @staticmethod
    def marks(outcome: Outcome) -> dict[str, str]:
        """Return the headers that say where a command left the store."""
        return {"ETag": f'"{outcome.version}"', "X-Position": str(outcome.position)}

    @property
    def beyond(self) -> int:
        """The position that ``X-Wait-For`` asks an answer to hold; 0 when it asks for none. Raises BadHeader."""
        wanted = self.request.headers.get("x-wait-for")
        if wanted is None:
            return 0
        if not wanted.isdigit() or len(wanted) > 18:
            raise BadHeader("X-Wait-For takes a position: the X-Position of an earlier answer.", header="X-Wait-For")
        return int(wanted)

    async def fresh(self, *read_models: str) -> None:
        """Wait until each read model has reached ``X-Wait-For``, or refuse with its lag. Call before a query."""
        if self.beyond:
            await self.services.wait_for(read_models, self.beyond)

    def keeping(self, family: Family) -> Reader:
        """Return a reader as :attr:`reader` is, whose questions' answers are kept in ``family`` for a while."""
        return self.services.keeping(family, self.tenant, self.beyond).watched(self.looking.asked)

    def answer(self, data: object, version: int | None = None) -> Response:
        """Answer with one thing and its ETag, or, with If-None-Match, that it is as it was."""
        self.looking.count = len(data) if isinstance(data, list) else 1
        body = dumped(data)
        headers = {"ETag": entity_tag(body, version)}
        if is_known(self.request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=NOT_MODIFIED, headers=headers)
        return answer(body, headers=headers)

    def list(self, items: object, total: int, page: Page) -> Response:
        """Answer with one page of a list of ``total``."""
        return self.page(items, Found([], total, None), page)

    def page(self, items: object, found: Found, page: Page) -> Response:
        """Answer with the page that was found, in the shape of ``items``."""
        count = self.looking.count = max(0, min(page.limit, found.total - page.offset))
        return answer(items, meta=page.meta(count, found.total, found.last))


async def _admitted(request: Request) -> Ask:
    """A coroutine, as every dependency here: FastAPI sends plain callables through a thread, which costs more than all
    they do."""
    ask = Ask(request, await authenticated(request))
    refuse_unknown_parameters(request)
    await ask.admit()
    return ask


Asking = Annotated[Ask, Depends(_admitted)]


def paged(default: int, listing: Listing | None = None) -> Any:
    """Return the dependency that reads which page of a list is asked for; ``listing`` says how it can be sorted."""
    by = Query(
        include_in_schema=listing is not None,
        json_schema_extra={"enum": list(sorts_of(listing)) if listing else []},
        description=f"In which order; {listing.default} if absent." if listing else "",
    )

    async def read(
        ask: Asking,
        page: Annotated[int | None, Query(ge=1, le=1_000_000, description="Page number, from 1.")] = None,
        limit: Annotated[int | None, Query(ge=1, le=MAXIMUM, description=f"Rows; {default} if absent.")] = None,
        skip: Annotated[int | None, Query(ge=0, le=1_000_000_000, description="Rows to skip (with take).")] = None,
        take: Annotated[int | None, Query(ge=1, le=MAXIMUM, description="Rows to take (with skip).")] = None,
        cursor: Annotated[str | None, Query(max_length=1000, description="``meta.next`` of the page before.")] = None,
        sort: Annotated[str | None, by] = None,
    ) -> Page:
        order, who = order_of(sort, listing), (ask.caller.tenant_id, ask.caller.actor_id)
        if order is not None:
            ask.check_fields(ask.permission.partition(":")[0], [order.field])
        parts = Parts(page, limit, skip, take, cursor)
        return await page_of(ask.request, ask.services.cursors, who, parts, default, order)

    return Depends(read)


PublicPage = Annotated[Page, paged(PUBLIC)]
ClinicalPage = Annotated[Page, paged(CLINICAL)]
