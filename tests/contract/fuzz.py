"""Requests that schemathesis makes from the OpenAPI document, right ones and wrong ones, sent in every role to the real
application; what the document does not promise is kept as found."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.specs.openapi import checks

from domain.identity.policy import POLICY
from tests.api.house import House

PROMISED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
#: Not now, and said so: what a position nobody has reached, or a full queue, is rightly answered with.
NOT_NOW = {"read-model-lagging", "passwords-busy", "not-yet-covered", "not-ready"}
_NO_TIME = timedelta(0)
BASE = "http://caretrail.test"
PROOFS = ("authorization", "x-api-key")
PLACES = ("path_parameters", "query")


def roles() -> list[tuple[str, ...]]:
    """Return who asks: nobody, every role, and between them those who may do most things."""
    every = sorted(POLICY.keys() - {"system", "front_door"})
    return [(), *((role,) for each in every for role in (each, "clinic_admin"))]


class Fuzz:
    """``known``: ids of things that are there, by the name of the parameter; some requests meet them."""

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop, known: Mapping[str, str], chance: int) -> None:
        self.asked: Counter[int] = Counter()
        self.found: Counter[str] = Counter()
        self._loop = loop
        self._known = known
        self._ids = sorted({value for value in known.values() if len(value) == 36})
        self._chance = random.Random(chance)
        self._seed = chance
        self._clients = itertools.cycle([house.client(*who) if who else house.anonymous() for who in roles()])
        self._schema = schemathesis.openapi.from_dict(house.app.openapi())
        load_all_checks()

    def run(self, each: int) -> None:
        """Ask every operation so often. Blocks: call it in a thread beside the application's loop."""
        for operation in self._operations():
            for mode, count in ((GenerationMode.POSITIVE, each - each // 2), (GenerationMode.NEGATIVE, each // 2)):
                if count:
                    self._ask(operation, mode, count)

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
            self._judge(case, self._send(request))

        ask()

    def _meet(self, case: Case[Any]) -> None:
        """Let half of the requests be about something that is there."""
        for place in PLACES:
            for name, value in (getattr(case, place) or {}).items():
                if isinstance(value, str) and len(value) == 36 and self._chance.random() < 0.7:
                    getattr(case, place)[name] = self._known.get(name) or self._chance.choice(self._ids)

    def _send(self, request: dict[str, Any]) -> httpx.Response:
        client = next(self._clients)
        asked = client.build_request(
            request["method"], request["url"], params=request.get("params"), json=request.get("json"),
            content=request.get("data"), headers=_latin(request.get("headers") or {}), cookies=request.get("cookies"),
        )  # fmt: skip
        return asyncio.run_coroutine_threadsafe(client.send(asked), self._loop).result(60)

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
