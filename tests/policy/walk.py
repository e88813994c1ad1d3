"""Walks routes × roles × cases over HTTP and says where an answer is another than the policy's."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from tests.api.people import Person
from tests.policy import newcomers
from tests.policy.asking import ABOUT, FRESH, NEVER, STALE, about_nothing, asked, by_version
from tests.policy.quickly import Answer, ask
from tests.policy.reading import CASES, DENIED, Line
from tests.policy.scene import nowhere
from tests.policy.world import World, token

GOOD = range(200, 300)
#: Whose account speaks where accounts are what is spoken of, by the part of the path.
ACCOUNTS: dict[str, Callable[[World], Person]] = {
    **dict.fromkeys(("auth", "users", "organizations", "invitations"), lambda world: world.own.member),
    "api-keys": lambda world: world.clinic.admin,
}
#: How many routes are asked at a time.
BESIDE = 6


class Cell(NamedTuple):
    """One question: a route, asked by a role, about one of four things; and what the policy says it is answered."""

    line: Line
    role: str
    case: str
    status: int

    @property
    def name(self) -> str:
        return f"{self.line.name} {self.role} {self.case}"


def cells(line: Line, roles: Iterable[str]) -> list[Cell]:
    """Return every cell of a line; where no thing is spoken of, all four are one."""
    cases = CASES[:1] if about_nothing(line.name) else CASES
    return [
        Cell(line, role, case, line.statuses.get(role, DENIED)[number])
        for role in roles
        for number, case in enumerate(cases)
    ]


class Walk:
    """Asks in the names of the world's people."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._headers: dict[tuple[str, str], dict[str, str]] = {}

    async def told_apart(self, every: Iterable[Cell]) -> list[str]:
        """Return what is wrong with the answers: routes beside one another, the cells of each in their order."""
        routes = (list(found) for _, found in itertools.groupby(every, attrgetter("line.name")))
        found = list[str]()
        async with asyncio.TaskGroup() as group:
            for _ in range(BESIDE):
                group.create_task(self._ask(routes, found))
        return found

    async def _ask(self, routes: Iterator[list[Cell]], found: list[str]) -> None:
        for route in routes:
            found += [wrong for cell in route if (wrong := await self.wrong(cell))]

    async def wrong(self, cell: Cell) -> str | None:
        """Ask; return what is wrong with the answer, if anything is."""
        ids = self.world.ids[cell.case]
        name, headers = cell.line.name, self.headers(cell)
        may = cell.status in GOOD
        if cell.case == "deleted":
            ids = ids | nowhere()
        if cell.case == "elsewhere" and may and name in ABOUT:
            ids = ids | {"patient_id": ids["another"], "user_id": ids["another"]}
        if name in newcomers.ROUTES and (cell.case == "own" or name.endswith("/leave")):
            person, client = await newcomers.newcomer(self.world, name, cell.role)
            headers = {"Authorization": client.headers["Authorization"]}
            mine = await newcomers.own(self.world, name, person, client)
            ids = ids | mine if cell.case == "own" else mine | ids
        elif may and name in FRESH and cell.case != "elsewhere":
            ids = ids | await FRESH[name](self.world, self._speaking(headers))
        request = asked(name, newcomers.UNKNOWN | {"erasable": self.world.ids[cell.case].get("patient_id", "")} | ids)
        unheard = by_version(name) and cell.case != "deleted"
        answer = await ask(self.world.house.app, request, headers | ({"If-Match": NEVER} if unheard else {}))
        expected = STALE if unheard and may else cell.status
        if answer.status != expected:
            return f"{cell.name}: {answer.status} instead of {expected} {answer.text[:160]}"
        return self.leaked(cell, answer)

    def _speaking(self, headers: dict[str, str]) -> httpx.AsyncClient:
        client = self.world.house.anonymous()
        client.headers.update(headers)
        return client

    def leaked(self, cell: Cell, answer: Answer) -> str | None:
        """Return what is wrong when an answer names things that are not in the role's reach."""
        if answer.status not in GOOD:
            return None
        beyond = ["elsewhere"] if cell.case != "elsewhere" else []
        statuses = cell.line.statuses[cell.role]
        if statuses[0] in GOOD and statuses[1] not in GOOD:
            beyond.append("other")
        for case in beyond:
            for name in ("appointment_id", "invoice_id", "subscription_id", "stream_id", "glass_id", "key_id"):
                if self.world.ids[case][name] in answer.text:
                    return f"{cell.name}: shows {name} of {case}"
        return None

    def headers(self, cell: Cell) -> dict[str, str]:
        """Return who asks: the role's own person, with a token of theirs."""
        if cell.line.name == "POST /api/access/break-glass":  # nobody may hold more than a few
            return self._in_the_name_of(uuid7(), cell.role)
        part = cell.line.path.split("/")[2]
        key = (cell.role, part)
        if key not in self._headers:
            self._headers[key] = self._speaker(cell.role, part)
        return self._headers[key]

    def _speaker(self, role: str, part: str) -> dict[str, str]:
        """Let a role be played by those whose own the world's own things are, each in their way."""
        own, account = self.world.own, ACCOUNTS.get(part)
        if account is not None:
            signed = token(self.world.house, account(self.world), self.world.tenant, frozenset({role}))
            return {"Authorization": f"Bearer {signed}"}
        if role == "family_delegate":
            return self._in_the_name_of(self.world.delegate, role) | {"X-On-Behalf-Of": str(own.patient)}
        other = own.opener if part == "access" else own.attendant
        return self._in_the_name_of(own.patient if role == "patient" else other, role)

    def _in_the_name_of(self, person: UUID, role: str) -> dict[str, str]:
        client = self.world.house.client(role, tenant=self.world.tenant, actor=person)
        return {"Authorization": str(client.headers["Authorization"])}
