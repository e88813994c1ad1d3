"""Requests that schemathesis makes from the OpenAPI document, right ones and wrong ones, sent to the real application;
what the document does not promise is kept as found."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.specs.openapi import checks

from domain.identity.policy import POLICY
from tests.api.clinics import account
from tests.api.house import House

PROMISED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
#: Not now, and said so: no tree holds the newest events here, and no other process beats.
NOT_NOW = {"not-yet-covered", "not-ready"}
R = TypeVar("R")
_NO_TIME = timedelta(0)
BASE = "http://caretrail.test"
PROOFS = ("authorization", "x-api-key")
#: What a careless, unlucky or hostile client sends, and a generator of data rarely thinks of.
ODD: list[Any] = [
    None, "", 0, -1, 10**30, 2**63, 1.5, 1e308, "NaN", "\x00", "a\x00b", "ü" * 600, "2026-13-45", "0001-01-01",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "Europe/Lisbon", "INR", [], {}, True, ["a"], {"a": 1},
]  # fmt: skip
SEGMENTS = ["abc", "%00", "..%2f..%2f", "ü", "-1", "1e9"]
WAIT_FOR = "X-Wait-For"
PLACES = ("path_parameters", "query")


NOBODY, PERSON = "nobody", "a person"
Clients = Callable[[], Awaitable[httpx.AsyncClient]]


def askers() -> list[str]:
    """Return who asks: nobody, a person signed in to their own account, and every role."""
    return [NOBODY, PERSON, *sorted(POLICY)]


def clients(house: House, asker: str) -> Clients:
    """Return how to come by a client of theirs. A person signs in anew each time: signing out is tried too."""
    made = house.anonymous() if asker == NOBODY else house.client(asker)

    async def give() -> httpx.AsyncClient:
        return (await account(house)).client if asker == PERSON else made

    return give


class Fuzz:
    """``known``: ids of things that are there, by the name of the parameter; most requests meet them.

    ``asker``: gives the next client; asked once for each operation.
    """

    def __init__(
        self, house: House, loop: asyncio.AbstractEventLoop, known: Mapping[str, str], asker: Clients, chance: int
    ) -> None:
        self.asked: Counter[int] = Counter()
        self.found: Counter[str] = Counter()
        self._loop = loop
        self._known = known
        self._ids = sorted({value for value in known.values() if len(value) == 36})
        self._chance = random.Random(chance)
        self._seed = chance
        self._asker = asker
        self._client = house.anonymous()
        self._schema = schemathesis.openapi.from_dict(house.app.openapi())
        load_all_checks()

    def run(self, each: int, told: Callable[[int], None] | None = None, *, brief: bool = False) -> None:
        """Ask every operation so often, half of it wrongly (``brief``: half of the operations), and tell how many
        requests that were by now. Blocks: call it in a thread beside the application's loop."""
        for number, operation in enumerate(self._operations()):
            self._client = self._wait(self._asker())
            wrong = each * (number % 2) if brief else each // 2
            for mode, count in ((GenerationMode.POSITIVE, each - wrong), (GenerationMode.NEGATIVE, wrong)):
                if count:
                    self._ask(operation, mode, count)
            if told is not None:
                told(self.asked.total())

    def _operations(self) -> Iterator[Any]:
        for result in self._schema.get_all_operations():
            if isinstance(result, Err):
                raise result.err()
            yield result.ok()

    def _ask(self, operation: Any, mode: GenerationMode, count: int) -> None:
        @seed(self._seed)
        @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Case[Any]) -> None:
            self._meet(case)
            request = case.as_transport_kwargs(base_url=BASE)
            with suppress(httpx.InvalidURL):  # longer than any client would send
                self._judge(case, self._send(request))

        ask()

    def _meet(self, case: Case[Any]) -> None:
        """Let most requests be about something that is there, if of another kind; and make some odd."""
        for place in PLACES:
            for name, value in (getattr(case, place) or {}).items():
                if isinstance(value, str) and len(value) == 36 and self._chance.random() < 0.7:
                    getattr(case, place)[name] = self._known.get(name) or self._chance.choice(self._ids)

        if case.headers and WAIT_FOR in case.headers and str(case.headers[WAIT_FOR]).isdigit():
            case.headers[WAIT_FOR] = "1"  # what nobody has reached is rightly answered by 503
        if self._chance.random() < 0.05 and case.path_parameters:
            name = self._chance.choice(sorted(case.path_parameters))
            case.path_parameters[name] = self._chance.choice(SEGMENTS)
        if self._chance.random() < 0.2 and isinstance(case.body, dict) and case.body:
            name = self._chance.choice(sorted(case.body))
            case.body = case.body | {name: self._chance.choice(ODD)}

    def _send(self, request: dict[str, Any]) -> httpx.Response:
        asked = self._client.build_request(
            request["method"], request["url"], params=request.get("params"), json=request.get("json"),
            content=request.get("data"), headers=_latin(request.get("headers") or {}), cookies=request.get("cookies"),
        )  # fmt: skip
        return self._wait(self._client.send(asked))

    def _wait(self, work: Awaitable[R]) -> R:
        async def waited() -> R:
            return await work

        return asyncio.run_coroutine_threadsafe(waited(), self._loop).result(60)

    def _judge(self, case: Case[Any], response: httpx.Response) -> None:
        response.elapsed = response.elapsed if hasattr(response, "_elapsed") else _NO_TIME
        self.asked[response.status_code] += 1
        label = case.operation.label
        if response.status_code >= 500:
            code = response.json()["error"]["code"]
            if code not in NOT_NOW or "retry-after" not in response.headers:
                self.found[f"{label}: {response.status_code} {code} for {case!r}"] += 1
        try:
            case.validate_response(response, checks=PROMISED, excluded_checks=[not_a_server_error])
        except FailureGroup as group:
            for failure in group.exceptions:
                self.found[f"{label}: {response.status_code} {failure} for {case!r}"] += 1


def _latin(headers: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Return headers as they go over the wire; who asks is the client's to say."""
    mine = {name: value for name, value in headers.items() if name.lower() not in PROOFS}
    return {name.encode(): str(value).encode("latin-1", "replace") for name, value in mine.items()}
