"""What a request may weigh and be made of, held against the bytes that come, not against what is announced."""

import re

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from api.errors import STATUS, BodyTooLarge, UnsupportedBody
from api.marks import Taking
from domain.kernel.errors import Kind, Refused

MOST_HEADERS, MOST_HEADER_BYTES, MOST_TARGET_BYTES = 100, 32 * 1024, 16 * 1024
DEEPEST = 32
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
JSON = re.compile(rb"application/(?:json|[\w.-]+\+json)\s*(?:;.*)?", re.IGNORECASE)
#: Possessive, and content with a string that never ends: no body makes it look at a byte twice.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


class HeadersTooLarge(Refused):
    """More headers, or longer ones, than any client of ours needs."""

    code = "headers-too-large"
    kind = Kind.HEADERS_TOO_LARGE


class TargetTooLong(Refused):
    """The path and the query are longer than any of ours."""

    code = "target-too-long"
    kind = Kind.TARGET_TOO_LONG


class TooDeep(Refused):
    """The body is nested more deeply than anything of ours."""

    code = "too-deeply-nested"
    kind = Kind.MALFORMED


def check_head(scope: Scope) -> None:
    """Raise HeadersTooLarge, TargetTooLong. (What the server itself has read of them it has read.)"""
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
        raise HeadersTooLarge("The headers are too large.", most=MOST_HEADERS, most_bytes=MOST_HEADER_BYTES)
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > MOST_TARGET_BYTES:
        raise TargetTooLong("The path and the query are too long.", most_bytes=MOST_TARGET_BYTES)


async def checked(scope: Scope, receive: Receive, most: int, taking: Taking | None) -> Receive:
    """Return where the route reads its body from: JSON is there whole, anything it is ``taking`` comes as a stream
    that breaks off when it is too long. Raises BodyTooLarge, UnsupportedBody, TooDeep."""
    if scope["method"] in SAFE:
        return receive
    kind, announced = b"", 0
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value
        elif name == b"content-length":
            announced = int(value) if value.isdigit() else 0
    streamed = taking is not None and kind.partition(b";")[0].strip().lower().decode("latin-1") in taking.types
    if taking is not None and streamed:
        _weigh(announced, taking.at_most)
        return _limited(receive, taking.at_most)
    _weigh(announced, most)
    if announced and not JSON.fullmatch(kind):
        raise _not_taken(taking)
    body = await _whole(receive, most)
    if body is None:
        return _gone
    if body and not JSON.fullmatch(kind):
        raise _not_taken(taking)
    if deeper_than(body, DEEPEST):
        raise TooDeep("The body is nested too deeply.", deepest=DEEPEST)
    return _replayed(body, receive)


def deeper_than(body: bytes, most: int) -> bool:
    """Whether JSON is nested more deeply than ``most``; what is no JSON may pass, for its reader to refuse."""
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    brackets = _STRING.sub(b"", body).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(most):
        brackets = brackets.replace(b"[]", b"")  # the innermost level
    return b"[]" in brackets or brackets.count(b"[") > most


def _weigh(size: int, most: int) -> None:
    if size > most:
        raise BodyTooLarge("The body is too large.", most_bytes=most)


def _not_taken(taking: Taking | None) -> UnsupportedBody:
    types = ["application/json", *sorted(taking.types if taking else ())]
    return UnsupportedBody("Send the body as one of the given types, and say so in Content-Type.", types=types)


async def _whole(receive: Receive, most: int) -> bytes | None:
    """Return the body, None when the client has gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        _weigh(size, most)
        if not message.get("more_body", False):
            return b"".join(parts)


def _limited(receive: Receive, most: int) -> Receive:
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(STATUS[Kind.TOO_LARGE])  # FastAPI lets this kind through wherever a body is read
        return message

    return limited


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _gone() -> Message:
    return {"type": "http.disconnect"}
