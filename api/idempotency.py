"""The Idempotency-Key header, and what tells one request under a key from another."""

from fastapi import Request

from api.looking import BadHeader

LONGEST = 255
#: Says that nothing happened now: it happened before, and this is what was answered then.
REPLAYED = "Idempotency-Replayed"


def given_key(request: Request) -> str | None:
    """Return the request's key, if it has one. Raises BadHeader."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= LONGEST:
        raise BadHeader("Idempotency-Key must have 1 to 255 characters.", header="Idempotency-Key")
    return key


def target(request: Request) -> bytes:
    """Return what is asked for: the request's first line."""
    return f"{request.method} {request.url.path}?{request.url.query}\n".encode()
