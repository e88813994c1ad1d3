"""Compresses answers that are long and text, for clients that take it."""

import asyncio
import gzip
import zlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.entering import COOKIE_PATH

FLOOR, LEVEL = 1024, 5
#: From here on it takes long enough to be done beside the event loop.
APART = 128 * 1024
TYPES = (b"application/json", b"application/x-ndjson", b"application/javascript", b"image/svg+xml", b"text/")
ENCODED = (b"content-encoding", b"gzip")
GZIP_WINDOW = zlib.MAX_WBITS | 16


class Gzipped:
    """Pure ASGI middleware.

    Never compressed: what is short, what is compressed in itself (PDF, pictures, archives), whatever sets a cookie, and
    all under /api/auth. Whoever can make a victim's browser ask again and again, mix in words of their own and see how
    long the answers are, could guess a secret in them by how well it compresses (BREACH). Only under /api/auth does a
    browser prove by itself who it is; everywhere else a page must have the token first.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(COOKIE_PATH) or not accepts(scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Answer(send).send)


class _Answer:
    """One answer: its head is held back until its first part shows how long it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None
        self._stream: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        """Take a message on."""
        if message["type"] == "http.response.start" and _fit(message):
            self._head = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._head is not None:
            await self._begin(self._head, message)
        elif self._stream is not None:
            await self._send(self._part(self._stream, message))
        else:
            await self._send(message)

    async def _begin(self, head: Message, message: Message) -> None:
        self._head = None
        body, more = message.get("body", b""), message.get("more_body", False)
        if not more and len(body) < FLOOR:
            await self._send(head)
            await self._send(message)
            return
        headers = [(name, value) for name, value in head["headers"] if name.lower() != b"content-length"]
        headers += [ENCODED, (b"vary", b"Accept-Encoding")]
        if more:
            self._stream = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            message = self._part(self._stream, message)
        else:
            shrunk = await asyncio.to_thread(_shrunk, body) if len(body) > APART else _shrunk(body)
            headers.append((b"content-length", str(len(shrunk)).encode()))
            message = {"type": "http.response.body", "body": shrunk}
        await self._send({**head, "headers": headers})
        await self._send(message)

    @staticmethod
    def _part(stream: "zlib._Compress", message: Message) -> Message:
        """Compress a part so that the client can read all of it now."""
        more = message.get("more_body", False)
        part = stream.compress(message.get("body", b"")) + stream.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
        return {"type": "http.response.body", "body": part, "more_body": more}


def accepts(scope: Scope) -> bool:
    """Whether the client takes gzip."""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            for coding in value.lower().split(b","):
                word, _, weight = coding.partition(b";")
                if word.strip() == b"gzip":
                    return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def _fit(head: Message) -> bool:
    headers = {name.lower(): value for name, value in head.get("headers", ())}
    if head["status"] in (204, 206, 304) or b"content-encoding" in headers or b"set-cookie" in headers:
        return False
    kind: bytes = headers.get(b"content-type", b"")
    return kind.startswith(TYPES)


def _shrunk(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)
