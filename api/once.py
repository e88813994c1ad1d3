"""Idempotency-Key for what is not one command: it happens once, and who repeats the request gets the first answer."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import msgspec
from starlette.responses import Response

from api.asking import Ask
from api.entering import Entry
from api.idempotency import REPLAYED, given_key, target
from application.ports.first_answers import Asked
from domain.identity.platform import PLATFORM

Endpoint = Callable[..., Awaitable[Response]]


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """An answer as it is kept."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def once(endpoint: Endpoint) -> Any:
    """Give the first answer again to who repeats a request under its Idempotency-Key. Put it next to the function.

    What was refused is not kept: asked again, it is decided anew.
    """

    @wraps(endpoint)
    async def asked(**given: Any) -> Response:
        who: Ask | Entry = given["ask"] if "ask" in given else given["entry"]
        key = given_key(who.request)
        if key is None:
            return await endpoint(**given)

        async def made() -> bytes:
            return _packed(await endpoint(**given))

        return _unpacked(*await who.services.identity.first_answers.give(await _asked(who, key), made))

    asked.__dict__["once"] = True
    return asked


async def _asked(who: Ask | Entry, key: str) -> Asked:
    """Return the request. Those who are not signed in are told apart by all they say, cookies included: so nobody is
    told that somebody else used a key."""
    said = target(who.request) + await who.request.body()
    if isinstance(who, Ask):
        return Asked(who.caller.tenant_id, str(who.caller.actor_id), key, said)
    said = f"{who.request.headers.get('cookie', '')}\n".encode() + said
    return Asked(PLATFORM, said.decode("latin-1"), key, said)


def _packed(response: Response) -> bytes:
    return msgspec.msgpack.encode(_Packed(response.status_code, list(response.raw_headers), bytes(response.body)))


def _unpacked(kept: bytes, again: bool) -> Response:
    packed = msgspec.msgpack.decode(kept, type=_Packed)
    response = Response(packed.body, packed.status)
    response.raw_headers = packed.headers + ([(REPLAYED.lower().encode(), b"true")] if again else [])
    return response
