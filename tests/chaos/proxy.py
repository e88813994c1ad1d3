"""A TCP proxy before PostgreSQL, in a thread of its own: it cuts, swallows acknowledgements, delays, goes silent."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

HOST, CHUNK = "127.0.0.1", 1 << 16
#: The server has committed: our append says so in its row (text, no detail, an eight-byte position), others by a tag.
ACKNOWLEDGEMENTS = (b"appended\xff\xff\xff\xff\x00\x00\x00\x08", b"COMMIT\x00")
READY = b"Z\x00\x00\x00\x05I"
_RESET = struct.pack("ii", 1, 0)
R = TypeVar("R")


class Proxy:
    """``url`` leads to the server of ``upstream``, whatever its login and database; every method may be called from
    any thread. ``lost`` counts acknowledgements swallowed.

    An acknowledgement that comes in more than one piece is let through: it is short, and the server sends it whole.
    """

    def __init__(self, upstream: str) -> None:
        self.lost = 0
        self._upstream = upstream
        self._delay = 0.0
        self._to_lose = 0
        self._silent = False
        self._refusing = False
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy")
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self) -> str:
        """The upstream's URL by way of here."""
        return self.before(self._upstream)

    def before(self, url: str) -> str:
        """Return another URL of the same server by way of here. What passes must be readable, so without TLS."""
        parts = urlsplit(url)
        who, at, _ = parts.netloc.rpartition("@")
        path = quote(parts.path.lstrip("/"), safe="")
        return f"{parts.scheme}://{who}{at}{HOST}:{self.port}/{path}?sslmode=disable&gssencmode=disable"

    def lose(self, count: int = 1) -> None:
        """Swallow the next ``count`` acknowledgements of a commit and cut the connections they came over.

        Of every second one the caller gets all but the last message, which alone says that it is committed.
        """
        self._soon(self._set("_to_lose", count))

    @property
    def still_to_lose(self) -> int:
        """How many acknowledgements are still waited for."""
        return self._to_lose

    def delay(self, seconds: float) -> None:
        """Let whatever passes wait so long, both ways."""
        self._soon(self._set("_delay", seconds))

    def cut(self) -> int:
        """Reset every connection now; return how many."""
        return self._soon(self._cut())

    def refuse(self, *, really: bool = True) -> None:
        """Reset every connection, and from now on each new one, as if no server were there; or do so no longer."""
        self._soon(self._set("_refusing", really))
        self.cut()

    def fall_silent(self) -> None:
        """Pass nothing on, and tell nobody: connections stay open, new ones are taken and never answered."""
        self._soon(self._set("_silent", True))

    def speak_again(self) -> None:
        """Pass things on again. What was open while it was silent is reset, as after a machine is gone."""
        self._soon(self._set("_silent", False))
        self.cut()

    def speak_to_others(self) -> None:
        """Pass things on again, but not over what was open while it was silent: half of each such connection is gone,
        and nobody is told."""
        self._soon(self._set("_silent", False))

    async def carry(self, link: "_Link", chunk: bytes, *, from_server: bool) -> bytes | None:
        """Return what may go on of a chunk; None: nothing, and the connection is lost."""
        if self._silent:
            await link.cut_off.wait()
            return None
        if self._delay:
            await asyncio.sleep(self._delay)
        if from_server and self._to_lose and chunk.endswith(READY) and any(mark in chunk for mark in ACKNOWLEDGEMENTS):
            self._to_lose -= 1
            self.lost += 1
            return chunk[: -len(READY)] if self.lost % 2 else None
        return chunk

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()
        for link in list(self._links):
            link.reset()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            if self._refusing:
                return
            if self._silent:
                await link.cut_off.wait()
                return
            upstream = await _connect(self._upstream)
            await link.run(self, reader, upstream)
        except OSError:
            pass
        finally:
            self._links.discard(link)
            link.reset()

    def _soon(self, work: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _set(self, name: str, value: object) -> None:
        setattr(self, name, value)

    async def _cut(self) -> int:
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)


class _Link:
    """One client's connection, and its counterpart at the server."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.cut_off = asyncio.Event()
        self._client = client
        self._writers = [client]

    async def run(
        self, proxy: Proxy, reader: asyncio.StreamReader, upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        """Pass everything on until either side ends."""
        from_server, to_server = upstream
        self._writers.append(to_server)
        pumps = [
            asyncio.create_task(self._pump(proxy, reader, to_server, from_server=False)),
            asyncio.create_task(self._pump(proxy, from_server, self._client, from_server=True)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    def reset(self) -> None:
        """End both sides; the client is told by a reset."""
        self.cut_off.set()
        with suppress(OSError, AttributeError):
            self._client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        for writer in self._writers:
            writer.transport.abort()

    async def _pump(
        self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                passed = await proxy.carry(self, chunk, from_server=from_server)
                if passed is not None:
                    writer.write(passed)
                    await writer.drain()
                if passed != chunk:
                    return


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    to = conninfo_to_dict(url)
    host, port = str(to.get("host") or HOST), int(to.get("port") or 5432)
    if host.startswith("/"):
        return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return await asyncio.open_connection(host, port)
