"""Hands requests straight to the application: thousands of them, for which an HTTP client would take as long again."""

import asyncio
import json
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.types import Message

from tests.api.house import ADDRESS
from tests.policy.asking import Asked


class Answer(NamedTuple):
    """What came back."""

    status: int
    text: str


async def ask(app: FastAPI, request: Asked, headers: dict[str, str]) -> Answer:
    """Return the application's answer."""
    body = b"" if request.body is None else json.dumps(request.body).encode()
    sent = {"host": "caretrail.test", "content-length": str(len(body)), "content-type": "application/json"} | headers
    incoming = iter([{"type": "http.request", "body": body, "more_body": False}])
    answered, parts = asyncio.Event(), list[Message]()

    async def receive() -> Message:
        if (message := next(incoming, None)) is not None:
            return message
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        parts.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            answered.set()

    await app(
        {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "",
            "method": request.method, "path": request.url, "raw_path": request.url.encode(),
            "query_string": urlencode(request.query).encode(), "client": (ADDRESS, 50_000),
            "server": ("caretrail.test", 80),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        },
        receive,
        send,
    )  # fmt: skip
    text = b"".join(part.get("body", b"") for part in parts[1:]).decode(errors="replace")
    return Answer(parts[0]["status"], text)
