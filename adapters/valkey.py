"""The one way to Valkey (or Redis): for caches, limits, wake-ups, looks at its health. Nothing else imports redis."""

from typing import Any

import redis
import redis.asyncio as asynchronous
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

#: What a server that is away, slow, full or not one of ours raises, here and in the asynchronous client.
UNREACHABLE = (redis.RedisError, OSError)
#: A connection that the server closed while it was idle is replaced at once; more patience is the caller's affair.
RETRIES = 1

Client = asynchronous.Redis
ClientNow = redis.Redis


def connect(url: str, size: int = 10, seconds: float = 1.0) -> Client:
    """Return a client over at most ``size`` connections; who finds none free, or no answer, waits so many seconds.

    One per process and purpose, closed with ``aclose()``. Answers are bytes. Its methods raise :data:`UNREACHABLE`.
    """
    pool = asynchronous.BlockingConnectionPool.from_url(
        url, max_connections=size, timeout=seconds, retry=AsyncRetry(NoBackoff(), RETRIES), **_common(seconds)
    )
    return asynchronous.Redis.from_pool(pool)


def connect_now(url: str, seconds: float = 1.0) -> ClientNow:
    """Return a client for a thread; closed with ``close()``, or as a context."""
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), RETRIES), **_common(seconds))


def _common(seconds: float) -> dict[str, Any]:
    # RESP 2: the client's RESP 3 breaks over a unix socket.
    return {"protocol": 2, "socket_timeout": seconds, "socket_connect_timeout": seconds}
