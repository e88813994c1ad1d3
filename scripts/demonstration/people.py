"""People who speak to the API: each signed in for themselves, over HTTP and nothing else."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import httpx

T = TypeVar("T")
TIMEOUT = 30.0
PATIENCE = 20.0
POLL = 0.05
LAGGING = "read-model-lagging"


class Unexpected(Exception):
    """The API answered otherwise than the story needs it to."""


class NotOver(Exception):
    """What should follow by itself did not, within the time given."""


class Answer(NamedTuple):
    """One answer, its envelope opened."""

    status: int
    data: Any
    error: dict[str, Any]
    position: int
    content: bytes

    @property
    def code(self) -> str:
        """The stable code of a refusal; "" for an answer that is none."""
        return str(self.error.get("code", ""))


class Person:
    """Someone with an account, or without: ``id`` is theirs once they have one, ``place`` where they act.

    ``after`` makes a question wait for the position of an earlier answer.
    """

    def __init__(self, url: str, name: str = "") -> None:
        self.name = name
        self.id = UUID(int=0)
        self.place = ""
        self.roles: tuple[str, ...] = ()
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT)

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.name.lower().replace(' ', '.')}@example.org"

    def admit(self, answer: Answer) -> None:
        """Go on under the token of an answer that let them in."""
        self.id, self.place = UUID(answer.data["userId"]), str(answer.data["organizationId"])
        self.roles = tuple(answer.data["roles"])
        self._client.headers["Authorization"] = f"Bearer {answer.data['accessToken']}"

    def get(
        self, path: str, query: Mapping[str, str | int] | None = None, *, expect: int = 200, after: int = 0
    ) -> Answer:
        """Ask. Raises Unexpected."""
        return self._ask("GET", path, expect, after, params=query)

    def post(self, path: str, body: object = None, *, expect: int = 201) -> Answer:
        """Have something made or done. Raises Unexpected."""
        return self._ask("POST", path, expect, 0, json=body)

    def put(self, path: str, body: object, *, expect: int = 200) -> Answer:
        """Have something changed. Raises Unexpected."""
        return self._ask("PUT", path, expect, 0, json=body)

    def delete(self, path: str, body: object = None, *, expect: int = 200) -> Answer:
        """Have something called off. Raises Unexpected."""
        return self._ask("DELETE", path, expect, 0, json=body)

    def try_post(self, path: str, body: object) -> Answer:
        """Have something made, whatever the answer."""
        return _answer(self._client.post(path, json=body))

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _ask(self, method: str, path: str, expect: int, after: int, **request: Any) -> Answer:
        headers = {"X-Wait-For": str(after)} if after else {}
        until = time.monotonic() + PATIENCE
        while True:
            answer = _answer(self._client.request(method, path, headers=headers, **request))
            if answer.code != LAGGING or time.monotonic() > until:
                break
        if answer.status != expect:
            said = f"{answer.status} {answer.code} {answer.error.get('message', '')}".strip()
            raise Unexpected(f"{method} {path} answered {said}, not {expect}")
        return answer


def _answer(response: httpx.Response) -> Answer:
    json = response.headers.get("content-type", "").startswith("application/json")
    envelope = response.json() if json else {}
    return Answer(
        status=response.status_code,
        data=envelope.get("data"),
        error=envelope.get("error") or {},
        position=int(response.headers.get("x-position", 0)),
        content=response.content,
    )


def eventually(ask: Callable[[], T], settled: Callable[[T], bool], what: str) -> T:
    """Ask again and again until the answer is settled. Raises NotOver."""
    until = time.monotonic() + PATIENCE
    while not settled(found := ask()):
        if time.monotonic() > until:
            raise NotOver(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(POLL)
    return found


def only(items: Sequence[T], what: str) -> T:
    """Return the one item there is. Raises Unexpected."""
    if len(items) != 1:
        raise Unexpected(f"{what}: there are {len(items)}, not one")
    return items[0]
