"""A client of the API over one connection that costs next to nothing: what is under fire is the house."""

import asyncio
import json
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from uuid_utils.compat import uuid7

PATIENCE = 20.0


class NoAnswer(Exception):
    """The connection was refused, cut or silent: what became of the request is not known."""


class Answer(NamedTuple):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """What it holds."""
        return self.body["data"]

    @property
    def code(self) -> str:
        """Which refusal it is."""
        return str(self.body["error"]["code"])

    @property
    def position(self) -> int:
        """Where the command left the store."""
        return int(self.headers["x-position"])


class Asker:
    """Asks one thing at a time with a token; connects anew after :class:`NoAnswer`."""

    def __init__(self, url: str, token: str, patience: float = PATIENCE) -> None:
        self._to = urlsplit(url)
        self._token = token
        self._patience = patience
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, *, request_id: UUID | None = None) -> Answer:
        """Ask for something. Raises NoAnswer."""
        return await self.ask("GET", path, {"X-Request-ID": str(request_id or uuid7())})

    async def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Answer:
        """Ask for something to be done, with an Idempotency-Key. Raises NoAnswer."""
        return await self.ask("POST", path, {"Idempotency-Key": key} if key else {}, body)

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: dict[str, Any] | None = None
    ) -> Answer:
        """Send a request and return the answer. Raises NoAnswer."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._asked(self._request(method, path, headers or {}, body))
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.close()
            raise NoAnswer(type(error).__name__) from error
        except asyncio.CancelledError:
            self.close()
            raise

    async def hang_up(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None, *, share: float
    ) -> None:
        """Send so much of a request (0 to 1), and end the connection."""
        request = self._request(method, path, headers, body)
        self.close()
        with suppress(OSError):
            _, writer = await asyncio.open_connection(self._to.hostname, self._to.port)
            writer.write(request[: int(len(request) * share) + 1])
            await writer.drain()
            writer.transport.abort()

    def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _asked(self, request: bytes) -> Answer:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(self._to.hostname, self._to.port)
        reader, writer = self._streams
        writer.write(request)
        head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(head.split()[1]), headers, json.loads(body) if body else None)

    def _request(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None) -> bytes:
        content = json.dumps(body).encode() if body is not None else b""
        sent = {"Host": self._to.netloc, "Authorization": f"Bearer {self._token}", **headers}
        if content:
            sent["Content-Type"] = "application/json"
        if method != "GET":
            sent["Content-Length"] = str(len(content))
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + content
